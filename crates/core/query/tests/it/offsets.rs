//! Windows that inputs are read from some time before the ones asked for.

use jiff::Timestamp;
use metricwright_api::Grain;
use metricwright_api::metric::Align;
use metricwright_catalog::calendar::Chronology;
use metricwright_catalog::frame::Offset;
use metricwright_query::offset::source;
use metricwright_query::window::{label, next, window_at};
use proptest::prelude::*;

use crate::support::{at, retail, zone};
use crate::windows::moments;

/// An offset as people write it, with `~` before one that keeps the weekday, `$` the fiscal day, `*` the feast.
fn offset(text: &str) -> Offset {
    let align = match text.chars().next() {
        Some('~') => Align::Weekday,
        Some('$') => Align::Fiscal,
        Some('*') => Align::Calendar,
        _ => Align::Date,
    };
    Offset { by: text.trim_start_matches(['~', '$', '*']).parse().unwrap(), align }
}

/// The label of the window read for the one at a moment, and until when its rows count.
fn found(grain: Grain, name: &str, moment: &str, offsets: &[&str], as_of: Timestamp) -> String {
    found_in(&zone(name), grain, moment, offsets, as_of)
}

fn found_in(zone: &Chronology, grain: Grain, moment: &str, offsets: &[&str], as_of: Timestamp) -> String {
    let offsets: Vec<Offset> = offsets.iter().map(|text| offset(text)).collect();
    let window = window_at(grain, zone, at(moment));
    let Some(source) = source(&window, &offsets, grain, zone, as_of) else { return "none".to_owned() };
    let label = label(&source.window, grain, zone);
    if source.until == source.window.end { label } else { format!("{label} until {}", source.until) }
}

#[test]
fn the_earlier_window_is_the_one_that_people_mean() {
    let check = |grain, moment: &str, offsets: &[&str], expected: &str| {
        let shown = found(grain, "UTC", &format!("{moment}T12:00:00Z"), offsets, Timestamp::MAX);
        assert_eq!(shown, expected, "{grain} {moment} {offsets:?}");
    };
    check(Grain::Day, "2025-03-03", &["7d"], "2025-02-24");
    check(Grain::Day, "2025-03-31", &["1mo"], "2025-02-28");
    check(Grain::Day, "2024-02-29", &["1y"], "2023-02-28");
    check(Grain::Day, "2025-03-03", &["1y"], "2024-03-03");
    check(Grain::Day, "2025-03-03", &["~1y"], "2024-03-04");
    check(Grain::Day, "2025-03-03", &["~3y"], "2022-02-28");
    check(Grain::Hour, "2025-03-03", &["~1y"], "2024-03-04T12:00+00:00");
    check(Grain::Hour, "2025-03-03", &["36h"], "2025-03-02T00:00+00:00");
    check(Grain::Week, "2025-03-03", &["2w"], "2025-W08");
    check(Grain::Week, "2020-12-31", &["1y"], "2019-W52");
    check(Grain::Week, "2024-01-03", &["1y"], "2023-W01");
    check(Grain::Week, "2021-01-05", &["1y"], "2020-W01");
    check(Grain::Week, "2021-01-05", &["~1y"], "2020-W02");
    check(Grain::Month, "2025-03-03", &["1y"], "2024-03");
    check(Grain::Month, "2025-03-03", &["~13mo"], "2024-02");
    check(Grain::Quarter, "2025-03-03", &["3mo"], "2024-Q4");
    check(Grain::Year, "2025-03-03", &["2y"], "2023");
    // One after the other, the outermost first.
    check(Grain::Day, "2025-03-31", &["1mo", "1d"], "2025-02-27");
    check(Grain::Day, "2025-03-31", &["1d", "1mo"], "2025-02-28");
}

#[test]
fn a_calendar_says_which_fiscal_day_and_which_feast() {
    let retail = retail("UTC");
    let check = |grain, moment: &str, by: &str, expected: &str| {
        let shown = found_in(&retail, grain, &format!("{moment}T12:00:00Z"), &[by], Timestamp::MAX);
        assert_eq!(shown, expected, "{grain} {moment} {by}");
    };
    // The fiscal year 2025 began on 2 February, 2024 on 4 February.
    check(Grain::Day, "2025-02-02", "$1y", "2024-02-04");
    check(Grain::Day, "2025-03-10", "$1mo", "2025-02-10");
    check(Grain::FiscalMonth, "2025-02-02", "1mo", "FY2024-M12");
    check(Grain::FiscalQuarter, "2025-02-02", "$1y", "FY2024-Q1");
    check(Grain::Week, "2025-02-02", "1y", "2024-02-04/2024-02-10");
    // The fair was on 10 June 2024 and is on 31 May 2025.
    check(Grain::Day, "2025-05-30", "*1y", "2024-06-09");
    check(Grain::Hour, "2025-05-31", "*1y", "2024-06-10T12:00+00:00");
    // Tuesday 10 June 2025 is no day of the fair; nor may the day be that it is compared with.
    check(Grain::Day, "2025-06-10", "*1y", "2024-06-04");
    check(Grain::Day, "2025-06-02", "*1y", "2024-06-03");
}

#[test]
fn what_a_zone_leaves_out_is_not_there() {
    let hour = |moment: &str| found(Grain::Hour, "America/New_York", moment, &["1w"], Timestamp::MAX);
    assert_eq!(hour("2025-03-16T02:30:00-04:00"), "none");
    assert_eq!(hour("2025-03-16T03:30:00-04:00"), "2025-03-09T03:00-04:00");
    let day = found(Grain::Day, "Pacific/Apia", "2012-01-06T00:00:00+14:00", &["1w"], Timestamp::MAX);
    assert_eq!(day, "none");
}

#[test]
fn while_a_window_runs_as_much_of_the_earlier_one_counts() {
    let check = |grain, as_of: &str, offsets: &[&str], expected: &str| {
        assert_eq!(found(grain, "UTC", as_of, offsets, at(as_of)), expected, "{grain} {as_of} {offsets:?}");
    };
    check(Grain::Hour, "2025-03-03T10:30:00Z", &["24h"], "2025-03-02T10:00+00:00 until 2025-03-02T10:30:00Z");
    check(Grain::Day, "2025-03-03T10:30:00Z", &["~1y"], "2024-03-04 until 2024-03-04T10:30:00Z");
    check(Grain::Week, "2025-03-05T10:30:00Z", &["1w"], "2025-W09 until 2025-02-26T10:30:00Z");
    check(Grain::Month, "2025-03-21T10:30:00Z", &["1mo"], "2025-02 until 2025-02-21T10:30:00Z");
    // No 30 February: all of it has passed.
    check(Grain::Month, "2025-03-30T10:30:00Z", &["1mo"], "2025-02");
    check(Grain::Month, "2025-03-30T10:30:00Z", &["1mo", "1mo"], "2025-01");
    check(Grain::Quarter, "2025-05-31T10:30:00Z", &["3mo"], "2025-Q1 until 2025-03-01T00:00:00Z");
    check(Grain::Year, "2024-02-29T10:30:00Z", &["1y"], "2023 until 2023-03-01T00:00:00Z");
    check(Grain::Year, "2025-11-21T10:30:00Z", &["1y"], "2024 until 2024-11-21T10:30:00Z");
    // Before a window begins, nothing of it has passed.
    let shown = found(Grain::Day, "UTC", "2025-03-05T00:00:00Z", &["1d"], at("2025-03-03T10:30:00Z"));
    assert_eq!(shown, "2025-03-04 until 2025-03-04T00:00:00Z");
}

#[test]
fn as_much_is_counted_on_the_wall_clock() {
    // The day of the change has 23 hours; at noon half of the day before counts, by the clock.
    let noon = at("2025-03-09T12:00:00-04:00");
    let shown = found(Grain::Day, "America/New_York", "2025-03-09T12:00:00-04:00", &["1d"], noon);
    assert_eq!(shown, "2025-03-08 until 2025-03-08T17:00:00Z");
}

proptest! {
    /// Later windows read later ones, and a source is a whole window of its grain.
    #[test]
    fn order_is_kept_in_every_zone((name, moment) in moments(), grain in 0..9_usize, by in 0..5_usize, same_weekday: bool) {
        let (grain, zone) = (Grain::ALL[grain], zone(name));
        let by = ["7d", "1d", "1mo", "6mo", "1y"][by];
        let same_weekday = same_weekday && !by.ends_with('d');
        let align = if same_weekday { Align::Weekday } else { Align::Date };
        let offset = Offset { by: by.parse().unwrap(), align };
        prop_assume!(offset.fits(grain));
        let window = window_at(grain, &zone, moment);
        let after = next(&window, grain, &zone);
        let read = |window| source(window, &[offset], grain, &zone, Timestamp::MAX);
        let (Some(first), Some(second)) = (read(&window), read(&after)) else { return Ok(()) };
        prop_assert_eq!(window_at(grain, &zone, first.window.start), first.window);
        prop_assert!(first.window.start < window.start && first.until == first.window.end);
        // Keeping the weekday may step back by one week where a month ends.
        if !same_weekday {
            prop_assert!(first.window.start <= second.window.start);
        }
    }

    /// What counts of the earlier window never ends outside of it, and grows with the clock.
    #[test]
    fn what_counts_grows_with_the_clock((name, moment) in moments(), grain in 0..9_usize, by in 0..5_usize, later in 0..90_000_i64) {
        let (grain, zone) = (Grain::ALL[grain], zone(name));
        let offset = Offset { by: ["7d", "1d", "1mo", "3mo", "1y"][by].parse().unwrap(), align: Align::Date };
        prop_assume!(offset.fits(grain));
        let window = window_at(grain, &zone, moment);
        let read = |as_of| source(&window, &[offset], grain, &zone, as_of);
        let later = Timestamp::from_second(moment.as_second() + later).unwrap();
        let (Some(first), Some(second)) = (read(moment), read(later)) else { return Ok(()) };
        prop_assert!(first.window.start <= first.until && first.until <= first.window.end);
        // On the wall clock an hour may come twice, and where the date line was moved a day.
        prop_assert!(first.until.as_second() <= second.until.as_second() + 86_400);
    }
}
