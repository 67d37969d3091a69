//! The status of a Metric.

use jiff::Timestamp;
use metricwright_api::metric::{
    BackfillStatus, ChangeStatus, DisplayValue, LatestValue, MetricStatus, RunStatus, RunningValue,
    TargetStatus,
};
use metricwright_api::{ConditionType, Diagnostic, Grain, Reason};
use metricwright_catalog::resolved::ResolvedMetric;
use metricwright_formula::Value;
use metricwright_query::format::{change, format_change, format_value, is_fraction};
use metricwright_query::window::Window;

use super::conditions::{Verdict, apply};
use super::value::{decimal_text, window_status};
use crate::compute::Due;

/// Failed runs in a row after which a metric is no longer Ready.
pub const FAILURES_UNTIL_NOT_READY: u32 = 3;

/// Everything that a Metric's status is made of.
#[derive(Clone, Debug, Default)]
pub struct MetricFacts {
    /// Findings on the definition.
    pub findings: Vec<Diagnostic>,
    /// What the metric waits for, such as a dataset that is not ready.
    pub waits_for: Option<String>,
    /// Whether it is suspended, itself or what it reads.
    pub suspended: bool,
    /// The latest values, one a grain.
    pub latest: Vec<Latest>,
    /// What is due, one a grain.
    pub due: Vec<(Grain, Due)>,
    /// Failed runs in a row, and what the last one said.
    pub failures: Option<(u32, String)>,
    /// The last run.
    pub last_run: Option<RunStatus>,
    /// How the whole stands against each target.
    pub targets: Vec<TargetStatus>,
    /// Latest values that do not meet an invariant, in words.
    pub violations: Vec<String>,
    /// Names of open incidents on it.
    pub open_incidents: Vec<String>,
    /// Objects that refer to it.
    pub consumers: Vec<String>,
    /// Dimensions with too many members.
    pub skipped_dimensions: Vec<String>,
    /// Value of the annotation that asked for a run, once it was acted on.
    pub handled_request: Option<String>,
    /// Up to when the values of each grain should reach.
    pub due_until: Vec<(Grain, Timestamp)>,
}

impl MetricFacts {
    fn due_until(&self, grain: Grain) -> Option<Timestamp> {
        self.due_until.iter().find(|(known, _)| *known == grain).map(|(_, until)| *until)
    }
}

/// The latest complete value of a grain, with what it is compared with.
#[derive(Clone, Debug)]
pub struct Latest {
    /// The grain.
    pub grain: Grain,
    /// The window.
    pub window: Window,
    /// The value.
    pub value: Value,
    /// Whether there are no rows yet of the whole stretch that counts for it.
    pub partial: bool,
    /// The invariants that it does not meet.
    pub violated: Vec<String>,
    /// When it was computed.
    pub computed_at: Timestamp,
    /// The value of the window before.
    pub previous: Value,
    /// The value of the same window a year ago.
    pub year_ago: Value,
    /// The running window and its value so far.
    pub running: Option<(Window, Value)>,
}

/// Makes the status. What is unchanged stays equal to `before`, so that nothing unchanged is written.
pub fn metric_status(
    before: &MetricStatus,
    resolved: Option<&ResolvedMetric>,
    facts: &MetricFacts,
    generation: Option<i64>,
    now: Timestamp,
) -> MetricStatus {
    // What nothing can be computed of keeps what it has, with the hash of the meaning that it was computed by.
    let hash = resolved.map(|metric| metric.definition_hash.clone()).or(before.definition_hash.clone());
    let backfill = backfill(&facts.due).or_else(|| before.backfill.clone());
    let progress = progress(before, hash.as_ref(), backfill.as_ref());
    let verdicts = verdicts(facts, backfill.as_ref(), progress);
    let mut status = MetricStatus {
        observed_generation: generation,
        state: Some(state(facts, progress, &verdicts).to_owned()),
        definition_hash: hash,
        latest: match resolved {
            Some(metric) => facts.latest.iter().map(|latest| latest_value(metric, latest, facts)).collect(),
            None => before.latest.iter().map(|latest| kept_value(latest, facts)).collect(),
        },
        targets: facts.targets.clone(),
        backfill,
        last_run: facts.last_run.clone(),
        skipped_dimensions: facts.skipped_dimensions.clone(),
        consumers: facts.consumers.iter().take(20).cloned().collect(),
        last_handled_reconcile_at: facts
            .handled_request
            .clone()
            .or_else(|| before.last_handled_reconcile_at.clone()),
        conditions: before.conditions.clone(),
    };
    apply(&mut status.conditions, &verdicts, generation, now);
    status
}

/// How far a metric is with the windows that are due.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// No window is due that has rows.
    Nothing,
    /// The past is computed for the first time.
    Backfilling,
    /// It was complete before, and due windows are missing now.
    Behind,
    /// Every due window is computed.
    Complete,
}

fn progress(before: &MetricStatus, hash: Option<&String>, backfill: Option<&BackfillStatus>) -> Progress {
    let complete = |progress: &BackfillStatus| progress.total > 0 && progress.done >= progress.total;
    let was_complete = before.definition_hash.as_ref() == hash
        && (before.backfill.as_ref().is_some_and(complete) || before.state.as_deref() == Some("Stale"));
    match backfill {
        None => Progress::Nothing,
        Some(progress) if progress.total == 0 => Progress::Nothing,
        Some(progress) if complete(progress) => Progress::Complete,
        Some(_) if was_complete => Progress::Behind,
        Some(_) => Progress::Backfilling,
    }
}

fn verdicts(
    facts: &MetricFacts,
    backfill: Option<&BackfillStatus>,
    progress: Progress,
) -> Vec<(ConditionType, Option<Verdict>)> {
    let valid = Verdict::of_faults(&facts.findings);
    let invalid = valid.is_some();
    let ready = match (&valid, &facts.waits_for, &facts.failures) {
        (Some(fault), ..) => fault.clone(),
        (None, Some(what), _) => Verdict::no(Reason::DependencyNotReady, what),
        (None, None, Some((times, error))) if *times >= FAILURES_UNTIL_NOT_READY => {
            Verdict::no(Reason::RunFailed, format!("{times} runs in a row failed: {error}"))
        }
        (None, None, _) if facts.suspended => Verdict {
            holds: true,
            reason: Reason::Suspended,
            message: "suspended; computed values stay".into(),
        },
        (None, None, _) => Verdict::yes("computed on schedule"),
    };
    let fresh = fresh(facts, backfill, progress);
    let healthy = healthy(facts);
    let valid = valid.unwrap_or_else(|| Verdict::yes("the definition is valid"));
    vec![
        (ConditionType::Ready, Some(ready)),
        (ConditionType::Valid, Some(valid.clone())),
        (ConditionType::Fresh, (!invalid).then_some(fresh)),
        (ConditionType::Healthy, (!invalid).then_some(healthy)),
        (ConditionType::Stalled, invalid.then_some(Verdict { holds: true, ..valid })),
    ]
}

fn healthy(facts: &MetricFacts) -> Verdict {
    match (facts.violations.as_slice(), facts.open_incidents.as_slice()) {
        ([], []) => Verdict::yes("no incident is open"),
        ([one], _) => Verdict::no(Reason::InvariantViolated, one),
        ([first, ..], _) => {
            let count = facts.violations.len();
            Verdict::no(Reason::InvariantViolated, format!("{count} values, such as {first}"))
        }
        ([], [one]) => Verdict::no(Reason::IncidentOpen, format!("incident {one} is open")),
        ([], [first, ..]) => {
            let count = facts.open_incidents.len();
            Verdict::no(Reason::IncidentOpen, format!("{count} incidents are open, such as {first}"))
        }
    }
}

fn fresh(facts: &MetricFacts, backfill: Option<&BackfillStatus>, progress: Progress) -> Verdict {
    let computed = || {
        let (done, total) = backfill.map_or((0, 0), |backfill| (backfill.done, backfill.total));
        format!("{done} of {total} windows are computed")
    };
    match (&facts.failures, &facts.waits_for, progress) {
        (Some((_, error)), ..) => Verdict::no(Reason::SourceUnavailable, error),
        (None, Some(what), _) => Verdict::no(Reason::DependencyNotReady, what),
        (None, None, Progress::Nothing) => {
            Verdict::no(Reason::Pending, "no window with rows is due yet; nothing is computed")
        }
        (None, None, Progress::Backfilling) => Verdict::no(Reason::Backfilling, computed()),
        (None, None, Progress::Behind) => Verdict::no(Reason::Stale, computed()),
        (None, None, Progress::Complete) => Verdict::yes("every due window is computed"),
    }
}

fn state(
    facts: &MetricFacts,
    progress: Progress,
    verdicts: &[(ConditionType, Option<Verdict>)],
) -> &'static str {
    let holds = |wanted| {
        verdicts.iter().any(|(kind, verdict)| *kind == wanted && verdict.as_ref().is_some_and(|v| v.holds))
    };
    match () {
        () if !holds(ConditionType::Valid) => "Invalid",
        () if facts.suspended => "Suspended",
        () if facts.waits_for.is_some() => "Waiting",
        () if facts.failures.is_some() => "Failing",
        () if progress == Progress::Nothing => "NoData",
        () if progress == Progress::Backfilling => "Backfilling",
        () if progress == Progress::Behind => "Stale",
        () if !facts.violations.is_empty() => "Violating",
        () if !facts.open_incidents.is_empty() => "Firing",
        () => "OK",
    }
}

fn backfill(due: &[(Grain, Due)]) -> Option<BackfillStatus> {
    (!due.is_empty()).then(|| BackfillStatus {
        done: due.iter().map(|(_, due)| due.done).sum(),
        total: due.iter().map(|(_, due)| due.total).sum(),
    })
}

/// A kept value of a metric of which nothing can be computed, marked once a newer window is due.
fn kept_value(latest: &LatestValue, facts: &MetricFacts) -> LatestValue {
    let until = facts.due_until(latest.grain);
    let end: Option<Timestamp> = latest.window.end.parse().ok();
    let stale = latest.stale || until.zip(end).is_some_and(|(until, end)| until > end);
    LatestValue { stale, ..latest.clone() }
}

fn latest_value(metric: &ResolvedMetric, latest: &Latest, facts: &MetricFacts) -> LatestValue {
    let zone = &metric.schedule.chronology;
    let due = facts.due_until(latest.grain);
    let previous = change(metric, &latest.value, &latest.previous);
    let year_ago = change(metric, &latest.value, &latest.year_ago);
    let show = |change: Option<f64>| change.map(|change| format_change(change, is_fraction(metric)));
    LatestValue {
        grain: latest.grain,
        window: window_status(&latest.window, latest.grain, zone),
        value: decimal_text(&latest.value),
        stale: due.is_some_and(|until| until > latest.window.end),
        partial: latest.partial,
        violated: latest.violated.clone(),
        computed_at: latest.computed_at.to_string(),
        display: DisplayValue {
            value: format_value(&latest.value, metric.format.as_deref(), metric.unit.as_deref()),
            previous: show(previous),
            year_ago: show(year_ago),
        },
        change: (previous.is_some() || year_ago.is_some()).then_some(ChangeStatus { previous, year_ago }),
        running: latest.running.as_ref().map(|(window, value)| RunningValue {
            window: window_status(window, latest.grain, zone),
            value: decimal_text(value),
            partial: true,
        }),
    }
}
