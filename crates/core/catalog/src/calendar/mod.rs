//! Calendars: what is known about days, and how time is divided.

mod chronology;
mod feast;
mod feasts;
mod fiscal;
pub mod public;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use metricwright_api::ObjectId;
use metricwright_api::calendar::DayKind;

pub use chronology::Chronology;
pub use feast::feast_in;
pub use feasts::Feasts;
pub use fiscal::{Begins, FiscalYear, Period};

/// The first and last year of which days are known.
pub const YEARS: std::ops::RangeInclusive<i16> = 1990..=2060;

/// A calendar with everything that it takes in.
#[derive(Clone, Debug, PartialEq)]
pub struct ResolvedCalendar {
    /// Which calendar.
    pub id: ObjectId,
    /// The zone in which its days are days.
    pub zone: TimeZone,
    /// The day on which weeks begin.
    pub week_start: Weekday,
    /// Where fiscal years begin.
    pub fiscal_year: Option<FiscalYear>,
    /// What is known of days; each day at least one mark, in the order in which they were declared.
    pub days: BTreeMap<Date, Vec<DayMark>>,
    /// The days of what comes again.
    pub feasts: Arc<Feasts>,
    /// The last day for which the days off of China are announced, where they are taken in.
    pub announced_until: Option<Date>,
}

/// One thing known of a day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DayMark {
    /// What it is called; marks of one name are one thing that comes again.
    pub name: String,
    /// What kind of day it is.
    pub kind: DayKind,
    /// The day that it is about: 1 January for a day off on the 3rd.
    pub about: Date,
    /// The slices that it concerns, each dimension with its members; all where there is none.
    pub applies_to: BTreeMap<String, Vec<String>>,
}

impl DayMark {
    /// Whether it concerns a slice: of each dimension that it names the slice has one of its members, or does not tell.
    pub fn concerns(&self, member: impl Fn(&str) -> Option<String>) -> bool {
        self.applies_to
            .iter()
            .all(|(dimension, members)| member(dimension).is_none_or(|member| members.contains(&member)))
    }
}

impl ResolvedCalendar {
    /// What is known of a day.
    pub fn on(&self, day: Date) -> &[DayMark] {
        self.days.get(&day).map(Vec::as_slice).unwrap_or_default()
    }

    /// How time is divided by it in a zone.
    pub fn chronology(&self, zone: TimeZone) -> Chronology {
        Chronology {
            zone,
            week_start: self.week_start,
            fiscal_year: self.fiscal_year.clone(),
            feasts: Some(self.feasts.clone()),
        }
    }
}
