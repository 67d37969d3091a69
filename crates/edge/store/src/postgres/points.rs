//! Points, coverage and runs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use metricwright_api::{Grain, ObjectId};
use sqlx::Row;
use sqlx::postgres::PgConnection;

use super::PostgresStore;
use super::partitions::ensure_partitions;
use super::rows::point;
use crate::encode::{decode, decode_all, encode, encode_all};
use crate::error::StoreError;
use crate::rows::{micros, moment};
use crate::same::{all_same, same};
use crate::types::{CommitSummary, Interval, PointQuery, PointRow, RunCommit, RunPart, RunRow};

/// Rows of one statement.
const BATCH: usize = 10_000;

impl PostgresStore {
    pub(super) async fn write_run(&self, commit: RunCommit) -> Result<CommitSummary, StoreError> {
        let mut summary = CommitSummary::default();
        let mut transaction = self.write().await?;
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
            "SELECT \"from\", \"to\" FROM coverage WHERE namespace = $1 AND name = $2 AND hash = $3 AND grain = $4 \
             AND grouping = $5 ORDER BY \"from\"",
        )
        .bind(&metric.namespace)
        .bind(&metric.name)
        .bind(hash)
        .bind(grain.as_str())
        .bind(grouping)
        .fetch_all(&self.pool)
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
             WHERE namespace = $1 AND name = $2 AND hash = $3 AND grain = $4 AND grouping = $5",
        )
        .bind(&metric.namespace)
        .bind(&metric.name)
        .bind(hash)
        .bind(grain.as_str())
        .bind(grouping)
        .fetch_all(&self.pool)
        .await?;
        let slice = |row: &sqlx::postgres::PgRow| -> Result<Option<(String, Timestamp)>, StoreError> {
            let first: Option<i64> = row.try_get(1)?;
            Ok(first.map(moment).transpose()?.map(|first| (row.get(0), first)))
        };
        rows.iter().filter_map(|row| slice(row).transpose()).collect()
    }

    pub(super) async fn read_points(&self, query: &PointQuery) -> Result<Vec<PointRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT s.slice, p.start, p.\"end\", p.value, p.components, p.partial, p.computed_at \
             FROM series s JOIN point p ON p.series = s.id \
             WHERE namespace = $1 AND name = $2 AND hash = $3 AND grain = $4 AND grouping = $5 \
             AND p.start >= $6 AND p.start < $7 ORDER BY p.start, s.slice",
        )
        .bind(&query.metric.namespace)
        .bind(&query.metric.name)
        .bind(&query.definition_hash)
        .bind(query.grain.as_str())
        .bind(&query.grouping)
        .bind(micros(query.from))
        .bind(micros(query.to))
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(point).collect()
    }

    pub(super) async fn read_last_run(
        &self,
        metric: &ObjectId,
        hash: &str,
    ) -> Result<Option<RunRow>, StoreError> {
        let row = sqlx::query(
            "SELECT at, engine, rows, seconds FROM run WHERE namespace = $1 AND name = $2 AND hash = $3",
        )
        .bind(&metric.namespace)
        .bind(&metric.name)
        .bind(hash)
        .fetch_optional(&self.pool)
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

/// What a row is compared by: end, value, components, whether partial.
#[derive(PartialEq)]
struct Kept {
    end: i64,
    value: Option<String>,
    components: String,
    partial: bool,
}

/// A series and a start of a window.
type Key = (i64, i64);

/// Compares the points of one grouping with those kept, and writes the difference.
async fn write_part(connection: &mut PgConnection, part: &RunPart) -> Result<CommitSummary, StoreError> {
    let ids = series(connection, part).await?;
    let mut computed = BTreeMap::new();
    for point in &part.points {
        let Some(id) = ids.get(point.slice.as_str()) else { continue };
        computed.insert((*id, micros(point.window_start)), kept_as(point)?);
    }
    let replaced = micros(part.replace.from)..micros(part.replace.to);
    let mut gone: Vec<Key> = Vec::new();
    for (key, kept) in kept_in(connection, part, &computed).await? {
        match computed.get(&key) {
            Some(new) if unchanged(&kept, new)? => drop(computed.remove(&key)),
            None if replaced.contains(&key.1) => gone.push(key),
            _ => {}
        }
    }
    ensure_partitions(connection, computed.keys().map(|(_, start)| *start)).await?;
    let computed_at = part.points.first().map(|point| micros(point.computed_at)).unwrap_or_default();
    let changed: Vec<(Key, Kept)> = computed.into_iter().collect();
    let mut summary = CommitSummary::default();
    for rows in changed.chunks(BATCH) {
        summary.written += upsert(connection, rows, computed_at).await?;
    }
    for keys in gone.chunks(BATCH) {
        summary.removed += remove(connection, keys).await?;
    }
    Ok(summary)
}

fn kept_as(point: &PointRow) -> Result<Kept, StoreError> {
    Ok(Kept {
        end: micros(point.window_end),
        value: encode(&point.value),
        components: encode_all(&point.components)?,
        partial: point.partial,
    })
}

/// Whether a result differs from the one kept in no more than rounding.
fn unchanged(kept: &Kept, new: &Kept) -> Result<bool, StoreError> {
    if kept == new {
        return Ok(true);
    }
    Ok(kept.partial == new.partial
        && same(&decode(kept.value.as_deref())?, &decode(new.value.as_deref())?)
        && all_same(&decode_all(&kept.components)?, &decode_all(&new.components)?))
}

/// The series of a part's slices, made where there are none.
async fn series(connection: &mut PgConnection, part: &RunPart) -> Result<HashMap<String, i64>, StoreError> {
    let slices: BTreeSet<&str> = part.points.iter().map(|point| point.slice.as_str()).collect();
    let slices: Vec<&str> = slices.into_iter().collect();
    sqlx::query(
        "INSERT INTO series (namespace, name, hash, grain, grouping, slice) \
         SELECT $1, $2, $3, $4, $5, given.slice FROM UNNEST($6::text[]) AS given (slice) \
         WHERE NOT EXISTS (SELECT 1 FROM series s WHERE s.namespace = $1 AND s.name = $2 AND s.hash = $3 \
         AND s.grain = $4 AND s.grouping = $5 AND s.slice = given.slice) ON CONFLICT DO NOTHING",
    )
    .bind(&part.metric.namespace)
    .bind(&part.metric.name)
    .bind(&part.definition_hash)
    .bind(part.grain.as_str())
    .bind(&part.grouping)
    .bind(&slices)
    .execute(&mut *connection)
    .await?;
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT slice, id FROM series WHERE namespace = $1 AND name = $2 AND hash = $3 AND grain = $4 AND grouping = $5",
    )
    .bind(&part.metric.namespace)
    .bind(&part.metric.name)
    .bind(&part.definition_hash)
    .bind(part.grain.as_str())
    .bind(&part.grouping)
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().collect())
}

/// What is kept of a grouping in the stretch that a part gives or replaces.
async fn kept_in(
    connection: &mut PgConnection,
    part: &RunPart,
    computed: &BTreeMap<Key, Kept>,
) -> Result<Vec<(Key, Kept)>, StoreError> {
    let starts = || computed.keys().map(|(_, start)| *start);
    let (from, to) = (micros(part.replace.from), micros(part.replace.to));
    let from = starts().min().map_or(from, |first| first.min(from));
    let to = starts().max().map_or(to, |last| to.max(last.saturating_add(1)));
    let rows: Vec<(i64, i64, i64, Option<String>, String, bool)> = sqlx::query_as(
        "SELECT p.series, p.start, p.\"end\", p.value, p.components, p.partial \
         FROM series s JOIN point p ON p.series = s.id WHERE s.namespace = $1 AND s.name = $2 AND s.hash = $3 \
         AND s.grain = $4 AND s.grouping = $5 AND p.start >= $6 AND p.start < $7",
    )
    .bind(&part.metric.namespace)
    .bind(&part.metric.name)
    .bind(&part.definition_hash)
    .bind(part.grain.as_str())
    .bind(&part.grouping)
    .bind(from)
    .bind(to)
    .fetch_all(connection)
    .await?;
    let kept = |(series, start, end, value, components, partial)| {
        ((series, start), Kept { end, value, components, partial })
    };
    Ok(rows.into_iter().map(kept).collect())
}

async fn upsert(
    connection: &mut PgConnection,
    rows: &[(Key, Kept)],
    computed_at: i64,
) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "INSERT INTO point (series, start, \"end\", value, components, partial, computed_at) \
         SELECT *, $7 FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::boolean[]) \
         ON CONFLICT (series, start) DO UPDATE SET \"end\" = excluded.\"end\", value = excluded.value, \
         components = excluded.components, partial = excluded.partial, computed_at = excluded.computed_at",
    )
    .bind(rows.iter().map(|((series, _), _)| *series).collect::<Vec<i64>>())
    .bind(rows.iter().map(|((_, start), _)| *start).collect::<Vec<i64>>())
    .bind(rows.iter().map(|(_, row)| row.end).collect::<Vec<i64>>())
    .bind(rows.iter().map(|(_, row)| row.value.clone()).collect::<Vec<Option<String>>>())
    .bind(rows.iter().map(|(_, row)| row.components.clone()).collect::<Vec<String>>())
    .bind(rows.iter().map(|(_, row)| row.partial).collect::<Vec<bool>>())
    .bind(computed_at)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

async fn remove(connection: &mut PgConnection, keys: &[Key]) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "DELETE FROM point p USING UNNEST($1::bigint[], $2::bigint[]) AS gone (series, start) \
         WHERE p.series = gone.series AND p.start = gone.start",
    )
    .bind(keys.iter().map(|(series, _)| *series).collect::<Vec<i64>>())
    .bind(keys.iter().map(|(_, start)| *start).collect::<Vec<i64>>())
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Adds what a part covers, put together with what it touches.
async fn cover(connection: &mut PgConnection, part: &RunPart) -> Result<(), StoreError> {
    let (mut from, mut to) = (micros(part.covered.from), micros(part.covered.to));
    if from >= to {
        return Ok(());
    }
    let touching = sqlx::query(
        "DELETE FROM coverage WHERE namespace = $1 AND name = $2 AND hash = $3 AND grain = $4 AND grouping = $5 \
         AND \"from\" <= $6 AND \"to\" >= $7 RETURNING \"from\", \"to\"",
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
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
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

async fn note_run(connection: &mut PgConnection, run: &RunRow) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO run (namespace, name, hash, at, engine, rows, seconds) VALUES ($1, $2, $3, $4, $5, $6, $7) \
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
