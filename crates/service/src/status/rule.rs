//! The status of an AlertRule.

use jiff::Timestamp;
use metricwright_api::alert_rule::AlertRuleStatus;
use metricwright_api::{ConditionType, Diagnostic, Reason};

use super::conditions::{Verdict, apply};

/// Everything that an AlertRule's status is made of.
#[derive(Clone, Debug, Default)]
pub struct RuleFacts {
    /// Findings on the definition.
    pub findings: Vec<Diagnostic>,
    /// What the rule waits for, such as a metric that is not ready.
    pub waits_for: Option<String>,
    /// Whether it is suspended.
    pub suspended: bool,
    /// Number of metrics it watches.
    pub metrics: usize,
    /// Names of its open incidents.
    pub open: Vec<String>,
    /// Open episodes without an incident.
    pub suppressed: usize,
    /// Label of the latest window evaluated for all metrics.
    pub evaluated_window: Option<String>,
    /// Value of the annotation that asked for a run, once it was acted on.
    pub handled_request: Option<String>,
}

/// Makes the status.
pub fn rule_status(
    before: &AlertRuleStatus,
    facts: &RuleFacts,
    generation: Option<i64>,
    now: Timestamp,
) -> AlertRuleStatus {
    let fault = Verdict::of_faults(&facts.findings);
    let healthy = match facts.open.as_slice() {
        [] => Verdict::yes("no incident is open"),
        [one] => Verdict::no(Reason::IncidentOpen, format!("incident {one} is open")),
        [first, ..] => {
            let count = facts.open.len();
            Verdict::no(Reason::IncidentOpen, format!("{count} incidents are open, such as {first}"))
        }
    };
    let ready = match (&fault, &facts.waits_for) {
        (Some(fault), _) => fault.clone(),
        (None, Some(what)) => Verdict::no(Reason::DependencyNotReady, what),
        (None, None) if facts.suspended => {
            Verdict { holds: true, reason: Reason::Suspended, message: "suspended; incidents stay".into() }
        }
        (None, None) => Verdict::yes("evaluated after each run"),
    };
    let mut status = AlertRuleStatus {
        observed_generation: generation,
        state: Some(state(facts, fault.is_some()).to_owned()),
        metrics: i64::try_from(facts.metrics).ok(),
        open_incidents: i64::try_from(facts.open.len()).ok(),
        suppressed_episodes: (facts.suppressed > 0)
            .then(|| i64::try_from(facts.suppressed).unwrap_or(i64::MAX)),
        evaluated_window: facts.evaluated_window.clone(),
        last_handled_reconcile_at: facts
            .handled_request
            .clone()
            .or_else(|| before.last_handled_reconcile_at.clone()),
        conditions: before.conditions.clone(),
    };
    let verdicts = [
        (ConditionType::Ready, Some(ready)),
        (ConditionType::Healthy, fault.is_none().then_some(healthy)),
        (ConditionType::Stalled, fault.map(|fault| Verdict { holds: true, ..fault })),
    ];
    apply(&mut status.conditions, &verdicts, generation, now);
    status
}

fn state(facts: &RuleFacts, invalid: bool) -> &'static str {
    match () {
        () if invalid => "Invalid",
        () if facts.suspended => "Suspended",
        () if facts.waits_for.is_some() => "Waiting",
        () if !facts.open.is_empty() => "Firing",
        () => "OK",
    }
}
