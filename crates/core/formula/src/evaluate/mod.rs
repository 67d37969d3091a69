//! Values of expressions, as the engines give them.

mod arithmetic;
mod call;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use crate::ast::{BinaryOp, Branch, ColumnPath, Expr, ExprKind, UnaryOp};
use crate::value::Value;

/// Where names get their values from.
pub trait Environment {
    /// The value of a column; none if there is no such column.
    fn column(&self, path: &ColumnPath) -> Option<Value>;

    /// The value of a metric, its name written with `_` for `-`; none if there is no such metric.
    fn metric(&self, name: &str) -> Option<Value>;
}

/// Why there is no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvaluateFault {
    /// A column that the environment does not have.
    #[error("there is no column `{0}`")]
    UnknownColumn(ColumnPath),
    /// A metric that the environment does not have.
    #[error("there is no metric `{0}`")]
    UnknownMetric(String),
    /// A value of a type that the operation does not take.
    #[error("`{operation}` does not take {found}")]
    TypeMismatch {
        /// The operator or function.
        operation: &'static str,
        /// What it was given.
        found: String,
    },
    /// A number too large for floating point.
    #[error("the result of `{0}` is too large for a number")]
    Overflow(&'static str),
    /// An aggregate, which needs rows.
    #[error("an aggregate has no value for one row")]
    Aggregate,
}

type Evaluated = Result<Value, EvaluateFault>;

/// The value of an expression without aggregates.
///
/// Missing values follow SQL: operators and functions of a missing value are missing, `and` and `or` are three-valued,
/// and a condition that is missing does not hold. Whole numbers and decimals are added, subtracted and multiplied
/// exactly (up to 28 digits, then as floating point); `/` always gives floating point, and is missing where the divisor
/// is zero. A NaN of the environment counts as missing.
///
/// # Errors
/// See [`EvaluateFault`]. An expression that passed [`check`](crate::check) with the types of the environment can only
/// overflow.
///
/// ```
/// use metricwright_formula::{ColumnPath, Environment, ParseMode, Value, evaluate, parse};
///
/// struct Inputs;
/// impl Environment for Inputs {
///     fn column(&self, _: &ColumnPath) -> Option<Value> { None }
///     fn metric(&self, name: &str) -> Option<Value> {
///         match name { "revenue" => Some(Value::Int(7)), "orders" => Some(Value::Int(2)), _ => Some(Value::Null) }
///     }
/// }
///
/// let value = |text: &str| evaluate(&parse(text, ParseMode::Derived).unwrap(), &Inputs).unwrap();
/// assert_eq!(value("revenue / orders"), Value::Float(3.5));
/// assert_eq!(value("revenue / (orders - 2)"), Value::Null);
/// assert_eq!(value("revenue > 5 or budget > 5"), Value::Bool(true));
/// ```
pub fn evaluate(expr: &Expr, env: &dyn Environment) -> Evaluated {
    let of = |expr: &Expr| evaluate(expr, env);
    match &expr.kind {
        ExprKind::Literal(value) => Ok(value.clone()),
        ExprKind::Column(path) => {
            env.column(path).map(sane).ok_or_else(|| EvaluateFault::UnknownColumn(path.clone()))
        }
        ExprKind::Metric(name) => {
            env.metric(name).map(sane).ok_or_else(|| EvaluateFault::UnknownMetric(name.clone()))
        }
        ExprKind::Unary { op: UnaryOp::Not, operand } => {
            Ok(truth_value(negated(truth("not", &of(operand)?)?, true)))
        }
        ExprKind::Unary { op: UnaryOp::Negate, operand } => arithmetic::negate(&of(operand)?),
        ExprKind::Binary { op, left, right } if op.is_logical() => logical(*op, left, right, env),
        ExprKind::Binary { op, left, right } if op.is_comparison() => {
            Ok(truth_value(compared(*op, &of(left)?, &of(right)?)?))
        }
        ExprKind::Binary { op, left, right } => arithmetic::binary(*op, &of(left)?, &of(right)?),
        ExprKind::Call { function, args } => call::call(*function, args, env),
        ExprKind::Case { operand, branches, otherwise } => {
            case(operand.as_deref(), branches, otherwise.as_deref(), env)
        }
        ExprKind::Between { negated: not, operand, low, high } => {
            let operand = of(operand)?;
            let above = compared(BinaryOp::GreaterOrEqual, &operand, &of(low)?)?;
            let below = compared(BinaryOp::LessOrEqual, &operand, &of(high)?)?;
            Ok(truth_value(negated(both(above, below), *not)))
        }
        ExprKind::In { negated: not, operand, list } => {
            let found = member(&of(operand)?, list, env)?;
            Ok(truth_value(negated(found, *not)))
        }
        ExprKind::IsNull { negated, operand } => Ok(Value::Bool(of(operand)?.is_null() != *negated)),
        ExprKind::Like { negated: not, operand, pattern } => match of(operand)? {
            Value::Null => Ok(Value::Null),
            Value::Text(text) => Ok(Value::Bool(pattern.matches(&text) != *not)),
            other => Err(mismatch("like", &other)),
        },
        ExprKind::Aggregate(_) => Err(EvaluateFault::Aggregate),
    }
}

/// The sum of two numbers as `+` has it: exact where both are and there is room.
///
/// # Errors
/// One of them is no number, or the sum is too large.
pub fn plus(left: &Value, right: &Value) -> Evaluated {
    arithmetic::binary(BinaryOp::Add, left, right)
}

/// NaN is missing.
fn sane(value: Value) -> Value {
    match value {
        Value::Float(number) => Value::from(number),
        other => other,
    }
}

/// `and` and `or` of three truth values; the right side is not looked at where the left one decides.
fn logical(op: BinaryOp, left: &Expr, right: &Expr, env: &dyn Environment) -> Evaluated {
    let decisive = op == BinaryOp::Or;
    let left = truth(op.symbol(), &evaluate(left, env)?)?;
    if left == Some(decisive) {
        return Ok(Value::Bool(decisive));
    }
    let right = truth(op.symbol(), &evaluate(right, env)?)?;
    Ok(truth_value(if decisive {
        negated(both(negated(left, true), negated(right, true)), true)
    } else {
        both(left, right)
    }))
}

fn both(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match (left, right) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn negated(truth: Option<bool>, negate: bool) -> Option<bool> {
    truth.map(|truth| truth != negate)
}

fn truth_value(truth: Option<bool>) -> Value {
    truth.map_or(Value::Null, Value::Bool)
}

fn truth(operation: &'static str, value: &Value) -> Result<Option<bool>, EvaluateFault> {
    match value {
        Value::Null => Ok(None),
        Value::Bool(truth) => Ok(Some(*truth)),
        other => Err(mismatch(operation, other)),
    }
}

fn compared(op: BinaryOp, left: &Value, right: &Value) -> Result<Option<bool>, EvaluateFault> {
    if left.is_null() || right.is_null() {
        return Ok(None);
    }
    let order = left.compare(right).ok_or_else(|| EvaluateFault::TypeMismatch {
        operation: op.symbol(),
        found: format!("{} and {}", kind(left), kind(right)),
    })?;
    Ok(Some(match op {
        BinaryOp::NotEqual => order != Ordering::Equal,
        BinaryOp::Less => order == Ordering::Less,
        BinaryOp::LessOrEqual => order != Ordering::Greater,
        BinaryOp::Greater => order == Ordering::Greater,
        BinaryOp::GreaterOrEqual => order != Ordering::Less,
        _ => order == Ordering::Equal,
    }))
}

fn member(operand: &Value, list: &[Expr], env: &dyn Environment) -> Result<Option<bool>, EvaluateFault> {
    let mut found = Some(false);
    for item in list {
        match compared(BinaryOp::Equal, operand, &evaluate(item, env)?)? {
            Some(true) => return Ok(Some(true)),
            Some(false) => {}
            None => found = None,
        }
    }
    Ok(found)
}

fn case(
    operand: Option<&Expr>,
    branches: &[Branch],
    otherwise: Option<&Expr>,
    env: &dyn Environment,
) -> Evaluated {
    let operand = operand.map(|operand| evaluate(operand, env)).transpose()?;
    for branch in branches {
        let when = evaluate(&branch.when, env)?;
        let holds = match &operand {
            Some(operand) => compared(BinaryOp::Equal, operand, &when)?,
            None => truth("case", &when)?,
        };
        if holds == Some(true) {
            return evaluate(&branch.then, env);
        }
    }
    otherwise.map_or(Ok(Value::Null), |otherwise| evaluate(otherwise, env))
}

fn mismatch(operation: &'static str, found: &Value) -> EvaluateFault {
    EvaluateFault::TypeMismatch { operation, found: kind(found).to_owned() }
}

/// What kind of value it is, in words.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "a missing value",
        Value::Bool(_) => "a truth value",
        Value::Int(_) | Value::Decimal(_) | Value::Float(_) => "a number",
        Value::Text(_) => "a text",
        Value::Date(_) => "a date",
        Value::DateTime(_) => "a time of the wall clock",
        Value::Instant(_) => "a moment",
    }
}
