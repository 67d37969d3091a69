//! What reconciling an object came to.

use jiff::Timestamp;
use metricwright_api::conditions::find;
use metricwright_api::{Condition, ConditionType, ObjectId, Reason};

/// What reconciling an object came to.
#[derive(Clone, Debug)]
pub struct Outcome<S> {
    /// The status to show.
    pub status: S,
    /// When to look again.
    pub next: Next,
    /// Objects to look at because of what was done.
    pub touched: Vec<ObjectId>,
    /// Whether something failed that may succeed later by itself.
    pub failed: bool,
}

/// When to look again at an object that nothing happens to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// At once: there is more to do.
    Now,
    /// At a moment.
    At(Timestamp),
    /// When something happens.
    Idle,
}

impl Next {
    /// The earlier of two.
    #[must_use]
    pub fn sooner(self, other: Self) -> Self {
        match (self, other) {
            (Self::Now, _) | (_, Self::Now) => Self::Now,
            (Self::At(a), Self::At(b)) => Self::At(a.min(b)),
            (Self::Idle, other) | (other, Self::Idle) => other,
        }
    }
}

/// Something worth an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Whether it is bad news.
    pub warning: bool,
    /// Why, one word.
    pub reason: String,
    /// In words.
    pub message: String,
}

/// What changed between two statuses that people want to be told: conditions that turned, and why.
pub fn notes(before: &[Condition], after: &[Condition]) -> Vec<Note> {
    [ConditionType::Ready, ConditionType::Healthy]
        .into_iter()
        .filter_map(|condition| {
            let now = find(after, condition)?;
            let then = find(before, condition);
            let same = then.is_some_and(|then| then.status == now.status && then.reason == now.reason);
            // A first "all is well" is no news for health.
            let dull = then.is_none() && condition == ConditionType::Healthy && now.status == "True";
            (!same && !dull).then(|| Note {
                warning: now.status != "True",
                reason: if now.reason == Reason::Succeeded.as_str() {
                    condition.as_str().to_owned()
                } else {
                    now.reason.clone()
                },
                message: now.message.clone(),
            })
        })
        .collect()
}
