//! Functions of one row.

use std::cmp::Ordering;

use super::{Environment, EvaluateFault, Evaluated, arithmetic, compared, evaluate, kind, mismatch};
use crate::ast::{BinaryOp, Expr};
use crate::function::ScalarFunction;
use crate::value::Value;

pub(super) fn call(function: ScalarFunction, args: &[Expr], env: &dyn Environment) -> Evaluated {
    if function == ScalarFunction::Coalesce {
        return coalesce(args, env);
    }
    let values = args.iter().map(|arg| evaluate(arg, env)).collect::<Result<Vec<_>, _>>()?;
    match (function, values.as_slice()) {
        (ScalarFunction::Nullif, [value, null]) => {
            let equal = compared(BinaryOp::Equal, value, null)? == Some(true);
            Ok(if equal { Value::Null } else { value.clone() })
        }
        (ScalarFunction::Abs, [number]) => arithmetic::abs(number),
        (ScalarFunction::Floor, [number]) => arithmetic::floor(number),
        (ScalarFunction::Ceil, [number]) => arithmetic::ceil(number),
        (ScalarFunction::Round, [number, digits @ ..]) => {
            arithmetic::round(number, u32::try_from(whole(digits.first()).unwrap_or(0)).unwrap_or(0))
        }
        (ScalarFunction::Greatest, values) => extreme(function, values, Ordering::Greater),
        (ScalarFunction::Least, values) => extreme(function, values, Ordering::Less),
        (function, values) => text_function(function, values),
    }
}

/// Arguments behind the first that has a value are not looked at.
fn coalesce(args: &[Expr], env: &dyn Environment) -> Evaluated {
    for arg in args {
        let value = evaluate(arg, env)?;
        if !value.is_null() {
            return Ok(value);
        }
    }
    Ok(Value::Null)
}

fn extreme(function: ScalarFunction, values: &[Value], wanted: Ordering) -> Evaluated {
    let mut best: Option<&Value> = None;
    if values.iter().any(Value::is_null) {
        return Ok(Value::Null);
    }
    for value in values {
        let better = match best {
            None => true,
            Some(best) => value.compare(best).ok_or_else(|| mismatch(function.name(), value))? == wanted,
        };
        if better {
            best = Some(value);
        }
    }
    Ok(best.cloned().unwrap_or_default())
}

fn text_function(function: ScalarFunction, values: &[Value]) -> Evaluated {
    let literals = if function == ScalarFunction::Substr { 1 } else { values.len() };
    let mut texts = Vec::new();
    for value in values.iter().take(literals) {
        match value {
            Value::Null => return Ok(Value::Null),
            Value::Text(text) => texts.push(text.as_str()),
            other => return Err(mismatch(function.name(), other)),
        }
    }
    let text = texts.concat();
    Ok(match function {
        ScalarFunction::Lower => Value::Text(text.to_ascii_lowercase()),
        ScalarFunction::Upper => Value::Text(text.to_ascii_uppercase()),
        ScalarFunction::Trim => Value::Text(text.trim_matches(' ').to_owned()),
        ScalarFunction::Length => Value::Int(i64::try_from(text.chars().count()).unwrap_or(i64::MAX)),
        ScalarFunction::Concat => Value::Text(text),
        ScalarFunction::Substr => substr(&text, values.get(1), values.get(2)),
        other => {
            let found = values.first().map_or("no argument", kind).to_owned();
            return Err(EvaluateFault::TypeMismatch { operation: other.name(), found });
        }
    })
}

/// Characters from the `start`th, counting from 1.
fn substr(text: &str, start: Option<&Value>, length: Option<&Value>) -> Value {
    let size = |value| usize::try_from(whole(value).unwrap_or(i64::MAX)).unwrap_or(0);
    Value::Text(text.chars().skip(size(start).saturating_sub(1)).take(size(length)).collect())
}

fn whole(value: Option<&Value>) -> Option<i64> {
    match value {
        Some(Value::Int(number)) => Some(*number),
        _ => None,
    }
}
