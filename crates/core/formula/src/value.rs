//! Values: what a cell of a table, a component or a metric can be.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// One value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// Missing.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// An exact decimal number.
    Decimal(Decimal),
    /// A floating-point number; never NaN or infinite.
    Float(f64),
    /// Text.
    Text(String),
    /// A calendar date.
    Date(Date),
    /// A wall-clock time without a zone.
    DateTime(DateTime),
    /// A moment.
    Instant(Timestamp),
}
