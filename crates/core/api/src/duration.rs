//! Durations: one grammar for elapsed and calendar lengths.

use std::fmt;
use std::str::FromStr;

use jiff::{Span, Timestamp, tz::TimeZone};

/// A length of time: elapsed (`90s`, `15m`, `6h`) or by the calendar (`7d`, `4w`, `3mo`, `1y`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MwDuration {
    /// Elapsed seconds.
    Seconds(i64),
    /// Calendar days in a zone.
    Days(i32),
    /// Calendar months in a zone; the day is clamped to the month's end.
    Months(i32),
}

impl MwDuration {
    /// No time at all.
    pub const ZERO: Self = Self::Seconds(0);

    /// The moment this much after `from`, by the calendar of `zone`. Beyond the calendar's range `from` is
    /// returned.
    pub fn after(self, from: Timestamp, zone: &TimeZone) -> Timestamp {
        self.shift(from, zone, 1)
    }

    /// The moment this much before `from`, by the calendar of `zone`.
    pub fn before(self, from: Timestamp, zone: &TimeZone) -> Timestamp {
        self.shift(from, zone, -1)
    }

    /// A length in seconds to compare by: days of 24 hours, months of 30 days.
    pub fn approximate_seconds(self) -> i64 {
        match self {
            Self::Seconds(seconds) => seconds,
            Self::Days(days) => i64::from(days) * 86_400,
            Self::Months(months) => i64::from(months) * 30 * 86_400,
        }
    }

    fn shift(self, from: Timestamp, zone: &TimeZone, sign: i32) -> Timestamp {
        let span = match self {
            Self::Seconds(seconds) => Span::new().try_seconds(seconds * i64::from(sign)),
            Self::Days(days) => Span::new().try_days(days * sign),
            Self::Months(months) => Span::new().try_months(months * sign),
        };
        span.and_then(|span| from.to_zoned(zone.clone()).checked_add(span))
            .map_or(from, |zoned| zoned.timestamp())
    }
}

impl FromStr for MwDuration {
    type Err = String;

    /// Reads a duration.
    ///
    /// # Errors
    /// The text is not a whole number followed by s, m, h, d, w, mo or y.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || {
            format!(
                "`{text}` is no duration: write a whole number and s, m, h, d, w, mo or y, such as `90s`, `6h`, `3d`, `2y`"
            )
        };
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let number: i32 = number.parse().map_err(|_| wrong())?;
        let scaled = |factor: i32| number.checked_mul(factor).ok_or_else(wrong);
        match unit {
            "s" => Ok(Self::Seconds(number.into())),
            "m" => Ok(Self::Seconds(i64::from(number) * 60)),
            "h" => Ok(Self::Seconds(i64::from(number) * 3600)),
            "d" => Ok(Self::Days(number)),
            "w" => Ok(Self::Days(scaled(7)?)),
            "mo" => Ok(Self::Months(number)),
            "y" => Ok(Self::Months(scaled(12)?)),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for MwDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Seconds(s) if s % 3600 == 0 && s != 0 => write!(f, "{}h", s / 3600),
            Self::Seconds(s) if s % 60 == 0 && s != 0 => write!(f, "{}m", s / 60),
            Self::Seconds(s) => write!(f, "{s}s"),
            Self::Days(d) => write!(f, "{d}d"),
            Self::Months(m) if m % 12 == 0 => write!(f, "{}y", m / 12),
            Self::Months(m) => write!(f, "{m}mo"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for text in ["0s", "90s", "15m", "6h", "7d", "3mo", "1y"] {
            assert_eq!(text.parse::<MwDuration>().map(|d| d.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("4w".parse(), Ok(MwDuration::Days(28)));
        for text in ["", "5", "h", "1.5h", "-3d", "3 d", "99999999999d", "2147483647y"] {
            assert!(text.parse::<MwDuration>().is_err(), "{text}");
        }
    }

    #[test]
    fn calendar_days_cross_a_clock_change() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let noon: Timestamp = "2025-03-08T12:00:00-05:00".parse().unwrap();
        assert_eq!(MwDuration::Days(1).after(noon, &zone).to_string(), "2025-03-09T16:00:00Z");
        assert_eq!(MwDuration::Seconds(86_400).after(noon, &zone).to_string(), "2025-03-09T17:00:00Z");
    }
}
