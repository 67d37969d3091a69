//! Why a question has no answer.

use metricwright_api::{Code, Diagnostic};
use metricwright_catalog::Unreachable;
use metricwright_store::StoreError;

/// Why a question has no answer: the code of a finding, the reason, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {reason}; {remedy}")]
pub struct Refusal {
    /// The finding code.
    pub code: Code,
    /// What is wrong, lower case, without a full stop.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
}

impl Refusal {
    /// Puts a refusal together.
    pub fn new(code: Code, reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { code, reason: reason.into(), remedy: remedy.into() }
    }

    /// Why a definition with these findings answers nothing.
    pub(super) fn of_findings(findings: &[Diagnostic]) -> Self {
        match findings.first() {
            Some(first) => Self::new(first.code, first.reason.clone(), first.remedy.clone()),
            None => {
                Self::new(Code::ReferenceInvalid, "the metric cannot be resolved", "look at its conditions")
            }
        }
    }
}

impl From<Unreachable> for Refusal {
    fn from(fault: Unreachable) -> Self {
        Self { code: fault.code, reason: fault.reason, remedy: fault.remedy }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::new(Code::SourceUnavailable, error.to_string(), "ask again; what is kept is not lost")
    }
}
