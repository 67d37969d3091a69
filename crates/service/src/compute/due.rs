//! Which windows are due and not computed: a pure decision.

use jiff::Timestamp;
use metricwright_api::Grain;
use metricwright_catalog::resolved::ResolvedSchedule;
use metricwright_query::window::{Window, due_at, next, previous, window_at, windows};
use metricwright_store::Interval;

use super::cron;

/// What is known when the decision is made.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The clock.
    pub now: Timestamp,
    /// The first moment that any of the metric's datasets has a row of; none where they are empty.
    pub first_row: Option<Timestamp>,
    /// When the metric last ran.
    pub last_run: Option<Timestamp>,
    /// Whether somebody asked for a run now.
    pub requested: bool,
    /// Groupings to keep (dimension names, sorted), each with the intervals that are computed, for one grain.
    pub groupings: &'a [(Vec<String>, Vec<Interval>)],
}

/// One stretch of windows to compute in one go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Grain of the windows.
    pub grain: Grain,
    /// Start of the first window.
    pub from: Timestamp,
    /// End of the last window.
    pub to: Timestamp,
    /// Windows that end after this are partial: rows of theirs may still arrive.
    pub complete_until: Timestamp,
    /// The groupings to compute, as dimension names.
    pub groupings: Vec<Vec<String>>,
}

/// What is to be done for one grain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// The next stretch, the oldest first; none when all is computed.
    pub chunk: Option<Chunk>,
    /// Windows computed and windows to compute in all, for the grouping that is furthest behind.
    pub done: i64,
    /// See `done`.
    pub total: i64,
    /// When to look again.
    pub next: Option<Timestamp>,
}

/// Decides what is due for one grain of a metric.
pub fn due(schedule: &ResolvedSchedule, grain: Grain, facts: &Facts<'_>) -> Due {
    let wake = next_wake(schedule, grain, facts.now);
    let Some(target) = target(schedule, grain, facts) else {
        return Due { next: wake, ..Due::default() };
    };
    let live = is_live(schedule, facts);
    let missing = facts
        .groupings
        .iter()
        .filter_map(|(names, covered)| Some((names, first_gap(target, covered)?)))
        .collect::<Vec<_>>();
    let oldest = missing.iter().map(|(_, gap)| *gap).min_by_key(|gap| (gap.from, gap.to));
    let (done, total) = progress(schedule, grain, target, facts.groupings);
    let chunk = match oldest {
        Some(gap) => {
            let to = gap.to.min(chunk_end(grain, schedule, gap.from));
            let same = missing.iter().filter(|(_, other)| other.from == gap.from && other.to >= to);
            let groupings = same.map(|(names, _)| (*names).clone()).collect();
            Some(stretch(schedule, grain, target, gap.from, to, groupings, facts))
        }
        None if live => {
            let all = facts.groupings.iter().map(|(names, _)| names.clone()).collect();
            Some(stretch(schedule, grain, target, target.to, target.to, all, facts))
        }
        None => None,
    };
    Due { chunk, done, total, next: wake }
}

/// Whether a run is wanted though nothing is missing: somebody asked, or a tick of the cron has passed.
fn is_live(schedule: &ResolvedSchedule, facts: &Facts<'_>) -> bool {
    let ticked = || {
        let tick = cron::last_tick(schedule, facts.now)?;
        Some(facts.last_run.is_none_or(|last| last < tick))
    };
    facts.requested || ticked().unwrap_or(false)
}

/// The whole stretch that should be computed by now.
fn target(schedule: &ResolvedSchedule, grain: Grain, facts: &Facts<'_>) -> Option<Interval> {
    let zone = &schedule.chronology;
    let earliest = schedule.backfill.before(facts.now, zone).max(facts.first_row?);
    let from = window_at(grain, zone, earliest).start;
    let from = kept_since(schedule, grain, facts.now).map_or(from, |kept| from.max(kept));
    let to = last_due(schedule, grain, facts.now)?.end;
    (to > from).then_some(Interval { from, to })
}

/// Start of the first window whose value is still kept; none where all are.
pub fn kept_since(schedule: &ResolvedSchedule, grain: Grain, now: Timestamp) -> Option<Timestamp> {
    let zone = &schedule.chronology;
    Some(window_at(grain, zone, schedule.retention?.before(now, zone)).start)
}

/// The last window that is due: the latest whose end and latency have passed. None before the calendar begins.
pub fn last_due(schedule: &ResolvedSchedule, grain: Grain, now: Timestamp) -> Option<Window> {
    let zone = &schedule.chronology;
    let mut last = window_at(grain, zone, now);
    while due_at(&last, schedule.latency, zone) > now {
        let before = previous(&last, grain, zone);
        if before.start >= last.start {
            return None;
        }
        last = before;
    }
    Some(last)
}

/// The first part of the target that is not covered.
fn first_gap(target: Interval, covered: &[Interval]) -> Option<Interval> {
    let mut from = target.from;
    for interval in covered {
        if interval.from > from {
            return Some(Interval { from, to: interval.from.min(target.to) });
        }
        from = from.max(interval.to);
        if from >= target.to {
            return None;
        }
    }
    (from < target.to).then_some(Interval { from, to: target.to })
}

/// A stretch with the lookback before it and the running window after it, where these belong to it.
fn stretch(
    schedule: &ResolvedSchedule,
    grain: Grain,
    target: Interval,
    from: Timestamp,
    to: Timestamp,
    groupings: Vec<Vec<String>>,
    facts: &Facts<'_>,
) -> Chunk {
    let zone = &schedule.chronology;
    let became_due_since = |start: Timestamp| {
        let window = window_at(grain, zone, start);
        facts.last_run.is_some_and(|last| due_at(&window, schedule.latency, zone) > last)
    };
    let mut chunk = Chunk { grain, from, to, complete_until: target.to, groupings };
    if facts.requested || from >= target.to || became_due_since(from) {
        let back = window_at(grain, zone, schedule.lookback.before(from, zone)).start;
        chunk.from = back.max(target.from).min(from);
    }
    if to == target.to && (schedule.cron.is_some() || facts.requested) {
        let running = window_at(grain, zone, facts.now);
        chunk.to = running.end.max(to);
    }
    chunk
}

/// Where the calendar stretch ends that `from` lies in: backfills of metrics that begin on different days
/// then share their scans.
fn chunk_end(grain: Grain, schedule: &ResolvedSchedule, from: Timestamp) -> Timestamp {
    let of = match grain {
        Grain::Hour => Grain::Month,
        Grain::Day => Grain::Quarter,
        Grain::Week | Grain::Month | Grain::Quarter | Grain::Year => Grain::Year,
        Grain::FiscalMonth | Grain::FiscalQuarter | Grain::FiscalYear => Grain::FiscalYear,
    };
    let end = window_at(of, &schedule.chronology, from).end;
    // A week may lie across the end of a year: it belongs to the stretch that it begins in.
    let Window { start, end: last_end } = window_at(grain, &schedule.chronology, end);
    if start < end { last_end } else { end }
}

fn progress(
    schedule: &ResolvedSchedule,
    grain: Grain,
    target: Interval,
    groupings: &[(Vec<String>, Vec<Interval>)],
) -> (i64, i64) {
    let all = windows(grain, &schedule.chronology, target.from, target.to);
    let covered = |window: &Window| {
        groupings.iter().all(|(_, intervals)| {
            intervals.iter().any(|interval| interval.from <= window.start && window.end <= interval.to)
        })
    };
    let done = all.iter().filter(|window| covered(window)).count();
    (i64::try_from(done).unwrap_or(i64::MAX), i64::try_from(all.len()).unwrap_or(i64::MAX))
}

/// When the next window falls due, or the next tick of the cron.
fn next_wake(schedule: &ResolvedSchedule, grain: Grain, now: Timestamp) -> Option<Timestamp> {
    if schedule.cron.is_some() {
        return cron::next_tick(schedule, now);
    }
    let zone = &schedule.chronology;
    let mut window = window_at(grain, zone, now);
    loop {
        let before = previous(&window, grain, zone);
        if before.start >= window.start || due_at(&before, schedule.latency, zone) <= now {
            break;
        }
        window = before;
    }
    let mut due = due_at(&window, schedule.latency, zone);
    while due <= now {
        let after = next(&window, grain, zone);
        if after.start <= window.start {
            return None;
        }
        window = after;
        due = due_at(&window, schedule.latency, zone);
    }
    Some(due)
}

#[cfg(test)]
mod tests;
