//! States of rules, and episodes.

use metricwright_api::ObjectId;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Row};

use super::SqliteStore;
use super::outbox::insert_message;
use super::rows::episode;
use crate::error::StoreError;
use crate::rows::{micros, moment};
use crate::types::{EpisodeRow, RuleCommit, RuleKey, RuleRecord};

impl SqliteStore {
    pub(super) async fn read_rule_record(&self, key: &RuleKey) -> Result<Option<RuleRecord>, StoreError> {
        let row = sqlx::query(
            "SELECT decision_hash, metric_hash, watched_since, evaluated_until, state FROM rule_record \
             WHERE rule_namespace = ? AND rule = ? AND metric_namespace = ? AND metric = ? AND grain = ?",
        )
        .bind(&key.rule.namespace)
        .bind(&key.rule.name)
        .bind(&key.metric.namespace)
        .bind(&key.metric.name)
        .bind(key.grain.as_str())
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(RuleRecord {
            decision_hash: row.try_get(0)?,
            metric_hash: row.try_get(1)?,
            watched_since: moment(row.try_get(2)?)?,
            evaluated_until: moment(row.try_get(3)?)?,
            state: row.try_get(4)?,
        }))
    }

    pub(super) async fn write_rule(&self, commit: RuleCommit) -> Result<(), StoreError> {
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin().await?;
        replace_record(&mut transaction, &commit).await?;
        for episode in &commit.episodes {
            upsert_episode(&mut transaction, episode).await?;
        }
        for message in &commit.messages {
            insert_message(&mut transaction, message).await?;
        }
        self.at("rule:before-commit");
        transaction.commit().await?;
        self.at("rule:after-commit");
        Ok(())
    }

    pub(super) async fn read_episodes_of_rule(&self, rule: &ObjectId) -> Result<Vec<EpisodeRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM episode WHERE rule_namespace = ? AND rule = ? ORDER BY started_at, name",
        )
        .bind(&rule.namespace)
        .bind(&rule.name)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(episode).collect()
    }

    pub(super) async fn read_open_episodes_on(
        &self,
        metric: &ObjectId,
    ) -> Result<Vec<EpisodeRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM episode WHERE metric_namespace = ? AND metric = ? AND resolved_at IS NULL \
             AND NOT suppressed AND NOT closed ORDER BY started_at, name",
        )
        .bind(&metric.namespace)
        .bind(&metric.name)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(episode).collect()
    }

    pub(super) async fn write_closed(&self, namespace: &str, name: &str) -> Result<bool, StoreError> {
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin().await?;
        let closed = sqlx::query(
            "UPDATE episode SET closed = TRUE WHERE rule_namespace = ? AND name = ? AND NOT closed",
        )
        .bind(namespace)
        .bind(name)
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "DELETE FROM outbox WHERE incident_namespace = ? AND incident = ? AND delivered_at IS NULL",
        )
        .bind(namespace)
        .bind(name)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(closed.rows_affected() > 0)
    }
}

async fn replace_record(connection: &mut SqliteConnection, commit: &RuleCommit) -> Result<(), StoreError> {
    let RuleCommit { key, record, .. } = commit;
    let kept: Option<i64> = sqlx::query_scalar(
        "SELECT evaluated_until FROM rule_record WHERE rule_namespace = ? AND rule = ? AND metric_namespace = ? \
         AND metric = ? AND grain = ?",
    )
    .bind(&key.rule.namespace)
    .bind(&key.rule.name)
    .bind(&key.metric.namespace)
    .bind(&key.metric.name)
    .bind(key.grain.as_str())
    .fetch_optional(&mut *connection)
    .await?;
    if kept != commit.based_on.map(micros) {
        return Err(StoreError::Conflict);
    }
    sqlx::query("INSERT INTO rule_record (rule_namespace, rule, metric_namespace, metric, grain, decision_hash, metric_hash, \
         watched_since, evaluated_until, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT (rule_namespace, rule, metric_namespace, metric, grain) DO UPDATE SET \
         decision_hash = excluded.decision_hash, metric_hash = excluded.metric_hash, \
         watched_since = excluded.watched_since, evaluated_until = excluded.evaluated_until, state = excluded.state",
    )
        .bind(&key.rule.namespace)
        .bind(&key.rule.name)
        .bind(&key.metric.namespace)
        .bind(&key.metric.name)
        .bind(key.grain.as_str())
        .bind(&record.decision_hash)
        .bind(&record.metric_hash)
        .bind(micros(record.watched_since))
        .bind(micros(record.evaluated_until))
        .bind(&record.state)
        .execute(connection)
        .await?;
    Ok(())
}

/// What somebody closed stays closed, and what had no incident gets none later.
async fn upsert_episode(connection: &mut SqliteConnection, row: &EpisodeRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO episode (rule_namespace, name, rule, metric_namespace, metric, grain, started_at, resolved_at, \
         suppressed, closed, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT (rule_namespace, name) DO UPDATE SET started_at = excluded.started_at, \
         resolved_at = excluded.resolved_at, body = excluded.body",
    )
    .bind(&row.key.rule.namespace)
    .bind(&row.name)
    .bind(&row.key.rule.name)
    .bind(&row.key.metric.namespace)
    .bind(&row.key.metric.name)
    .bind(row.key.grain.as_str())
    .bind(micros(row.started_at))
    .bind(row.resolved_at.map(micros))
    .bind(row.suppressed)
    .bind(row.closed)
    .bind(&row.body)
    .execute(connection)
    .await?;
    Ok(())
}
