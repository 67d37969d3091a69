//! Working the queue: reconcile an object, publish what came of it, queue what it touches.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use metricwright_api::{Kind, ObjectId};
use metricwright_catalog::Object;
use metricwright_service::reconcile::{
    Next, Outcome, alert_rule, announced, calendar, channel, data_source, dataset, metric,
};
use metricwright_service::retention::forget_old;
use metricwright_store::StoreError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Shared, incidents, publish};
use crate::cli::CliError;

/// Why an object could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The API server refused or could not be reached.
    #[error("the API server did not take it: {0}")]
    Api(#[from] kube::Error),
    /// The Lease ran out: somebody else may work now.
    #[error("this replica does not lead any more")]
    NotLeading,
    /// Somebody else changed the object first.
    #[error("the object was changed by somebody else in the meantime")]
    Changed,
    /// A status cannot be written as JSON.
    #[error("a status cannot be written: {0}")]
    Json(#[from] serde_json::Error),
}

/// Time after which a watch has brought a newer version.
const SOON: Duration = Duration::from_millis(200);
/// How long work under way may take to end once it is told to: what is cut off is done again by whoever leads next.
const GRACE: Duration = Duration::from_secs(1);

/// Works the queue with several workers until told to stop.
pub async fn all(
    shared: &Arc<Shared>,
    workers: u16,
    resync_every: Duration,
    stop: &CancellationToken,
) -> Result<(), CliError> {
    let mut tasks = JoinSet::new();
    tasks.spawn(resync(shared.clone(), resync_every, stop.clone()));
    for _ in 0..workers.max(1) {
        tasks.spawn(work(shared.clone(), stop.clone()));
    }
    let ended = tokio::select! {
        () = stop.cancelled() => None,
        ended = tasks.join_next() => ended,
    };
    let finish = async { while tasks.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(GRACE, finish).await;
    match ended {
        Some(Ok(Err(error))) => Err(error),
        Some(Err(error)) => Err(CliError(format!("a worker failed: {error}"))),
        Some(Ok(Ok(()))) | None => Ok(()),
    }
}

/// Works the queue until told to stop.
async fn work(shared: Arc<Shared>, stop: CancellationToken) -> Result<(), CliError> {
    loop {
        let id = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            id = shared.queue.next() => id,
        };
        let began = Instant::now();
        let outcome =
            if shared.leadership.holds() { one(&shared, &id).await } else { Err(WorkError::NotLeading) };
        shared.telemetry.reconciled(id.kind, outcome.is_ok(), began.elapsed());
        shared.queue.done(&id);
        match outcome {
            Ok(()) => {}
            // No failure: the newer version is under way.
            Err(WorkError::Changed) => shared.queue.after(id, SOON),
            // The store knows better than our clock: somebody else leads.
            Err(WorkError::Store(StoreError::Fenced)) => {
                tracing::warn!(object = %id, fenced = true, "the store refused a write: another replica leads");
                return Err(CliError(StoreError::Fenced.to_string()));
            }
            Err(error) => {
                tracing::warn!(object = %id, %error, "reconciling failed; it is tried again");
                shared.queue.retry(&id);
            }
        }
    }
}

/// Looks at everything now and then, in case an event was missed, and sweeps what is gone.
async fn resync(shared: Arc<Shared>, every: Duration, stop: CancellationToken) -> Result<(), CliError> {
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(every) => {}
        }
        for kind in Kind::ALL {
            for (id, _) in shared.cluster.of_kind(kind) {
                if kind != Kind::Incident {
                    shared.queue.now(id);
                }
            }
        }
        shared.telemetry.resyncs.inc();
        sweep(&shared).await;
    }
}

async fn sweep(shared: &Shared) {
    let present: Vec<ObjectId> = shared.cluster.of_kind(Kind::Metric).into_iter().map(|(id, _)| id).collect();
    let now = shared.engine.now();
    let before = now.checked_sub(jiff::SignedDuration::from_hours(7 * 24)).unwrap_or(now);
    if let Err(error) = shared.engine.store.sweep_metrics(&present, before, now).await {
        tracing::warn!(%error, "points of metrics that are gone could not be swept");
    }
    match forget_old(&shared.engine, now).await {
        Ok(0) => {}
        Ok(points) => tracing::info!(points, "points older than the retention of their metrics were deleted"),
        Err(error) => {
            tracing::warn!(%error, "points older than the retention of their metrics could not be deleted");
        }
    }
}

async fn one(shared: &Shared, id: &ObjectId) -> Result<(), WorkError> {
    let Some(object) = shared.engine.world.object(id) else {
        if id.kind == Kind::AlertRule {
            incidents::remove_all_of(shared, id).await?;
        }
        return publish::malformed(shared, id).await;
    };
    let work = Box::pin(brought_up_to_date(shared, &object));
    announced(work, async || publish::reconciling(shared, id).await).await
}

async fn brought_up_to_date(shared: &Shared, object: &Object) -> Result<(), WorkError> {
    let (engine, id) = (&shared.engine, &object.id);
    match id.kind {
        Kind::DataSource => {
            let outcome = data_source::reconcile(engine, object, &status(shared, id)).await;
            finish(shared, object, outcome).await
        }
        Kind::Dataset => {
            let outcome = dataset::reconcile(engine, object, &status(shared, id)).await;
            finish(shared, object, outcome).await
        }
        Kind::Metric => {
            let outcome = metric::reconcile(engine, object, &status(shared, id)).await?;
            finish(shared, object, outcome).await
        }
        Kind::Calendar => {
            let outcome = calendar::reconcile(engine, object, &status(shared, id));
            finish(shared, object, outcome).await
        }
        Kind::Channel => {
            let outcome = channel::reconcile(engine, object, &status(shared, id)).await?;
            finish(shared, object, outcome).await
        }
        Kind::AlertRule => {
            let known = incidents::of_rule(shared, id);
            let (outcome, wanted) =
                alert_rule::reconcile(engine, object, &status(shared, id), &known).await?;
            if let Some(wanted) = wanted {
                incidents::keep(shared, id, &wanted).await?;
            }
            finish(shared, object, outcome).await
        }
        Kind::Incident => Ok(()),
    }
}

/// The status of an object as the cluster shows it; an empty one where there is none or it cannot be read.
pub fn status<S: DeserializeOwned + Default>(shared: &Shared, id: &ObjectId) -> S {
    let object = shared.cluster.object(id);
    let status = object.and_then(|object| object.data.get("status").cloned());
    status.and_then(|status| serde_json::from_value(status).ok()).unwrap_or_default()
}

async fn finish<S>(shared: &Shared, object: &Object, outcome: Outcome<S>) -> Result<(), WorkError>
where
    S: Serialize + DeserializeOwned + Default,
{
    let id = &object.id;
    publish::status(shared, id, &outcome.status).await?;
    for touched in outcome.touched {
        shared.queue.now(touched);
    }
    if outcome.failed {
        shared.queue.retry(id);
        return Ok(());
    }
    shared.queue.succeeded(id);
    match outcome.next {
        Next::Now => shared.queue.now(id.clone()),
        // Under a clock that stands still nothing falls due later.
        Next::At(at) if shared.engine.as_of.is_none() || id.kind == Kind::Channel => {
            let wait = at.duration_since(Timestamp::now());
            shared.queue.after(id.clone(), Duration::try_from(wait).unwrap_or_default());
        }
        Next::At(_) | Next::Idle => {}
    }
    Ok(())
}
