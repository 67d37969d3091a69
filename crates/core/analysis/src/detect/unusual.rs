//! Days on which a metric may well do something else.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::calendar::Calendar;

/// Marked days at most this far apart have all days between them marked: the time between the years.
const BRIDGE_DAYS: i32 = 8;

/// The marked days of a calendar with the day before, the day after, and the days between two that are near.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnusualDays(BTreeSet<i64>);

impl UnusualDays {
    /// The unusual days of a calendar.
    pub fn of(calendar: &Calendar) -> Self {
        let mut days = BTreeSet::new();
        let mut before: Option<i64> = None;
        for (day, _) in calendar.days() {
            let number = day_number(day);
            let from =
                before.filter(|before| number - before <= i64::from(BRIDGE_DAYS)).unwrap_or(number - 1);
            days.extend(from..=number + 1);
            before = Some(number);
        }
        Self(days)
    }

    /// Whether the day of this time, in seconds since 1970-01-01T00:00, is one of them.
    pub fn contains(&self, seconds: i64) -> bool {
        self.0.contains(&seconds.div_euclid(86_400))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Days since 1970-01-01.
fn day_number(day: Date) -> i64 {
    let epoch = Date::constant(1970, 1, 1);
    epoch.until(day).map_or(0, |span| i64::from(span.get_days()))
}
