//! How verdicts become conditions.

use jiff::Timestamp;
use metricwright_api::conditions::{remove, set};
use metricwright_api::{Condition, ConditionType, Diagnostic, Level, Reason};

/// Whether a condition holds, why, and in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it holds.
    pub holds: bool,
    /// Why.
    pub reason: Reason,
    /// In words, for people.
    pub message: String,
}

impl Verdict {
    /// It holds.
    pub fn yes(message: impl Into<String>) -> Self {
        Self { holds: true, reason: Reason::Succeeded, message: message.into() }
    }

    /// It does not hold.
    pub fn no(reason: Reason, message: impl Into<String>) -> Self {
        Self { holds: false, reason, message: message.into() }
    }

    /// What faults of a definition say of it: the first one in words, and how many more there are.
    pub fn of_faults(faults: &[Diagnostic]) -> Option<Self> {
        let errors: Vec<_> = faults.iter().filter(|fault| fault.level == Level::Error).collect();
        let first = errors.first()?;
        let more = match errors.len() {
            1 => String::new(),
            n => format!(" (and {} more)", n - 1),
        };
        Some(Self::no(reason_of(first), format!("{first}{more}")))
    }
}

/// The reason that stands for a finding.
fn reason_of(fault: &Diagnostic) -> Reason {
    use metricwright_api::Code;
    match fault.code {
        Code::ReferenceNotFound | Code::ReferenceNotAllowed | Code::SecretNotFound => {
            Reason::ReferenceNotFound
        }
        Code::ReferenceInvalid => Reason::DependencyNotReady,
        Code::SourceUnavailable
        | Code::LoginRefused
        | Code::TlsFailed
        | Code::TooManyConnections
        | Code::DatabaseNotFound
        | Code::AccessDenied
        | Code::PathInvalid
        | Code::TableNotFound
        | Code::QueryFailed
        | Code::LimitReached => Reason::SourceUnavailable,
        _ => Reason::InvalidDefinition,
    }
}

/// Writes the verdicts into the conditions; a type without a verdict is taken away, and so is Reconciling: the work
/// is done when its outcome is written.
pub fn apply(
    conditions: &mut Vec<Condition>,
    verdicts: &[(ConditionType, Option<Verdict>)],
    generation: Option<i64>,
    now: Timestamp,
) {
    remove(conditions, ConditionType::Reconciling);
    for (condition_type, verdict) in verdicts {
        match verdict {
            Some(Verdict { holds, reason, message }) => {
                set(conditions, *condition_type, *holds, *reason, message, generation, now);
            }
            None => remove(conditions, *condition_type),
        }
    }
}
