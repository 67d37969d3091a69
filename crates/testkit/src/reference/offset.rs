//! The earlier window that an input is read from, found by walking the calendar.

use jiff::civil::{Date, DateTime, Weekday};
use jiff::{Timestamp, ToSpan};
use metricwright_api::metric::Align;
use metricwright_api::{Grain, MwDuration};
use metricwright_catalog::calendar::Chronology;
use metricwright_catalog::frame::Offset;

use super::bucket::{is_first, midnight, window_start};

/// A window by its start, and the moment from which on its rows do not count; none where all of them do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Read {
    pub start: Timestamp,
    pub until: Option<Timestamp>,
}

/// The starts of the windows that begin in a stretch, and the one that it begins in.
pub(super) fn starts(
    grain: Grain,
    chronology: &Chronology,
    from: Timestamp,
    to: Timestamp,
) -> Vec<Timestamp> {
    let mut starts = Vec::new();
    let mut start = window_start(grain, chronology, from);
    while start < to {
        starts.push(start);
        let after = end(grain, chronology, start);
        if after == start {
            break;
        }
        start = after;
    }
    starts
}

/// The start of the window before.
pub(super) fn before(grain: Grain, chronology: &Chronology, start: Timestamp) -> Timestamp {
    start.checked_sub(1.second()).map_or(start, |before| window_start(grain, chronology, before))
}

/// What is read for a window through offsets, the outermost first.
pub(super) fn read(
    grain: Grain,
    chronology: &Chronology,
    start: Timestamp,
    as_of: Timestamp,
    offsets: &[Offset],
) -> Option<Read> {
    let until = (as_of < end(grain, chronology, start)).then_some(as_of);
    let mut read = Read { start, until };
    for offset in offsets {
        let start = earlier(grain, chronology, read.start, offset)?;
        let last = end(grain, chronology, start);
        let cut = |until| elapsed(grain, chronology, (read.start, start), until, offset);
        let until = read.until.and_then(cut).filter(|until| *until < last).map(|until| until.max(start));
        read = Read { start, until };
    }
    Some(read)
}

/// The start of the window after the one that begins there; the same where the calendar ends.
pub(super) fn end(grain: Grain, chronology: &Chronology, start: Timestamp) -> Timestamp {
    let after = || {
        if grain == Grain::Hour {
            return start.checked_add(1.hour()).ok();
        }
        let mut day = start.to_zoned(chronology.zone.clone()).date().tomorrow().ok()?;
        while !is_first(grain, chronology, day) {
            day = day.tomorrow().ok()?;
        }
        midnight(day, chronology)
    };
    after().unwrap_or(start)
}

fn earlier(grain: Grain, chronology: &Chronology, start: Timestamp, offset: &Offset) -> Option<Timestamp> {
    let clock = start.to_zoned(chronology.zone.clone()).datetime();
    let date = match offset.by {
        MwDuration::Seconds(seconds) => {
            return Some(window_start(grain, chronology, start.checked_sub(seconds.seconds()).ok()?));
        }
        MwDuration::Months(months) if grain.is_fiscal() || offset.align == Align::Fiscal => {
            same_fiscal_day(chronology, clock.date(), months)?.0
        }
        MwDuration::Months(months) if offset.align == Align::Calendar => {
            chronology.feasts.as_ref()?.back(clock.date(), months / 12)?
        }
        MwDuration::Months(months) if grain == Grain::Week && offset.align == Align::Date => {
            same_number(chronology, clock.date(), months / 12)?
        }
        by => back(clock.date(), by)?,
    };
    let date = match grain {
        Grain::Hour | Grain::Day | Grain::Week if offset.align == Align::Weekday => near(date, clock.date())?,
        _ => date,
    };
    let found = match grain {
        Grain::Hour => date.to_datetime(clock.time()).to_zoned(chronology.zone.clone()).ok()?.timestamp(),
        _ => midnight(date, chronology)?,
    };
    // The zone may have left out that day or hour.
    let there: DateTime = found.to_zoned(chronology.zone.clone()).datetime();
    (there.date() == date && (grain != Grain::Hour || there.hour() == clock.hour())).then_some(found)
}

/// A day some days or months before; the last of a month for a day that it does not have.
pub(super) fn back(day: Date, by: MwDuration) -> Option<Date> {
    match by {
        MwDuration::Seconds(_) => None,
        MwDuration::Days(days) => (0..days).try_fold(day, |day, _| day.yesterday().ok()),
        MwDuration::Months(months) => {
            let since_zero = i32::from(day.year()) * 12 + i32::from(day.month()) - 1 - months;
            let year = i16::try_from(since_zero.div_euclid(12)).ok()?;
            let month = i8::try_from(since_zero.rem_euclid(12)).ok()? + 1;
            (1..=day.day()).rev().find_map(|number| Date::new(year, month, number).ok())
        }
    }
}

/// The day nearest to `day` that is the same weekday as `like`.
fn near(day: Date, like: Date) -> Option<Date> {
    let distances = [0, -1, 1, -2, 2, -3, 3];
    let near = distances.into_iter().filter_map(|distance| day.checked_add(distance.days()).ok());
    near.into_iter().find(|near| near.weekday() == like.weekday())
}

/// The day as far into its fiscal month, some fiscal months before, and whether that month has it; else its last one.
fn same_fiscal_day(chronology: &Chronology, day: Date, months: i32) -> Option<(Date, bool)> {
    let first_of_month = |day: Date| {
        let mut first = day;
        while !is_first(Grain::FiscalMonth, chronology, first) {
            first = first.yesterday().ok()?;
        }
        Some(first)
    };
    let first = first_of_month(day)?;
    let there = (0..months).try_fold(first, |first, _| first_of_month(first.yesterday().ok()?))?;
    let (mut at, mut found) = (first, there);
    while at < day {
        let next = found.tomorrow().ok()?;
        if is_first(Grain::FiscalMonth, chronology, next) {
            return Some((found, false));
        }
        (at, found) = (at.tomorrow().ok()?, next);
    }
    Some((found, true))
}

/// The first day of the week with the same number some years before, or of the last one. Its Monday says which one a week is.
fn same_number(chronology: &Chronology, first: Date, years: i32) -> Option<Date> {
    let to_monday = i64::from(chronology.week_start.until(Weekday::Monday));
    let iso = |first: Date| first.checked_add(to_monday.days()).ok().map(Date::iso_week_date);
    let wanted = iso(first)?;
    let mut day = first;
    loop {
        day = day.checked_sub(7.days()).ok()?;
        let week = iso(day)?;
        let right_year = i32::from(week.year()) == i32::from(wanted.year()) - years;
        if right_year && week.week() <= wanted.week() {
            return Some(day);
        }
    }
}

/// The moment in the window of `to` at which as much of it has passed as of the window of `from` at `until`.
fn elapsed(
    grain: Grain,
    chronology: &Chronology,
    (from, to): (Timestamp, Timestamp),
    until: Timestamp,
    offset: &Offset,
) -> Option<Timestamp> {
    if until <= from {
        return Some(to);
    }
    let clock = until.to_zoned(chronology.zone.clone()).datetime();
    let day = match grain {
        Grain::Hour => return to.checked_add(until.duration_since(from)).ok(),
        Grain::Day | Grain::Week => {
            let mut passed = from.to_zoned(chronology.zone.clone()).date();
            let mut day = to.to_zoned(chronology.zone.clone()).date();
            while passed < clock.date() {
                passed = passed.tomorrow().ok()?;
                day = day.tomorrow().ok()?;
            }
            day
        }
        Grain::Month | Grain::Quarter | Grain::Year => {
            let day = back(clock.date(), offset.by)?;
            if day.day() != clock.day() {
                return midnight(day.tomorrow().ok()?, chronology);
            }
            day
        }
        Grain::FiscalMonth | Grain::FiscalQuarter | Grain::FiscalYear => {
            let MwDuration::Months(months) = offset.by else { return None };
            let (day, is_there) = same_fiscal_day(chronology, clock.date(), months)?;
            if !is_there {
                return midnight(day.tomorrow().ok()?, chronology);
            }
            day
        }
    };
    day.to_datetime(clock.time()).to_zoned(chronology.zone.clone()).ok().map(|at| at.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offset(by: &str, same_weekday: bool) -> Offset {
        let align = if same_weekday { Align::Weekday } else { Align::Date };
        Offset { by: by.parse().unwrap(), align }
    }

    #[test]
    fn windows_are_found_where_people_look_for_them() {
        let check = |grain, start: &str, by: &str, same_weekday, expected: &str| {
            let start = format!("{start}T00:00:00Z").parse().unwrap();
            let read =
                read(grain, &Chronology::default(), start, Timestamp::MAX, &[offset(by, same_weekday)])
                    .unwrap();
            assert_eq!(read.start.to_string(), format!("{expected}T00:00:00Z"), "{grain} {start} {by}");
            assert_eq!(read.until, None);
        };
        check(Grain::Day, "2024-02-29", "1y", false, "2023-02-28");
        check(Grain::Day, "2025-03-31", "1mo", false, "2025-02-28");
        check(Grain::Day, "2025-03-03", "1y", true, "2024-03-04");
        check(Grain::Day, "2025-03-03", "3y", true, "2022-02-28");
        check(Grain::Day, "2025-03-03", "1w", false, "2025-02-24");
        // 2024-W01 begins on 1 January, 2023-W01 on the 2nd; 2020 has a week 53.
        check(Grain::Week, "2024-01-01", "1y", false, "2023-01-02");
        check(Grain::Week, "2020-12-28", "1y", false, "2019-12-23");
        check(Grain::Week, "2024-01-01", "1y", true, "2023-01-02");
        check(Grain::Month, "2025-03-01", "1y", true, "2024-03-01");
        check(Grain::Quarter, "2025-01-01", "3mo", false, "2024-10-01");
    }

    #[test]
    fn as_much_counts_as_has_passed() {
        let check = |grain, as_of: &str, by: &str, expected: &str| {
            let as_of: Timestamp = as_of.parse().unwrap();
            let start = window_start(grain, &Chronology::default(), as_of);
            let read = read(grain, &Chronology::default(), start, as_of, &[offset(by, false)]).unwrap();
            let until = read.until.map_or_else(|| "whole".to_owned(), |until| until.to_string());
            assert_eq!(until, expected, "{grain} {as_of} {by}");
        };
        check(Grain::Day, "2025-03-03T10:30:00Z", "1w", "2025-02-24T10:30:00Z");
        check(Grain::Week, "2025-03-05T10:30:00Z", "1w", "2025-02-26T10:30:00Z");
        check(Grain::Month, "2025-03-21T10:30:00Z", "1mo", "2025-02-21T10:30:00Z");
        check(Grain::Month, "2025-03-30T10:30:00Z", "1mo", "whole");
        check(Grain::Year, "2024-02-29T10:30:00Z", "1y", "2023-03-01T00:00:00Z");
        check(Grain::Hour, "2025-03-03T10:30:00Z", "24h", "2025-03-02T10:30:00Z");
    }
}
