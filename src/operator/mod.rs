//! The Kubernetes host: custom resources in, statuses, incidents and events out.
//!
//! ```text
//! feed (watches) ──▶ World, known statuses ──▶ queue ──▶ work (five steps of service::reconcile) ──▶ publish
//!                        ▲                        │                                            status · incidents · events
//!                        └──── what an object touches is queued too ◀──┘
//! ```

mod access;
pub mod admission;
mod api;
mod cluster;
mod feed;
mod incidents;
mod leadership;
mod publish;
mod queue;
pub mod rbac;
mod secrets;
mod serve;
mod telemetry;
mod work;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use metricwright_api::MwDuration;
use metricwright_service::{Engine, SourcePool, World};
use metricwright_store::{Lead, StoreError};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::cli::args::OperatorArgs;
use crate::cli::{CliError, CliResult};
use access::Access;
use cluster::Cluster;
use leadership::{Elector, Leadership};
use queue::Queue;
use telemetry::Telemetry;
use work::WorkError;

/// Time between tries to reach the store.
const STORE_AGAIN: Duration = Duration::from_secs(1);
/// How long work under way may take to end once the operator is told to.
const GRACE: Duration = Duration::from_secs(10);

/// Everything that the parts of the operator share.
pub struct Shared {
    engine: Engine,
    cluster: Cluster,
    queue: Queue,
    telemetry: Telemetry,
    leadership: Leadership,
    access: Access,
    status_interval: Duration,
}

impl Shared {
    /// Says whether this replica may change anything now; asked right before every write.
    fn may_write(&self) -> Result<(), WorkError> {
        if self.leadership.holds() { Ok(()) } else { Err(WorkError::NotLeading) }
    }
}

/// Runs until told to end.
pub async fn run(args: OperatorArgs) -> CliResult {
    telemetry::log_as_json();
    let shared = Arc::new(prepare(&args).await?);
    let stop = CancellationToken::new();
    let mut tasks = JoinSet::new();
    tasks.spawn(serve::serve(args.listen, shared.clone(), stop.clone()));
    for watch in feed::watches(&shared, args.namespace.as_deref()) {
        tasks.spawn(feed::follow(watch, shared.clone(), stop.clone()));
    }
    let own = own_namespace(&args, &shared);
    tasks.spawn(admission::serve(args.admission.clone(), own, shared.clone(), stop.clone()));
    let resync = seconds(&args.resync, "--resync")?;
    tasks.spawn(lead(args.clone(), resync, shared.clone(), stop.clone()));
    tracing::info!(listen = %args.listen, "the operator runs");
    let ended = tokio::select! {
        () = crate::signals::told_to_end() => None,
        ended = tasks.join_next() => ended,
    };
    stop.cancel();
    let finish = async { while tasks.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(GRACE, finish).await;
    match ended {
        None => {
            tracing::info!("the operator ends as it was told to");
            Ok(ExitCode::SUCCESS)
        }
        // A part that ends by itself leaves the operator deaf: better start anew.
        Some(Ok(Ok(()))) => Err(CliError("a part of the operator ended by itself".to_owned())),
        Some(Ok(Err(error))) => Err(error),
        Some(Err(error)) => Err(CliError(format!("a part of the operator failed: {error}"))),
    }
}

/// Works for as long as this replica leads: from the start where it is the only one, else while it holds the Lease.
async fn lead(
    args: OperatorArgs,
    resync: Duration,
    shared: Arc<Shared>,
    stop: CancellationToken,
) -> Result<(), CliError> {
    if !args.leader_election {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            taken = take_turn(&shared, None) => taken?,
        }
        shared.leadership.alone();
        return work::all(&shared, args.concurrency, resync, &stop).await;
    }
    let client = shared.cluster.client().clone();
    let namespace = own_namespace(&args, &shared);
    let identity = args.identity.clone().unwrap_or_else(identity);
    let mut elector = Elector::new(client, &namespace, &args.lease, &identity, &shared.leadership);
    let lead = tokio::select! {
        () = stop.cancelled() => return Ok(()),
        lead = elector.acquire() => lead,
    };
    tracing::info!(identity, lead.epoch, "this replica leads");
    let work = async {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            taken = take_turn(&shared, Some(&lead)) => taken?,
        }
        work::all(&shared, args.concurrency, resync, &stop).await
    };
    let ended = tokio::select! {
        ended = work => ended,
        lost = elector.keep() => return Err(CliError(format!("this replica leads no more: {lost}"))),
    };
    // Only now: while work was under way nobody else might begin.
    if let Err(error) = elector.release().await {
        tracing::warn!(%error, "the Lease could not be given back; it runs out by itself");
    }
    ended
}

/// Takes the turn to write to the store before any work: whatever an earlier leader still does there is refused from now
/// on. A store that cannot be reached is tried again.
async fn take_turn(shared: &Shared, lead: Option<&Lead>) -> Result<(), CliError> {
    loop {
        match shared.engine.store.lead(lead).await {
            Ok(()) => return Ok(()),
            Err(StoreError::Database(error)) => {
                tracing::warn!(%error, "the store cannot be reached; it is tried again");
                tokio::time::sleep(STORE_AGAIN).await;
            }
            Err(error) => return Err(CliError(error.to_string())),
        }
    }
}

/// The namespace of the operator itself, where its Lease and its certificate are.
fn own_namespace(args: &OperatorArgs, shared: &Shared) -> String {
    let default = || shared.cluster.client().default_namespace().to_owned();
    args.lease_namespace.clone().unwrap_or_else(default)
}

/// A name that no other replica has: the Pod's, or one made from the process.
fn identity() -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    format!("{host}-{}-{}", std::process::id(), jiff::Timestamp::now().as_millisecond())
}

async fn prepare(args: &OperatorArgs) -> Result<Shared, CliError> {
    let as_of = crate::cli::as_of(args.as_of.as_deref())?;
    let store = crate::cli::store::Place::of(&args.store)?.open().await?;
    let client = kube::Client::try_default()
        .await
        .map_err(|error| CliError::because("no connection to the cluster can be set up", error))?;
    let secrets = Arc::new(secrets::ClusterSecrets::new(client.clone()));
    let sources = SourcePool::new(args.data_root.clone(), secrets.clone())
        .map_err(|error| CliError(error.to_string()))?;
    let engine = Engine::new(Arc::new(World::new()), store, Arc::new(sources), secrets, as_of);
    Ok(Shared {
        engine,
        access: Access::new(client.clone()),
        cluster: Cluster::new(client),
        queue: Queue::new(),
        telemetry: Telemetry::new(),
        leadership: Leadership::default(),
        status_interval: seconds(&args.status_interval, "--status-interval")?,
    })
}

fn seconds(text: &str, flag: &str) -> Result<Duration, CliError> {
    let duration: MwDuration = text.parse().map_err(|error: String| CliError::because(flag, error))?;
    Ok(Duration::from_secs(u64::try_from(duration.approximate_seconds()).unwrap_or_default()))
}
