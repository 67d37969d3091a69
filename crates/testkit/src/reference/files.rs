//! Rows of files. DataFusion's Parquet reader is used to decode columns; nothing is computed with it.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs::File;
use std::path::{Path, PathBuf};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit};
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use metricwright_formula::Value;

use super::csv;
use super::error::Error;
use super::table::{Row, Table};

/// Reads every `.parquet` and `.csv` file of a folder, by its name without the ending.
pub(super) fn read_folder(folder: &Path) -> Result<BTreeMap<String, Table>, Error> {
    let mut tables = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(|error| file_error(folder, error))? {
        let path = entry.map_err(|error| file_error(folder, error))?.path();
        let known = path.extension().is_some_and(|ending| ending == "parquet" || ending == "csv");
        if let (true, Some(name)) = (known, path.file_stem()) {
            tables.insert(name.to_string_lossy().into_owned(), read_file(&path)?);
        }
    }
    Ok(tables)
}

/// Reads a `.parquet` file; any other is read as CSV with a header.
///
/// Times without a zone become `DateTime`, those with one `Instant`. The columns of CSV have the first of the types Int,
/// Float, Bool, Date, DateTime, Instant, Text that all their fields can be read as; an empty field is missing.
pub fn read_file(path: &Path) -> Result<Table, Error> {
    if path.extension().is_some_and(|ending| ending == "parquet") {
        return read_parquet(path);
    }
    let text = std::fs::read_to_string(path).map_err(|error| file_error(path, error))?;
    csv::rows(&text).map_err(|error| file_error(path, error))
}

fn file_error(path: &Path, reason: impl Display) -> Error {
    Error::File { path: PathBuf::from(path), reason: reason.to_string() }
}

fn read_parquet(path: &Path) -> Result<Table, Error> {
    let failed = |error: &dyn Display| file_error(path, error);
    let file = File::open(path).map_err(|error| failed(&error))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| failed(&error))?;
    let mut rows = Table::new();
    for batch in builder.build().map_err(|error| failed(&error))? {
        rows.extend(batch_rows(&batch.map_err(|error| failed(&error))?).map_err(|error| failed(&error))?);
    }
    Ok(rows)
}

fn batch_rows(batch: &RecordBatch) -> Result<Table, String> {
    let mut rows = vec![Row::new(); batch.num_rows()];
    for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
        let values = column(array).map_err(|error| format!("column `{}`: {error}", field.name()))?;
        for (row, value) in rows.iter_mut().zip(values) {
            row.insert(field.name().clone(), value);
        }
    }
    Ok(rows)
}

fn column(array: &ArrayRef) -> Result<Vec<Value>, String> {
    match array.data_type() {
        DataType::Null => Ok(vec![Value::Null; array.len()]),
        DataType::Boolean => {
            Ok(array.as_boolean().iter().map(|cell| cell.map_or(Value::Null, Value::Bool)).collect())
        }
        kind if kind.is_integer() => {
            Ok(integers(array)?.into_iter().map(|cell| cell.map_or(Value::Null, Value::Int)).collect())
        }
        kind if kind.is_floating() => {
            let floats = cast_to(array, &DataType::Float64)?;
            let value = |cell: Option<f64>| cell.filter(|n| n.is_finite()).map_or(Value::Null, Value::Float);
            Ok(floats.as_primitive::<Float64Type>().iter().map(value).collect())
        }
        DataType::Timestamp(unit, zone) => {
            let ticks = integers(array)?;
            ticks
                .into_iter()
                .map(|cell| cell.map_or(Ok(Value::Null), |at| time(at, *unit, zone.is_some())))
                .collect()
        }
        DataType::Date32 | DataType::Date64 => {
            parsed(array, |text| text.get(..10)?.parse().ok().map(Value::Date))
        }
        kind if kind.is_decimal() => parsed(array, |text| text.parse().ok().map(Value::Decimal)),
        _ => parsed(array, |text| Some(Value::from(text))),
    }
}

fn integers(array: &ArrayRef) -> Result<Vec<Option<i64>>, String> {
    Ok(cast_to(array, &DataType::Int64)?.as_primitive::<Int64Type>().iter().collect())
}

fn parsed(array: &ArrayRef, parse: impl Fn(&str) -> Option<Value>) -> Result<Vec<Value>, String> {
    let texts = cast_to(array, &DataType::Utf8)?;
    let value = |cell: Option<&str>| match cell {
        None => Ok(Value::Null),
        Some(text) => parse(text).ok_or_else(|| format!("`{text}` is out of range")),
    };
    texts.as_string::<i32>().iter().map(value).collect()
}

/// The same values in another type. What does not fit would become missing without a word, so that is an error.
fn cast_to(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, String> {
    let cells = cast(array, to).map_err(|error| error.to_string())?;
    if cells.null_count() == array.logical_null_count() {
        Ok(cells)
    } else {
        Err(format!("a value of type {} is out of range", array.data_type()))
    }
}

fn time(ticks: i64, unit: TimeUnit, zoned: bool) -> Result<Value, String> {
    let moment = match unit {
        TimeUnit::Second => Timestamp::from_second(ticks),
        TimeUnit::Millisecond => Timestamp::from_millisecond(ticks),
        TimeUnit::Microsecond => Timestamp::from_microsecond(ticks),
        TimeUnit::Nanosecond => Timestamp::from_nanosecond(ticks.into()),
    };
    let moment = moment.map_err(|error| error.to_string())?;
    Ok(if zoned { Value::Instant(moment) } else { Value::DateTime(TimeZone::UTC.to_datetime(moment)) })
}
