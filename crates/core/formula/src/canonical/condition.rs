//! Conditions in normal form: `not` is pushed down, `and` and `or` are flat and sorted.

use super::{Form, MAX_REPEATED, key, normal, quoted, sort};
use crate::ast::{BinaryOp, Expr, ExprKind, Power, UnaryOp};
use crate::value::Value;

/// The normal form of a condition, or of its negation.
pub(super) fn condition(expr: &Expr, negate: bool) -> Form {
    match &expr.kind {
        ExprKind::Unary { op: UnaryOp::Not, operand } => condition(operand, !negate),
        ExprKind::Literal(Value::Bool(truth)) => {
            Form { constant: true, ..Form::atom((*truth != negate).to_string()) }
        }
        ExprKind::Binary { op, left, right } if op.is_comparison() => comparison(*op, left, right, negate),
        ExprKind::In { negated, operand, list } => membership(operand, list, *negated != negate),
        ExprKind::IsNull { negated, operand } => {
            let not = if *negated == negate { "" } else { "not " };
            Form::new(format!("{} is {not}null", normal(operand).within(Power::SUM)), Power::COMPARISON)
        }
        ExprKind::Like { negated, operand, pattern } => {
            let not = if *negated == negate { "" } else { "not " };
            let pattern = quoted(&pattern.to_string());
            Form::new(
                format!("{} {not}like {pattern}", normal(operand).within(Power::SUM)),
                Power::COMPARISON,
            )
        }
        ExprKind::Between { negated, operand, low, high } => between(*negated != negate, operand, low, high),
        ExprKind::Binary { op, left, right } if op.is_logical() => {
            joined(junction(*op, negate), vec![condition(left, negate), condition(right, negate)])
        }
        _ if negate => Form::new(format!("not {}", normal(expr).within(Power::NOT)), Power::NOT),
        _ => normal(expr),
    }
}

/// `and` or `or`, or the other one where the whole is negated.
fn junction(op: BinaryOp, negate: bool) -> BinaryOp {
    if (op == BinaryOp::And) == negate { BinaryOp::Or } else { BinaryOp::And }
}

/// `a and b and c` or the same with `or`: operands sorted, each once, those of the same operator inside taken out.
fn joined(op: BinaryOp, operands: Vec<Form>) -> Form {
    let inside = |operand: Form| if operand.power == op.power() { operand.operands } else { vec![operand] };
    let mut operands: Vec<Form> = operands.into_iter().flat_map(inside).collect();
    sort(&mut operands);
    operands.dedup();
    if let [only] = operands.as_slice() {
        return only.clone();
    }
    let texts: Vec<String> =
        operands.iter().map(|operand| operand.clone().within(op.power().above())).collect();
    let text = texts.join(&format!(" {} ", op.symbol()));
    Form { operands, ..Form::new(text, op.power()) }
}

fn between(negated: bool, operand: &Expr, low: &Expr, high: &Expr) -> Form {
    let (operand, low, high) = (normal(operand), normal(low), normal(high));
    if operand.text.len() > MAX_REPEATED {
        let not = if negated { "not " } else { "" };
        let [operand, low, high] = [operand, low, high].map(|part| part.within(Power::SUM));
        return Form::new(format!("{operand} {not}between {low} and {high}"), Power::COMPARISON);
    }
    if negated {
        let outside = [(operand.clone(), low), (high, operand)];
        joined(BinaryOp::Or, outside.map(|(less, more)| compared(BinaryOp::Less, less, more)).into())
    } else {
        let inside = [(low, operand.clone()), (operand, high)];
        joined(BinaryOp::And, inside.map(|(less, more)| compared(BinaryOp::LessOrEqual, less, more)).into())
    }
}

fn comparison(op: BinaryOp, left: &Expr, right: &Expr, negate: bool) -> Form {
    let op = if negate { op.opposite().unwrap_or(op) } else { op };
    compared(op, normal(left), normal(right))
}

pub(super) fn compared(op: BinaryOp, left: Form, right: Form) -> Form {
    let (op, left, right) = match op {
        BinaryOp::Greater => (BinaryOp::Less, right, left),
        BinaryOp::GreaterOrEqual => (BinaryOp::LessOrEqual, right, left),
        BinaryOp::Equal | BinaryOp::NotEqual if key(&right) < key(&left) => (op, right, left),
        other => (other, left, right),
    };
    let text = format!("{} {} {}", left.within(Power::SUM), op.symbol(), right.within(Power::SUM));
    Form::new(text, Power::COMPARISON)
}

/// `x in (…)`; with a single literal an equation.
fn membership(operand: &Expr, list: &[Expr], negated: bool) -> Form {
    let mut items: Vec<Form> = list.iter().map(normal).collect();
    sort(&mut items);
    items.dedup();
    if let [only] = items.as_slice() {
        let op = if negated { BinaryOp::NotEqual } else { BinaryOp::Equal };
        return compared(op, normal(operand), only.clone());
    }
    let not = if negated { "not " } else { "" };
    let items: Vec<String> = items.into_iter().map(|item| item.text).collect();
    let text = format!("{} {not}in ({})", normal(operand).within(Power::SUM), items.join(", "));
    Form::new(text, Power::COMPARISON)
}
