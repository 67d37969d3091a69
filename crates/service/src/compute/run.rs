//! One run: scans, values, points.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use metricwright_api::Code;
use metricwright_catalog::Catalog;
use metricwright_catalog::resolved::ResolvedMetric;
use metricwright_query::plan::{Wanted, grouping, plan_scans};
use metricwright_query::reading::{FirstRows, is_full};
use metricwright_query::slice::grouping_key;
use metricwright_query::{Cell, Scan, Slice, Stretch, ValueCell, combine, read, statement};
use metricwright_source::SourceError;
use metricwright_store::{Interval, PointRow, RunCommit, RunPart, RunRow, Store, StoreError};

use super::due::Chunk;
use crate::sources::SourcePool;

/// A metric and the stretch of windows to compute of it.
#[derive(Clone, Debug)]
pub struct Job {
    /// The metric.
    pub metric: Arc<ResolvedMetric>,
    /// The stretch.
    pub chunk: Chunk,
    /// The first moment that each of its datasets has a row of, where it is known.
    pub first_rows: FirstRows,
}

/// What a run did for one metric.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunReport {
    /// Engines that ran queries, joined by `+`.
    pub engine: String,
    /// Values computed, over all windows and slices.
    pub rows: u64,
    /// Points that were new or changed.
    pub points: u64,
    /// Seconds it took.
    pub seconds: f64,
    /// Dimensions with more members than are kept.
    pub skipped: Vec<String>,
}

/// Why a run failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RunError {
    /// A source did not answer.
    #[error("{code} on dataset `{dataset}`: {message}; {remedy}")]
    Source {
        /// The dataset.
        dataset: String,
        /// The finding code.
        code: Code,
        /// What failed.
        message: String,
        /// What to do.
        remedy: String,
    },
    /// The store did not take the points.
    #[error("the store failed: {0}")]
    Store(String),
    /// The run was not done because the service ends.
    #[error("the run was stopped: the service ends")]
    Stopped,
}

impl RunError {
    fn source(scan: &Scan, error: &SourceError) -> Self {
        Self::Source {
            dataset: scan.dataset.id.name.clone(),
            code: error.code(),
            message: error.to_string(),
            remedy: error.remedy(),
        }
    }
}

impl From<StoreError> for RunError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.to_string())
    }
}

/// What every run needs.
pub struct Means<'a> {
    /// The sources.
    pub sources: &'a SourcePool,
    /// The store.
    pub store: &'a dyn Store,
    /// The definitions.
    pub catalog: &'a Catalog,
    /// The clock.
    pub now: Timestamp,
}

type Scanned = (Scan, Result<Vec<Cell>, RunError>, &'static str);

/// Computes jobs that agree in grain, zone, range and completeness. Each dataset is scanned once; a source
/// that fails fails the metrics that need it, and no other.
pub async fn run(means: &Means<'_>, jobs: &[Job]) -> Vec<Result<RunReport, RunError>> {
    let Some(first) = jobs.first() else { return Vec::new() };
    let began = Instant::now();
    let wanted: Vec<Wanted> = jobs.iter().map(|job| wanted(means.catalog, job)).collect();
    let scans = plan_scans(&wanted, &stretch(means, first));
    let scanned: Vec<Scanned> =
        futures::future::join_all(scans.into_iter().map(|scan| scan_one(means, scan))).await;
    let mut reports = Vec::new();
    for job in jobs {
        reports.push(finish(means, job, &scanned, began).await);
    }
    reports
}

fn stretch(means: &Means<'_>, job: &Job) -> Stretch {
    let chunk = &job.chunk;
    let chronology = job.metric.schedule.chronology.clone();
    Stretch { grain: chunk.grain, whole: false, chronology, from: chunk.from, to: chunk.to, as_of: means.now }
}

fn wanted(catalog: &Catalog, job: &Job) -> Wanted {
    let dimensions = |names: &Vec<String>| grouping(catalog, &job.metric, names).ok();
    let groupings = job.chunk.groupings.iter().filter(|names| !names.is_empty()).filter_map(dimensions);
    Wanted { metric: job.metric.clone(), groupings: groupings.collect() }
}

async fn scan_one(means: &Means<'_>, scan: Scan) -> Scanned {
    let mut engine = "";
    let cells = async {
        let failed = |error: &SourceError| RunError::source(&scan, error);
        let source =
            means.sources.open(means.catalog, &scan.dataset.source).map_err(|error| failed(&error))?;
        engine = source.engine();
        let statement = statement(&scan, source.dialect());
        tracing::debug!(dataset = %scan.dataset.id, sql = statement.sql, "scan");
        let rows = source.run(&statement.sql).await.map_err(|error| failed(&error))?;
        read(&scan, &statement.layout, &rows.rows).map_err(|error| RunError::Store(error.to_string()))
    }
    .await;
    (scan, cells, engine)
}

/// Puts the scans of one job together and commits its points.
async fn finish(
    means: &Means<'_>,
    job: &Job,
    scanned: &[Scanned],
    began: Instant,
) -> Result<RunReport, RunError> {
    let mut report = RunReport::default();
    let mut mine = Vec::new();
    for (scan, cells, engine) in scanned {
        if !job.metric.components.iter().any(|component| component.dataset.id == scan.dataset.id) {
            continue;
        }
        let cells = cells.clone()?;
        if !report.engine.split('+').any(|known| known == *engine) {
            report.engine = if report.engine.is_empty() {
                (*engine).to_owned()
            } else {
                format!("{}+{engine}", report.engine)
            };
        }
        mine.push((scan.clone(), cells));
    }
    let mut parts = Vec::new();
    for names in &job.chunk.groupings {
        parts.push(part(means, job, names, &mine, &mut report).await?);
    }
    report.rows = parts.iter().map(|part| part.points.len() as u64).sum();
    report.seconds = began.elapsed().as_secs_f64();
    let run = RunRow {
        metric: job.metric.id.clone(),
        definition_hash: job.metric.definition_hash.clone(),
        at: means.now,
        engine: report.engine.clone(),
        rows: report.rows,
        seconds: report.seconds,
    };
    let summary = means.store.commit_run(RunCommit { parts, run }).await?;
    report.points = summary.written + summary.removed;
    Ok(report)
}

async fn part(
    means: &Means<'_>,
    job: &Job,
    names: &[String],
    scanned: &[(Scan, Vec<Cell>)],
    report: &mut RunReport,
) -> Result<RunPart, RunError> {
    let (metric, chunk) = (&job.metric, &job.chunk);
    let grouping = grouping_key(names);
    let known = means.store.slices(&metric.id, &metric.definition_hash, chunk.grain, &grouping).await?;
    let known: BTreeMap<Slice, Timestamp> =
        known.into_iter().filter_map(|(key, at)| Some((Slice::from_key(&key)?, at))).collect();
    let asked = stretch(means, job);
    let mut cells = combine(metric, names, &asked, scanned, &known);
    let members: std::collections::BTreeSet<&Slice> = cells.iter().map(|cell| &cell.slice).collect();
    if members.len() > usize::try_from(metric.schedule.max_slices).unwrap_or(usize::MAX) {
        report.skipped.push(names.join(" × "));
        cells.clear();
    }
    Ok(RunPart {
        metric: metric.id.clone(),
        definition_hash: metric.definition_hash.clone(),
        grain: chunk.grain,
        grouping,
        covered: Interval { from: chunk.from, to: chunk.to.min(chunk.complete_until) },
        replace: Interval { from: chunk.from, to: chunk.to },
        points: cells.into_iter().map(|cell| point(job, &asked, cell)).collect(),
    })
}

fn point(job: &Job, asked: &Stretch, cell: ValueCell) -> PointRow {
    let partial = cell.window.end > job.chunk.complete_until
        || !is_full(&job.metric, &cell.window, asked, &job.first_rows);
    PointRow {
        slice: cell.slice.key(),
        window_start: cell.window.start,
        window_end: cell.window.end,
        value: cell.value,
        components: cell.components,
        partial,
        computed_at: asked.as_of,
    }
}
