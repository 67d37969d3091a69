//! Days off and moved workdays of China, as the State Council announces them for each year. The table comes with `tyme4rs`; for
//! years that are not announced yet there are the holidays by law (Decree 795 of the State Council, 2024) on their dates.

use jiff::Span;
use jiff::civil::Date;
use metricwright_api::calendar::{DayKind, Feast};
use tyme4rs::tyme::holiday::{LEGAL_HOLIDAY_DATA, LEGAL_HOLIDAY_NAMES};

use super::{PublicDay, after};
use crate::calendar::feast::feast_in;

/// Characters of a record: the date, whether it is worked, which holiday, and how many days the holiday is after it.
const RECORD: usize = 13;

/// The days of a calendar year.
pub fn in_year(year: i16) -> Vec<PublicDay> {
    let known = announced().filter(|day| day.day.year() == year);
    let days: Vec<PublicDay> = known.collect();
    if announced_until().is_some_and(|last| year <= last.year()) { days } else { by_law(year) }
}

/// The last day of the last year that is announced.
pub fn announced_until() -> Option<Date> {
    let last = announced().map(|day| day.day.year()).max()?;
    Date::new(last, 12, 31).ok()
}

fn announced() -> impl Iterator<Item = PublicDay> {
    LEGAL_HOLIDAY_DATA
        .as_bytes()
        .chunks_exact(RECORD)
        .filter_map(|record| read(std::str::from_utf8(record).ok()?))
}

fn read(record: &str) -> Option<PublicDay> {
    let (date, rest) = record.split_at_checked(8)?;
    let (kind, rest) = rest.split_at_checked(1)?;
    let (holiday, distance) = rest.split_at_checked(1)?;
    let day: Date = date.parse().ok()?;
    let about = day.checked_add(Span::new().days(distance.parse::<i32>().ok()?)).ok()?;
    let name = LEGAL_HOLIDAY_NAMES.get(holiday.parse::<usize>().ok()?)?;
    let kind = if kind == "0" { DayKind::Workday } else { DayKind::Holiday };
    Some(PublicDay { day, name, kind, about })
}

/// The holidays by law, without days that are moved to make up longer ones.
fn by_law(year: i16) -> Vec<PublicDay> {
    let on = |month, day| Date::new(year, month, day).ok();
    let feast = |feast| feast_in(year, feast);
    let begins = [
        ("元旦", on(1, 1), 0..=0),
        ("春节", feast(Feast::SpringFestival), -1..=2),
        ("清明节", feast(Feast::Qingming), 0..=0),
        ("劳动节", on(5, 1), 0..=1),
        ("端午节", feast(Feast::DragonBoat), 0..=0),
        ("中秋节", feast(Feast::MidAutumn), 0..=0),
        ("国庆节", on(10, 1), 0..=2),
    ];
    let days = begins.into_iter().filter_map(|(name, about, days)| Some((name, about?, days)));
    days.flat_map(|(name, about, days)| {
        days.filter_map(move |distance| Some(PublicDay::off(name, after(about, distance)?, about)))
    })
    .collect()
}
