//! Public holidays that come with Metricwright: by rule where a country has rules, else as announced.

mod britain;
mod china;
mod states;

use jiff::Span;
use jiff::civil::{Date, Weekday};
use metricwright_api::calendar::{Country, DayKind};

pub use china::announced_until;

/// A day of a public calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicDay {
    /// The day.
    pub day: Date,
    /// What it is called.
    pub name: &'static str,
    /// Whether it is off, or a day of a weekend that is worked.
    pub kind: DayKind,
    /// The day that it is about.
    pub about: Date,
}

impl PublicDay {
    fn off(name: &'static str, day: Date, about: Date) -> Self {
        Self { day, name, kind: DayKind::Holiday, about }
    }
}

/// The public holidays of a country in a calendar year, in order.
pub fn in_year(country: Country, year: i16) -> Vec<PublicDay> {
    let mut days = match country {
        Country::CN => china::in_year(year),
        Country::US => states::in_year(year),
        Country::UK => britain::in_year(year),
    };
    days.sort_by_key(|day| day.day);
    days
}

/// The last of a weekday in a month.
fn last(year: i16, month: i8, weekday: Weekday) -> Option<Date> {
    Date::new(year, month, 1).ok()?.nth_weekday_of_month(-1, weekday).ok()
}

fn after(day: Date, days: i32) -> Option<Date> {
    day.checked_add(Span::new().days(days)).ok()
}

#[cfg(test)]
mod tests;
