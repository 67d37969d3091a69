//! Cells of PostgreSQL as values.

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use metricwright_formula::Value;
use sqlx::postgres::{PgRow, PgTypeKind, PgValueRef};
use sqlx::{Column, Decode, Postgres, Row, TypeInfo, ValueRef};

use crate::error::SourceError;
use crate::number::exact;

/// PostgreSQL counts time from here.
const EPOCH: Date = date(2000, 1, 1);
/// The same in seconds after 1970.
const EPOCH_SECONDS: i64 = 946_684_800;

/// Why a cell is no value: what it holds.
type Holds = String;

/// The values of a row.
pub(super) fn decode(row: &PgRow) -> Result<Vec<Value>, SourceError> {
    let cell = |column: &sqlx::postgres::PgColumn| {
        let raw = row.try_get_raw(column.ordinal()).map_err(|error| error.to_string());
        raw.and_then(value)
            .map_err(|holds| SourceError::Unreadable { column: column.name().to_owned(), holds })
    };
    row.columns().iter().map(cell).collect()
}

fn value(raw: PgValueRef<'_>) -> Result<Value, Holds> {
    if raw.is_null() {
        return Ok(Value::Null);
    }
    let kind = raw.type_info().into_owned();
    let base = match kind.kind() {
        PgTypeKind::Domain(of) => of.clone(),
        PgTypeKind::Enum(_) => return text(raw),
        _ => kind.clone(),
    };
    match base.name() {
        "BOOL" => read(raw).map(Value::Bool),
        "INT2" => read::<i16>(raw).map(|number| Value::Int(number.into())),
        "INT4" => read::<i32>(raw).map(|number| Value::Int(number.into())),
        "INT8" => read(raw).map(Value::Int),
        "FLOAT4" => read::<f32>(raw).map(|number| float(number.into())),
        "FLOAT8" => read(raw).map(float),
        "NUMERIC" => numeric(raw.as_bytes().map_err(unread)?),
        "TEXT" | "VARCHAR" | "CHAR" | "NAME" | "UNKNOWN" | "citext" => text(raw),
        "UUID" => uuid(raw.as_bytes().map_err(unread)?),
        "DATE" => read(raw).and_then(day),
        "TIMESTAMP" => read(raw).and_then(moment).map(|at| Value::DateTime(TimeZone::UTC.to_datetime(at))),
        "TIMESTAMPTZ" => read(raw).and_then(moment).map(Value::Instant),
        other => Err(format!("values of the type {}", other.to_lowercase())),
    }
}

/// Reads the bytes of a value, whatever the name of its type.
fn read<'r, T: Decode<'r, Postgres>>(raw: PgValueRef<'r>) -> Result<T, Holds> {
    T::decode(raw).map_err(unread)
}

fn unread(error: impl std::fmt::Display) -> Holds {
    format!("what cannot be read: {error}")
}

fn text(raw: PgValueRef<'_>) -> Result<Value, Holds> {
    read(raw).map(Value::Text)
}

/// Infinite numbers and NaN are no values.
fn float(number: f64) -> Value {
    if number.is_finite() { Value::Float(number) } else { Value::Null }
}

fn day(days: i32) -> Result<Value, Holds> {
    let found = EPOCH.checked_add(SignedDuration::from_hours(24 * i64::from(days)));
    found.map(Value::Date).map_err(|_| "a date out of range".to_owned())
}

fn moment(micros: i64) -> Result<Timestamp, Holds> {
    let (seconds, rest) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    let nanos = i32::try_from(rest * 1_000).unwrap_or_default();
    let found = seconds.checked_add(EPOCH_SECONDS).and_then(|at| Timestamp::new(at, nanos).ok());
    found.ok_or_else(|| "a time out of range".to_owned())
}

fn uuid(bytes: &[u8]) -> Result<Value, Holds> {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let parts = [hex.get(..8), hex.get(8..12), hex.get(12..16), hex.get(16..20), hex.get(20..32)];
    let parts: Option<Vec<&str>> = parts.into_iter().collect();
    parts.map(|parts| Value::Text(parts.join("-"))).ok_or_else(|| unread("an identifier that is too short"))
}

/// A number in groups of four digits: how many groups, the place of the first, the sign, the digits behind the point, the
/// groups. NaN and the infinite ones are no values.
fn numeric(bytes: &[u8]) -> Result<Value, Holds> {
    let mut words = bytes.chunks_exact(2).map(|word| word.try_into().map_or(0, u16::from_be_bytes));
    let (Some(_), Some(weight), Some(sign), Some(scale)) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(unread("a number that is cut off"));
    };
    if sign & 0xc000 == 0xc000 {
        return Ok(Value::Null);
    }
    let weight = i32::from(weight.cast_signed());
    let groups: Vec<u16> = words.collect();
    let group = |place: i32| {
        usize::try_from(weight - place).ok().and_then(|at| groups.get(at)).copied().unwrap_or_default()
    };
    let whole: String = (0..=weight.max(0)).rev().map(|place| format!("{:04}", group(place))).collect();
    let scale = usize::from(scale);
    let places = i32::try_from(scale.div_ceil(4)).unwrap_or_default();
    let behind: String = (1..=places).map(|place| format!("{:04}", group(-place))).collect();
    let sign = if sign == 0x4000 { "-" } else { "" };
    let digits = match behind.get(..scale) {
        Some(behind) if !behind.is_empty() => format!("{sign}{whole}.{behind}"),
        _ => format!("{sign}{whole}"),
    };
    exact(&digits).ok_or_else(|| unread("a number without digits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(words: &[u16]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn numbers_keep_every_digit() {
        let check = |words: &[u16], expected: &str| {
            assert_eq!(numeric(&bytes(words)).unwrap().to_string(), expected, "{words:?}");
        };
        check(&[0, 0, 0, 2], "0.00");
        check(&[2, 0, 0, 2, 12, 3400], "12.34");
        check(&[2, 0, 0x4000, 1, 12, 5000], "-12.5");
        check(&[1, 1, 0, 0, 7], "70000");
        check(&[1, 0xffff, 0, 5, 1], "0.00010");
        check(&[1, 0xfffe, 0, 8, 1], "0.00000001");
        check(&[0, 0, 0xc000, 0], "null");
        assert!(numeric(&[0, 1]).is_err());
    }

    #[test]
    fn times_count_from_2000() {
        assert_eq!(day(-1).unwrap().to_string(), "1999-12-31");
        assert_eq!(moment(-1).unwrap().to_string(), "1999-12-31T23:59:59.999999Z");
        assert!(moment(i64::MAX).is_err() && day(i32::MAX).is_err());
    }
}
