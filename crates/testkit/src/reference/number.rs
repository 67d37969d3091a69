//! Numbers and comparisons: exact while both sides are exact, else floating point.

use std::cmp::Ordering;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use metricwright_formula::{BinaryOp, Value};
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::error::Error;

/// A number, exact or not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    /// `Int` and `Decimal`.
    Exact(Decimal),
    /// `Float`.
    Float(f64),
}

impl Number {
    /// The number that a value is.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Int(whole) => Some(Self::Exact(Decimal::from(*whole))),
            Value::Decimal(number) => Some(Self::Exact(*number)),
            Value::Float(number) => Some(Self::Float(*number)),
            _ => None,
        }
    }

    /// The nearest floating point number; read from the digits, which is correctly rounded.
    pub fn float(self) -> f64 {
        match self {
            Self::Exact(number) => number.to_string().parse().unwrap_or(f64::NAN),
            Self::Float(number) => number,
        }
    }

    /// As a value: whole numbers as `Int` where they fit, and what is no finite number as missing.
    pub fn value(self) -> Value {
        match self {
            Self::Exact(number) => match number.to_i64() {
                Some(whole) if number.scale() == 0 => Value::Int(whole),
                _ => Value::Decimal(number),
            },
            Self::Float(number) if number.is_finite() => Value::Float(number),
            Self::Float(_) => Value::Null,
        }
    }

    /// `+ - *`, exact if both are and the result has room.
    fn combine(
        self,
        other: Self,
        exact: impl Fn(Decimal, Decimal) -> Option<Decimal>,
        float: impl Fn(f64, f64) -> f64,
    ) -> Self {
        if let (Self::Exact(left), Self::Exact(right)) = (self, other)
            && let Some(number) = exact(left, right)
        {
            return Self::Exact(number);
        }
        Self::Float(float(self.float(), other.float()))
    }

    /// The sum.
    pub fn plus(self, other: Self) -> Self {
        self.combine(other, Decimal::checked_add, |left, right| left + right)
    }
}

/// Arithmetic of two values; missing where one of them is.
pub(super) fn arithmetic(op: BinaryOp, left: &Value, right: &Value) -> Result<Value, Error> {
    let (Some(left), Some(right)) = (number(op.symbol(), left)?, number(op.symbol(), right)?) else {
        return Ok(Value::Null);
    };
    Ok(match op {
        BinaryOp::Add => left.plus(right).value(),
        BinaryOp::Subtract => left.combine(right, Decimal::checked_sub, |a, b| a - b).value(),
        BinaryOp::Multiply => left.combine(right, Decimal::checked_mul, |a, b| a * b).value(),
        BinaryOp::Divide if right.float() == 0.0 => Value::Null,
        BinaryOp::Divide => Number::Float(left.float() / right.float()).value(),
        BinaryOp::Remainder => remainder(left, right)?,
        other => return Err(Error::Type { operation: other.symbol(), found: format!("{left:?}") }),
    })
}

/// The number that a value is, none where it is missing.
pub(super) fn number(operation: &'static str, value: &Value) -> Result<Option<Number>, Error> {
    match Number::of(value) {
        Some(number) => Ok(Some(number)),
        None if value.is_null() => Ok(None),
        None => Err(Error::Type { operation, found: value.to_string() }),
    }
}

/// Of whole numbers, with the sign of the left one: what is left after taking the right one away as often as it fits.
fn remainder(left: Number, right: Number) -> Result<Value, Error> {
    let whole = |number: Number| {
        let exact = match number {
            Number::Exact(number) => Some(number),
            Number::Float(number) => Decimal::from_f64_retain(number),
        };
        let whole = exact.filter(|number| number.fract().is_zero()).and_then(|number| number.to_i128());
        whole.ok_or_else(|| Error::Type { operation: "%", found: format!("{number:?}") })
    };
    let (left, right) = (whole(left)?, whole(right)?);
    if right == 0 {
        return Ok(Value::Null);
    }
    let times = left / right;
    Ok(Number::Exact(Decimal::from(left - times * right)).value())
}

/// Half away from zero, to that many digits behind the point.
pub(super) fn round(number: Number, digits: u32) -> Number {
    match number {
        Number::Exact(number) => {
            Number::Exact(number.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero))
        }
        Number::Float(number) => {
            let scale = (0..digits).fold(1.0, |scale, _| scale * 10.0);
            let scaled = number * scale;
            Number::Float(if scaled.is_finite() { scaled.round() / scale } else { number })
        }
    }
}

/// The order of two values that are there; an error where they have none.
pub(super) fn order(operation: &'static str, left: &Value, right: &Value) -> Result<Ordering, Error> {
    let found = match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Value::Text(left), Value::Text(right)) => Some(left.chars().cmp(right.chars())),
        _ => match (Number::of(left), Number::of(right)) {
            (Some(Number::Exact(left)), Some(Number::Exact(right))) => Some(left.cmp(&right)),
            (Some(left), Some(right)) => left.float().partial_cmp(&right.float()),
            _ => moment(left).and_then(|left| Some(left.cmp(&moment(right)?))),
        },
    };
    found.ok_or_else(|| Error::Type { operation, found: format!("{left} and {right}") })
}

/// A date or time on one line: dates at midnight, moments at their wall clock in UTC.
fn moment(value: &Value) -> Option<DateTime> {
    match value {
        Value::Date(date) => Some(date.to_datetime(jiff::civil::Time::midnight())),
        Value::DateTime(time) => Some(*time),
        Value::Instant(instant) => Some(instant.to_zoned(TimeZone::UTC).datetime()),
        _ => None,
    }
}

/// Text that two values share exactly where they are equal in the language: `1`, `1.0` and `1.00` have one.
pub(super) fn identity(value: &Value) -> String {
    match (Number::of(value), moment(value)) {
        (Some(Number::Exact(number)), _) if number.is_zero() => "n0".to_owned(),
        (Some(Number::Float(0.0)), _) => "n0".to_owned(),
        (Some(Number::Exact(number)), _) => format!("n{}", number.normalize()),
        (Some(Number::Float(number)), _) => format!("n{number}"),
        (None, Some(time)) => format!("w{time}"),
        (None, None) => match value {
            Value::Text(text) => format!("t{text}"),
            other => other.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Value {
        if text.contains('e') {
            return Value::Float(text.parse().unwrap());
        }
        Number::Exact(text.parse().unwrap()).value()
    }

    #[test]
    fn arithmetic_is_exact_while_it_can_be() {
        let check = |left: &str, op, right: &str, expected: &str| {
            let value = arithmetic(op, &number(left), &number(right)).unwrap();
            assert_eq!(value.to_string(), expected, "{left} {op:?} {right}");
        };
        check("0.1", BinaryOp::Add, "0.2", "0.3");
        check("9223372036854775807", BinaryOp::Add, "1", "9223372036854775808");
        check("7", BinaryOp::Divide, "2", "3.5");
        check("7", BinaryOp::Divide, "0.00", "null");
        check("7", BinaryOp::Remainder, "0", "null");
        check("-7", BinaryOp::Remainder, "2", "-1");
        check("7", BinaryOp::Remainder, "-2", "1");
        check("1e300", BinaryOp::Multiply, "1e300", "null");
        check("1e0", BinaryOp::Add, "2", "3.0");
    }

    #[test]
    fn equal_values_have_one_identity() {
        for (left, right) in [("1", "1.00"), ("1e0", "1"), ("-0e0", "0.0"), ("5e-1", "0.50")] {
            assert_eq!(identity(&number(left)), identity(&number(right)), "{left} {right}");
        }
        assert_ne!(identity(&Value::from("1")), identity(&number("1")));
        assert_ne!(identity(&Value::from("true")), identity(&Value::Bool(true)));
    }

    #[test]
    fn rounds_half_away_from_zero() {
        let check = |text: &str, digits, expected: &str| {
            let rounded = round(Number::of(&number(text)).unwrap(), digits).value();
            assert_eq!(rounded.to_string(), expected, "{text}");
        };
        check("2.5", 0, "3");
        check("-2.5", 0, "-3");
        check("25e-1", 0, "3.0");
        check("0.125", 2, "0.13");
    }
}
