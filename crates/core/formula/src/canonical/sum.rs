//! Arithmetic in normal form: sums of signed, sorted products.

use super::{Form, literal, normal, sort};
use crate::ast::{BinaryOp, Expr, ExprKind, Power, UnaryOp};

/// `a + b - c`: positive terms first, both sorted.
pub(super) fn summed(expr: &Expr) -> Form {
    let (mut plus, mut minus) = (Vec::new(), Vec::new());
    collect_terms(expr, false, &mut plus, &mut minus);
    sort(&mut plus);
    sort(&mut minus);
    match (plus.as_slice(), minus.as_slice()) {
        ([only], []) => only.clone(),
        ([], [only]) => {
            let text = format!("-{}", only.clone().within(Power::ATOM));
            Form { constant: only.constant, ..Form::new(text, Power::NEGATION) }
        }
        _ => {
            let first =
                plus.iter().map(|term| term.clone().within(Power::PRODUCT)).collect::<Vec<_>>().join(" + ");
            let subtract = |sum: String, term: Form| match sum.as_str() {
                "" => format!("-{}", term.within(Power::ATOM)),
                _ => format!("{sum} - {}", term.within(Power::PRODUCT)),
            };
            Form::new(minus.into_iter().fold(first, subtract), Power::SUM)
        }
    }
}

fn collect_terms(expr: &Expr, negative: bool, plus: &mut Vec<Form>, minus: &mut Vec<Form>) {
    match &expr.kind {
        ExprKind::Unary { op: UnaryOp::Negate, operand } => collect_terms(operand, !negative, plus, minus),
        ExprKind::Binary { op: op @ (BinaryOp::Add | BinaryOp::Subtract), left, right } => {
            collect_terms(left, negative, plus, minus);
            collect_terms(right, negative != (*op == BinaryOp::Subtract), plus, minus);
        }
        _ => {
            let (term_negative, form) = signed(expr);
            // Zero has no sign.
            if term_negative == negative || form.text == "0" { plus.push(form) } else { minus.push(form) }
        }
    }
}

/// A term without its sign, and whether that is negative.
fn signed(expr: &Expr) -> (bool, Form) {
    match &expr.kind {
        ExprKind::Literal(value) if value.is_number() => {
            let text = literal(value);
            let form = |text: &str| Form { constant: true, ..Form::atom(text.to_owned()) };
            match text.strip_prefix('-') {
                Some(positive) => (true, form(positive)),
                None => (false, form(&text)),
            }
        }
        ExprKind::Unary { op: UnaryOp::Negate, operand } => {
            let (negative, form) = signed(operand);
            (!negative, form)
        }
        ExprKind::Binary { op: BinaryOp::Multiply, .. } => {
            let mut factors = Vec::new();
            let negative = collect_factors(expr, &mut factors);
            sort(&mut factors);
            let factors: Vec<String> =
                factors.into_iter().map(|factor| factor.within(Power::PRODUCT.above())).collect();
            (negative, Form::new(factors.join(" * "), Power::PRODUCT))
        }
        ExprKind::Binary { op: BinaryOp::Divide, left, right } => {
            let ((above_negative, above), (below_negative, below)) = (signed(left), signed(right));
            let text = format!("{} / {}", above.within(Power::PRODUCT), below.within(Power::PRODUCT.above()));
            (above_negative != below_negative, Form::new(text, Power::PRODUCT))
        }
        ExprKind::Binary { op: BinaryOp::Add | BinaryOp::Subtract, .. } => (false, summed(expr)),
        _ => (false, normal(expr)),
    }
}

/// Adds the factors of a product; whether the product of their signs is negative.
fn collect_factors(expr: &Expr, factors: &mut Vec<Form>) -> bool {
    match &expr.kind {
        ExprKind::Binary { op: BinaryOp::Multiply, left, right } => {
            collect_factors(left, factors) != collect_factors(right, factors)
        }
        ExprKind::Unary { op: UnaryOp::Negate, operand } => !collect_factors(operand, factors),
        _ => {
            let (negative, form) = signed(expr);
            factors.push(form);
            negative
        }
    }
}
