//! Cells of SQLite as values.

use metricwright_formula::Value;
use sqlx::sqlite::{SqliteRow, SqliteValueRef};
use sqlx::{Column, Decode, Row, Sqlite, TypeInfo, ValueRef};

use crate::error::SourceError;

/// The values of a row, each of the type in which it is stored.
pub(super) fn decode(row: &SqliteRow) -> Result<Vec<Value>, SourceError> {
    row.columns().iter().map(|column| cell(row, column.ordinal(), column.name())).collect()
}

fn cell(row: &SqliteRow, ordinal: usize, name: &str) -> Result<Value, SourceError> {
    let unreadable = |holds: String| SourceError::Unreadable { column: name.to_owned(), holds };
    let raw = row.try_get_raw(ordinal).map_err(|error| unreadable(error.to_string()))?;
    if raw.is_null() {
        return Ok(Value::Null);
    }
    let stored = raw.type_info().name().to_owned();
    match stored.as_str() {
        "INTEGER" => read(raw).map(Value::Int),
        "REAL" => read(raw).map(float),
        "TEXT" => read(raw).map(Value::Text),
        _ => return Err(unreadable("binary data".to_owned())),
    }
    .map_err(unreadable)
}

fn read<'r, T: Decode<'r, Sqlite>>(raw: SqliteValueRef<'r>) -> Result<T, String> {
    T::decode(raw).map_err(|error| format!("what cannot be read: {error}"))
}

/// Infinite numbers are no values.
fn float(number: f64) -> Value {
    if number.is_finite() { Value::Float(number) } else { Value::Null }
}
