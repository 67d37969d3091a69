//! CSV after RFC 4180, read with the obvious loop.

use metricwright_formula::Value;

use super::table::{Row, Table};

/// Reads a field as one type.
type Reader = fn(&str) -> Option<Value>;

/// The types of columns, the first that fits all fields wins.
const READERS: [Reader; 7] = [
    |text| text.parse().ok().map(Value::Int),
    |text| text.parse().ok().filter(|number: &f64| number.is_finite()).map(Value::Float),
    |text| text.to_ascii_lowercase().parse().ok().map(Value::Bool),
    |text| if text.len() == 10 { text.parse().ok().map(Value::Date) } else { None },
    |text| if text.contains('Z') { None } else { text.parse().ok().map(Value::DateTime) },
    |text| text.parse().ok().map(Value::Instant),
    |text| Some(Value::from(text)),
];

/// The rows of a text whose first record names the columns.
pub(super) fn rows(text: &str) -> Result<Table, String> {
    let mut records = records(text)?.into_iter();
    let header = records.next().unwrap_or_default();
    let mut rows = vec![Row::new(); records.len()];
    let records: Vec<_> = records.collect();
    if let Some(bad) = records.iter().position(|record| record.len() != header.len()) {
        return Err(format!("record {} has not as many fields as the header", bad + 2));
    }
    for (place, name) in header.iter().enumerate() {
        let fields: Vec<&str> =
            records.iter().filter_map(|record| Some(record.get(place)?.as_str())).collect();
        for (row, value) in rows.iter_mut().zip(column(&fields)) {
            row.insert(name.clone(), value);
        }
    }
    Ok(rows)
}

fn column(fields: &[&str]) -> Vec<Value> {
    let read = |reader: &Reader| {
        let field = |text: &&str| if text.is_empty() { Some(Value::Null) } else { reader(text) };
        fields.iter().map(field).collect::<Option<Vec<_>>>()
    };
    READERS.iter().find_map(read).unwrap_or_default()
}

/// The records; a field in quotes may hold commas, line ends and doubled quotes.
fn records(text: &str) -> Result<Vec<Vec<String>>, String> {
    let mut records = Vec::new();
    let (mut record, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => field.extend(characters.next()),
            '"' => quoted = !quoted,
            _ if quoted => field.push(character),
            ',' => record.push(std::mem::take(&mut field)),
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            other => field.push(other),
        }
    }
    if quoted {
        return Err("a quote is opened and not closed".to_owned());
    }
    if !field.is_empty() || !record.is_empty() {
        record.push(field);
        records.push(record);
    }
    // A line without anything is no record.
    records.retain(|record| record.iter().map(String::as_str).ne([""]));
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_get_the_first_type_that_fits_every_field() {
        let text = "n,x,day,at,moment,flag,name\r\n\
                    1,1,2025-01-01,2025-01-01T08:00:00,2025-01-01T00:00:00Z,true,\"a, \"\"b\"\"\"\n\
                    ,0.5,,2025-01-01 09:30:00,2025-01-01T02:00:00+01:00,false,\n";
        let shown = |row: &Row| row.values().map(|value| format!("{value:?}")).collect::<Vec<_>>().join(" ");
        let rows = rows(text).unwrap();
        let expected = [
            r#"DateTime(2025-01-01T08:00:00) Date(2025-01-01) Bool(true) Instant(2025-01-01T00:00:00Z) Int(1) Text("a, \"b\"") Float(1.0)"#,
            "DateTime(2025-01-01T09:30:00) Null Bool(false) Instant(2025-01-01T01:00:00Z) Null Null Float(0.5)",
        ];
        // Columns sort as: at, day, flag, moment, n, name, x.
        assert_eq!(rows.iter().map(shown).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_broken_record_is_an_error() {
        assert!(rows("a,b\n1\n").is_err());
        assert!(rows("a\n\"1\n").is_err());
    }
}
