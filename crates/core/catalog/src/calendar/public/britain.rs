//! Bank holidays of England and Wales (Banking and Financial Dealings Act 1971, and royal proclamations).

use jiff::civil::{Date, Weekday, date};

use super::{PublicDay, after, last};
use crate::calendar::feast::{easter, nth};

/// Bank holidays of one year only.
const ONCE: [(&str, Date); 6] = [
    ("Millennium Bank Holiday", date(1999, 12, 31)),
    ("Golden Jubilee", date(2002, 6, 3)),
    ("Royal Wedding", date(2011, 4, 29)),
    ("Diamond Jubilee", date(2012, 6, 5)),
    ("Platinum Jubilee", date(2022, 6, 3)),
    ("State Funeral of Queen Elizabeth II", date(2022, 9, 19)),
];
const CORONATION: (&str, Date) = ("Coronation of King Charles III", date(2023, 5, 8));

/// The bank holidays of a calendar year, with substitute days.
pub fn in_year(year: i16) -> Vec<PublicDay> {
    let easter = easter(year);
    let moving = [
        ("Good Friday", easter.and_then(|easter| after(easter, -2))),
        ("Easter Monday", easter.and_then(|easter| after(easter, 1))),
        ("Early May Bank Holiday", early_may(year)),
        ("Spring Bank Holiday", spring(year)),
        ("Summer Bank Holiday", last(year, 8, Weekday::Monday)),
    ];
    let once = ONCE.into_iter().chain([CORONATION]).filter(|(_, day)| day.year() == year);
    let mut days: Vec<PublicDay> = moving
        .into_iter()
        .filter_map(|(name, day)| Some((name, day?)))
        .chain(once)
        .map(|(name, day)| PublicDay::off(name, day, day))
        .collect();
    let dated = [("New Year's Day", 1, 1), ("Christmas Day", 12, 25), ("Boxing Day", 12, 26)];
    for (name, month, number) in dated {
        let Ok(day) = Date::new(year, month, number) else { continue };
        days.push(PublicDay::off(name, day, day));
        days.extend(substitute(day).map(|instead| PublicDay::off(name, instead, day)));
    }
    days
}

/// The first Monday in May; twice it was moved to the 8th, for the end of the war in Europe.
fn early_may(year: i16) -> Option<Date> {
    if matches!(year, 1995 | 2020) { Date::new(year, 5, 8).ok() } else { nth(year, 5, 1, Weekday::Monday) }
}

/// The last Monday in May; moved for three jubilees.
fn spring(year: i16) -> Option<Date> {
    match year {
        2002 | 2012 => Date::new(year, 6, 4).ok(),
        2022 => Date::new(year, 6, 2).ok(),
        _ => last(year, 5, Weekday::Monday),
    }
}

/// The weekday in place of a day of a weekend. Christmas and Boxing Day, two in a row, share the Monday and the Tuesday.
fn substitute(day: Date) -> Option<Date> {
    let boxing_day = day.month() == 12 && day.day() == 26;
    let christmas = day.month() == 12 && day.day() == 25;
    match day.weekday() {
        Weekday::Saturday => after(day, 2),
        Weekday::Sunday if boxing_day || christmas => after(day, 2),
        Weekday::Sunday => after(day, 1),
        // Christmas on a Sunday takes the Tuesday, after Boxing Day on the Monday.
        _ => None,
    }
}
