//! The store in a PostgreSQL database, which several replicas share.
//!
//! All read; one writes. Whose turn it is stands in the table `leader`, and every transaction that writes checks it under a
//! lock: a replica that was stopped and goes on after another has begun changes nothing.

mod archive;
mod forget;
mod open;
mod outbox;
mod partitions;
mod points;
mod rows;
mod rules;
mod status;

use std::sync::atomic::AtomicI64;

use async_trait::async_trait;
use jiff::Timestamp;
use metricwright_api::{Grain, Kind, ObjectId};
use sqlx::PgPool;

use crate::error::StoreError;
use crate::hook::Hook;
use crate::store::{Lead, Store};
use crate::types::{
    CommitSummary, EpisodeRow, Interval, OutboxCounts, OutboxRow, PointQuery, PointRow, RuleCommit, RuleKey,
    RuleRecord, RunCommit, RunRow,
};

/// The turn of a process that took none.
const NO_TURN: i64 = -1;

/// The store in a PostgreSQL database.
pub struct PostgresStore {
    pub(crate) pool: PgPool,
    /// The turn that this process took; before that [`NO_TURN`], which the table never has.
    turn: AtomicI64,
    hook: Option<Hook>,
}

impl PostgresStore {
    /// Calls `hook` at each of [`WRITE_POINTS`](crate::WRITE_POINTS).
    #[must_use]
    pub fn with_hook(mut self, hook: Hook) -> Self {
        self.hook = Some(hook);
        self
    }

    fn at(&self, point: &'static str) {
        if let Some(hook) = &self.hook {
            hook(point);
        }
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn lead(&self, lead: Option<&Lead>) -> Result<(), StoreError> {
        self.take_turn(lead).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    async fn commit_run(&self, commit: RunCommit) -> Result<CommitSummary, StoreError> {
        self.write_run(commit).await
    }

    async fn coverage(
        &self,
        metric: &ObjectId,
        definition_hash: &str,
        grain: Grain,
        grouping: &str,
    ) -> Result<Vec<Interval>, StoreError> {
        self.read_coverage(metric, definition_hash, grain, grouping).await
    }

    async fn slices(
        &self,
        metric: &ObjectId,
        definition_hash: &str,
        grain: Grain,
        grouping: &str,
    ) -> Result<Vec<(String, Timestamp)>, StoreError> {
        self.read_slices(metric, definition_hash, grain, grouping).await
    }

    async fn points(&self, query: &PointQuery) -> Result<Vec<PointRow>, StoreError> {
        self.read_points(query).await
    }

    async fn last_run(&self, metric: &ObjectId, definition_hash: &str) -> Result<Option<RunRow>, StoreError> {
        self.read_last_run(metric, definition_hash).await
    }

    async fn rule_record(&self, key: &RuleKey) -> Result<Option<RuleRecord>, StoreError> {
        self.read_rule_record(key).await
    }

    async fn commit_rule(&self, commit: RuleCommit) -> Result<(), StoreError> {
        self.write_rule(commit).await
    }

    async fn episodes_of_rule(&self, rule: &ObjectId) -> Result<Vec<EpisodeRow>, StoreError> {
        self.read_episodes_of_rule(rule).await
    }

    async fn open_episodes_on(&self, metric: &ObjectId) -> Result<Vec<EpisodeRow>, StoreError> {
        self.read_open_episodes_on(metric).await
    }

    async fn close_episode(&self, namespace: &str, name: &str) -> Result<bool, StoreError> {
        self.write_closed(namespace, name).await
    }

    async fn outbox_due(
        &self,
        channel: &ObjectId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        self.read_due(channel, now, limit).await
    }

    async fn outbox_delivered(&self, key: &str, at: Timestamp) -> Result<(), StoreError> {
        self.write_delivered(key, at).await
    }

    async fn outbox_failed(&self, key: &str, error: &str, next_try: Timestamp) -> Result<(), StoreError> {
        self.write_failed(key, error, next_try).await
    }

    async fn outbox_counts(&self, channel: &ObjectId) -> Result<OutboxCounts, StoreError> {
        self.read_counts(channel).await
    }

    async fn outbox_of(&self, incident: &ObjectId) -> Result<Vec<OutboxRow>, StoreError> {
        self.read_messages_of(incident).await
    }

    async fn put_status(&self, id: &ObjectId, status: &str) -> Result<bool, StoreError> {
        self.write_status(id, status).await
    }

    async fn statuses(&self, kind: Kind) -> Result<Vec<(ObjectId, String)>, StoreError> {
        self.read_statuses(kind).await
    }

    async fn delete_status(&self, id: &ObjectId) -> Result<(), StoreError> {
        self.remove_status(id).await
    }

    async fn note(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.read_note(key).await
    }

    async fn put_note(&self, key: &str, text: &str) -> Result<(), StoreError> {
        self.write_note(key, text).await
    }

    async fn forget(&self, metric: &ObjectId, grain: Grain, before: Timestamp) -> Result<u64, StoreError> {
        self.delete_points(metric, grain, before).await
    }

    async fn sweep_metrics(
        &self,
        present: &[ObjectId],
        missing_before: Timestamp,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.sweep(present, missing_before, now).await
    }
}
