//! Numbers: exact where both are, else floating point.

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::{EvaluateFault, Evaluated, mismatch};
use crate::ast::BinaryOp;
use crate::value::Value;

pub(super) fn negate(operand: &Value) -> Evaluated {
    match operand {
        Value::Null => Ok(Value::Null),
        Value::Int(number) => {
            Ok(number.checked_neg().map_or_else(|| Value::Decimal(-Decimal::from(*number)), Value::Int))
        }
        Value::Decimal(number) => Ok(Value::Decimal(-number)),
        Value::Float(number) => Ok(Value::Float(-number)),
        other => Err(mismatch("-", other)),
    }
}

pub(super) fn binary(op: BinaryOp, left: &Value, right: &Value) -> Evaluated {
    for operand in [left, right] {
        if !operand.is_null() && !operand.is_number() {
            return Err(mismatch(op.symbol(), operand));
        }
    }
    if left.is_null() || right.is_null() {
        return Ok(Value::Null);
    }
    match op {
        BinaryOp::Divide => divide(left, right),
        BinaryOp::Remainder => remainder(left, right),
        _ => match exact(op, left, right) {
            Some(number) => Ok(number),
            None => floating(op, left, right),
        },
    }
}

/// Sum, difference or product without loss, if both are exact and the result has room.
fn exact(op: BinaryOp, left: &Value, right: &Value) -> Option<Value> {
    if let (Value::Int(left), Value::Int(right)) = (left, right) {
        let whole = match op {
            BinaryOp::Add => left.checked_add(*right),
            BinaryOp::Subtract => left.checked_sub(*right),
            _ => left.checked_mul(*right),
        };
        if let Some(whole) = whole {
            return Some(Value::Int(whole));
        }
    }
    if matches!(left, Value::Float(_)) || matches!(right, Value::Float(_)) {
        return None;
    }
    let (left, right) = (left.as_decimal()?, right.as_decimal()?);
    let number = match op {
        BinaryOp::Add => left.checked_add(right),
        BinaryOp::Subtract => left.checked_sub(right),
        _ => left.checked_mul(right),
    };
    number.map(Value::Decimal)
}

fn floating(op: BinaryOp, left: &Value, right: &Value) -> Evaluated {
    let (Some(left), Some(right)) = (left.as_f64(), right.as_f64()) else {
        return Err(mismatch(op.symbol(), left));
    };
    finite(
        op.symbol(),
        match op {
            BinaryOp::Add => left + right,
            BinaryOp::Subtract => left - right,
            _ => left * right,
        },
    )
}

fn divide(left: &Value, right: &Value) -> Evaluated {
    match (left.as_f64(), right.as_f64()) {
        (Some(_), Some(0.0)) => Ok(Value::Null),
        (Some(left), Some(right)) => finite("/", left / right),
        _ => Err(mismatch("/", left)),
    }
}

/// Of whole numbers, with the sign of the left one.
fn remainder(left: &Value, right: &Value) -> Evaluated {
    let whole = |value: &Value| match value.normalized() {
        Value::Int(whole) => Ok(whole),
        _ => Err(EvaluateFault::TypeMismatch {
            operation: "%",
            found: format!("`{value}`, which is not whole"),
        }),
    };
    let (left, right) = (whole(left)?, whole(right)?);
    // The only overflow, by -1, leaves no remainder.
    Ok(if right == 0 { Value::Null } else { Value::Int(left.wrapping_rem(right)) })
}

pub(super) fn finite(operation: &'static str, number: f64) -> Evaluated {
    if number.is_finite() { Ok(Value::Float(number)) } else { Err(EvaluateFault::Overflow(operation)) }
}

pub(super) fn abs(value: &Value) -> Evaluated {
    match value {
        Value::Int(number) if *number < 0 => negate(value),
        Value::Decimal(number) => Ok(Value::Decimal(number.abs())),
        Value::Float(number) => Ok(Value::Float(number.abs())),
        other => number_or_missing("abs", other),
    }
}

/// Half away from zero. Floating point is scaled, rounded and scaled back, as engines do.
pub(super) fn round(value: &Value, digits: u32) -> Evaluated {
    match value {
        Value::Decimal(number) => {
            Ok(Value::Decimal(number.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)))
        }
        Value::Float(number) => {
            let scale = 10_f64.powi(digits.to_i32().unwrap_or_default());
            let scaled = (number * scale).round();
            finite("round", if scaled.is_finite() { scaled / scale } else { *number })
        }
        other => number_or_missing("round", other),
    }
}

pub(super) fn floor(value: &Value) -> Evaluated {
    match value {
        Value::Decimal(number) => Ok(Value::Decimal(number.floor())),
        Value::Float(number) => Ok(Value::Float(number.floor())),
        other => number_or_missing("floor", other),
    }
}

pub(super) fn ceil(value: &Value) -> Evaluated {
    match value {
        Value::Decimal(number) => Ok(Value::Decimal(number.ceil())),
        Value::Float(number) => Ok(Value::Float(number.ceil())),
        other => number_or_missing("ceil", other),
    }
}

/// Whole and missing numbers as they are.
fn number_or_missing(operation: &'static str, value: &Value) -> Evaluated {
    if value.is_null() || value.is_number() { Ok(value.clone()) } else { Err(mismatch(operation, value)) }
}
