//! The trait that every store implements.

use async_trait::async_trait;
use jiff::Timestamp;
use metricwright_api::{Grain, Kind, ObjectId};

use crate::error::StoreError;
use crate::types::{
    CommitSummary, EpisodeRow, Interval, OutboxCounts, OutboxRow, PointQuery, PointRow, RuleCommit, RuleKey,
    RuleRecord, RunCommit, RunRow,
};

/// The Lease by which a replica leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lead {
    /// What identifies the Lease; a Lease that was deleted and made anew is another one.
    pub lease: String,
    /// The Lease's count of holders, which grows with each.
    pub epoch: u64,
}

/// What Metricwright remembers. All writes of one call are one transaction.
///
/// Before the first write a process must [`lead`](Store::lead).
#[async_trait]
pub trait Store: Send + Sync {
    /// Takes the turn to write: what others do from now on is refused as [`StoreError::Fenced`]. Without a Lease the
    /// caller says that there is no other replica.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when a later holder of the Lease was here first.
    async fn lead(&self, lead: Option<&Lead>) -> Result<(), StoreError>;

    /// Whether the store answers.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Keeps what a run gave. A point that is equal to the one kept is not written.
    async fn commit_run(&self, commit: RunCommit) -> Result<CommitSummary, StoreError>;

    /// What is computed for good, in order, stretches that touch as one.
    async fn coverage(
        &self,
        metric: &ObjectId,
        definition_hash: &str,
        grain: Grain,
        grouping: &str,
    ) -> Result<Vec<Interval>, StoreError>;

    /// The slices of a grouping with the start of their first window.
    async fn slices(
        &self,
        metric: &ObjectId,
        definition_hash: &str,
        grain: Grain,
        grouping: &str,
    ) -> Result<Vec<(String, Timestamp)>, StoreError>;

    /// Points in order of window and slice.
    async fn points(&self, query: &PointQuery) -> Result<Vec<PointRow>, StoreError>;

    /// The last run of a definition.
    async fn last_run(&self, metric: &ObjectId, definition_hash: &str) -> Result<Option<RunRow>, StoreError>;

    /// What a rule remembers.
    async fn rule_record(&self, key: &RuleKey) -> Result<Option<RuleRecord>, StoreError>;

    /// Keeps an evaluation.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the record is not the one that it was based on.
    async fn commit_rule(&self, commit: RuleCommit) -> Result<(), StoreError>;

    /// The episodes of a rule, in order of their beginning.
    async fn episodes_of_rule(&self, rule: &ObjectId) -> Result<Vec<EpisodeRow>, StoreError>;

    /// The open episodes on a metric that have an incident.
    async fn open_episodes_on(&self, metric: &ObjectId) -> Result<Vec<EpisodeRow>, StoreError>;

    /// Notes that somebody deleted the incident of an episode, and drops its messages that wait.
    async fn close_episode(&self, namespace: &str, name: &str) -> Result<bool, StoreError>;

    /// Messages of a channel to be tried now, the oldest first.
    async fn outbox_due(
        &self,
        channel: &ObjectId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<OutboxRow>, StoreError>;

    /// Notes that a message was delivered.
    async fn outbox_delivered(&self, key: &str, at: Timestamp) -> Result<(), StoreError>;

    /// Notes that a message was not delivered.
    async fn outbox_failed(&self, key: &str, error: &str, next_try: Timestamp) -> Result<(), StoreError>;

    /// How a channel's messages stand.
    async fn outbox_counts(&self, channel: &ObjectId) -> Result<OutboxCounts, StoreError>;

    /// The messages about an incident.
    async fn outbox_of(&self, incident: &ObjectId) -> Result<Vec<OutboxRow>, StoreError>;

    /// Keeps the status of an object, JSON; says whether it differs from the one kept.
    async fn put_status(&self, id: &ObjectId, status: &str) -> Result<bool, StoreError>;

    /// The statuses of a kind.
    async fn statuses(&self, kind: Kind) -> Result<Vec<(ObjectId, String)>, StoreError>;

    /// Forgets the status of an object.
    async fn delete_status(&self, id: &ObjectId) -> Result<(), StoreError>;

    /// A note by key.
    async fn note(&self, key: &str) -> Result<Option<String>, StoreError>;

    /// Keeps a note.
    async fn put_note(&self, key: &str, text: &str) -> Result<(), StoreError>;

    /// Takes out the points of a metric, whatever its definition was, whose window started before a moment at which a window of
    /// this grain starts. They count as not computed then. Gives how many were taken out.
    async fn forget(&self, metric: &ObjectId, grain: Grain, before: Timestamp) -> Result<u64, StoreError>;

    /// Takes out everything about metrics that have been missing from `present` since before `missing_before`,
    /// and notes at `now` those that are newly missing. Gives the number of metrics taken out.
    async fn sweep_metrics(
        &self,
        present: &[ObjectId],
        missing_before: Timestamp,
        now: Timestamp,
    ) -> Result<u64, StoreError>;
}
