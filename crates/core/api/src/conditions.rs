//! Conditions after kstatus, with every type and reason in one place.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use jiff::Timestamp;

/// The types of condition that Metricwright writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConditionType {
    /// The definition is valid, its references resolve, and the latest due run succeeded or none is due.
    Ready,
    /// The definition is valid.
    Valid,
    /// Every due window is computed.
    Fresh,
    /// No incident is open.
    Healthy,
    /// Work lasts longer than five seconds.
    Reconciling,
    /// Work cannot go on until somebody acts.
    Stalled,
}

impl ConditionType {
    /// The name as the status writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::Valid => "Valid",
            Self::Fresh => "Fresh",
            Self::Healthy => "Healthy",
            Self::Reconciling => "Reconciling",
            Self::Stalled => "Stalled",
        }
    }
}

/// Why a condition is as it is. Events use the same words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// All is well.
    Succeeded,
    /// The definition itself is faulty.
    InvalidDefinition,
    /// Something it refers to is not there or not allowed.
    ReferenceNotFound,
    /// Something it refers to is not ready.
    DependencyNotReady,
    /// The source cannot be reached or read.
    SourceUnavailable,
    /// A run failed.
    RunFailed,
    /// The first run has not been yet.
    Pending,
    /// Values of the past are being computed.
    Backfilling,
    /// Due windows are not computed yet.
    Stale,
    /// An incident is open.
    IncidentOpen,
    /// `spec.suspend` is true.
    Suspended,
    /// Messages cannot be delivered.
    DeliveryFailed,
    /// The object cannot be read as its kind.
    Malformed,
    /// An incident went to Firing.
    Firing,
    /// An incident went to Resolved.
    Resolved,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 15] = [
        Self::Succeeded,
        Self::InvalidDefinition,
        Self::ReferenceNotFound,
        Self::DependencyNotReady,
        Self::SourceUnavailable,
        Self::RunFailed,
        Self::Pending,
        Self::Backfilling,
        Self::Stale,
        Self::IncidentOpen,
        Self::Suspended,
        Self::DeliveryFailed,
        Self::Malformed,
        Self::Firing,
        Self::Resolved,
    ];

    /// The word as conditions and events write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "Succeeded",
            Self::InvalidDefinition => "InvalidDefinition",
            Self::ReferenceNotFound => "ReferenceNotFound",
            Self::DependencyNotReady => "DependencyNotReady",
            Self::SourceUnavailable => "SourceUnavailable",
            Self::RunFailed => "RunFailed",
            Self::Pending => "Pending",
            Self::Backfilling => "Backfilling",
            Self::Stale => "Stale",
            Self::IncidentOpen => "IncidentOpen",
            Self::Suspended => "Suspended",
            Self::DeliveryFailed => "DeliveryFailed",
            Self::Malformed => "Malformed",
            Self::Firing => "Firing",
            Self::Resolved => "Resolved",
        }
    }
}

/// Longest message that a condition carries, in characters; longer ones end in `…`.
pub const MESSAGE_LIMIT: usize = 1024;

/// Sets one condition. Its transition time moves only when its status changes, so that an unchanged
/// condition stays equal to what it was.
pub fn set(
    conditions: &mut Vec<Condition>,
    condition_type: ConditionType,
    status: bool,
    reason: Reason,
    message: &str,
    generation: Option<i64>,
    now: Timestamp,
) {
    let status = if status { "True" } else { "False" };
    let mut next = Condition {
        type_: condition_type.as_str().to_owned(),
        status: status.to_owned(),
        reason: reason.as_str().to_owned(),
        message: shorten(message),
        observed_generation: generation,
        last_transition_time: Time(now.round(jiff::Unit::Second).unwrap_or(now)),
    };
    if let Some(current) = conditions.iter_mut().find(|c| c.type_ == next.type_) {
        if current.status == next.status {
            next.last_transition_time = current.last_transition_time.clone();
        }
        *current = next;
    } else {
        conditions.push(next);
    }
}

/// Takes one condition away.
pub fn remove(conditions: &mut Vec<Condition>, condition_type: ConditionType) {
    conditions.retain(|condition| condition.type_ != condition_type.as_str());
}

/// Finds one condition.
pub fn find(conditions: &[Condition], condition_type: ConditionType) -> Option<&Condition> {
    conditions.iter().find(|condition| condition.type_ == condition_type.as_str())
}

/// Whether the condition is there and true.
pub fn is_true(conditions: &[Condition], condition_type: ConditionType) -> bool {
    find(conditions, condition_type).is_some_and(|condition| condition.status == "True")
}

fn shorten(message: &str) -> String {
    if message.chars().count() <= MESSAGE_LIMIT {
        return message.to_owned();
    }
    let mut short: String = message.chars().take(MESSAGE_LIMIT - 1).collect();
    short.push('…');
    short
}
