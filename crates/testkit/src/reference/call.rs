//! Functions of one row.

use std::cmp::Ordering;

use metricwright_formula::{BinaryOp, ScalarFunction, Value};
use rust_decimal::Decimal;

use super::error::Error;
use super::interpret::compare;
use super::number::{Number, number, order, round};

/// The value of a function. Where an argument is missing the result is, except for `coalesce` and `nullif`.
pub(super) fn call(function: ScalarFunction, args: &[Value]) -> Result<Value, Error> {
    match (function, args) {
        (ScalarFunction::Coalesce, args) => {
            Ok(args.iter().find(|value| !value.is_null()).cloned().unwrap_or_default())
        }
        (ScalarFunction::Nullif, [value, other]) => {
            let equal = compare(BinaryOp::Equal, value, other)? == Some(true);
            Ok(if equal { Value::Null } else { value.clone() })
        }
        (_, args) if args.iter().any(Value::is_null) => Ok(Value::Null),
        (ScalarFunction::Greatest, args) => extreme("greatest", Ordering::Greater, args),
        (ScalarFunction::Least, args) => extreme("least", Ordering::Less, args),
        (ScalarFunction::Abs, [value]) => numeric("abs", value, Decimal::abs, f64::abs),
        (ScalarFunction::Floor, [value]) => numeric("floor", value, Decimal::floor, f64::floor),
        (ScalarFunction::Ceil, [value]) => numeric("ceil", value, Decimal::ceil, f64::ceil),
        (ScalarFunction::Round, [value]) => rounded(value, 0),
        (ScalarFunction::Round, [value, Value::Int(digits)]) => {
            rounded(value, u32::try_from(*digits).unwrap_or(0))
        }
        (ScalarFunction::Concat, args) => {
            let texts = args.iter().map(|value| text("concat", value)).collect::<Result<Vec<_>, _>>()?;
            Ok(Value::Text(texts.concat()))
        }
        (function, [value, rest @ ..]) => of_text(function, text(function.name(), value)?, rest),
        (function, []) => Err(Error::Type { operation: function.name(), found: "no argument".to_owned() }),
    }
}

fn of_text(function: ScalarFunction, text: &str, rest: &[Value]) -> Result<Value, Error> {
    Ok(match (function, rest) {
        (ScalarFunction::Lower, []) => Value::Text(text.chars().map(|c| c.to_ascii_lowercase()).collect()),
        (ScalarFunction::Upper, []) => Value::Text(text.chars().map(|c| c.to_ascii_uppercase()).collect()),
        (ScalarFunction::Trim, []) => Value::from(text.trim_matches(' ')),
        (ScalarFunction::Length, []) => Value::Int(i64::try_from(text.chars().count()).unwrap_or(i64::MAX)),
        (ScalarFunction::Substr, [Value::Int(start)]) => substr(text, *start, i64::MAX),
        (ScalarFunction::Substr, [Value::Int(start), Value::Int(length)]) => substr(text, *start, *length),
        (function, rest) => {
            return Err(Error::Type { operation: function.name(), found: format!("{text}, {rest:?}") });
        }
    })
}

/// The characters at the places from `start` on, counted from 1, and before `start + length`.
fn substr(text: &str, start: i64, length: i64) -> Value {
    let end = start.saturating_add(length);
    let inside = (1_i64..).zip(text.chars()).filter(|(place, _)| (start..end).contains(place));
    Value::Text(inside.map(|(_, character)| character).collect())
}

fn extreme(operation: &'static str, wanted: Ordering, args: &[Value]) -> Result<Value, Error> {
    let Some((first, rest)) = args.split_first() else { return Ok(Value::Null) };
    let mut best = first;
    for value in rest {
        if order(operation, value, best)? == wanted {
            best = value;
        }
    }
    Ok(best.clone())
}

fn numeric(
    operation: &'static str,
    value: &Value,
    exact: impl Fn(&Decimal) -> Decimal,
    float: impl Fn(f64) -> f64,
) -> Result<Value, Error> {
    Ok(match number(operation, value)? {
        Some(Number::Exact(number)) => Number::Exact(exact(&number)).value(),
        Some(Number::Float(number)) => Number::Float(float(number)).value(),
        None => Value::Null,
    })
}

fn rounded(value: &Value, digits: u32) -> Result<Value, Error> {
    Ok(number("round", value)?.map_or(Value::Null, |number| round(number, digits).value()))
}

fn text<'a>(operation: &'static str, value: &'a Value) -> Result<&'a str, Error> {
    match value {
        Value::Text(text) => Ok(text),
        other => Err(Error::Type { operation, found: other.to_string() }),
    }
}
