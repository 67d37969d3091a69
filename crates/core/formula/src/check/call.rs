//! Functions, aggregates and `case`: what they take, and what they give.

use super::{Checker, describe, expect_numeric, is_null, literal_number};
use crate::ast::{Aggregate, Branch, Expr};
use crate::fault::FaultCode;
use crate::function::{AggregateFunction, ScalarFunction};
use crate::types::{DataType, MAX_PRECISION, Typed};
use crate::unit::Unit;

impl Checker<'_> {
    pub(super) fn call(&mut self, expr: &Expr, function: ScalarFunction, args: &[Expr]) -> Typed {
        match (function, args) {
            (ScalarFunction::Abs, [number]) => self.number(number),
            (ScalarFunction::Floor | ScalarFunction::Ceil | ScalarFunction::Round, [number, digits @ ..]) => {
                self.rounded(number, digits.first())
            }
            (ScalarFunction::Coalesce, args) => {
                let types = self.infer_all(args);
                let nullable = types.iter().all(|(_, typed)| typed.nullable);
                Typed { nullable, ..self.unify(&types) }
            }
            (ScalarFunction::Greatest | ScalarFunction::Least, args) => {
                let types = self.infer_all(args);
                self.ordered(function, &types);
                self.unify(&types)
            }
            (ScalarFunction::Nullif, [value, null]) => {
                let (typed, other) = (self.infer(value), self.infer(null));
                self.comparable((value, &typed), (null, &other));
                Typed { nullable: true, ..typed }
            }
            (ScalarFunction::Length, [text]) => {
                let nullable = self.text(text).nullable;
                Typed::new(DataType::Int, Unit::neutral(), nullable)
            }
            (ScalarFunction::Lower | ScalarFunction::Upper | ScalarFunction::Trim, [text])
            | (ScalarFunction::Substr, [text, ..]) => self.text(text),
            (ScalarFunction::Concat, texts) => {
                let types: Vec<Typed> = texts.iter().map(|text| self.text(text)).collect();
                let nullable = types.iter().any(|typed| typed.nullable);
                Typed::new(DataType::Text, Unit::neutral(), nullable)
            }
            _ => {
                let reason = format!("`{}` does not take {} arguments", function.name(), args.len());
                self.note(FaultCode::InvalidArguments, expr, reason, format!("write `{}`", function.usage()))
            }
        }
    }

    fn infer_all<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) -> Vec<(&'e Expr, Typed)> {
        exprs.into_iter().map(|expr| (expr, self.infer(expr))).collect()
    }

    /// `round`, `floor`, `ceil`.
    fn rounded(&mut self, number: &Expr, digits: Option<&Expr>) -> Typed {
        let typed = self.number(number);
        let keep = digits.and_then(literal_number).unwrap_or(0);
        let data_type = match typed.data_type {
            DataType::Decimal { precision, scale } => {
                let left = scale.min(keep);
                DataType::decimal(
                    precision.saturating_sub(scale).saturating_add(left).saturating_add(1),
                    left,
                )
            }
            other => other,
        };
        Typed { data_type, ..typed }
    }

    fn ordered(&mut self, function: ScalarFunction, args: &[(&Expr, Typed)]) {
        if let Some((expr, _)) = args.iter().find(|(_, typed)| typed.data_type == DataType::Bool) {
            let reason = format!("`{}` needs an order, which conditions do not have", function.name());
            self.note(FaultCode::TypeMismatch, expr, reason, "use `and` or `or`");
        }
    }

    pub(super) fn case(
        &mut self,
        operand: Option<&Expr>,
        branches: &[Branch],
        otherwise: Option<&Expr>,
    ) -> Typed {
        let operand = operand.map(|operand| (operand, self.infer(operand)));
        for branch in branches {
            match &operand {
                Some((operand, typed)) => {
                    let when = self.infer(&branch.when);
                    self.comparable((operand, typed), (&branch.when, &when));
                }
                None => {
                    self.condition(&branch.when);
                }
            }
        }
        let types = self.infer_all(branches.iter().map(|branch| &branch.then).chain(otherwise));
        let typed = self.unify(&types);
        Typed { nullable: typed.nullable || otherwise.is_none(), ..typed }
    }

    /// The type and unit that all have in common.
    fn unify(&mut self, values: &[(&Expr, Typed)]) -> Typed {
        let mut whole = Typed::new(DataType::Unknown, Unit::neutral(), false);
        let mut unchecked = false;
        for (expr, typed) in values {
            whole.nullable |= typed.nullable;
            unchecked |= typed.data_type == DataType::Unknown && !is_null(expr);
            let Some(common) = whole.data_type.common(typed.data_type) else {
                let found = format!("{} is {}", describe(expr), typed.data_type);
                let reason = format!("{found}, but the values before it are {}", whole.data_type);
                return self.note(FaultCode::TypeMismatch, expr, reason, "give values of one type");
            };
            whole.data_type = common;
            match whole.unit.combine(&typed.unit) {
                Some(unit) => whole.unit = unit,
                None => whole.unit = self.unit_mismatch(expr, "choose between", &whole.unit, &typed.unit),
            }
        }
        // A number of undeclared type may widen the others.
        if unchecked && whole.data_type.is_number() {
            whole.data_type = DataType::Unknown;
        }
        whole
    }

    pub(super) fn aggregate(&mut self, aggregate: &Aggregate) -> Typed {
        if let Some(filter) = &aggregate.filter {
            self.condition(filter);
        }
        let argument =
            aggregate.argument.as_ref().map(|argument| self.argument(aggregate.function, argument));
        match (aggregate.function, argument) {
            (AggregateFunction::Sum, Some(argument)) => {
                let data_type = match argument.data_type {
                    DataType::Decimal { scale, .. } => DataType::decimal(MAX_PRECISION, scale),
                    other => other,
                };
                Typed::new(data_type, argument.unit, true)
            }
            (AggregateFunction::Avg | AggregateFunction::Percentile(_), Some(argument)) => {
                Typed::new(DataType::Float, argument.unit, true)
            }
            (
                AggregateFunction::Min
                | AggregateFunction::Max
                | AggregateFunction::First
                | AggregateFunction::Last,
                Some(argument),
            ) => Typed { nullable: true, ..argument },
            _ => Typed::new(DataType::Int, Unit::count(), false),
        }
    }

    fn argument(&mut self, function: AggregateFunction, argument: &Expr) -> Typed {
        let typed = self.infer(argument);
        let boolean = typed.data_type == DataType::Bool;
        let name = function.name();
        match function {
            AggregateFunction::Sum if boolean => {
                let reason = format!("{} is a condition, and `{name}` adds numbers", describe(argument));
                self.note(FaultCode::TypeMismatch, argument, reason, "write `count(*) filter (where …)`")
            }
            AggregateFunction::Avg | AggregateFunction::Percentile(_) if boolean => {
                let reason = format!("{} is a condition, and `{name}` needs numbers", describe(argument));
                let remedy = "write `count(*) filter (where …) / count(*)`";
                self.note(FaultCode::TypeMismatch, argument, reason, remedy)
            }
            AggregateFunction::Min
            | AggregateFunction::Max
            | AggregateFunction::First
            | AggregateFunction::Last
                if boolean =>
            {
                let reason = format!("{} is a condition, and `{name}` needs an order", describe(argument));
                self.note(
                    FaultCode::TypeMismatch,
                    argument,
                    reason,
                    "count the rows: `count(*) filter (where …)`",
                )
            }
            AggregateFunction::Sum | AggregateFunction::Avg | AggregateFunction::Percentile(_) => {
                let fine = self.keep(expect_numeric(argument, &typed));
                if fine { typed } else { Typed::unknown() }
            }
            _ => typed,
        }
    }
}
