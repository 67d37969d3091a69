//! Federal holidays of the United States (5 U.S.C. § 6103; Executive Order 11582 for the days observed).

use jiff::civil::{Date, Weekday};

use super::{PublicDay, after, last};
use crate::calendar::feast::nth;

/// The year in which Juneteenth became one.
const JUNETEENTH: i16 = 2021;

/// The holidays of a calendar year: those on a date with the day on which they are observed, too, where they lie on a weekend.
pub fn in_year(year: i16) -> Vec<PublicDay> {
    let dated = [
        ("New Year's Day", 1, 1),
        ("Juneteenth", 6, 19),
        ("Independence Day", 7, 4),
        ("Veterans Day", 11, 11),
        ("Christmas Day", 12, 25),
    ];
    let moving = [
        ("Martin Luther King Jr. Day", nth(year, 1, 3, Weekday::Monday)),
        ("Washington's Birthday", nth(year, 2, 3, Weekday::Monday)),
        ("Memorial Day", last(year, 5, Weekday::Monday)),
        ("Labor Day", nth(year, 9, 1, Weekday::Monday)),
        ("Columbus Day", nth(year, 10, 2, Weekday::Monday)),
        ("Thanksgiving Day", nth(year, 11, 4, Weekday::Thursday)),
    ];
    let mut days: Vec<PublicDay> =
        moving.into_iter().filter_map(|(name, day)| Some(PublicDay::off(name, day?, day?))).collect();
    for (name, month, number) in dated {
        if name == "Juneteenth" && year < JUNETEENTH {
            continue;
        }
        let Ok(day) = Date::new(year, month, number) else { continue };
        days.push(PublicDay::off(name, day, day));
        days.extend(observed(day).map(|observed| PublicDay::off(name, observed, day)));
    }
    // 1 January of the next year is observed on the last day of this one where it is a Saturday.
    let next = Date::new(year.saturating_add(1), 1, 1).ok();
    let early = next.and_then(|day| Some((observed(day).filter(|observed| *observed < day)?, day)));
    days.extend(early.map(|(observed, day)| PublicDay::off("New Year's Day", observed, day)));
    days.retain(|known| known.day.year() == year);
    days
}

/// The Friday before a Saturday, the Monday after a Sunday.
fn observed(day: Date) -> Option<Date> {
    match day.weekday() {
        Weekday::Saturday => after(day, -1),
        Weekday::Sunday => after(day, 1),
        _ => None,
    }
}
