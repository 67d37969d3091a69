//! Due windows, as a service would meet them: days go by, metrics are added, runs are asked for.

use std::sync::Arc;

use jiff::tz::TimeZone;
use metricwright_api::calendar::NamedBy;
use metricwright_api::duration::MwDuration;
use metricwright_catalog::calendar::{Begins, Chronology, FiscalYear};
use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn span(text: &str) -> MwDuration {
    text.parse().unwrap()
}

/// A zone with fiscal years that begin on 6 April.
fn fiscal(zone: TimeZone) -> Chronology {
    let begins = Begins::OnDay { month: 4, day: 6 };
    let fiscal_year = Some(FiscalYear { begins, named_by: NamedBy::End });
    Chronology { fiscal_year, ..Chronology::of(zone) }
}

/// Days, due two hours after their end, a week of backfill, two days of lookback.
fn daily() -> ResolvedSchedule {
    ResolvedSchedule {
        cron: None,
        cron_zone: TimeZone::UTC,
        chronology: Arc::new(Chronology::default()),
        grains: vec![Grain::Day],
        lookback: span("2d"),
        backfill: span("1y"),
        retention: None,
        latency: span("2h"),
        max_slices: 1000,
    }
}

/// What the store knows of one grouping, and the clock.
struct Kept {
    now: Timestamp,
    first_row: Option<Timestamp>,
    last_run: Option<Timestamp>,
    requested: bool,
    groupings: Vec<(Vec<String>, Vec<Interval>)>,
}

impl Kept {
    fn total(now: &str, first_row: &str) -> Self {
        Self {
            now: at(now),
            first_row: Some(at(first_row)),
            last_run: None,
            requested: false,
            groupings: vec![(Vec::new(), Vec::new())],
        }
    }

    fn due(&self, schedule: &ResolvedSchedule, grain: Grain) -> Due {
        let facts = Facts {
            now: self.now,
            first_row: self.first_row,
            last_run: self.last_run,
            requested: self.requested,
            groupings: &self.groupings,
        };
        due(schedule, grain, &facts)
    }

    /// Runs a chunk as the service does: what is complete is covered then.
    fn run(&mut self, chunk: &Chunk) {
        let covered = Interval { from: chunk.from, to: chunk.to.min(chunk.complete_until) };
        for (names, intervals) in &mut self.groupings {
            if chunk.groupings.contains(names) {
                *intervals = merged(intervals, covered);
            }
        }
        self.last_run = Some(self.now);
        self.requested = false;
    }

    /// Runs until nothing is due; gives the chunks.
    fn catch_up(&mut self, schedule: &ResolvedSchedule, grain: Grain) -> Vec<Chunk> {
        let mut chunks = Vec::new();
        while let Some(chunk) = self.due(schedule, grain).chunk {
            self.run(&chunk);
            chunks.push(chunk);
            assert!(chunks.len() < 1000, "it never ends: {:?}", chunks.last());
        }
        chunks
    }
}

fn merged(intervals: &[Interval], added: Interval) -> Vec<Interval> {
    let mut all: Vec<Interval> = intervals.to_vec();
    all.push(added);
    all.sort_by_key(|interval| interval.from);
    let mut merged: Vec<Interval> = Vec::new();
    for next in all {
        match merged.last_mut() {
            Some(last) if next.from <= last.to => last.to = last.to.max(next.to),
            _ => merged.push(next),
        }
    }
    merged
}

fn stretches(chunks: &[Chunk]) -> Vec<String> {
    let day = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
    chunks.iter().map(|chunk| format!("{}..{}", day(chunk.from), day(chunk.to))).collect()
}

#[test]
fn a_backfill_goes_by_calendar_quarters_so_that_metrics_share_scans() {
    let mut kept = Kept::total("2025-11-21T02:00Z", "2025-05-10T09:00Z");
    let chunks = kept.catch_up(&daily(), Grain::Day);
    assert_eq!(
        stretches(&chunks),
        ["2025-05-10..2025-07-01", "2025-07-01..2025-10-01", "2025-10-01..2025-11-21"]
    );
    assert_eq!(kept.due(&daily(), Grain::Day).done, 195);
}

#[test]
fn a_day_is_due_when_its_rows_may_all_have_arrived() {
    let schedule = daily();
    let mut kept = Kept::total("2025-11-21T01:59:59Z", "2025-11-01T00:00Z");
    kept.catch_up(&schedule, Grain::Day);
    let before = kept.due(&schedule, Grain::Day);
    let due_until = |kept: &Kept| last_due(&schedule, Grain::Day, kept.now).map(|window| window.end);
    assert_eq!(due_until(&kept), Some(at("2025-11-20T00:00Z")));
    assert_eq!(before.next, Some(at("2025-11-21T02:00Z")));
    kept.now = at("2025-11-21T02:00Z");
    assert_eq!(due_until(&kept), Some(at("2025-11-21T00:00Z")));
    // The new day, and the two days before it again, whose late rows have come.
    assert_eq!(stretches(&kept.catch_up(&schedule, Grain::Day)), ["2025-11-18..2025-11-21"]);
}

#[test]
fn nothing_computed_is_computed_again_without_a_reason() {
    let schedule = daily();
    let mut kept = Kept::total("2025-11-21T02:00Z", "2025-11-01T00:00Z");
    kept.catch_up(&schedule, Grain::Day);
    for now in ["2025-11-21T02:00:01Z", "2025-11-21T23:00Z", "2025-11-22T01:59:59Z"] {
        kept.now = at(now);
        assert_eq!(kept.due(&schedule, Grain::Day).chunk, None, "{now}");
    }
}

#[test]
fn a_request_computes_the_lookback_and_the_running_day() {
    let schedule = daily();
    let mut kept = Kept::total("2025-11-21T12:00Z", "2025-11-01T00:00Z");
    kept.catch_up(&schedule, Grain::Day);
    kept.requested = true;
    let chunk = kept.due(&schedule, Grain::Day).chunk.unwrap();
    assert_eq!(stretches(std::slice::from_ref(&chunk)), ["2025-11-19..2025-11-22"]);
    assert_eq!(chunk.complete_until, at("2025-11-21T00:00Z"), "the running day is partial");
    kept.run(&chunk);
    assert_eq!(kept.due(&schedule, Grain::Day).chunk, None);
}

#[test]
fn a_cron_decides_when_to_look_and_each_tick_runs_once() {
    let schedule = ResolvedSchedule { cron: Some("0 6 * * *".into()), ..daily() };
    let mut kept = Kept::total("2025-11-21T07:00Z", "2025-11-01T00:00Z");
    assert_eq!(kept.due(&schedule, Grain::Day).next, Some(at("2025-11-22T06:00Z")));
    kept.catch_up(&schedule, Grain::Day);
    kept.now = at("2025-11-21T23:00Z");
    assert_eq!(kept.due(&schedule, Grain::Day).chunk, None);
    kept.now = at("2025-11-22T06:00Z");
    assert_eq!(stretches(&kept.catch_up(&schedule, Grain::Day)), ["2025-11-19..2025-11-23"]);
}

#[test]
fn a_cron_ticks_in_its_own_zone() {
    let shanghai = TimeZone::get("Asia/Shanghai").unwrap();
    let schedule = ResolvedSchedule { cron: Some("0 6 * * *".into()), cron_zone: shanghai, ..daily() };
    let kept = Kept::total("2025-11-21T07:00Z", "2025-11-01T00:00Z");
    assert_eq!(kept.due(&schedule, Grain::Day).next, Some(at("2025-11-21T22:00Z")));
}

#[test]
fn a_new_grouping_is_filled_in_without_computing_the_others_again() {
    let schedule = daily();
    let mut kept = Kept::total("2025-11-21T02:00Z", "2025-11-01T00:00Z");
    kept.catch_up(&schedule, Grain::Day);
    kept.groupings.push((vec!["region".into()], Vec::new()));
    let due = kept.due(&schedule, Grain::Day);
    assert_eq!((due.done, due.total), (0, 20));
    assert_eq!(due.chunk.unwrap().groupings, [["region"]]);
}

#[test]
fn no_rows_mean_nothing_is_due_but_somebody_looks_again() {
    let kept = Kept { first_row: None, ..Kept::total("2025-11-21T01:00Z", "2025-11-01T00:00Z") };
    let due = kept.due(&daily(), Grain::Day);
    assert_eq!((due.chunk, due.total), (None, 0));
    assert_eq!(due.next, Some(at("2025-11-21T02:00Z")));
}

#[test]
fn a_week_across_the_end_of_a_year_is_computed_whole() {
    let schedule = ResolvedSchedule { backfill: span("5y"), ..daily() };
    let mut kept = Kept::total("2025-02-01T00:00Z", "2023-12-20T00:00Z");
    let chunks = kept.catch_up(&schedule, Grain::Week);
    assert_eq!(
        stretches(&chunks),
        ["2023-12-18..2024-01-01", "2024-01-01..2025-01-06", "2025-01-06..2025-01-27"]
    );
}

fn zones() -> impl Strategy<Value = TimeZone> {
    let names = [
        "UTC",
        "Asia/Shanghai",
        "America/New_York",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "America/Sao_Paulo",
    ];
    prop::sample::select(names.to_vec()).prop_map(|name| TimeZone::get(name).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever was computed before, catching up ends with every due window covered, and no window covered that is not due.
    #[test]
    fn catching_up_covers_what_is_due_and_no_more(
        zone in zones(),
        grain in prop::sample::select(&Grain::ALL[1..]),
        now in 1_400_000_000_i64..1_800_000_000,
        rows_since in 0_i64..400,
        gaps in prop::collection::vec((0_i64..400, 1_i64..40), 0..5),
        backfill in prop::sample::select(vec!["1d", "3w", "7mo", "2y"]),
    ) {
        // A grain of fiscal years is tried with years that begin on 6 April.
        let zone = fiscal(zone);
        let day = 86_400;
        let moment = |second| Timestamp::from_second(second).unwrap();
        let schedule = ResolvedSchedule { chronology: Arc::new(zone.clone()), backfill: span(backfill), ..daily() };
        let covered = gaps.iter().fold(Vec::new(), |known, (ago, length)| {
            let from = window_at(grain, &zone, moment(now - ago * day)).start;
            let to = window_at(grain, &zone, moment(now - (ago - length).max(2) * day)).start;
            if from < to { merged(&known, Interval { from, to }) } else { known }
        });
        let mut kept = Kept {
            now: moment(now),
            first_row: Some(moment(now - rows_since * day)),
            last_run: None,
            requested: false,
            groupings: vec![(Vec::new(), covered), (vec!["store".into()], Vec::new())],
        };
        for chunk in kept.catch_up(&schedule, grain) {
            prop_assert!(chunk.from < chunk.to, "{chunk:?}");
            prop_assert!(chunk.complete_until <= kept.now, "{chunk:?}");
            prop_assert_eq!(window_at(grain, &zone, chunk.from).start, chunk.from);
            prop_assert_eq!(window_at(grain, &zone, chunk.to).start, chunk.to);
        }
        let due = kept.due(&schedule, grain);
        prop_assert_eq!(due.done, due.total);
        if let Some(next) = due.next {
            prop_assert!(next > kept.now);
        }
    }
}
