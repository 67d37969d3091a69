//! The values that expressions work on.

use std::cmp::Ordering;
use std::fmt;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

/// One value.
///
/// `==` is equality of representation (`Int(1) != Decimal(1)`); [`Value::compare`] is the equality and order of the
/// language.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// Missing or unknown.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// An exact decimal number.
    Decimal(Decimal),
    /// A binary floating point number. Never infinite or NaN inside the language.
    Float(f64),
    /// Text.
    Text(String),
    /// A calendar date.
    Date(Date),
    /// A date and time of day without a zone.
    DateTime(DateTime),
    /// A moment.
    Instant(jiff::Timestamp),
}

impl Value {
    /// Whether the value is missing.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether the value is an `Int`, `Decimal` or `Float`.
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Int(_) | Self::Decimal(_) | Self::Float(_))
    }

    /// A number as floating point, the nearest one; none for everything else.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(*number as f64),
            // By way of the text: `Decimal::to_f64` is not correctly rounded.
            Self::Decimal(number) => number.to_string().parse().ok(),
            Self::Float(number) => Some(*number),
            _ => None,
        }
    }

    /// A number as decimal: exact for `Int` and `Decimal`, the shortest decimal that reads back as the same number for
    /// `Float`; none where a decimal cannot hold it.
    pub fn as_decimal(&self) -> Option<Decimal> {
        match self {
            Self::Int(number) => Some(Decimal::from(*number)),
            Self::Decimal(number) => Some(*number),
            Self::Float(number) if number.is_finite() => match Self::parse_number(&format!("{number:?}"))? {
                Self::Int(whole) => Some(Decimal::from(whole)),
                Self::Decimal(exact) => Some(exact),
                _ => None,
            },
            _ => None,
        }
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Reads a number such as `-12`, `0.50` or `1e6` exactly.
    ///
    /// The result depends on the number only, not on how it is written: a whole number that fits is an `Int`, else a
    /// number of at most 28 digits is a `Decimal` without trailing zeros, else it is the nearest `Float`.
    ///
    /// ```
    /// use metricwright_formula::Value;
    ///
    /// assert_eq!(Value::parse_number("1.00"), Some(Value::Int(1)));
    /// assert_eq!(Value::parse_number("1e300"), Some(Value::Float(1e300)));
    /// assert_eq!(Value::parse_number("twelve"), None);
    /// ```
    pub fn parse_number(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match digits.find(['e', 'E']) {
            Some(at) => (digits.get(..at)?, digits.get(at + 1..)?.parse::<i32>().ok()),
            None => (digits, Some(0)),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if mantissa.starts_with('.') || mantissa.is_empty() || !is_digits(whole) || !is_digits(fraction) {
            return None;
        }
        exponent
            .and_then(|exponent| exact_number(negative, whole, fraction, exponent))
            .or_else(|| text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Self::Float))
    }

    /// Order of the language: numbers across types, text by code point, false before true; none for missing values and
    /// for values that cannot be compared.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(left), Self::Int(right)) => Some(left.cmp(right)),
            (Self::Bool(left), Self::Bool(right)) => Some(left.cmp(right)),
            (Self::Text(left), Self::Text(right)) => Some(left.cmp(right)),
            (Self::Date(left), Self::Date(right)) => Some(left.cmp(right)),
            (Self::DateTime(left), Self::DateTime(right)) => Some(left.cmp(right)),
            (Self::Instant(left), Self::Instant(right)) => Some(left.cmp(right)),
            (Self::Float(_), _) | (_, Self::Float(_)) => self.as_f64()?.partial_cmp(&other.as_f64()?),
            _ => Some(self.as_decimal()?.cmp(&other.as_decimal()?)),
        }
    }

    /// Numbers in one form: what [`Value::parse_number`] would give; other values as they are.
    #[must_use]
    pub fn normalized(&self) -> Self {
        match self {
            Self::Decimal(number) => normal_decimal(*number),
            Self::Float(number) if number.is_finite() => {
                Self::parse_number(&format!("{number:?}")).unwrap_or_else(|| self.clone())
            }
            other => other.clone(),
        }
    }
}

/// A decimal as `Int` where it is whole and fits, else without trailing zeros.
fn normal_decimal(number: Decimal) -> Value {
    let number = number.normalize();
    match number.to_i64() {
        Some(whole) if number.scale() == 0 => Value::Int(whole),
        _ => Value::Decimal(number),
    }
}

/// The number `whole.fraction × 10^exponent`, if a decimal holds it exactly.
fn exact_number(negative: bool, whole: &str, fraction: &str, exponent: i32) -> Option<Value> {
    let mut digits = format!("{whole}{fraction}").trim_start_matches('0').to_owned();
    let mut scale = i64::try_from(fraction.len()).ok()?.checked_sub(i64::from(exponent))?;
    while scale > 0 && digits.ends_with('0') {
        digits.pop();
        scale -= 1;
    }
    if digits.is_empty() {
        return Some(Value::Int(0));
    }
    while scale < 0 && digits.len() <= 28 {
        digits.push('0');
        scale += 1;
    }
    if digits.len() > 28 || !(0..=28).contains(&scale) {
        return None;
    }
    let unsigned: i128 = digits.parse().ok()?;
    let signed = if negative { -unsigned } else { unsigned };
    Some(normal_decimal(Decimal::try_from_i128_with_scale(signed, u32::try_from(scale).ok()?).ok()?))
}

impl fmt::Display for Value {
    /// Plain text without quotes: `null`, `true`, `12.5`, `2025-01-01`, `2025-01-01T08:00:00`, `2025-01-01T00:00:00Z`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => formatter.write_str("null"),
            Self::Bool(truth) => write!(formatter, "{truth}"),
            Self::Int(number) => write!(formatter, "{number}"),
            Self::Decimal(number) => write!(formatter, "{number}"),
            Self::Float(number) => write!(formatter, "{number:?}"),
            Self::Text(text) => formatter.write_str(text),
            Self::Date(date) => write!(formatter, "{date}"),
            Self::DateTime(time) => write!(formatter, "{time}"),
            Self::Instant(moment) => write!(formatter, "{moment}"),
        }
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<Decimal> for Value {
    fn from(number: Decimal) -> Self {
        Self::Decimal(number)
    }
}

impl From<f64> for Value {
    /// NaN is a missing value.
    fn from(number: f64) -> Self {
        if number.is_nan() { Self::Null } else { Self::Float(number) }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
