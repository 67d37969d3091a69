//! The computer: takes jobs from every metric, and runs those together that agree.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use metricwright_api::ObjectId;
use metricwright_catalog::Catalog;
use metricwright_store::Store;
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::run::{Job, Means, RunError, RunReport, run};
use crate::sources::SourcePool;

/// How long the first job of a batch waits for others. Metrics of one dataset fall due at the same moment,
/// so a short while collects them.
const GATHER: Duration = Duration::from_millis(30);

/// Batches that run at the same time: a source that takes its time holds up its own metrics only. Sources bound their
/// own queries besides.
const AT_ONCE: usize = 4;

struct Asked {
    job: Job,
    catalog: Arc<Catalog>,
    now: Timestamp,
    answer: oneshot::Sender<Result<RunReport, RunError>>,
}

/// Takes jobs, and runs those together whose stretches agree, so that each dataset is scanned once for all
/// of them. Dropping it ends its work after the batch that runs.
#[derive(Clone)]
pub struct Computer {
    ask: mpsc::Sender<Asked>,
    tally: Arc<Tally>,
}

/// What was done since the start.
#[derive(Debug, Default)]
pub struct Tally {
    /// Runs of metrics that succeeded.
    pub runs: AtomicU64,
    /// Runs of metrics that failed.
    pub failed: AtomicU64,
    /// Points that were new or changed.
    pub points: AtomicU64,
}

impl Computer {
    /// Starts the computer on the current runtime.
    pub fn start(store: Arc<dyn Store>, sources: Arc<SourcePool>) -> Self {
        let (ask, asked) = mpsc::channel(4096);
        let tally = Arc::new(Tally::default());
        tokio::spawn(work(asked, store, sources, tally.clone()));
        Self { ask, tally }
    }

    /// What was done since the start.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Computes one job, together with others that agree.
    ///
    /// # Errors
    /// A source or the store failed, or the computer has ended.
    pub async fn compute(
        &self,
        catalog: Arc<Catalog>,
        job: Job,
        now: Timestamp,
    ) -> Result<RunReport, RunError> {
        let (answer, answered) = oneshot::channel();
        self.ask.send(Asked { job, catalog, now, answer }).await.map_err(|_| RunError::Stopped)?;
        answered.await.map_err(|_| RunError::Stopped)?
    }
}

async fn work(
    mut asked: mpsc::Receiver<Asked>,
    store: Arc<dyn Store>,
    sources: Arc<SourcePool>,
    tally: Arc<Tally>,
) {
    let at_once = Arc::new(Semaphore::new(AT_ONCE));
    while let Some(first) = asked.recv().await {
        let mut batch = vec![first];
        let gathered = tokio::time::sleep(GATHER);
        tokio::pin!(gathered);
        loop {
            tokio::select! {
                () = &mut gathered => break,
                next = asked.recv() => match next {
                    Some(next) => batch.push(next),
                    None => break,
                },
            }
        }
        for group in agreeing(batch) {
            // Only a closed semaphore gives no permit, and nobody closes this one.
            let Ok(permit) = at_once.clone().acquire_owned().await else { return };
            let (store, sources, tally) = (store.clone(), sources.clone(), tally.clone());
            tokio::spawn(async move {
                run_group(group, store.as_ref(), &sources, &tally).await;
                drop(permit);
            });
        }
    }
}

/// Puts those together that agree in all that a scan depends on, and that wait for the same sources.
fn agreeing(batch: Vec<Asked>) -> Vec<Vec<Asked>> {
    let mut groups: BTreeMap<_, Vec<Asked>> = BTreeMap::new();
    for asked in batch {
        let chunk = &asked.job.chunk;
        let time = asked.job.metric.schedule.chronology.identity();
        let sources: BTreeSet<ObjectId> =
            asked.job.metric.components.iter().map(|component| component.dataset.source.clone()).collect();
        let key = (chunk.from, chunk.to, chunk.complete_until, chunk.grain, time, asked.now, sources);
        groups.entry(key).or_default().push(asked);
    }
    groups.into_values().collect()
}

async fn run_group(group: Vec<Asked>, store: &dyn Store, sources: &SourcePool, tally: &Tally) {
    let Some(first) = group.first() else { return };
    let catalog = first.catalog.clone();
    let means = Means { sources, store, catalog: &catalog, now: first.now };
    let jobs: Vec<Job> = group.iter().map(|asked| asked.job.clone()).collect();
    let reports = run(&means, &jobs).await;
    for (asked, report) in group.into_iter().zip(reports) {
        match &report {
            Ok(report) => {
                tally.runs.fetch_add(1, Ordering::Relaxed);
                tally.points.fetch_add(report.points, Ordering::Relaxed);
            }
            Err(_) => drop(tally.failed.fetch_add(1, Ordering::Relaxed)),
        }
        // Whoever asked may be gone; then nobody needs the answer.
        let _ = asked.answer.send(report);
    }
}
