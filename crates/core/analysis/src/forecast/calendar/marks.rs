//! Columns of what a calendar marks: each name by itself, so that a feast that moves takes its effect along, and all together,
//! so that a name seen once or twice is held to what marked days are like.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Weekday};

use super::columns::Entry;
use crate::calendar::{Calendar, MarkKind};
use crate::series::{Axis, Step};

/// How many days before and after a mark are told apart.
const AROUND: i32 = 3;

/// The blocks of columns: their numbers of columns, and the entries of each row.
pub(super) fn blocks(calendar: &Calendar, axis: &Axis, rows: usize) -> Vec<(usize, Vec<Vec<Entry>>)> {
    if calendar.is_empty() {
        return vec![];
    }
    let days: Vec<Vec<DateTime>> = (0..rows).map(|place| covered(axis, place)).collect();
    let kinds: &[fn(&Calendar, DateTime) -> Vec<Key>] = match axis.step {
        Step::Seconds(_) => &[by_hour, beside],
        Step::Days(1) => &[together, around_together, named, named_next, named_around],
        _ => &[together_counted, named, named_before],
    };
    kinds.iter().map(|keys| block(calendar, &days, *keys)).filter(|(size, _)| *size > 0).collect()
}

/// The days that a value covers; below a day the time itself.
fn covered(axis: &Axis, place: usize) -> Vec<DateTime> {
    let (Some(start), Some(end)) = (axis.at(place), axis.at(place + 1)) else { return vec![] };
    start.series(1.day()).take_while(|day| *day < end).collect()
}

/// What tells one column from the others of its block.
type Key = (MarkKind, String, i32, bool);

fn block(
    calendar: &Calendar,
    days: &[Vec<DateTime>],
    keys: fn(&Calendar, DateTime) -> Vec<Key>,
) -> (usize, Vec<Vec<Entry>>) {
    let found: Vec<Vec<Key>> =
        days.iter().map(|days| days.iter().flat_map(|day| keys(calendar, *day)).collect()).collect();
    let mut columns: BTreeMap<&Key, usize> = found.iter().flatten().map(|key| (key, 0)).collect();
    for (number, column) in columns.values_mut().enumerate() {
        *column = number;
    }
    let entries = found.iter().map(|keys| {
        let mut counts: BTreeMap<usize, f64> = BTreeMap::new();
        for column in keys.iter().filter_map(|key| columns.get(key)) {
            *counts.entry(*column).or_default() += 1.0;
        }
        counts.into_iter().collect()
    });
    (columns.len(), entries.collect())
}

/// A holiday that is kept on another day is the same holiday.
fn plain(name: &str) -> String {
    name.split(" (").next().unwrap_or(name).to_owned()
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

fn at(calendar: &Calendar, day: Date, after: i32) -> &[crate::calendar::Mark] {
    day.checked_sub(after.days()).map_or(&[], |marked| calendar.on(marked))
}

/// Any mark of a kind, by hour.
fn by_hour(calendar: &Calendar, time: DateTime) -> Vec<Key> {
    let mark = calendar.on(time.date()).first();
    mark.map(|mark| (mark.kind, String::new(), time.hour().into(), is_weekend(time.date())))
        .into_iter()
        .collect()
}

/// The day before and the day after any mark of a kind.
fn beside(calendar: &Calendar, time: DateTime) -> Vec<Key> {
    let day = time.date();
    let mark = |after: i32| {
        let mark = at(calendar, day, after).first()?;
        Some((mark.kind, String::new(), after, is_weekend(day)))
    };
    [-1, 1].into_iter().filter_map(mark).collect()
}

/// Any mark of a kind, by weekday.
fn together(calendar: &Calendar, time: DateTime) -> Vec<Key> {
    let day = time.date();
    let mut keys: Vec<Key> = calendar
        .on(day)
        .iter()
        .map(|mark| (mark.kind, String::new(), day.weekday().to_monday_zero_offset().into(), false))
        .collect();
    keys.dedup();
    keys
}

fn together_counted(calendar: &Calendar, time: DateTime) -> Vec<Key> {
    let day = time.date();
    calendar.on(day).first().map(|mark| (mark.kind, String::new(), 0, is_weekend(day))).into_iter().collect()
}

fn around_together(calendar: &Calendar, time: DateTime) -> Vec<Key> {
    let day = time.date();
    (-AROUND..=AROUND)
        .filter(|after| *after != 0)
        .filter_map(|after| {
            at(calendar, day, after).first().map(|mark| (mark.kind, String::new(), after, is_weekend(day)))
        })
        .collect()
}

fn named_at(calendar: &Calendar, day: Date, afters: &[i32]) -> Vec<Key> {
    let of = |after: &i32| -> Vec<Key> {
        let marks = at(calendar, day, *after).iter();
        marks.map(|mark| (mark.kind, plain(&mark.name), *after, is_weekend(day))).collect()
    };
    afters.iter().flat_map(of).collect()
}

fn named(calendar: &Calendar, time: DateTime) -> Vec<Key> {
    let day = time.date();
    named_at(calendar, day, &[0])
}

fn named_next(calendar: &Calendar, time: DateTime) -> Vec<Key> {
    let day = time.date();
    named_at(calendar, day, &[-1, 1])
}

fn named_around(calendar: &Calendar, time: DateTime) -> Vec<Key> {
    let day = time.date();
    named_at(calendar, day, &[-3, -2, 2, 3])
}

/// The week before a mark, as one.
fn named_before(calendar: &Calendar, time: DateTime) -> Vec<Key> {
    let day = time.date();
    named_at(calendar, day, &[-7, -6, -5, -4, -3, -2, -1])
        .into_iter()
        .map(|(kind, name, ..)| (kind, name, -1, false))
        .collect()
}
