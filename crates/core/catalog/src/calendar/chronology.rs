//! How time is divided: the zone in which days begin, the day on which weeks do, and fiscal years.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

use super::{Feasts, FiscalYear};

/// How time is divided. It stands for its zone wherever only that counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Chronology {
    /// The zone in which days begin.
    pub zone: TimeZone,
    /// The day on which weeks begin.
    pub week_start: Weekday,
    /// Where fiscal years begin; none where nobody said.
    pub fiscal_year: Option<FiscalYear>,
    /// The feasts that move from year to year; none without a calendar.
    pub feasts: Option<Arc<Feasts>>,
}

impl Chronology {
    /// The division of a zone without a calendar: ISO weeks.
    pub fn of(zone: TimeZone) -> Self {
        Self { zone, week_start: Weekday::Monday, fiscal_year: None, feasts: None }
    }

    /// A text that is equal where time is divided alike, and feasts are on the same days.
    pub fn identity(&self) -> String {
        let feasts = self.feasts.as_ref().map_or("", |feasts| feasts.hash());
        format!("{self}; {feasts}")
    }

    /// The first day of the week of a day.
    pub fn first_of_week(&self, day: Date) -> Date {
        let back = self.week_start.until(day.weekday());
        day.checked_sub(jiff::Span::new().days(back)).unwrap_or(Date::MIN)
    }

    /// The Monday that says which ISO week a week is: the one nearest to its first day.
    pub fn iso_monday(&self, first: Date) -> Date {
        let ahead = first.weekday().until(Weekday::Monday);
        first.checked_add(jiff::Span::new().days(ahead)).unwrap_or(first)
    }
}

impl Default for Chronology {
    fn default() -> Self {
        Self::of(TimeZone::UTC)
    }
}

impl From<TimeZone> for Chronology {
    fn from(zone: TimeZone) -> Self {
        Self::of(zone)
    }
}

impl Deref for Chronology {
    type Target = TimeZone;

    fn deref(&self) -> &TimeZone {
        &self.zone
    }
}

impl fmt::Display for Chronology {
    /// What of it changes numbers, beside feasts: `Asia/Shanghai`, `UTC, weeks from Sunday, fiscal years from 04-01`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.zone.iana_name().unwrap_or("UTC"))?;
        if self.week_start != Weekday::Monday {
            write!(f, ", weeks from {:?}", self.week_start)?;
        }
        self.fiscal_year.iter().try_for_each(|year| write!(f, ", fiscal years {year}"))
    }
}
