//! The rows of a `timestamp,value` file.

use std::path::Path;

use jiff::civil::Date;

use crate::Error;

/// Reads one row after another: the timestamp as it is written, its seconds since 1970-01-01T00:00 on its own clock, and the
/// value, `NaN` where it is missing.
pub(super) struct Rows<'a> {
    path: &'a Path,
    lines: std::str::Lines<'a>,
    line: u64,
    /// The date read last, with its seconds: most rows are of the same day as the one before.
    date: (&'a str, i64),
}

impl<'a> Rows<'a> {
    /// The rows of a file's text. The first line has the column names.
    pub(super) fn of(path: &'a Path, text: &'a [u8]) -> Result<Self, Error> {
        let text = std::str::from_utf8(text).map_err(|error| Error::Format {
            path: path.to_owned(),
            line: None,
            reason: format!("{error}; the file has to be UTF-8"),
        })?;
        let mut lines = text.lines();
        if lines.next().map(str::trim) != Some("timestamp,value") {
            return Err(Error::Format {
                path: path.to_owned(),
                line: Some(1),
                reason: "the first line has to be timestamp,value".to_owned(),
            });
        }
        Ok(Self { path, lines, line: 1, date: ("", 0) })
    }

    fn row(&mut self, text: &'a str) -> Result<(&'a str, i64, f64), String> {
        let (timestamp, value) =
            text.split_once(',').ok_or("a row is timestamp,value; leave a missing value empty")?;
        let seconds = self.seconds(timestamp).ok_or_else(|| {
            format!("{timestamp:?} is no date or time; write 2024-05-31 or 2024-05-31T13:00:00")
        })?;
        let value = match value.trim() {
            "" => f64::NAN,
            text => {
                text.parse().map_err(|_| format!("{text:?} is no number; leave a missing value empty"))?
            }
        };
        Ok((timestamp, seconds, value))
    }

    fn seconds(&mut self, timestamp: &'a str) -> Option<i64> {
        let (date, time) = timestamp.split_at_checked(10)?;
        if date != self.date.0 {
            let epoch = Date::constant(1970, 1, 1);
            let days = epoch.until(date.parse::<Date>().ok()?).ok()?.get_days();
            self.date = (date, i64::from(days) * 86_400);
        }
        Some(self.date.1 + time_of_day(time.as_bytes())?)
    }
}

/// Seconds of `T13:05:00`; 0 without a time.
fn time_of_day(text: &[u8]) -> Option<i64> {
    let two = |tens: u8, ones: u8| {
        let digit = |byte: u8| char::from(byte).to_digit(10).map(i64::from);
        Some(digit(tens)? * 10 + digit(ones)?)
    };
    match *text {
        [] => Some(0),
        [b'T' | b' ', h1, h2, b':', m1, m2, b':', s1, s2] => {
            let (hours, minutes, seconds) = (two(h1, h2)?, two(m1, m2)?, two(s1, s2)?);
            (hours < 24 && minutes < 60 && seconds < 60).then_some(hours * 3600 + minutes * 60 + seconds)
        }
        _ => None,
    }
}

impl<'a> Iterator for Rows<'a> {
    type Item = Result<(&'a str, i64, f64), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let text = loop {
            self.line += 1;
            let text = self.lines.next()?;
            if !text.trim().is_empty() {
                break text;
            }
        };
        Some(self.row(text).map_err(|reason| Error::Format {
            path: self.path.to_owned(),
            line: Some(self.line),
            reason,
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Rows;

    #[test]
    fn rows_keep_their_timestamps_and_missing_values() {
        let text = b"timestamp,value\n1970-01-02,1.5\n1970-01-01T01:00:30,\n\n1970-01-01T01:00:30,-2e3\n";
        let rows: Vec<_> = Rows::of(Path::new("x"), text).unwrap().map(Result::unwrap).collect();
        assert_eq!(rows[0], ("1970-01-02", 86_400, 1.5));
        assert!(rows[1].2.is_nan() && rows[1].1 == 3630);
        assert_eq!(rows[2], ("1970-01-01T01:00:30", 3630, -2000.0));
    }

    #[test]
    fn a_bad_row_is_named_with_its_line_and_a_remedy() {
        for (row, told) in [
            ("1970-01-01T25:00:00,1", "no date"),
            ("1970-01-01;1", "a row is"),
            ("1970-01-01,x", "no number"),
        ] {
            let text = format!("timestamp,value\n1970-01-01,1\n{row}\n");
            let error = Rows::of(Path::new("f.csv"), text.as_bytes())
                .unwrap()
                .find_map(Result::err)
                .unwrap()
                .to_string();
            assert!(error.starts_with("f.csv:3: ") && error.contains(told), "{error}");
        }
    }
}
