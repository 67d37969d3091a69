//! What can be said in the status of an object of any kind, beside what stands there: that it cannot be read, or that
//! work on it takes its time.

use jiff::Timestamp;
use metricwright_api::conditions::set;
use metricwright_api::{Condition, ConditionType, Diagnostic, Kind, Reason};
use serde_json::Value;

/// The status of an object that cannot be read as its kind. What was computed before stays.
pub fn malformed(
    kind: Kind,
    before: &Value,
    finding: &Diagnostic,
    generation: Option<i64>,
    now: Timestamp,
) -> Value {
    let message = finding.to_string();
    let conditions = [(ConditionType::Ready, false), (ConditionType::Stalled, true)];
    let mut status = with_conditions(before, &conditions, Reason::Malformed, &message, generation, now);
    if let Some(fields) = status.as_object_mut() {
        fields.insert("observedGeneration".to_owned(), generation.into());
        if matches!(kind, Kind::Metric | Kind::AlertRule) {
            fields.insert("state".to_owned(), "Invalid".into());
        }
        fields.retain(|_, value| !value.is_null());
    }
    status
}

/// The status of an object on which work has lasted longer than [`LONG`](crate::reconcile::LONG). The next status
/// takes it back.
pub fn reconciling(before: &Value, generation: Option<i64>, now: Timestamp) -> Value {
    let conditions = [(ConditionType::Reconciling, true)];
    let message = "work on it takes longer than a few seconds";
    with_conditions(before, &conditions, Reason::Working, message, generation, now)
}

/// The conditions of a status; none where there are none or they cannot be read.
pub fn conditions_of(status: &Value) -> Vec<Condition> {
    let conditions = status.get("conditions").cloned().unwrap_or_default();
    serde_json::from_value(conditions).unwrap_or_default()
}

fn with_conditions(
    before: &Value,
    conditions: &[(ConditionType, bool)],
    reason: Reason,
    message: &str,
    generation: Option<i64>,
    now: Timestamp,
) -> Value {
    let mut list = conditions_of(before);
    for (condition, holds) in conditions {
        set(&mut list, *condition, *holds, reason, message, generation, now);
    }
    let mut status = before.as_object().cloned().unwrap_or_default();
    status.insert("conditions".to_owned(), serde_json::to_value(list).unwrap_or_default());
    status.into()
}
