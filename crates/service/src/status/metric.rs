//! The status of a Metric.

use jiff::Timestamp;
use metricwright_api::metric::{
    BackfillStatus, ChangeStatus, DisplayValue, LatestValue, MetricStatus, RunStatus, RunningValue,
};
use metricwright_api::{ConditionType, Diagnostic, Grain, Reason};
use metricwright_catalog::resolved::ResolvedMetric;
use metricwright_formula::Value;
use metricwright_query::format::{format_change, format_value, is_fraction};
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
    /// Names of open incidents on it.
    pub open_incidents: Vec<String>,
    /// Objects that refer to it.
    pub consumers: Vec<String>,
    /// Dimensions with too many members.
    pub skipped_dimensions: Vec<String>,
    /// Value of the annotation that asked for a run, once it was acted on.
    pub handled_request: Option<String>,
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
    let backfill = backfill(&facts.due);
    let stale = backfill.as_ref().is_some_and(|progress| progress.done < progress.total);
    let verdicts = verdicts(facts, backfill.as_ref(), stale);
    let mut status = MetricStatus {
        observed_generation: generation,
        state: Some(state(facts, stale, &verdicts).to_owned()),
        definition_hash: resolved.map(|metric| metric.definition_hash.clone()),
        latest: match resolved {
            Some(metric) => facts.latest.iter().map(|latest| latest_value(metric, latest, facts)).collect(),
            None => before.latest.clone(),
        },
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

fn verdicts(
    facts: &MetricFacts,
    backfill: Option<&BackfillStatus>,
    stale: bool,
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
    let fresh = match (&facts.failures, backfill) {
        (Some((_, error)), _) => Verdict::no(Reason::SourceUnavailable, error),
        (None, Some(progress)) if stale => Verdict::no(
            Reason::Backfilling,
            format!("{} of {} windows are computed", progress.done, progress.total),
        ),
        (None, None) => Verdict::no(Reason::Pending, "nothing is computed yet"),
        (None, Some(_)) => Verdict::yes("every due window is computed"),
    };
    let healthy = match facts.open_incidents.as_slice() {
        [] => Verdict::yes("no incident is open"),
        [one] => Verdict::no(Reason::IncidentOpen, format!("incident {one} is open")),
        [first, ..] => {
            let count = facts.open_incidents.len();
            Verdict::no(Reason::IncidentOpen, format!("{count} incidents are open, such as {first}"))
        }
    };
    let valid = valid.unwrap_or_else(|| Verdict::yes("the definition is valid"));
    vec![
        (ConditionType::Ready, Some(ready)),
        (ConditionType::Valid, Some(valid.clone())),
        (ConditionType::Fresh, (!invalid).then_some(fresh)),
        (ConditionType::Healthy, (!invalid).then_some(healthy)),
        (ConditionType::Stalled, invalid.then_some(Verdict { holds: true, ..valid })),
    ]
}

fn state(facts: &MetricFacts, stale: bool, verdicts: &[(ConditionType, Option<Verdict>)]) -> &'static str {
    let holds = |wanted| {
        verdicts.iter().any(|(kind, verdict)| *kind == wanted && verdict.as_ref().is_some_and(|v| v.holds))
    };
    match () {
        () if !holds(ConditionType::Valid) => "Invalid",
        () if facts.suspended => "Suspended",
        () if facts.waits_for.is_some() => "Waiting",
        () if facts.failures.is_some() => "Failing",
        () if stale => "Backfilling",
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

fn latest_value(metric: &ResolvedMetric, latest: &Latest, facts: &MetricFacts) -> LatestValue {
    let zone = &metric.schedule.zone;
    let due = facts.due.iter().find(|(grain, _)| *grain == latest.grain).and_then(|(_, due)| due.due_until);
    let previous = change(metric, &latest.value, &latest.previous);
    let year_ago = change(metric, &latest.value, &latest.year_ago);
    let show = |change: Option<f64>| change.map(|change| format_change(change, is_fraction(metric)));
    LatestValue {
        grain: latest.grain,
        window: window_status(&latest.window, latest.grain, zone),
        value: decimal_text(&latest.value),
        stale: due.is_some_and(|until| until > latest.window.end),
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

/// The change as a fraction of the earlier value; for fractions the difference. Rounded to 12 digits after
/// the point, so that the last bits of a float change no status.
fn change(metric: &ResolvedMetric, value: &Value, earlier: &Value) -> Option<f64> {
    let (value, earlier) = (value.as_f64()?, earlier.as_f64()?);
    let difference = value - earlier;
    let change = if is_fraction(metric) {
        difference
    } else if earlier == 0.0 {
        return None;
    } else {
        difference / earlier.abs()
    };
    Some((change * 1e12).round() / 1e12)
}
