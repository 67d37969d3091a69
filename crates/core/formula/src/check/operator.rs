//! Operators: what they take, and what they give.

use super::{Checker, boolean, describe, is_null};
use crate::ast::{BinaryOp, Expr, ExprKind, UnaryOp};
use crate::fault::FaultCode;
use crate::types::{DataType, Typed};
use crate::unit::Unit;
use crate::value::Value;

impl Checker<'_> {
    pub(super) fn unary(&mut self, op: UnaryOp, operand: &Expr) -> Typed {
        match op {
            UnaryOp::Not => self.condition(operand),
            UnaryOp::Negate => self.number(operand),
        }
    }

    pub(super) fn binary(&mut self, expr: &Expr, op: BinaryOp, left: &Expr, right: &Expr) -> Typed {
        if op.is_logical() {
            let (left, right) = (self.condition(left), self.condition(right));
            return boolean(left.nullable || right.nullable);
        }
        if op.is_comparison() {
            return self.comparison(op, left, right);
        }
        let (left_type, right_type) = (self.number(left), self.number(right));
        match op {
            BinaryOp::Multiply => product(&left_type, &right_type),
            BinaryOp::Divide => quotient(&left_type, &right_type, right),
            BinaryOp::Remainder => self.remainder([(left, left_type), (right, right_type)]),
            _ => self.sum(expr, op, &left_type, &right_type),
        }
    }

    fn sum(&mut self, expr: &Expr, op: BinaryOp, left: &Typed, right: &Typed) -> Typed {
        let unit = left.unit.combine(&right.unit).unwrap_or_else(|| {
            let verb = if op == BinaryOp::Add { "add" } else { "subtract" };
            self.unit_mismatch(expr, verb, &left.unit, &right.unit)
        });
        let data_type = match left.data_type.common(right.data_type) {
            _ if DataType::Unknown == left.data_type || DataType::Unknown == right.data_type => {
                DataType::Unknown
            }
            Some(DataType::Decimal { precision, scale }) => {
                DataType::decimal(precision.saturating_add(1), scale)
            }
            Some(common) => common,
            None => DataType::Unknown,
        };
        Typed::new(data_type, unit, left.nullable || right.nullable)
    }

    /// Remainders of fractions differ between engines.
    fn remainder(&mut self, operands: [(&Expr, Typed); 2]) -> Typed {
        for (expr, typed) in &operands {
            if !matches!(typed.data_type, DataType::Int | DataType::Unknown) {
                let reason =
                    format!("{} is {}, but `%` takes whole numbers", describe(expr), typed.data_type);
                self.note(FaultCode::TypeMismatch, expr, reason, "round both sides first: `floor(x) % 7`");
            }
        }
        let [(_, left), _] = operands;
        Typed::new(DataType::Int, left.unit, true)
    }

    fn comparison(&mut self, op: BinaryOp, left: &Expr, right: &Expr) -> Typed {
        let (left_type, right_type) = (self.infer(left), self.infer(right));
        if !self.comparable((left, &left_type), (right, &right_type)) {
            return boolean(true);
        }
        let ordered = !matches!(op, BinaryOp::Equal | BinaryOp::NotEqual);
        if ordered && (left_type.data_type == DataType::Bool || right_type.data_type == DataType::Bool) {
            let reason = format!("conditions have no order, so `{}` cannot compare them", op.symbol());
            self.note(FaultCode::TypeMismatch, right, reason, "use `=`, `<>`, `and`, `or` or `not`");
        }
        boolean(left_type.nullable || right_type.nullable)
    }

    /// `between` and `in`: one operand compared with others.
    pub(super) fn compared_with_all<'e>(
        &mut self,
        operand: &Expr,
        others: impl IntoIterator<Item = &'e Expr>,
    ) -> Typed {
        let typed = self.infer(operand);
        let mut nullable = typed.nullable;
        for other in others {
            let other_type = self.infer(other);
            // The parser has refused `null` in lists already.
            self.comparable((operand, &typed), (other, &other_type));
            nullable |= other_type.nullable;
        }
        boolean(nullable)
    }

    /// Notes faults of comparing the two; whether there were none.
    pub(super) fn comparable(&mut self, left: (&Expr, &Typed), right: (&Expr, &Typed)) -> bool {
        for (expr, _) in [left, right] {
            if is_null(expr) {
                let reason = "a comparison with `null` is never true";
                self.note(FaultCode::NullComparison, expr, reason, "write `x is null` or `x is not null`");
                return false;
            }
        }
        if left.1.data_type.common(right.1.data_type).is_none() {
            let reason = format!(
                "{} is {} and {} is {}; they cannot be compared",
                describe(left.0),
                left.1.data_type,
                describe(right.0),
                right.1.data_type
            );
            let remedy =
                comparison_remedy(left, right).or_else(|| comparison_remedy(right, left)).unwrap_or_default();
            self.note(FaultCode::TypeMismatch, right.0, reason, remedy);
            return false;
        }
        if left.1.unit.combine(&right.1.unit).is_none() {
            self.unit_mismatch(right.0, "compare", &left.1.unit, &right.1.unit);
            return false;
        }
        true
    }

    pub(super) fn unit_mismatch(&mut self, at: &Expr, verb: &str, left: &Unit, right: &Unit) -> Unit {
        let reason = format!("cannot {verb} {left} and {right}");
        self.note(FaultCode::UnitMismatch, at, reason, "bring both sides to one unit first");
        Unit::unknown()
    }
}

fn product(left: &Typed, right: &Typed) -> Typed {
    let data_type = match (left.data_type, right.data_type) {
        (DataType::Unknown, _) | (_, DataType::Unknown) => DataType::Unknown,
        (DataType::Int, DataType::Int) => DataType::Int,
        (left, right) => match (left.digits(), right.digits()) {
            (Some((left_whole, left_scale)), Some((right_whole, right_scale))) => {
                let scale = left_scale.saturating_add(right_scale);
                DataType::decimal(left_whole.saturating_add(right_whole).saturating_add(scale), scale)
            }
            _ => DataType::Float,
        },
    };
    Typed::new(data_type, left.unit.mul(&right.unit), left.nullable || right.nullable)
}

fn quotient(left: &Typed, right: &Typed, divisor: &Expr) -> Typed {
    let never_zero =
        matches!(&divisor.kind, ExprKind::Literal(number) if number.as_f64().is_some_and(|n| n != 0.0));
    let nullable = left.nullable || right.nullable || !never_zero;
    Typed::new(DataType::Float, left.unit.div(&right.unit), nullable)
}

/// What to write, where `literal` is a text that stands for a value of the other's type.
fn comparison_remedy(literal: (&Expr, &Typed), other: (&Expr, &Typed)) -> Option<String> {
    match (literal.1.data_type, other.1.data_type) {
        (DataType::Date, DataType::DateTime) => {
            return Some("write the time of day as well: `timestamp '2025-01-31 00:00:00'`".to_owned());
        }
        (DataType::Date | DataType::DateTime, DataType::Instant) => {
            return Some("a moment needs a time and a zone: `timestamp '2025-01-31T00:00:00Z'`".to_owned());
        }
        _ => {}
    }
    let ExprKind::Literal(Value::Text(text)) = &literal.0.kind else { return None };
    Some(match other.1.data_type {
        DataType::Date => format!("write `date '{text}'`"),
        DataType::DateTime | DataType::Instant => format!("write `timestamp '{text}'`"),
        DataType::Bool => "compare with `true` or `false`, without quotes".to_owned(),
        number if number.is_number() && Value::parse_number(text).is_some() => {
            format!("write `{text}` without quotes")
        }
        _ => return None,
    })
}
