//! Expressions, one node at a time, with the three truth values of SQL. Not the product's evaluator, on purpose.

use std::cmp::Ordering;

use metricwright_formula::{
    BinaryOp, Branch, ColumnPath, Expr, ExprKind, LikePattern, LikePiece, UnaryOp, Value,
};

use super::call::call;
use super::error::Error;
use super::number::{arithmetic, order};

/// Gives the value of a name.
pub(super) type Names<'a> = &'a dyn Fn(&ColumnPath) -> Result<Value, Error>;

/// The value of an expression for one row.
pub(super) fn interpret(expr: &Expr, names: Names<'_>) -> Result<Value, Error> {
    let of = |expr: &Expr| interpret(expr, names);
    match &expr.kind {
        ExprKind::Literal(value) => Ok(value.clone()),
        ExprKind::Column(path) => names(path),
        ExprKind::Metric(name) => Err(Error::NotOfOneRow { found: name.clone() }),
        ExprKind::Aggregate(aggregate) => {
            Err(Error::NotOfOneRow { found: aggregate.function.name().to_owned() })
        }
        ExprKind::Unary { op: UnaryOp::Negate, operand } => {
            arithmetic(BinaryOp::Subtract, &Value::Int(0), &of(operand)?)
        }
        ExprKind::Unary { op: UnaryOp::Not, operand } => Ok(fact(not(truth("not", &of(operand)?)?))),
        ExprKind::Binary { op, left, right } => binary(*op, &of(left)?, &of(right)?),
        ExprKind::Call { function, args } => {
            call(*function, &args.iter().map(of).collect::<Result<Vec<_>, _>>()?)
        }
        ExprKind::Case { operand, branches, otherwise } => {
            let otherwise = otherwise.as_deref();
            match operand {
                Some(operand) => short_case(&of(operand)?, branches, otherwise, names),
                None => long_case(branches, otherwise, names),
            }
        }
        ExprKind::Between { negated, operand, low, high } => {
            let operand = of(operand)?;
            let above = compare(BinaryOp::GreaterOrEqual, &operand, &of(low)?)?;
            let below = compare(BinaryOp::LessOrEqual, &operand, &of(high)?)?;
            Ok(fact(not_if(*negated, and(above, below))))
        }
        ExprKind::In { negated, operand, list } => {
            let operand = of(operand)?;
            let mut found = Some(false);
            for item in list {
                found = or(found, compare(BinaryOp::Equal, &operand, &of(item)?)?);
            }
            Ok(fact(not_if(*negated, found)))
        }
        ExprKind::IsNull { negated, operand } => Ok(Value::Bool(of(operand)?.is_null() != *negated)),
        ExprKind::Like { negated, operand, pattern } => match of(operand)? {
            Value::Null => Ok(Value::Null),
            Value::Text(text) => Ok(Value::Bool(like(&text, pattern) != *negated)),
            other => Err(Error::Type { operation: "like", found: other.to_string() }),
        },
    }
}

/// Whether a condition holds: missing is not true.
pub(super) fn holds(condition: &Expr, names: Names<'_>) -> Result<bool, Error> {
    Ok(truth("filter", &interpret(condition, names)?)? == Some(true))
}

fn binary(op: BinaryOp, left: &Value, right: &Value) -> Result<Value, Error> {
    match op {
        BinaryOp::And => Ok(fact(and(truth("and", left)?, truth("and", right)?))),
        BinaryOp::Or => Ok(fact(or(truth("or", left)?, truth("or", right)?))),
        BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Remainder => {
            arithmetic(op, left, right)
        }
        comparison => Ok(fact(compare(comparison, left, right)?)),
    }
}

/// A comparison; missing where one side is.
pub(super) fn compare(op: BinaryOp, left: &Value, right: &Value) -> Result<Option<bool>, Error> {
    if left.is_null() || right.is_null() {
        return Ok(None);
    }
    let order = order(op.symbol(), left, right)?;
    Ok(Some(match op {
        BinaryOp::Equal => order == Ordering::Equal,
        BinaryOp::NotEqual => order != Ordering::Equal,
        BinaryOp::Less => order == Ordering::Less,
        BinaryOp::LessOrEqual => order != Ordering::Greater,
        BinaryOp::Greater => order == Ordering::Greater,
        BinaryOp::GreaterOrEqual => order != Ordering::Less,
        other => return Err(Error::Type { operation: other.symbol(), found: left.to_string() }),
    }))
}

fn short_case(
    operand: &Value,
    branches: &[Branch],
    otherwise: Option<&Expr>,
    names: Names<'_>,
) -> Result<Value, Error> {
    for branch in branches {
        if compare(BinaryOp::Equal, operand, &interpret(&branch.when, names)?)? == Some(true) {
            return interpret(&branch.then, names);
        }
    }
    otherwise.map_or(Ok(Value::Null), |otherwise| interpret(otherwise, names))
}

fn long_case(branches: &[Branch], otherwise: Option<&Expr>, names: Names<'_>) -> Result<Value, Error> {
    for branch in branches {
        if holds(&branch.when, names)? {
            return interpret(&branch.then, names);
        }
    }
    otherwise.map_or(Ok(Value::Null), |otherwise| interpret(otherwise, names))
}

/// Whether the whole text fits the pattern.
fn like(text: &str, pattern: &LikePattern) -> bool {
    let characters: Vec<char> = text.chars().collect();
    fits(&characters, pattern.pieces())
}

fn fits(text: &[char], pieces: &[LikePiece]) -> bool {
    match (pieces.split_first(), text.split_first()) {
        (None, rest) => rest.is_none(),
        (Some((LikePiece::Any, after)), None) => fits(text, after),
        (Some((LikePiece::Any, after)), Some((_, rest))) => fits(text, after) || fits(rest, pieces),
        (Some((LikePiece::One, after)), Some((_, rest))) => fits(rest, after),
        (Some((LikePiece::Character(wanted), after)), Some((found, rest))) => {
            wanted == found && fits(rest, after)
        }
        (Some(_), None) => false,
    }
}

fn truth(operation: &'static str, value: &Value) -> Result<Option<bool>, Error> {
    match value {
        Value::Bool(truth) => Ok(Some(*truth)),
        Value::Null => Ok(None),
        other => Err(Error::Type { operation, found: other.to_string() }),
    }
}

fn fact(truth: Option<bool>) -> Value {
    truth.map_or(Value::Null, Value::Bool)
}

fn and(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match (left, right) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn or(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match (left, right) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

fn not(truth: Option<bool>) -> Option<bool> {
    truth.map(|truth| !truth)
}

fn not_if(negated: bool, truth: Option<bool>) -> Option<bool> {
    if negated { not(truth) } else { truth }
}
