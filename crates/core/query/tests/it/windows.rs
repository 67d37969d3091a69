//! Windows tile time, in every zone.

use jiff::Timestamp;
use metricwright_api::Grain;
use metricwright_api::alert_rule::ChangeFrom;
use metricwright_query::window::{due_at, earlier, label, next, previous, window_at, windows};
use proptest::prelude::*;

use crate::support::{at, retail, zone};

/// Zones that do what zones can do: whole hours, half hours, quarters, a change of clocks by half an hour, at midnight, one
/// minute after midnight, and a day that is left out.
pub const ZONES: &[&str] = &[
    "UTC",
    "Asia/Shanghai",
    "America/New_York",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "America/Havana",
    "Africa/Cairo",
    "America/St_Johns",
    "America/Toronto",
    "Pacific/Apia",
    "Pacific/Kwajalein",
    "Africa/Monrovia",
];

/// Any second of 1900 to 2100, half of them within two hours of a change of clocks.
pub fn moments() -> impl Strategy<Value = (&'static str, Timestamp)> {
    let seconds = -2_208_988_800_i64..4_102_444_800;
    (prop::sample::select(ZONES), seconds, -7200_i64..7200, any::<bool>()).prop_map(
        |(name, second, near, at_change)| {
            let moment = Timestamp::from_second(second).unwrap();
            let change = zone(name).following(moment).next().map(|change| change.timestamp().as_second());
            let second = change.filter(|_| at_change).map_or(second, |change| change + near);
            (name, Timestamp::from_second(second).unwrap())
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn windows_tile((name, moment) in moments(), grain in prop::sample::select(&Grain::ALL[..])) {
        let zone = zone(name);
        let window = window_at(grain, &zone, moment);
        prop_assert!(window.start <= moment && moment < window.end, "{window:?}");
        prop_assert_eq!(window_at(grain, &zone, window.start), window);
        let last = window.end.checked_sub(jiff::SignedDuration::from_nanos(1)).unwrap();
        prop_assert_eq!(window_at(grain, &zone, last), window);
        prop_assert_eq!(next(&window, grain, &zone).start, window.end);
        prop_assert_eq!(previous(&window, grain, &zone).end, window.start);
    }

    #[test]
    fn a_window_has_the_label_of_no_other((name, moment) in moments(), grain in prop::sample::select(&Grain::ALL[..])) {
        let zone = zone(name);
        let window = window_at(grain, &zone, moment);
        let after = next(&window, grain, &zone);
        prop_assert_ne!(label(&window, grain, &zone), label(&after, grain, &zone));
    }

    #[test]
    fn earlier_windows_are_earlier((name, moment) in moments(), grain in prop::sample::select(&Grain::ALL[..])) {
        let zone = zone(name);
        let window = window_at(grain, &zone, moment);
        for from in [ChangeFrom::PreviousPeriod, ChangeFrom::SameWeekdayLastWeek, ChangeFrom::LastYear] {
            let Some(before) = earlier(&window, grain, &zone, from) else { continue };
            prop_assert!(before.end <= window.start, "{from:?} {before:?}");
            prop_assert_eq!(window_at(grain, &zone, before.start), before);
        }
    }
}

/// Labels of the windows that overlap a range.
fn labels(grain: Grain, zone_name: &str, from: &str, to: &str) -> Vec<String> {
    let zone = zone(zone_name);
    windows(grain, &zone, at(from), at(to)).iter().map(|window| label(window, grain, &zone)).collect()
}

#[test]
fn labels_say_which_window() {
    let label_of =
        |grain| labels(grain, "Asia/Shanghai", "2025-11-20T16:30:00Z", "2025-11-20T16:30:01Z").concat();
    assert_eq!(
        Grain::ALL.map(label_of),
        [
            "2025-11-21T00:00+08:00",
            "2025-11-21",
            "2025-W47",
            "2025-11",
            "2025-Q4",
            "2025",
            "FY2026-M08",
            "FY2026-Q3",
            "FY2026"
        ]
    );
    assert_eq!(labels(Grain::Week, "UTC", "2024-12-30T00:00:00Z", "2024-12-31T00:00:00Z"), ["2025-W01"]);
    assert_eq!(
        labels(Grain::Hour, "Asia/Kathmandu", "2025-01-01T00:10:00Z", "2025-01-01T00:15:01Z"),
        ["2025-01-01T05:00+05:45", "2025-01-01T06:00+05:45"]
    );
}

#[test]
fn a_calendar_says_where_weeks_and_fiscal_years_begin() {
    let retail = retail("America/New_York");
    let label_of = |grain, moment: &str| label(&window_at(grain, &retail, at(moment)), grain, &retail);
    assert_eq!(label_of(Grain::Week, "2025-11-20T16:30:00Z"), "2025-11-16/2025-11-22");
    assert_eq!(label_of(Grain::FiscalYear, "2025-02-01T23:00:00Z"), "FY2024");
    assert_eq!(label_of(Grain::FiscalYear, "2025-02-02T23:00:00Z"), "FY2025");
    assert_eq!(label_of(Grain::FiscalMonth, "2025-11-20T16:30:00Z"), "FY2025-M10");
    let year_before = |grain, moment: &str| {
        let before = earlier(&window_at(grain, &retail, at(moment)), grain, &retail, ChangeFrom::LastYear);
        label(&before.unwrap(), grain, &retail)
    };
    assert_eq!(year_before(Grain::FiscalMonth, "2025-11-20T16:30:00Z"), "FY2024-M10");
    assert_eq!(year_before(Grain::Week, "2025-11-20T16:30:00Z"), "2024-11-17/2024-11-23");
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
    assert_eq!(
        labels(Grain::Day, "Pacific/Apia", "2011-12-29T12:00:00Z", "2012-01-01T12:00:00Z"),
        ["2011-12-29", "2011-12-31", "2012-01-01", "2012-01-02"]
    );
}

#[test]
fn clocks_that_go_back_half_an_hour_cut_the_hour() {
    // 01:00+11 ends as it should; what follows is the second half of the hour again.
    assert_eq!(
        labels(Grain::Hour, "Australia/Lord_Howe", "2025-04-05T14:00:00Z", "2025-04-05T16:00:00Z"),
        ["2025-04-06T01:00+11:00", "2025-04-06T01:30+10:30", "2025-04-06T02:00+10:30"]
    );
    assert_eq!(
        labels(Grain::Hour, "Australia/Lord_Howe", "2025-10-04T14:30:00Z", "2025-10-04T16:30:00Z"),
        ["2025-10-05T01:00+10:30", "2025-10-05T02:30+11:00", "2025-10-05T03:00+11:00"]
    );
}

#[test]
fn an_hour_that_comes_twice_is_two_windows() {
    assert_eq!(
        labels(Grain::Hour, "America/New_York", "2025-11-02T05:00:00Z", "2025-11-02T07:00:00Z"),
        ["2025-11-02T01:00-04:00", "2025-11-02T01:00-05:00"]
    );
}

#[test]
fn a_day_begins_once_even_if_clocks_go_back_over_midnight() {
    // 00:01 became 23:01 of the day before.
    let zone = zone("America/St_Johns");
    let days = windows(Grain::Day, &zone, at("2010-11-06T12:00:00Z"), at("2010-11-07T12:00:00Z"));
    let starts: Vec<_> = days.iter().map(|day| day.start.to_string()).collect();
    assert_eq!(starts, ["2010-11-06T02:30:00Z", "2010-11-07T02:30:00Z"]);
}

#[test]
fn a_day_begins_where_clocks_go_forward_over_midnight() {
    // 23:30 became 00:30 of the next day.
    let day = window_at(Grain::Day, &zone("America/Toronto"), at("1919-03-31T12:00:00Z"));
    assert_eq!(day.start.to_string(), "1919-03-31T04:30:00Z");
}

#[test]
fn ranges_without_time_have_no_windows() {
    assert!(
        windows(Grain::Day, &zone("UTC"), at("2025-01-02T00:00:00Z"), at("2025-01-02T00:00:00Z")).is_empty()
    );
    assert!(
        windows(Grain::Day, &zone("UTC"), at("2025-01-02T00:00:00Z"), at("2025-01-01T00:00:00Z")).is_empty()
    );
    assert_eq!(labels(Grain::Year, "UTC", "2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z"), ["2025"]);
}

#[test]
fn the_ends_of_time_do_not_panic() {
    for grain in Grain::ALL {
        for name in ZONES {
            for moment in [Timestamp::MIN, Timestamp::MAX] {
                let window = window_at(grain, &zone(name), moment);
                let _ = (next(&window, grain, &zone(name)), previous(&window, grain, &zone(name)));
                let _ = earlier(&window, grain, &zone(name), ChangeFrom::LastYear);
                let _ = label(&window, grain, &zone(name));
                assert!(window.start <= window.end);
            }
        }
    }
}

#[test]
fn earlier_windows_are_the_same_part_of_the_calendar() {
    use ChangeFrom::{LastYear, PreviousPeriod, SameWeekdayLastWeek};

    let check = |grain, name: &str, moment: &str, from, expected: &str| {
        let zone = zone(name);
        let window = window_at(grain, &zone, at(moment));
        let before = earlier(&window, grain, &zone, from).map(|before| label(&before, grain, &zone));
        assert_eq!(before.as_deref().unwrap_or("none"), expected, "{grain} {moment} {from:?}");
    };
    check(Grain::Day, "UTC", "2024-02-29T00:00:00Z", LastYear, "2023-02-28");
    check(Grain::Day, "UTC", "2025-03-01T00:00:00Z", LastYear, "2024-03-01");
    check(Grain::Week, "UTC", "2020-12-31T00:00:00Z", LastYear, "2019-W52");
    check(Grain::Week, "UTC", "2021-01-05T00:00:00Z", LastYear, "2020-W01");
    check(Grain::Month, "Asia/Shanghai", "2025-02-28T16:00:00Z", LastYear, "2024-03");
    check(Grain::Quarter, "UTC", "2025-02-01T00:00:00Z", PreviousPeriod, "2024-Q4");
    check(Grain::Quarter, "UTC", "2025-02-01T00:00:00Z", LastYear, "2024-Q1");
    check(Grain::Year, "UTC", "2025-02-01T00:00:00Z", LastYear, "2024");
    check(Grain::Hour, "UTC", "2024-02-29T13:00:00Z", LastYear, "2023-02-28T13:00+00:00");
    check(
        Grain::Hour,
        "America/New_York",
        "2025-03-10T06:30:00Z",
        SameWeekdayLastWeek,
        "2025-03-03T02:00-05:00",
    );
    // The day that is compared with begins at one o'clock.
    check(Grain::Day, "America/Havana", "2025-03-16T12:00:00Z", SameWeekdayLastWeek, "2025-03-09");
    check(Grain::Day, "America/Havana", "2025-03-09T12:00:00Z", SameWeekdayLastWeek, "2025-03-02");
    // There was no such day, and no such hour.
    check(Grain::Day, "Pacific/Apia", "2012-01-06T06:00:00Z", SameWeekdayLastWeek, "none");
    check(Grain::Hour, "America/New_York", "2025-03-16T06:30:00Z", SameWeekdayLastWeek, "none");
}

#[test]
fn windows_are_due_when_their_rows_are_there() {
    let zone = zone("America/New_York");
    let day = window_at(Grain::Day, &zone, at("2025-03-08T12:00:00Z"));
    let due = |latency: &str| due_at(&day, latency.parse().unwrap(), &zone).to_string();
    assert_eq!(due("2h"), "2025-03-09T07:00:00Z");
    // A calendar day of 23 hours.
    assert_eq!(due("1d"), "2025-03-10T04:00:00Z");
}
