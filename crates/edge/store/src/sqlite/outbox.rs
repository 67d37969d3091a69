//! Messages to send.

use jiff::Timestamp;
use metricwright_api::ObjectId;
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use super::SqliteStore;
use super::rows::message;
use crate::error::StoreError;
use crate::rows::{micros, moment};
use crate::types::{OutboxCounts, OutboxRow};

/// Takes a message in, unless its key is known.
pub(super) async fn insert_message(
    connection: &mut SqliteConnection,
    row: &OutboxRow,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO outbox (key, channel_namespace, channel, incident_namespace, incident, state, body, created_at, \
         attempts, next_try, last_error, delivered_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT (key) DO NOTHING",
    )
        .bind(&row.key)
        .bind(&row.channel.namespace)
        .bind(&row.channel.name)
        .bind(&row.incident.namespace)
        .bind(&row.incident.name)
        .bind(row.state.to_string())
        .bind(&row.body)
        .bind(micros(row.created_at))
        .bind(i64::from(row.attempts))
        .bind(micros(row.next_try))
        .bind(&row.last_error)
        .bind(row.delivered_at.map(micros))
        .execute(connection)
        .await?;
    Ok(())
}

impl SqliteStore {
    pub(super) async fn read_due(
        &self,
        channel: &ObjectId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM outbox WHERE channel_namespace = ? AND channel = ? AND delivered_at IS NULL \
             AND next_try <= ? ORDER BY created_at, key LIMIT ?",
        )
        .bind(&channel.namespace)
        .bind(&channel.name)
        .bind(micros(now))
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(message).collect()
    }

    pub(super) async fn write_delivered(&self, key: &str, at: Timestamp) -> Result<(), StoreError> {
        let mut writer = self.writer().await?;
        self.at("outbox:before-mark");
        sqlx::query("UPDATE outbox SET delivered_at = ?, last_error = NULL WHERE key = ?")
            .bind(micros(at))
            .bind(key)
            .execute(&mut *writer)
            .await?;
        self.at("outbox:after-mark");
        Ok(())
    }

    pub(super) async fn write_failed(
        &self,
        key: &str,
        error: &str,
        next_try: Timestamp,
    ) -> Result<(), StoreError> {
        let mut writer = self.writer().await?;
        sqlx::query("UPDATE outbox SET attempts = attempts + 1, last_error = ?, next_try = ? WHERE key = ?")
            .bind(error)
            .bind(micros(next_try))
            .bind(key)
            .execute(&mut *writer)
            .await?;
        Ok(())
    }

    pub(super) async fn read_counts(&self, channel: &ObjectId) -> Result<OutboxCounts, StoreError> {
        let row = sqlx::query(
            "SELECT count(delivered_at), count(*) - count(delivered_at), \
             min(CASE WHEN delivered_at IS NULL THEN next_try END), \
             (SELECT last_error FROM outbox WHERE channel_namespace = ?1 AND channel = ?2 AND delivered_at IS NULL \
              AND last_error IS NOT NULL ORDER BY next_try DESC LIMIT 1) \
             FROM outbox WHERE channel_namespace = ?1 AND channel = ?2",
        )
        .bind(&channel.namespace)
        .bind(&channel.name)
        .fetch_one(&self.readers)
        .await?;
        let count = |index: usize| -> Result<u64, StoreError> {
            Ok(u64::try_from(row.try_get::<i64, _>(index)?).unwrap_or_default())
        };
        Ok(OutboxCounts {
            sent: count(0)?,
            waiting: count(1)?,
            next_try: row.try_get::<Option<i64>, _>(2)?.map(moment).transpose()?,
            last_error: row.try_get(3)?,
        })
    }

    pub(super) async fn read_messages_of(&self, incident: &ObjectId) -> Result<Vec<OutboxRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM outbox WHERE incident_namespace = ? AND incident = ? ORDER BY created_at, key",
        )
        .bind(&incident.namespace)
        .bind(&incident.name)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(message).collect()
    }
}
