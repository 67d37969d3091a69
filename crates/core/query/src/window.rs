//! Windows: buckets of a grain in a zone. Half open; they tile time.

use jiff::civil::{Date, ISOWeekDate, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan, Zoned};
use metricwright_api::alert_rule::ChangeFrom;
use metricwright_api::{Grain, MwDuration};

/// A stretch of time: `start` belongs to it, `end` does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    /// First instant.
    pub start: Timestamp,
    /// First instant after it.
    pub end: Timestamp,
}

/// The window that an instant lies in.
pub fn window_at(grain: Grain, zone: &TimeZone, at: Timestamp) -> Window {
    let local = at.to_zoned(zone.clone());
    if grain == Grain::Hour {
        return hour(&local, at);
    }
    let first = first_day(grain, local.date());
    let after = first.checked_add(length(grain)).unwrap_or(Date::MAX);
    Window { start: start_of(first, zone, at), end: start_of(after, zone, Timestamp::MAX) }
}

/// The window after this one.
pub fn next(window: &Window, grain: Grain, zone: &TimeZone) -> Window {
    window_at(grain, zone, window.end)
}

/// The window before this one.
pub fn previous(window: &Window, grain: Grain, zone: &TimeZone) -> Window {
    let before = window.start.checked_sub(1.second()).unwrap_or(Timestamp::MIN);
    window_at(grain, zone, before)
}

/// Every window that overlaps `[from, to)`, in order.
pub fn windows(grain: Grain, zone: &TimeZone, from: Timestamp, to: Timestamp) -> Vec<Window> {
    let mut all = Vec::new();
    if from >= to {
        return all;
    }
    let mut window = window_at(grain, zone, from);
    loop {
        all.push(window);
        let after = next(&window, grain, zone);
        if window.end >= to || after.start <= window.start {
            return all;
        }
        window = after;
    }
}

/// When all rows of a window are there: its end plus the latency.
pub fn due_at(window: &Window, latency: MwDuration, zone: &TimeZone) -> Timestamp {
    latency.after(window.end, zone)
}

/// An earlier window to compare with.
///
/// `LastYear` is the same date (29 February: the 28th), the same ISO week (week 53: week 52), or the same
/// month, quarter or hour of the wall clock, a year before.
pub fn earlier(window: &Window, grain: Grain, zone: &TimeZone, from: ChangeFrom) -> Option<Window> {
    let start = window.start.to_zoned(zone.clone());
    let at = match from {
        ChangeFrom::PreviousPeriod => return Some(previous(window, grain, zone)),
        ChangeFrom::SameWeekdayLastWeek => start.checked_sub(7.days()).ok()?,
        ChangeFrom::LastYear if grain == Grain::Week => {
            let week = start.date().iso_week_date();
            let year = week.year() - 1;
            let last_year = ISOWeekDate::new(year, week.week(), Weekday::Monday)
                .or_else(|_| ISOWeekDate::new(year, 52, Weekday::Monday));
            last_year.ok()?.date().to_zoned(zone.clone()).ok()?
        }
        ChangeFrom::LastYear => start.checked_sub(1.year()).ok()?,
    };
    Some(window_at(grain, zone, at.timestamp()))
}

/// How people write a window: `2025-11-20`, `2025-W47`, `2025-11`, `2025-Q4`, `2025`, `2025-11-20T13:00+08:00`.
pub fn label(window: &Window, grain: Grain, zone: &TimeZone) -> String {
    let start = window.start.to_zoned(zone.clone());
    let date = start.date();
    match grain {
        Grain::Hour => start.strftime("%Y-%m-%dT%H:%M%:z").to_string(),
        Grain::Day => date.to_string(),
        Grain::Week => {
            let week = date.iso_week_date();
            format!("{:04}-W{:02}", week.year(), week.week())
        }
        Grain::Month => date.strftime("%Y-%m").to_string(),
        Grain::Quarter => format!("{:04}-Q{}", date.year(), (date.month() - 1) / 3 + 1),
        Grain::Year => format!("{:04}", date.year()),
    }
}

/// Hours begin at full hours of the wall clock.
fn hour(local: &Zoned, at: Timestamp) -> Window {
    let wall = at.as_second() + i64::from(local.offset().seconds());
    let start = at.as_second() - wall.rem_euclid(3600);
    let start = Timestamp::from_second(start).unwrap_or(at);
    Window { start, end: start.checked_add(1.hour()).unwrap_or(Timestamp::MAX) }
}

fn first_day(grain: Grain, date: Date) -> Date {
    match grain {
        Grain::Hour | Grain::Day => date,
        Grain::Week => {
            let back = i32::from(date.weekday().to_monday_zero_offset());
            date.checked_sub(back.days()).unwrap_or(Date::MIN)
        }
        Grain::Month => date.first_of_month(),
        Grain::Quarter => {
            let back = i32::from((date.month() - 1) % 3);
            date.first_of_month().checked_sub(back.months()).unwrap_or(Date::MIN)
        }
        Grain::Year => date.first_of_year(),
    }
}

fn length(grain: Grain) -> Span {
    match grain {
        Grain::Hour | Grain::Day => 1.day(),
        Grain::Week => 7.days(),
        Grain::Month => 1.month(),
        Grain::Quarter => 3.months(),
        Grain::Year => 1.year(),
    }
}

/// The first instant of a day; where midnight is skipped, the first one after it.
fn start_of(date: Date, zone: &TimeZone, otherwise: Timestamp) -> Timestamp {
    date.to_zoned(zone.clone()).map_or(otherwise, |start| start.timestamp())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ZONES: &[&str] =
        &["UTC", "Asia/Shanghai", "America/New_York", "Europe/London", "Asia/Kathmandu", "Pacific/Apia"];

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn labels_say_which_window() {
        let shanghai = zone("Asia/Shanghai");
        let label_of =
            |grain| label(&window_at(grain, &shanghai, at("2025-11-20T16:30:00Z")), grain, &shanghai);
        assert_eq!(
            Grain::ALL.map(label_of),
            ["2025-11-21T00:00+08:00", "2025-11-21", "2025-W47", "2025-11", "2025-Q4", "2025"]
        );
    }

    #[test]
    fn days_across_clock_changes_have_their_real_length() {
        let hours = |text: &str| {
            let day = window_at(Grain::Day, &zone("America/New_York"), at(text));
            (day.end.as_second() - day.start.as_second()) / 3600
        };
        assert_eq!([hours("2025-03-09T12:00:00Z"), hours("2025-11-02T12:00:00Z")], [23, 25]);
    }

    #[test]
    fn a_day_that_does_not_exist_is_left_out() {
        let apia = zone("Pacific/Apia");
        let days = windows(Grain::Day, &apia, at("2011-12-29T12:00:00Z"), at("2012-01-01T12:00:00Z"));
        let labels: Vec<_> = days.iter().map(|day| label(day, Grain::Day, &apia)).collect();
        assert_eq!(labels, ["2011-12-29", "2011-12-31", "2012-01-01", "2012-01-02"]);
    }

    #[test]
    fn earlier_windows_clamp() {
        let check = |grain, text: &str, from, expected: &str| {
            let window = window_at(grain, &TimeZone::UTC, at(text));
            let before = earlier(&window, grain, &TimeZone::UTC, from).unwrap();
            assert_eq!(label(&before, grain, &TimeZone::UTC), expected);
        };
        check(Grain::Day, "2024-02-29T00:00:00Z", ChangeFrom::LastYear, "2023-02-28");
        check(Grain::Week, "2020-12-31T00:00:00Z", ChangeFrom::LastYear, "2019-W52");
        check(Grain::Day, "2025-11-20T00:00:00Z", ChangeFrom::SameWeekdayLastWeek, "2025-11-13");
        check(Grain::Month, "2025-01-20T00:00:00Z", ChangeFrom::PreviousPeriod, "2024-12");
    }

    proptest! {
        #[test]
        fn windows_tile(second in 0_i64..2_000_000_000, zone_index in 0..ZONES.len(), grain_index in 0..6_usize) {
            let (zone, grain) = (zone(ZONES[zone_index]), Grain::ALL[grain_index]);
            let at = Timestamp::from_second(second).unwrap();
            let window = window_at(grain, &zone, at);
            prop_assert!(window.start <= at && at < window.end);
            prop_assert_eq!(next(&window, grain, &zone).start, window.end);
            prop_assert_eq!(previous(&window, grain, &zone).end, window.start);
            prop_assert_eq!(window_at(grain, &zone, window.start), window);
        }
    }
}
