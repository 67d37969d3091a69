//! Windows: buckets of a grain in a zone. Half open; they tile time: every moment lies in exactly one.
//!
//! A day begins when its date is first reached, so that clocks which go back over midnight do not split the day before. A
//! day that a zone leaves out has no window. Hours are those of the wall clock; a change of clocks that is no whole number
//! of hours cuts the hour in which it happens.

use jiff::civil::{Date, DateTime, ISOWeekDate, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan};
use metricwright_api::alert_rule::ChangeFrom;
use metricwright_api::{Grain, MwDuration};
use metricwright_catalog::calendar::{Chronology, Period};

/// A stretch of time: `start` belongs to it, `end` does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    /// First instant.
    pub start: Timestamp,
    /// First instant after it.
    pub end: Timestamp,
}

/// The window that an instant lies in.
pub fn window_at(grain: Grain, chronology: &Chronology, at: Timestamp) -> Window {
    if grain == Grain::Hour {
        return hour(chronology, at);
    }
    let (first, after) = days(grain, chronology, date_reached(chronology, at));
    Window {
        start: start_of(first, chronology).unwrap_or(Timestamp::MIN),
        end: after.and_then(|after| start_of(after, chronology)).unwrap_or(Timestamp::MAX),
    }
}

/// The window after this one.
pub fn next(window: &Window, grain: Grain, chronology: &Chronology) -> Window {
    window_at(grain, chronology, window.end)
}

/// The window before this one.
pub fn previous(window: &Window, grain: Grain, chronology: &Chronology) -> Window {
    let before = window.start.checked_sub(1.second()).unwrap_or(Timestamp::MIN);
    window_at(grain, chronology, before)
}

/// Every window that overlaps `[from, to)`, in order.
pub fn windows(grain: Grain, chronology: &Chronology, from: Timestamp, to: Timestamp) -> Vec<Window> {
    let mut all = Vec::new();
    if from >= to {
        return all;
    }
    let mut window = window_at(grain, chronology, from);
    loop {
        all.push(window);
        let after = next(&window, grain, chronology);
        if window.end >= to || after.start <= window.start {
            return all;
        }
        window = after;
    }
}

/// Start of the first and end of the last window that a range touches: part of a window would look like a low value.
pub fn whole_windows(
    grain: Grain,
    chronology: &Chronology,
    (from, to): (Timestamp, Timestamp),
) -> (Timestamp, Timestamp) {
    let last = window_at(grain, chronology, to);
    (window_at(grain, chronology, from).start, if last.start == to { to } else { last.end })
}

/// When all rows of a window are there: its end plus the latency.
pub fn due_at(window: &Window, latency: MwDuration, zone: &TimeZone) -> Timestamp {
    latency.after(window.end, zone)
}

/// An earlier window to compare with; none where the zone leaves out the day or the hour that it would be.
///
/// `LastYear` is the same date (29 February: the 28th), the same ISO week (week 53: week 52), or the same
/// month, quarter, fiscal period or hour of the wall clock, a year before.
pub fn earlier(window: &Window, grain: Grain, chronology: &Chronology, from: ChangeFrom) -> Option<Window> {
    let start = wall_start(window, grain, chronology);
    let wanted = match from {
        ChangeFrom::PreviousPeriod => {
            return Some(previous(window, grain, chronology)).filter(|before| before.end <= window.start);
        }
        ChangeFrom::SameWeekdayLastWeek => start.checked_sub(7.days()).ok()?,
        ChangeFrom::LastYear if grain == Grain::Week => {
            same_week(chronology, start.date(), 1)?.to_datetime(start.time())
        }
        ChangeFrom::LastYear if grain.is_fiscal() => {
            chronology.fiscal_year.as_ref()?.back(start.date(), 12)?.0.to_datetime(start.time())
        }
        ChangeFrom::SameFeastLastYear => {
            chronology.feasts.as_ref()?.back(start.date(), 1)?.to_datetime(start.time())
        }
        ChangeFrom::LastYear => start.checked_sub(1.year()).ok()?,
    };
    let found = window_at(grain, chronology, wanted.to_zoned(chronology.zone.clone()).ok()?.timestamp());
    let part = wall_start(&found, grain, chronology);
    let is_there = match grain {
        Grain::Hour => part.date() == wanted.date() && part.hour() == wanted.hour(),
        Grain::Day => part.date() == wanted.date(),
        _ => true,
    };
    is_there.then_some(found)
}

/// The first day of the week with the same number some years before; of week 53, where there is none, week 52.
pub(crate) fn same_week(chronology: &Chronology, first: Date, years: i32) -> Option<Date> {
    let week = chronology.iso_monday(first).iso_week_date();
    let year = week.year().checked_sub(i16::try_from(years).ok()?)?;
    let of = |number| ISOWeekDate::new(year, number, Weekday::Monday);
    let monday = of(week.week()).or_else(|_| of(52)).ok()?.date();
    // The week of another first day is the one that the Monday lies in.
    Some(chronology.first_of_week(monday))
}

/// What the wall clock would show at the start of a window if it left nothing out.
pub(crate) fn wall_start(window: &Window, grain: Grain, zone: &TimeZone) -> DateTime {
    let start = zone.to_datetime(window.start);
    if grain == Grain::Hour { start } else { start.date().to_datetime(Time::midnight()) }
}

/// How people write a window: `2025-11-20`, `2025-W47`, `2025-11`, `2025-Q4`, `2025`, `2025-11-20T13:00+08:00`, `FY2026-Q1`; a week
/// that is none of ISO 8601 as its first and last day, `2025-11-30/2025-12-06`.
pub fn label(window: &Window, grain: Grain, chronology: &Chronology) -> String {
    let start = window.start.to_zoned(chronology.zone.clone());
    let date = start.date();
    match grain {
        Grain::Hour => start.strftime("%Y-%m-%dT%H:%M%:z").to_string(),
        Grain::Day => date.to_string(),
        Grain::Week if chronology.week_start != Weekday::Monday => {
            let last = date.checked_add(6.days()).unwrap_or(Date::MAX);
            format!("{date}/{last}")
        }
        Grain::Week => {
            let week = date.iso_week_date();
            format!("{:04}-W{:02}", week.year(), week.week())
        }
        Grain::Month => date.strftime("%Y-%m").to_string(),
        Grain::Quarter => format!("{:04}-Q{}", date.year(), (date.month() - 1) / 3 + 1),
        Grain::Year => format!("{:04}", date.year()),
        Grain::FiscalMonth | Grain::FiscalQuarter | Grain::FiscalYear => {
            let period = chronology.fiscal_year.as_ref().and_then(|year| year.period(grain, date));
            period.map_or_else(|| date.to_string(), |period| fiscal_label(grain, &period))
        }
    }
}

fn fiscal_label(grain: Grain, period: &Period) -> String {
    let Period { year, number, .. } = period;
    match grain {
        Grain::FiscalMonth => format!("FY{year:04}-M{number:02}"),
        Grain::FiscalQuarter => format!("FY{year:04}-Q{number}"),
        _ => format!("FY{year:04}"),
    }
}

/// The whole second that a moment lies in.
pub(crate) fn second_of(at: Timestamp) -> i64 {
    at.as_second() - i64::from(at.subsec_nanosecond() < 0)
}

/// The hour of the wall clock, as far as the clock is not changed within it.
fn hour(zone: &TimeZone, at: Timestamp) -> Window {
    let second = second_of(at);
    let full = second - into_hour(zone, second);
    let before = moment(full);
    let change =
        zone.following(before).map(|change| change.timestamp()).take_while(|change| *change <= at).last();
    // Without a change of the offset it is a full hour already.
    let start =
        change.filter(|change| offset_before(zone, *change) != zone.to_offset(*change)).unwrap_or(before);
    let end = moment(start.as_second() + 3600 - into_hour(zone, start.as_second()));
    let mut cut = zone.following(start).map(|change| change.timestamp()).take_while(|change| *change < end);
    let cut = cut.find(|change| offset_before(zone, *change) != zone.to_offset(*change));
    Window { start, end: cut.unwrap_or(end) }
}

/// How many seconds of its hour are over on the wall clock.
fn into_hour(zone: &TimeZone, second: i64) -> i64 {
    (second + i64::from(zone.to_offset(moment(second)).seconds())).rem_euclid(3600)
}

/// The moment of a second; the end of time where there is none.
fn moment(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(if second < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

fn offset_before(zone: &TimeZone, change: Timestamp) -> jiff::tz::Offset {
    zone.to_offset(change.checked_sub(SignedDuration::from_secs(1)).unwrap_or(change))
}

/// The last date that had begun by then; not always that of the wall clock, which may go back over midnight.
fn date_reached(zone: &TimeZone, at: Timestamp) -> Date {
    let date = zone.to_datetime(at).date();
    let tomorrow = date.tomorrow().ok().filter(|next| start_of(*next, zone).is_some_and(|start| start <= at));
    tomorrow.unwrap_or(date)
}

/// The first day of a window and the first one after it; none where the calendar ends.
pub(crate) fn days(grain: Grain, chronology: &Chronology, date: Date) -> (Date, Option<Date>) {
    let first_of_month = date.first_of_month();
    let first = match grain {
        Grain::Hour | Grain::Day => date,
        Grain::Week => chronology.first_of_week(date),
        Grain::Month => first_of_month,
        Grain::Quarter => {
            let back = i32::from((date.month() - 1) % 3);
            first_of_month.checked_sub(back.months()).unwrap_or(Date::MIN)
        }
        Grain::Year => date.first_of_year(),
        Grain::FiscalMonth | Grain::FiscalQuarter | Grain::FiscalYear => {
            let period = chronology.fiscal_year.as_ref().and_then(|year| year.period(grain, date));
            // Without a fiscal year questions by fiscal grains are refused.
            return period.map_or((date, date.tomorrow().ok()), |period| (period.first, Some(period.after)));
        }
    };
    let length = match grain {
        Grain::Week => 7.days(),
        Grain::Month => 1.month(),
        Grain::Quarter => 3.months(),
        Grain::Year => 1.year(),
        _ => 1.day(),
    };
    (first, first.checked_add(length).ok())
}

/// The first instant of a day; where midnight is skipped, the first one after it.
pub(crate) fn start_of(date: Date, zone: &TimeZone) -> Option<Timestamp> {
    let midnight = zone.to_ambiguous_timestamp(date.to_datetime(Time::midnight()));
    let AmbiguousOffset::Gap { before, .. } = midnight.offset() else { return midnight.compatible().ok() };
    let past =
        before.to_timestamp(midnight.datetime()).ok()?.checked_add(SignedDuration::from_secs(1)).ok()?;
    zone.preceding(past).next().map(|change| change.timestamp())
}
