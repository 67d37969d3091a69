//! Statuses of the local host, notes, and sweeping.

use jiff::Timestamp;
use metricwright_api::{Kind, ObjectId};
use sqlx::{Connection, Row};

use super::SqliteStore;
use crate::error::StoreError;
use crate::rows::micros;

/// The tables that hold something about a metric, by the columns that name it.
const ABOUT_METRICS: &[&str] = &[
    "DELETE FROM series WHERE namespace = $1 AND name = $2",
    "DELETE FROM coverage WHERE namespace = $1 AND name = $2",
    "DELETE FROM run WHERE namespace = $1 AND name = $2",
    "DELETE FROM rule_record WHERE metric_namespace = $1 AND metric = $2",
    "DELETE FROM episode WHERE metric_namespace = $1 AND metric = $2",
    "DELETE FROM absent WHERE namespace = $1 AND name = $2",
];

impl SqliteStore {
    pub(super) async fn write_status(&self, id: &ObjectId, status: &str) -> Result<bool, StoreError> {
        let mut writer = self.writer().await?;
        let done = sqlx::query(
            "INSERT INTO status (kind, namespace, name, body) VALUES (?, ?, ?, ?) ON CONFLICT (kind, namespace, name) \
             DO UPDATE SET body = excluded.body WHERE status.body <> excluded.body",
        )
        .bind(id.kind.as_str())
        .bind(&id.namespace)
        .bind(&id.name)
        .bind(status)
        .execute(&mut *writer)
        .await?;
        self.at("status:after-commit");
        Ok(done.rows_affected() > 0)
    }

    pub(super) async fn read_statuses(&self, kind: Kind) -> Result<Vec<(ObjectId, String)>, StoreError> {
        let rows =
            sqlx::query("SELECT namespace, name, body FROM status WHERE kind = ? ORDER BY namespace, name")
                .bind(kind.as_str())
                .fetch_all(&self.readers)
                .await?;
        let status = |row: &sqlx::sqlite::SqliteRow| {
            let id = ObjectId::new(kind, row.try_get::<String, _>(0)?, row.try_get::<String, _>(1)?);
            Ok((id, row.try_get(2)?))
        };
        rows.iter().map(status).collect()
    }

    pub(super) async fn remove_status(&self, id: &ObjectId) -> Result<(), StoreError> {
        let mut writer = self.writer().await?;
        sqlx::query("DELETE FROM status WHERE kind = ? AND namespace = ? AND name = ?")
            .bind(id.kind.as_str())
            .bind(&id.namespace)
            .bind(&id.name)
            .execute(&mut *writer)
            .await?;
        Ok(())
    }

    pub(super) async fn read_note(&self, key: &str) -> Result<Option<String>, StoreError> {
        Ok(sqlx::query_scalar("SELECT text FROM note WHERE key = ?")
            .bind(key)
            .fetch_optional(&self.readers)
            .await?)
    }

    pub(super) async fn write_note(&self, key: &str, text: &str) -> Result<(), StoreError> {
        let mut writer = self.writer().await?;
        sqlx::query(
            "INSERT INTO note (key, text) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET text = excluded.text",
        )
        .bind(key)
        .bind(text)
        .execute(&mut *writer)
        .await?;
        Ok(())
    }

    pub(super) async fn sweep(
        &self,
        present: &[ObjectId],
        missing_before: Timestamp,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin().await?;
        let kept: Vec<(String, String)> = sqlx::query_as("SELECT DISTINCT namespace, name FROM series")
            .fetch_all(&mut *transaction)
            .await?;
        for (namespace, name) in kept {
            let there = present.iter().any(|id| id.namespace == namespace && id.name == name);
            let sql = if there {
                "DELETE FROM absent WHERE namespace = ? AND name = ?"
            } else {
                "INSERT INTO absent (namespace, name, since) VALUES (?, ?, ?) ON CONFLICT (namespace, name) DO NOTHING"
            };
            let query = sqlx::query(sql).bind(namespace).bind(name);
            if there { query } else { query.bind(micros(now)) }.execute(&mut *transaction).await?;
        }
        let gone: Vec<(String, String)> =
            sqlx::query_as("SELECT namespace, name FROM absent WHERE since < ?")
                .bind(micros(missing_before))
                .fetch_all(&mut *transaction)
                .await?;
        for (namespace, name) in &gone {
            for sql in ABOUT_METRICS {
                sqlx::query(*sql).bind(namespace).bind(name).execute(&mut *transaction).await?;
            }
        }
        transaction.commit().await?;
        Ok(gone.len() as u64)
    }
}
