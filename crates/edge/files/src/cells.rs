//! Columns of Arrow as values.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, Decimal256Type, Float64Type, Int64Type,
    TimeUnit,
};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use metricwright_formula::Value;
use metricwright_source::SourceError;
use rust_decimal::Decimal;

/// Why a cell is no value: what it holds.
type Holds = String;

/// The rows of a batch.
pub(crate) fn rows(batch: &RecordBatch) -> Result<Vec<Vec<Value>>, SourceError> {
    let schema = batch.schema();
    let mut rows: Vec<Vec<Value>> = vec![Vec::with_capacity(batch.num_columns()); batch.num_rows()];
    for (field, array) in schema.fields().iter().zip(batch.columns()) {
        let unreadable = |holds| SourceError::Unreadable { column: field.name().clone(), holds };
        let values = column(array).map_err(unreadable)?;
        for (row, value) in rows.iter_mut().zip(values) {
            row.push(value);
        }
    }
    Ok(rows)
}

fn column(array: &ArrayRef) -> Result<Vec<Value>, Holds> {
    let kind = array.data_type();
    match kind {
        DataType::Null => Ok(vec![Value::Null; array.len()]),
        DataType::Dictionary(_, values) => column(&cast(array, values)?),
        DataType::RunEndEncoded(_, values) => column(&cast(array, values.data_type())?),
        DataType::Boolean => {
            let flags = array.as_boolean_opt().ok_or_else(mistaken)?;
            Ok(flags.iter().map(|flag| flag.map_or(Value::Null, Value::Bool)).collect())
        }
        _ if kind.is_integer() => {
            each::<Int64Type>(&cast(array, &DataType::Int64)?, |number| Ok(Value::Int(number)))
        }
        _ if kind.is_floating() => each::<Float64Type>(&cast(array, &DataType::Float64)?, |n| Ok(float(n))),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => texts(array),
        DataType::Decimal32(_, scale) | DataType::Decimal64(_, scale) => {
            column(&cast(array, &DataType::Decimal128(38, *scale))?)
        }
        DataType::Decimal128(_, scale) => each::<Decimal128Type>(array, |digits| decimal(digits, *scale)),
        DataType::Decimal256(_, scale) => {
            each::<Decimal256Type>(array, |digits| decimal(digits.to_i128().ok_or_else(too_long)?, *scale))
        }
        DataType::Date32 | DataType::Date64 => each::<Date32Type>(&cast(array, &DataType::Date32)?, date),
        DataType::Timestamp(unit, zone) => {
            let (unit, zoned) = (*unit, zone.is_some());
            each::<Int64Type>(&cast(array, &DataType::Int64)?, |ticks| time(ticks, unit, zoned))
        }
        other => Err(format!("values of the type {other}")),
    }
}

/// The same values in another type; one that does not fit is an error.
fn cast(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, Holds> {
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    cast_with_options(array, to, &strict).map_err(|error| format!("what is out of range: {error}"))
}

fn each<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    value: impl Fn(T::Native) -> Result<Value, Holds>,
) -> Result<Vec<Value>, Holds> {
    let cells = array.as_primitive_opt::<T>().ok_or_else(mistaken)?;
    cells.iter().map(|cell| cell.map_or(Ok(Value::Null), &value)).collect()
}

/// Nobody sees this: arrays are of the type that they say.
fn mistaken() -> Holds {
    "values of another type than it says".to_owned()
}

fn texts(array: &ArrayRef) -> Result<Vec<Value>, Holds> {
    let array = cast(array, &DataType::Utf8)?;
    let texts = array.as_string_opt::<i32>().ok_or_else(mistaken)?;
    Ok(texts.iter().map(|text| text.map_or(Value::Null, Value::from)).collect())
}

/// Infinite numbers and NaN are no values.
fn float(number: f64) -> Value {
    if number.is_finite() { Value::Float(number) } else { Value::Null }
}

/// `digits` / 10^`scale`. Zeros at the end are given up where they do not fit, nothing else.
fn decimal(mut digits: i128, scale: i8) -> Result<Value, Holds> {
    if scale < 0 {
        let zeros = 10_i128.checked_pow(u32::from(scale.unsigned_abs())).ok_or_else(too_long)?;
        digits = digits.checked_mul(zeros).ok_or_else(too_long)?;
    }
    let mut scale = u32::try_from(scale).unwrap_or(0);
    loop {
        if let Ok(number) = Decimal::try_from_i128_with_scale(digits, scale) {
            return Ok(Value::Decimal(number));
        }
        if scale == 0 || digits % 10 != 0 {
            return Err(too_long());
        }
        digits /= 10;
        scale -= 1;
    }
}

fn too_long() -> Holds {
    "a decimal of more than 28 digits".to_owned()
}

fn date(days: i32) -> Result<Value, Holds> {
    let epoch = Date::constant(1970, 1, 1);
    let date = epoch.checked_add(jiff::SignedDuration::from_hours(24 * i64::from(days)));
    date.map(Value::Date).map_err(|_| format!("a date out of range, {days} days after 1970-01-01"))
}

fn time(ticks: i64, unit: TimeUnit, zoned: bool) -> Result<Value, Holds> {
    let moment = match unit {
        TimeUnit::Second => Timestamp::from_second(ticks),
        TimeUnit::Millisecond => Timestamp::from_millisecond(ticks),
        TimeUnit::Microsecond => Timestamp::from_microsecond(ticks),
        TimeUnit::Nanosecond => Timestamp::from_nanosecond(i128::from(ticks)),
    };
    let moment = moment.map_err(|_| format!("a time out of range, {ticks} {unit} after 1970-01-01"))?;
    // Without a zone the ticks are those of the wall clock.
    Ok(if zoned { Value::Instant(moment) } else { Value::DateTime(TimeZone::UTC.to_datetime(moment)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_every_digit_or_fail() {
        let check = |digits, scale, expected: Option<&str>| {
            let value = decimal(digits, scale).ok().map(|value| value.to_string());
            assert_eq!(value.as_deref(), expected, "{digits} {scale}");
        };
        check(1_050, 2, Some("10.50"));
        check(-5, -2, Some("-500"));
        check(15 * 10_i128.pow(35), 36, Some("1.5000000000000000000000000000"));
        check(10_i128.pow(35) + 1, 36, None);
        check(i128::MAX, 0, None);
    }

    #[test]
    fn times_keep_their_unit() {
        let check = |ticks, unit, zoned, expected: &str| {
            assert_eq!(time(ticks, unit, zoned).unwrap().to_string(), expected);
        };
        check(-1, TimeUnit::Second, true, "1969-12-31T23:59:59Z");
        check(1_500, TimeUnit::Millisecond, false, "1970-01-01T00:00:01.5");
        check(i64::MIN, TimeUnit::Nanosecond, true, "1677-09-21T00:12:43.145224192Z");
        assert!(time(i64::MAX, TimeUnit::Second, true).is_err());
        assert!(date(i32::MAX).is_err());
        assert_eq!(date(-1).unwrap().to_string(), "1969-12-31");
    }
}
