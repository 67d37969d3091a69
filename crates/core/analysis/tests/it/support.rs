//! Days of values, and what a rule makes of them.

use jiff::{Timestamp, ToSpan};
use metricwright_analysis::rule::{BreachTerms, Observation, RuleState, SliceObservation, Step, step};
use metricwright_api::{Kind, ObjectId};
use metricwright_catalog::resolved::ResolvedCondition;
use metricwright_formula::{ParseMode, Value, parse};

/// Start of a day of 2025, counted from 0.
pub fn day(index: usize) -> Timestamp {
    let first: Timestamp = "2025-01-01T00:00:00Z".parse().unwrap();
    first.checked_add((24 * i64::try_from(index).unwrap()).hours()).unwrap()
}

/// When the values of a day are due.
pub fn due(index: usize) -> Timestamp {
    day(index + 1).checked_add(2.hours()).unwrap()
}

pub fn threshold(text: &str) -> ResolvedCondition {
    ResolvedCondition::Threshold { predicate: parse(text, ParseMode::Guard).unwrap(), text: text.to_owned() }
}

/// `below 1` is a breach.
pub fn below_one() -> Vec<ResolvedCondition> {
    vec![threshold("value < 1")]
}

/// A value of a slice; none is missing.
pub fn seen(slice: &str, value: Option<i64>) -> SliceObservation {
    SliceObservation {
        slice: format!("{{\"store\":\"{slice}\"}}"),
        value: value.map_or(Value::Null, Value::Int),
        earlier: Vec::new(),
        guarded: false,
    }
}

pub fn observation(index: usize, slices: Vec<SliceObservation>) -> Observation {
    Observation { window: day(index), due_at: due(index), slices }
}

/// Takes in one day after another.
pub fn walk(terms: &BreachTerms<'_>, days: &[Vec<SliceObservation>]) -> Vec<Step> {
    let mut state = RuleState::default();
    let mut steps = Vec::new();
    for (index, slices) in days.iter().enumerate() {
        let done = step(terms, &state, &observation(index, slices.clone()));
        state = done.state.clone();
        steps.push(done);
    }
    steps
}

pub fn id(kind: Kind, name: &str) -> ObjectId {
    ObjectId::new(kind, "shop", name)
}
