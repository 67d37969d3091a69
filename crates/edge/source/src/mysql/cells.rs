//! Cells of MariaDB and MySQL as values.

use metricwright_formula::Value;
use sqlx::mysql::{MySqlRow, MySqlValueRef};
use sqlx::types::chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use sqlx::{Column, Decode, MySql, Row, TypeInfo, ValueRef};

use crate::error::SourceError;
use crate::number::exact;

/// Why a cell is no value: what it holds.
type Holds = String;

/// The values of a row.
pub(super) fn decode(row: &MySqlRow) -> Result<Vec<Value>, SourceError> {
    let cell = |column: &sqlx::mysql::MySqlColumn| {
        let raw = row.try_get_raw(column.ordinal()).map_err(|error| error.to_string());
        raw.and_then(value)
            .map_err(|holds| SourceError::Unreadable { column: column.name().to_owned(), holds })
    };
    row.columns().iter().map(cell).collect()
}

fn value(raw: MySqlValueRef<'_>) -> Result<Value, Holds> {
    if raw.is_null() {
        return Ok(Value::Null);
    }
    let kind = raw.type_info().name().to_owned();
    match kind.as_str() {
        "BOOLEAN" | "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "BIGINT" => read(raw).map(Value::Int),
        "TINYINT UNSIGNED" | "SMALLINT UNSIGNED" | "MEDIUMINT UNSIGNED" | "INT UNSIGNED"
        | "BIGINT UNSIGNED" | "YEAR" => read::<u64>(raw).and_then(unsigned),
        "FLOAT" => read::<f32>(raw).map(|number| Value::from(f64::from(number))),
        "DOUBLE" => read::<f64>(raw).map(Value::from),
        "DECIMAL" => {
            let text: String = read(raw)?;
            exact(&text).ok_or_else(|| format!("what is no number: {text}"))
        }
        "CHAR" | "VARCHAR" | "TINYTEXT" | "TEXT" | "MEDIUMTEXT" | "LONGTEXT" | "ENUM" | "SET" => {
            read(raw).map(Value::Text)
        }
        "DATE" => read::<NaiveDate>(raw).and_then(|day| parsed(&day.to_string(), Value::Date)),
        "DATETIME" => read::<NaiveDateTime>(raw).and_then(|time| parsed(&time.to_string(), Value::DateTime)),
        "TIMESTAMP" => read::<DateTime<Utc>>(raw).and_then(|at| parsed(&at.to_rfc3339(), Value::Instant)),
        "NULL" => Ok(Value::Null),
        // So does the driver name texts, too, whose collation compares bytes; what is UTF-8 is taken for one of them.
        "BINARY" | "VARBINARY" | "TINYBLOB" | "BLOB" | "MEDIUMBLOB" | "LONGBLOB" => {
            read(raw).map(Value::Text).map_err(|_| "binary data".to_owned())
        }
        other => Err(format!("values of the type {}", other.to_lowercase())),
    }
}

/// Reads the bytes of a value, whatever the name of its type.
fn read<'r, T: Decode<'r, MySql>>(raw: MySqlValueRef<'r>) -> Result<T, Holds> {
    T::decode(raw).map_err(|error| format!("what cannot be read: {error}"))
}

fn unsigned(number: u64) -> Result<Value, Holds> {
    Value::parse_number(&number.to_string()).ok_or_else(|| "what is no number".to_owned())
}

/// Days such as `0000-00-00` are none.
fn parsed<T: std::str::FromStr>(text: &str, value: fn(T) -> Value) -> Result<Value, Holds> {
    text.parse().map(value).map_err(|_| format!("a date that is none: {text}"))
}
