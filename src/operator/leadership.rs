//! Who works: of several replicas the one that holds the Lease.
//!
//! The algorithm is that of client-go's `leaderelection` package: every change of the Lease carries the resourceVersion that
//! it is based on, so that two takers cannot both succeed; whether a holder is gone is judged by how long its record has not
//! changed by our own clock, so that clocks need not agree. A holder that could not renew in time stops by itself before
//! anybody else may begin, also when its process was stopped and goes on later.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Client};
use metricwright_store::Lead;

/// How long a record stays valid for others after it last changed.
const DURATION: Duration = Duration::from_secs(15);
/// How long a holder works on after its last renewal: less than [`DURATION`], whatever the requests took.
const WORK_WITHIN: Duration = Duration::from_secs(10);
/// Time between renewals.
const RENEW_EVERY: Duration = Duration::from_secs(3);
/// Time between looks at a Lease that somebody else holds.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Whether this replica may write now.
#[derive(Default)]
pub struct Leadership(Mutex<Turn>);

#[derive(Clone, Copy, Default)]
enum Turn {
    #[default]
    Waiting,
    /// There is no other replica.
    Alone,
    Until(Instant),
}

impl Leadership {
    /// Whether this replica may write now.
    pub fn holds(&self) -> bool {
        match *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Turn::Waiting => false,
            Turn::Alone => true,
            Turn::Until(end) => Instant::now() < end,
        }
    }

    /// Leads for good: there is no other replica.
    pub fn alone(&self) {
        self.set(Turn::Alone);
    }

    fn set(&self, turn: Turn) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = turn;
    }
}

/// Why the Lease is not held any more.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    /// Another replica holds it.
    #[error("the Lease is held by `{0}` now")]
    Taken(String),
    /// The API server could not be reached for too long.
    #[error("the Lease could not be renewed in time: {0}")]
    NotRenewed(kube::Error),
}

/// Takes part in the election.
pub struct Elector<'a> {
    api: Api<Lease>,
    name: String,
    identity: String,
    leadership: &'a Leadership,
    /// The record as last seen, and since when it has been so.
    seen: Option<(Lease, Instant)>,
}

impl<'a> Elector<'a> {
    /// Nothing is asked yet.
    pub fn new(
        client: Client,
        namespace: &str,
        name: &str,
        identity: &str,
        leadership: &'a Leadership,
    ) -> Self {
        let api = Api::namespaced(client, namespace);
        Self { api, name: name.to_owned(), identity: identity.to_owned(), leadership, seen: None }
    }

    /// Waits until the Lease is held; gives which Lease that is and its epoch, which grows with every holder.
    pub async fn acquire(&mut self) -> Lead {
        loop {
            match self.try_take().await {
                Ok(Some(epoch)) => {
                    let lease = self.seen.as_ref().and_then(|(lease, _)| lease.metadata.uid.clone());
                    return Lead { lease: lease.unwrap_or_default(), epoch };
                }
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, lease = self.name, "the Lease cannot be read or taken"),
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Renews the Lease until it is lost.
    pub async fn keep(&mut self) -> Lost {
        let mut renewed = Instant::now();
        loop {
            tokio::time::sleep(RENEW_EVERY).await;
            let begun = Instant::now();
            match self.renew().await {
                Ok(None) => renewed = begun,
                Ok(Some(holder)) => return self.lost(Lost::Taken(holder)),
                Err(error) if renewed.elapsed() > WORK_WITHIN => return self.lost(Lost::NotRenewed(error)),
                Err(error) => tracing::warn!(%error, "the Lease could not be renewed; it is tried again"),
            }
        }
    }

    /// Gives the Lease back, so that another replica takes it at once.
    pub async fn release(&mut self) -> Result<(), kube::Error> {
        self.leadership.set(Turn::Waiting);
        let Some((lease, _)) = &self.seen else { return Ok(()) };
        if holder(lease) != Some(&self.identity) {
            return Ok(());
        }
        let spec = LeaseSpec { holder_identity: None, ..lease.spec.clone().unwrap_or_default() };
        self.replace(lease.clone(), spec).await.map(drop)
    }

    fn lost(&self, why: Lost) -> Lost {
        self.leadership.set(Turn::Waiting);
        why
    }

    async fn try_take(&mut self) -> Result<Option<u64>, kube::Error> {
        let begun = Instant::now();
        let Some(lease) = self.api.get_opt(&self.name).await? else { return self.create(begun).await };
        let unchanged = match &self.seen {
            Some((seen, since)) if seen.metadata.resource_version == lease.metadata.resource_version => {
                since.elapsed()
            }
            _ => {
                self.seen = Some((lease.clone(), begun));
                Duration::ZERO
            }
        };
        let spec = lease.spec.clone().unwrap_or_default();
        let valid = spec.lease_duration_seconds.and_then(|seconds| u64::try_from(seconds).ok());
        let free = holder(&lease).is_none_or(|holder| holder == self.identity)
            || unchanged > valid.map_or(DURATION, Duration::from_secs);
        if !free {
            return Ok(None);
        }
        let transitions = spec.lease_transitions.unwrap_or_default().saturating_add(1);
        self.replace(lease, self.record(transitions)).await.map(|taken| self.hold_if(taken, begun))
    }

    async fn create(&mut self, begun: Instant) -> Result<Option<u64>, kube::Error> {
        let metadata = ObjectMeta { name: Some(self.name.clone()), ..ObjectMeta::default() };
        let lease = Lease { metadata, spec: Some(self.record(1)) };
        match self.api.create(&PostParams::default(), &lease).await {
            Ok(created) => {
                self.seen = Some((created, Instant::now()));
                Ok(self.hold_if(true, begun))
            }
            Err(kube::Error::Api(answer)) if answer.is_already_exists() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Renews; gives the holder where that is somebody else.
    async fn renew(&mut self) -> Result<Option<String>, kube::Error> {
        let begun = Instant::now();
        let Some((lease, _)) = self.seen.clone() else { return Ok(Some("nobody".to_owned())) };
        let spec = LeaseSpec { renew_time: Some(now()), ..lease.spec.clone().unwrap_or_default() };
        if self.replace(lease, spec).await? {
            self.leadership.set(Turn::Until(begun + WORK_WITHIN));
            return Ok(None);
        }
        // Somebody wrote it: another holder, or a person who set a label.
        let lease = self.api.get(&self.name).await?;
        let now_held_by = holder(&lease).filter(|holder| *holder != self.identity).map(str::to_owned);
        let gone = holder(&lease).is_none().then(|| "nobody".to_owned());
        self.seen = Some((lease, Instant::now()));
        Ok(now_held_by.or(gone))
    }

    /// Replaces the record; false where it has changed since it was read.
    async fn replace(&mut self, lease: Lease, spec: LeaseSpec) -> Result<bool, kube::Error> {
        let lease = Lease { spec: Some(spec), ..lease };
        match self.api.replace(&self.name, &PostParams::default(), &lease).await {
            Ok(written) => {
                self.seen = Some((written, Instant::now()));
                Ok(true)
            }
            Err(kube::Error::Api(answer)) if answer.is_conflict() || answer.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn hold_if(&self, taken: bool, begun: Instant) -> Option<u64> {
        let spec = self.seen.as_ref()?.0.spec.as_ref()?;
        let epoch = taken.then(|| spec.lease_transitions.and_then(|epoch| u64::try_from(epoch).ok()))??;
        self.leadership.set(Turn::Until(begun + WORK_WITHIN));
        Some(epoch)
    }

    fn record(&self, transitions: i32) -> LeaseSpec {
        LeaseSpec {
            acquire_time: Some(now()),
            renew_time: Some(now()),
            holder_identity: Some(self.identity.clone()),
            lease_duration_seconds: i32::try_from(DURATION.as_secs()).ok(),
            lease_transitions: Some(transitions),
            ..LeaseSpec::default()
        }
    }
}

fn holder(lease: &Lease) -> Option<&str> {
    lease.spec.as_ref()?.holder_identity.as_deref().filter(|holder| !holder.is_empty())
}

fn now() -> MicroTime {
    MicroTime(jiff::Timestamp::now())
}
