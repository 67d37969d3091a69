//! Points, coverage and runs.

use jiff::Timestamp;
use metricwright_api::{Grain, ObjectId};
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Row};

use super::SqliteStore;
use super::rows::point;
use crate::encode::{decode, decode_all, encode, encode_all};
use crate::error::StoreError;
use crate::rows::{micros, moment};
use crate::same::{all_same, same};
use crate::types::{CommitSummary, Interval, PointQuery, PointRow, RunCommit, RunPart, RunRow};

impl SqliteStore {
    pub(super) async fn write_run(&self, commit: RunCommit) -> Result<CommitSummary, StoreError> {
        let mut summary = CommitSummary::default();
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin().await?;
        for part in &commit.parts {
            let done = write_part(&mut transaction, part).await?;
            summary.written += done.written;
            summary.removed += done.removed;
            cover(&mut transaction, part).await?;
        }
        note_run(&mut transaction, &commit.run).await?;
        self.at("run:before-commit");
        transaction.commit().await?;
        self.at("run:after-commit");
        Ok(summary)
    }

    pub(super) async fn read_coverage(
        &self,
        metric: &ObjectId,
        hash: &str,
        grain: Grain,
        grouping: &str,
    ) -> Result<Vec<Interval>, StoreError> {
        let rows = sqlx::query(
            "SELECT \"from\", \"to\" FROM coverage WHERE namespace = ? AND name = ? AND hash = ? AND grain = ? \
             AND grouping = ? ORDER BY \"from\"",
        )
        .bind(&metric.namespace)
        .bind(&metric.name)
        .bind(hash)
        .bind(grain.as_str())
        .bind(grouping)
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| Ok(Interval { from: moment(row.try_get(0)?)?, to: moment(row.try_get(1)?)? }))
            .collect()
    }

    pub(super) async fn read_slices(
        &self,
        metric: &ObjectId,
        hash: &str,
        grain: Grain,
        grouping: &str,
    ) -> Result<Vec<(String, Timestamp)>, StoreError> {
        let rows = sqlx::query(
            "SELECT s.slice, (SELECT min(p.start) FROM point p WHERE p.series = s.id) AS first FROM series s \
             WHERE namespace = ? AND name = ? AND hash = ? AND grain = ? AND grouping = ?",
        )
        .bind(&metric.namespace)
        .bind(&metric.name)
        .bind(hash)
        .bind(grain.as_str())
        .bind(grouping)
        .fetch_all(&self.readers)
        .await?;
        let slice = |row: &sqlx::sqlite::SqliteRow| -> Result<Option<(String, Timestamp)>, StoreError> {
            let first: Option<i64> = row.try_get(1)?;
            Ok(first.map(moment).transpose()?.map(|first| (row.get(0), first)))
        };
        rows.iter().filter_map(|row| slice(row).transpose()).collect()
    }

    pub(super) async fn read_points(&self, query: &PointQuery) -> Result<Vec<PointRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT s.slice, p.start, p.\"end\", p.value, p.components, p.partial, p.computed_at \
             FROM series s JOIN point p ON p.series = s.id \
             WHERE namespace = ? AND name = ? AND hash = ? AND grain = ? AND grouping = ? \
             AND p.start >= ? AND p.start < ? ORDER BY p.start, s.slice",
        )
        .bind(&query.metric.namespace)
        .bind(&query.metric.name)
        .bind(&query.definition_hash)
        .bind(query.grain.as_str())
        .bind(&query.grouping)
        .bind(micros(query.from))
        .bind(micros(query.to))
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(point).collect()
    }

    pub(super) async fn read_last_run(
        &self,
        metric: &ObjectId,
        hash: &str,
    ) -> Result<Option<RunRow>, StoreError> {
        let row = sqlx::query(
            "SELECT at, engine, rows, seconds FROM run WHERE namespace = ? AND name = ? AND hash = ?",
        )
        .bind(&metric.namespace)
        .bind(&metric.name)
        .bind(hash)
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(RunRow {
            metric: metric.clone(),
            definition_hash: hash.to_owned(),
            at: moment(row.try_get(0)?)?,
            engine: row.try_get(1)?,
            rows: u64::try_from(row.try_get::<i64, _>(2)?).unwrap_or_default(),
            seconds: row.try_get(3)?,
        }))
    }
}

/// Compares the points of one grouping with those kept, and writes the difference.
async fn write_part(connection: &mut SqliteConnection, part: &RunPart) -> Result<CommitSummary, StoreError> {
    stage(connection, part).await?;
    keep_what_is_the_same(connection).await?;
    let computed_at = part.points.first().map(|point| micros(point.computed_at)).unwrap_or_default();
    let written = sqlx::query(
        "INSERT INTO point (series, start, \"end\", value, components, partial, computed_at) \
         SELECT series, start, \"end\", value, components, partial, ? FROM staged WHERE true \
         ON CONFLICT (series, start) DO UPDATE SET \"end\" = excluded.\"end\", value = excluded.value, \
         components = excluded.components, partial = excluded.partial, computed_at = excluded.computed_at \
         WHERE value IS NOT excluded.value OR components IS NOT excluded.components OR partial IS NOT excluded.partial",
    )
    .bind(computed_at)
    .execute(&mut *connection)
    .await?;
    let removed = sqlx::query(
        "DELETE FROM point WHERE series IN (SELECT id FROM series WHERE namespace = ? AND name = ? AND hash = ? \
         AND grain = ? AND grouping = ?) AND start >= ? AND start < ? \
         AND NOT EXISTS (SELECT 1 FROM staged WHERE staged.series = point.series AND staged.start = point.start)",
    )
    .bind(&part.metric.namespace)
    .bind(&part.metric.name)
    .bind(&part.definition_hash)
    .bind(part.grain.as_str())
    .bind(&part.grouping)
    .bind(micros(part.replace.from))
    .bind(micros(part.replace.to))
    .execute(&mut *connection)
    .await?;
    Ok(CommitSummary { written: written.rows_affected(), removed: removed.rows_affected() })
}

/// Gives staged points the very values of kept ones that differ from them in no more than rounding.
async fn keep_what_is_the_same(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let differing = sqlx::query(
        "SELECT s.series, s.start, p.value, s.value, p.components, s.components \
         FROM temp.staged s JOIN point p ON p.series = s.series AND p.start = s.start \
         WHERE p.value IS NOT s.value OR p.components IS NOT s.components",
    )
    .fetch_all(&mut *connection)
    .await?;
    for row in differing {
        let (kept, computed): (Option<&str>, Option<&str>) = (row.try_get(2)?, row.try_get(3)?);
        let (parts, computed_parts): (&str, &str) = (row.try_get(4)?, row.try_get(5)?);
        if !same(&decode(kept)?, &decode(computed)?)
            || !all_same(&decode_all(parts)?, &decode_all(computed_parts)?)
        {
            continue;
        }
        sqlx::query("UPDATE temp.staged SET value = ?, components = ? WHERE series = ? AND start = ?")
            .bind(kept)
            .bind(parts)
            .bind(row.try_get::<i64, _>(0)?)
            .bind(row.try_get::<i64, _>(1)?)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Hands the points over as one JSON text, which SQLite takes apart much faster than rows can be bound.
async fn stage(connection: &mut SqliteConnection, part: &RunPart) -> Result<(), StoreError> {
    let row = |point: &PointRow| -> Result<serde_json::Value, StoreError> {
        Ok(serde_json::json!([
            point.slice,
            micros(point.window_start),
            micros(point.window_end),
            encode(&point.value),
            encode_all(&point.components)?,
            i64::from(point.partial),
        ]))
    };
    let rows: Vec<serde_json::Value> = part.points.iter().map(row).collect::<Result<_, _>>()?;
    let json = serde_json::to_string(&rows)?;
    sqlx::query("DELETE FROM temp.staged").execute(&mut *connection).await?;
    sqlx::query(
        "INSERT OR IGNORE INTO series (namespace, name, hash, grain, grouping, slice) \
         SELECT DISTINCT ?, ?, ?, ?, ?, json_extract(value, '$[0]') FROM json_each(?)",
    )
    .bind(&part.metric.namespace)
    .bind(&part.metric.name)
    .bind(&part.definition_hash)
    .bind(part.grain.as_str())
    .bind(&part.grouping)
    .bind(&json)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT OR REPLACE INTO temp.staged SELECT s.id, json_extract(j.value, '$[1]'), json_extract(j.value, '$[2]'), \
         json_extract(j.value, '$[3]'), json_extract(j.value, '$[4]'), json_extract(j.value, '$[5]') \
         FROM json_each(?6) j JOIN series s ON s.namespace = ?1 AND s.name = ?2 AND s.hash = ?3 AND s.grain = ?4 \
         AND s.grouping = ?5 AND s.slice = json_extract(j.value, '$[0]')",
    )
    .bind(&part.metric.namespace)
    .bind(&part.metric.name)
    .bind(&part.definition_hash)
    .bind(part.grain.as_str())
    .bind(&part.grouping)
    .bind(&json)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// Adds what a part covers, put together with what it touches.
async fn cover(connection: &mut SqliteConnection, part: &RunPart) -> Result<(), StoreError> {
    let (mut from, mut to) = (micros(part.covered.from), micros(part.covered.to));
    if from >= to {
        return Ok(());
    }
    let touching = sqlx::query(
        "DELETE FROM coverage WHERE namespace = ? AND name = ? AND hash = ? AND grain = ? AND grouping = ? \
         AND \"from\" <= ? AND \"to\" >= ? RETURNING \"from\", \"to\"",
    )
    .bind(&part.metric.namespace)
    .bind(&part.metric.name)
    .bind(&part.definition_hash)
    .bind(part.grain.as_str())
    .bind(&part.grouping)
    .bind(to)
    .bind(from)
    .fetch_all(&mut *connection)
    .await?;
    for row in touching {
        from = from.min(row.try_get(0)?);
        to = to.max(row.try_get(1)?);
    }
    sqlx::query(
        "INSERT INTO coverage (namespace, name, hash, grain, grouping, \"from\", \"to\") \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&part.metric.namespace)
    .bind(&part.metric.name)
    .bind(&part.definition_hash)
    .bind(part.grain.as_str())
    .bind(&part.grouping)
    .bind(from)
    .bind(to)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

async fn note_run(connection: &mut SqliteConnection, run: &RunRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO run (namespace, name, hash, at, engine, rows, seconds) VALUES (?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT (namespace, name, hash) DO UPDATE SET at = excluded.at, engine = excluded.engine, \
         rows = excluded.rows, seconds = excluded.seconds",
    )
    .bind(&run.metric.namespace)
    .bind(&run.metric.name)
    .bind(&run.definition_hash)
    .bind(micros(run.at))
    .bind(&run.engine)
    .bind(i64::try_from(run.rows).unwrap_or(i64::MAX))
    .bind(run.seconds)
    .execute(connection)
    .await?;
    Ok(())
}
