//! Types of values, and of expressions.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::unit::Unit;

/// The most digits that a `Decimal` may have.
pub const MAX_PRECISION: u8 = 38;

/// The type of a column or expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DataType {
    /// True or false.
    Bool,
    /// A whole number of 64 bits.
    Int,
    /// An exact decimal number with `precision` digits, `scale` of them behind the point.
    Decimal {
        /// Digits in all, 1 to 38.
        precision: u8,
        /// Digits behind the point, at most `precision`.
        scale: u8,
    },
    /// A floating point number of 64 bits.
    Float,
    /// Text; `String` in manifests.
    Text,
    /// A calendar date.
    Date,
    /// A date and time of day without a zone.
    DateTime,
    /// A moment.
    Instant,
    /// Not declared, or that of `null`: fits everywhere.
    Unknown,
}

impl DataType {
    /// A decimal type, its precision and scale cut to what is possible.
    pub(crate) fn decimal(precision: u8, scale: u8) -> Self {
        let precision = precision.clamp(1, MAX_PRECISION);
        Self::Decimal { precision, scale: scale.min(precision) }
    }

    /// Whether values are numbers; true for `Unknown` too, which may be one.
    pub fn may_be_number(self) -> bool {
        matches!(self, Self::Int | Self::Decimal { .. } | Self::Float | Self::Unknown)
    }

    /// Whether values are known to be numbers.
    pub fn is_number(self) -> bool {
        self.may_be_number() && self != Self::Unknown
    }

    /// The type that holds values of both, if there is one: numbers widen, `Unknown` gives way.
    ///
    /// ```
    /// use metricwright_formula::DataType;
    ///
    /// assert_eq!(DataType::Int.common(DataType::Float), Some(DataType::Float));
    /// assert_eq!(DataType::Int.common(DataType::Text), None);
    /// ```
    pub fn common(self, other: Self) -> Option<Self> {
        match (self, other) {
            (left, right) if left == right => Some(left),
            (Self::Unknown, known) | (known, Self::Unknown) => Some(known),
            (Self::Float, number) | (number, Self::Float) if number.is_number() => Some(Self::Float),
            (left, right) => {
                let ((left_whole, left_scale), (right_whole, right_scale)) =
                    (left.digits()?, right.digits()?);
                let scale = left_scale.max(right_scale);
                Some(Self::decimal(left_whole.max(right_whole).saturating_add(scale), scale))
            }
        }
    }

    /// Digits before and behind the point of an exact number.
    pub(crate) fn digits(self) -> Option<(u8, u8)> {
        match self {
            Self::Int => Some((19, 0)),
            Self::Decimal { precision, scale } => Some((precision.saturating_sub(scale), scale)),
            _ => None,
        }
    }
}

impl fmt::Display for DataType {
    /// The name that manifests use.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Bool => "Bool",
            Self::Int => "Int",
            Self::Decimal { precision, scale } => return write!(formatter, "Decimal({precision},{scale})"),
            Self::Float => "Float",
            Self::Text => "String",
            Self::Date => "Date",
            Self::DateTime => "DateTime",
            Self::Instant => "Instant",
            Self::Unknown => "Unknown",
        };
        formatter.write_str(name)
    }
}

/// A type name that manifests do not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no type; there are Bool, Int, Decimal(p,s), Float, String, Date, DateTime and Instant")]
pub struct UnknownType(pub String);

impl FromStr for DataType {
    type Err = UnknownType;

    fn from_str(text: &str) -> Result<Self, UnknownType> {
        let known = match text.trim() {
            "Bool" => Some(Self::Bool),
            "Int" => Some(Self::Int),
            "Float" => Some(Self::Float),
            "String" => Some(Self::Text),
            "Date" => Some(Self::Date),
            "DateTime" => Some(Self::DateTime),
            "Instant" => Some(Self::Instant),
            other => parse_decimal(other),
        };
        known.ok_or_else(|| UnknownType(text.to_owned()))
    }
}

/// Reads `Decimal(18,2)`.
fn parse_decimal(text: &str) -> Option<DataType> {
    let (precision, scale) = text.strip_prefix("Decimal(")?.strip_suffix(')')?.split_once(',')?;
    let (precision, scale) = (precision.trim().parse().ok()?, scale.trim().parse().ok()?);
    let possible = (1..=MAX_PRECISION).contains(&precision) && scale <= precision;
    possible.then_some(DataType::Decimal { precision, scale })
}

/// What is known of a value before there is one: type, unit, and whether it can be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    /// Type of the value.
    pub data_type: DataType,
    /// Unit of the value.
    pub unit: Unit,
    /// Whether the value can be missing.
    pub nullable: bool,
}

impl Typed {
    /// A type with its unit.
    pub fn new(data_type: DataType, unit: Unit, nullable: bool) -> Self {
        Self { data_type, unit, nullable }
    }

    /// Something of which nothing is known.
    pub fn unknown() -> Self {
        Self::new(DataType::Unknown, Unit::unknown(), true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_read_what_they_write() {
        for name in ["Bool", "Int", "Decimal(18,2)", "Float", "String", "Date", "DateTime", "Instant"] {
            assert_eq!(name.parse::<DataType>().unwrap().to_string(), name);
        }
        for wrong in ["int", "Decimal", "Decimal(0,0)", "Decimal(5,6)", "Decimal(39,1)", "Unknown", ""] {
            assert!(wrong.parse::<DataType>().is_err(), "{wrong}");
        }
    }
}
