//! Sheets of spreadsheets (`.xlsx`) as tables.
//!
//! `plan` is the first sheet of `plan.xlsx`; `plan!Budget` its sheet Budget, `plan!Budget!B3:F40` the cells of a range, and
//! `plan!Budget!B4:F40!2` the same with the names of the columns in row 2. Else they are in the first row that is not empty. Rows
//! without any value are no rows. A column of whole numbers is Int, of other numbers Float, of days Date, of times DateTime, of
//! truth values Bool; one of several kinds is text.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use calamine::{Data, DataType as _, Range, Reader, Xlsx, open_workbook};
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use jiff::civil::{Date, DateTime, date};

/// Row and column, from 0.
type Corner = (u32, u32);

/// The part of a spreadsheet that is a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Address {
    sheet: Option<String>,
    /// The first and the last cell.
    range: Option<(Corner, Corner)>,
    /// Row of the names, from 0.
    header: Option<u32>,
}

impl Address {
    /// Reads what stands behind the name of the file: `Budget`, `Budget!B3:F40`, `Budget!B4:F40!2`; parts may be empty.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let mut parts = text.split('!');
        let given =
            |part: Option<&str>| part.map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned);
        let sheet = given(parts.next());
        let range = given(parts.next()).map(|range| read_range(&range)).transpose()?;
        let header = given(parts.next()).map(|row| {
            row.parse::<u32>()
                .ok()
                .and_then(|row| row.checked_sub(1))
                .ok_or_else(|| format!("`{row}` is no row: write its number, from 1"))
        });
        if parts.next().is_some() {
            return Err(format!("`{text}` has too many parts: write sheet!range!row"));
        }
        Ok(Self { sheet, range, header: header.transpose()? })
    }
}

/// `B3:F40` as its corners.
fn read_range(text: &str) -> Result<(Corner, Corner), String> {
    let wrong = || format!("`{text}` is no range: write its corners, such as B3:F40");
    let (first, last) = text.split_once(':').ok_or_else(wrong)?;
    let (first, last) = (cell(first).ok_or_else(wrong)?, cell(last).ok_or_else(wrong)?);
    if first.0 > last.0 || first.1 > last.1 { Err(wrong()) } else { Ok((first, last)) }
}

/// The cell that `B3` names.
fn cell(text: &str) -> Option<Corner> {
    let letters = text.trim().find(|c: char| c.is_ascii_digit())?;
    let (column, row) = text.trim().split_at_checked(letters)?;
    let mut number: u32 = 0;
    for letter in column.bytes() {
        let place = u32::from(letter.to_ascii_uppercase().checked_sub(b'A').filter(|place| *place < 26)?);
        number = number.checked_mul(26)?.checked_add(place + 1)?;
    }
    Some((row.parse::<u32>().ok()?.checked_sub(1)?, number.checked_sub(1)?))
}

/// The rows of a spreadsheet.
pub(crate) fn read(path: &Path, address: &Address) -> Result<RecordBatch, String> {
    let mut book: Xlsx<_> =
        open_workbook(path).map_err(|error: calamine::XlsxError| format!("it is no spreadsheet: {error}"))?;
    let names = book.sheet_names();
    let name = match &address.sheet {
        None => names.first().cloned().ok_or("it has no sheet")?,
        Some(wanted) if names.contains(wanted) => wanted.clone(),
        Some(wanted) => return Err(format!("it has no sheet `{wanted}`; it has {}", names.join(", "))),
    };
    let cells = book.worksheet_range(&name).map_err(|error| error.to_string())?;
    let (header, rows) = parts(&cells, address)?;
    let names = column_names(&header)?;
    let columns: Vec<(Field, ArrayRef)> = names
        .iter()
        .enumerate()
        .map(|(place, name)| column(name, rows.iter().map(|row| row.get(place))))
        .collect();
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns.into_iter().unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(|error| error.to_string())
}

/// The row of names, and those below it that have any value.
fn parts(cells: &Range<Data>, address: &Address) -> Result<(Vec<Data>, Vec<Vec<Data>>), String> {
    let Some((first, last)) = address.range.or_else(|| cells.start().zip(cells.end())) else {
        return Err("the sheet is empty".to_owned());
    };
    let row = |number: u32| -> Vec<Data> {
        (first.1..=last.1)
            .map(|column| cells.get_value((number, column)).cloned().unwrap_or_default())
            .collect()
    };
    let has_value = |row: &Vec<Data>| row.iter().any(|cell| !cell.is_empty());
    let header = match address.header {
        Some(number) => number,
        None => (first.0..=last.0).find(|number| has_value(&row(*number))).ok_or("the range is empty")?,
    };
    let begin = if address.header.is_some() && header < first.0 { first.0 } else { header + 1 };
    Ok((row(header), (begin..=last.0).map(row).filter(has_value).collect()))
}

fn column_names(header: &[Data]) -> Result<Vec<String>, String> {
    // Columns without a name behind the last one that has one are none.
    let used = header.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
    let names: Vec<String> =
        header.iter().take(used).map(|cell| cell.to_string().trim().to_owned()).collect();
    let mut seen = BTreeSet::new();
    for name in &names {
        if name.is_empty() {
            return Err("a column has no name in the row of names".to_owned());
        }
        if !seen.insert(name) {
            return Err(format!("its row of names has `{name}` twice"));
        }
    }
    if names.is_empty() { Err("the row of names is empty".to_owned()) } else { Ok(names) }
}

/// What all values of a column are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Int,
    Float,
    Bool,
    Date,
    DateTime,
    Text,
}

fn kind(cell: &Data) -> Option<Kind> {
    match cell {
        Data::Empty | Data::Error(_) => None,
        Data::Int(_) => Some(Kind::Int),
        Data::Float(number) if is_whole(*number) => Some(Kind::Int),
        Data::Float(_) => Some(Kind::Float),
        Data::Bool(_) => Some(Kind::Bool),
        Data::DateTime(_) | Data::DateTimeIso(_) => moment(cell)
            .map(|at| if at.time() == jiff::civil::Time::midnight() { Kind::Date } else { Kind::DateTime }),
        Data::String(_) | Data::DurationIso(_) => Some(Kind::Text),
    }
}

/// Whether a number is whole and exact as an integer.
fn is_whole(number: f64) -> bool {
    number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0
}

fn both(left: Kind, right: Kind) -> Kind {
    match (left, right) {
        (left, right) if left == right => left,
        (Kind::Int, Kind::Float) | (Kind::Float, Kind::Int) => Kind::Float,
        (Kind::Date, Kind::DateTime) | (Kind::DateTime, Kind::Date) => Kind::DateTime,
        _ => Kind::Text,
    }
}

fn column<'a>(name: &str, cells: impl Iterator<Item = Option<&'a Data>> + Clone) -> (Field, ArrayRef) {
    let kinds = cells.clone().filter_map(|cell| kind(cell?));
    let (data_type, array): (DataType, ArrayRef) = match kinds.reduce(both).unwrap_or(Kind::Text) {
        Kind::Int => (DataType::Int64, Arc::new(cells.map(|cell| whole(cell?)).collect::<Int64Array>())),
        Kind::Float => {
            (DataType::Float64, Arc::new(cells.map(|cell| cell?.as_f64()).collect::<Float64Array>()))
        }
        Kind::Bool => {
            (DataType::Boolean, Arc::new(cells.map(|cell| cell?.get_bool()).collect::<BooleanArray>()))
        }
        Kind::Date => (
            DataType::Date32,
            Arc::new(cells.map(|cell| day(moment(cell?)?.date())).collect::<Date32Array>()),
        ),
        Kind::DateTime => (
            DataType::Timestamp(TimeUnit::Microsecond, None),
            Arc::new(cells.map(|cell| microseconds(moment(cell?)?)).collect::<TimestampMicrosecondArray>()),
        ),
        Kind::Text => (DataType::Utf8, Arc::new(cells.map(|cell| text(cell?)).collect::<StringArray>())),
    };
    (Field::new(name, data_type, true), array)
}

fn whole(cell: &Data) -> Option<i64> {
    match cell {
        Data::Int(number) => Some(*number),
        #[allow(clippy::cast_possible_truncation, reason = "whole and exact, as the kind of the column says")]
        Data::Float(number) if is_whole(*number) => Some(*number as i64),
        _ => None,
    }
}

/// The text of a cell; a cell without one is missing, as an empty field of CSV is.
fn text(cell: &Data) -> Option<String> {
    let text = match cell {
        Data::Empty | Data::Error(_) => return None,
        Data::DateTime(_) | Data::DateTimeIso(_) => moment(cell)?.to_string(),
        other => other.to_string(),
    };
    (!text.is_empty()).then_some(text)
}

/// The date and time of a cell: days since 30 December 1899, to the second.
fn moment(cell: &Data) -> Option<DateTime> {
    match cell {
        Data::DateTime(at) => {
            #[allow(clippy::cast_possible_truncation, reason = "days of the calendar")]
            let seconds = (at.as_f64() * 86_400.0).round() as i64;
            let epoch = date(1899, 12, 30).to_datetime(jiff::civil::Time::midnight());
            epoch.checked_add(jiff::SignedDuration::from_secs(seconds)).ok()
        }
        Data::DateTimeIso(text) => text.parse().ok(),
        _ => None,
    }
}

fn day(day: Date) -> Option<i32> {
    date(1970, 1, 1).until(day).ok().map(|span| span.get_days())
}

fn microseconds(at: DateTime) -> Option<i64> {
    at.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|at| at.timestamp().as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_spreadsheets_write_them() {
        assert_eq!(Address::read("").unwrap(), Address::default());
        let full = Address::read("Budget!B4:AA40!2").unwrap();
        assert_eq!(full.sheet.as_deref(), Some("Budget"));
        assert_eq!((full.range, full.header), (Some(((3, 1), (39, 26))), Some(1)));
        for wrong in ["Budget!B4", "Budget!4:5", "Budget!F40:B4", "Budget!A1:B2!0", "Budget!A1:B2!1!1"] {
            assert!(Address::read(wrong).is_err(), "{wrong}");
        }
    }
}
