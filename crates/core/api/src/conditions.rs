//! Conditions after kstatus, with every type and reason in one place.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

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
    /// A value does not meet an invariant.
    InvariantViolated,
    /// `spec.suspend` is true.
    Suspended,
    /// Messages cannot be delivered.
    DeliveryFailed,
    /// The object cannot be read as its kind.
    Malformed,
    /// Work on it takes longer than a few seconds.
    Working,
    /// An incident went to Firing.
    Firing,
    /// An incident went to Resolved.
    Resolved,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 17] = [
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
        Self::InvariantViolated,
        Self::Suspended,
        Self::DeliveryFailed,
        Self::Malformed,
        Self::Working,
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
            Self::InvariantViolated => "InvariantViolated",
            Self::Suspended => "Suspended",
            Self::DeliveryFailed => "DeliveryFailed",
            Self::Malformed => "Malformed",
            Self::Working => "Working",
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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_condition_moves_its_time_only_when_its_status_turns() {
        let mut list = Vec::new();
        let mut ready = |status, message: &str, now: &str| {
            set(&mut list, ConditionType::Ready, status, Reason::Pending, message, Some(1), at(now));
            list.clone()
        };
        let first = ready(false, "waits", "2025-01-01T00:00:00.7Z");
        assert_eq!(
            first[0].last_transition_time.0,
            at("2025-01-01T00:00:01Z"),
            "whole seconds, as the API keeps them"
        );
        assert_eq!(ready(false, "waits", "2025-01-02T00:00:00Z"), first, "unchanged, so equal");
        let reworded = ready(false, "waits on", "2025-01-02T00:00:00Z");
        assert_eq!(reworded[0].last_transition_time, first[0].last_transition_time);
        let turned = ready(true, "done", "2025-01-03T00:00:00Z");
        assert_eq!(turned.len(), 1);
        assert_eq!(turned[0].last_transition_time.0, at("2025-01-03T00:00:00Z"));
        assert!(is_true(&turned, ConditionType::Ready));
        assert!(!is_true(&turned, ConditionType::Fresh));
    }

    #[test]
    fn long_messages_are_cut_between_characters() {
        let mut list = Vec::new();
        let long = "指".repeat(MESSAGE_LIMIT + 1);
        set(&mut list, ConditionType::Valid, false, Reason::Malformed, &long, None, Timestamp::UNIX_EPOCH);
        assert_eq!(list[0].message.chars().count(), MESSAGE_LIMIT);
        assert!(list[0].message.ends_with('…'));
        remove(&mut list, ConditionType::Valid);
        assert_eq!(find(&list, ConditionType::Valid), None);
    }

    #[test]
    fn reasons_are_words_that_differ() {
        let words: std::collections::BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        assert_eq!(words.len(), Reason::ALL.len());
        assert!(words.iter().all(|word| word.chars().all(|c| c.is_ascii_alphabetic())));
    }
}
