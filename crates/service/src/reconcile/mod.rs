//! Reconciling: one file a kind, five steps each. Hosts bring the objects and take the statuses; every
//! decision is here, so that a cluster and a directory come to the same.
//!
//! 1. *dereference*: what the object refers to
//! 2. *validate*: what stands against it (pure)
//! 3. *build*: what is to be done (pure)
//! 4. *apply*: do it
//! 5. *status*: what came of it (pure)

pub mod alert_rule;
pub mod calendar;
pub mod channel;
pub mod data_source;
pub mod dataset;
mod long;
pub mod metric;
mod outcome;

pub use alert_rule::{KnownIncident, WantedIncident};
pub use long::{LONG, announced};
pub use outcome::{Next, Note, Outcome, notes};

use metricwright_api::RECONCILE_REQUESTED_AT;
use metricwright_api::shared::Condition;
use metricwright_catalog::Object;

/// The value of the annotation that asks for a run, where it was not acted on yet.
fn request(object: &Object, handled: Option<&String>) -> Option<String> {
    let asked = object.annotations.get(RECONCILE_REQUESTED_AT)?;
    (Some(asked) != handled).then(|| asked.clone())
}

/// Whether a status describes the object as it is, so that it stands when a process begins, until there is something to say.
fn stands(conditions: &[Condition], observed: Option<i64>, object: &Object) -> bool {
    !conditions.is_empty() && observed == object.generation
}
