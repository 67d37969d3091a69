//! The loop of the local host: what is pending is reconciled until nothing is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::future::join_all;
use jiff::Timestamp;
use metricwright_api::{ConditionType, Diagnostic, Kind, ObjectId, Reason, conditions};
use metricwright_catalog::Object;
use metricwright_service::reconcile::{
    KnownIncident, Next, Outcome, WantedIncident, alert_rule, announced, calendar, channel, data_source,
    dataset, metric,
};
use metricwright_service::retention::forget_old;
use metricwright_service::status::any_kind::{conditions_of, malformed, reconciling};
use metricwright_service::{Engine, SourcePool, World};
use metricwright_store::{SqliteStore, Store, StoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::directory::Manifests;
use super::secrets::LocalSecrets;
use crate::cli::CliError;

/// Folder of the store inside a directory of manifests.
pub const STATE_FOLDER: &str = ".metricwright";

/// The loop over a directory.
pub struct LocalHost {
    engine: Engine,
    secrets: Arc<LocalSecrets>,
    statuses: BTreeMap<ObjectId, String>,
    pending: BTreeSet<ObjectId>,
    wakes: BTreeMap<ObjectId, Timestamp>,
    failed: BTreeSet<ObjectId>,
}

/// What an object came to, in a form that every kind shares.
struct Done {
    id: ObjectId,
    status: String,
    next: Next,
    touched: Vec<ObjectId>,
    failed: bool,
    incidents: Option<Vec<WantedIncident>>,
}

impl LocalHost {
    /// Opens the store and what it remembers.
    ///
    /// # Errors
    /// The store cannot be opened, or sources cannot be set up.
    pub async fn open(data_root: &Path, state: &Path, as_of: Option<Timestamp>) -> Result<Self, CliError> {
        let cannot = |error: &dyn std::fmt::Display| CliError(error.to_string());
        let store = SqliteStore::open(state).await.map_err(|error| cannot(&error))?;
        let store: Arc<dyn Store> = Arc::new(store.with_hook(crate::crash::hook()));
        let secrets = Arc::new(LocalSecrets::default());
        let sources =
            SourcePool::new(PathBuf::from(data_root), secrets.clone()).map_err(|error| cannot(&error))?;
        let mut statuses = BTreeMap::new();
        for kind in Kind::ALL {
            statuses.extend(store.statuses(kind).await.map_err(|error| cannot(&error))?);
        }
        let engine = Engine::new(Arc::new(World::new()), store, Arc::new(sources), secrets.clone(), as_of);
        Ok(Self {
            engine,
            secrets,
            statuses,
            pending: BTreeSet::new(),
            wakes: BTreeMap::new(),
            failed: BTreeSet::new(),
        })
    }

    /// The engine, for those who only read.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Puts new manifests in place of the old ones. Every object is looked at again.
    ///
    /// # Errors
    /// The store failed.
    pub async fn take(&mut self, manifests: &Manifests) -> Result<(), StoreError> {
        self.secrets.replace(manifests.loaded.secrets.clone());
        self.engine.world.replace(manifests.inventory());
        let present: BTreeSet<ObjectId> =
            manifests.loaded.objects.iter().map(|object| object.value.id.clone()).collect();
        let unreadable = manifests.unreadable();
        self.mark_unreadable(&unreadable).await?;
        let there = |id: &ObjectId| present.contains(id) || unreadable.contains_key(id);
        let missing = self.statuses.keys().filter(|id| id.kind != Kind::Incident && !there(id));
        // Of a file that is no YAML nobody knows what it declares: then nothing counts as gone.
        let gone: Vec<ObjectId> = if manifests.are_whole() { missing.cloned().collect() } else { Vec::new() };
        for id in gone {
            self.engine.store.delete_status(&id).await?;
            self.statuses.remove(&id);
            self.wakes.remove(&id);
            if id.kind == Kind::AlertRule {
                self.keep_incidents(&id, &[]).await?;
            }
        }
        self.pending.extend(present);
        if manifests.are_whole() { self.sweep(&unreadable).await } else { Ok(()) }
    }

    /// Says in the status of objects that cannot be read why; what was computed of them stays.
    async fn mark_unreadable(
        &mut self,
        unreadable: &BTreeMap<ObjectId, &Diagnostic>,
    ) -> Result<(), StoreError> {
        for (id, finding) in unreadable {
            let status = malformed(id.kind, &self.status(id), finding, None, self.engine.now());
            let text = serde_json::to_string(&status)?;
            self.engine.store.put_status(id, &text).await?;
            self.statuses.insert(id.clone(), text);
            self.wakes.remove(id);
        }
        Ok(())
    }

    /// Takes out points of metrics that have been gone for a week, and points that were kept long enough; metrics that cannot be
    /// read are not gone.
    async fn sweep(&self, unreadable: &BTreeMap<ObjectId, &Diagnostic>) -> Result<(), StoreError> {
        let metrics = self.engine.world.of_kind(Kind::Metric);
        let readable = metrics.iter().map(|object| object.id.clone());
        let present: Vec<ObjectId> = readable.chain(unreadable.keys().cloned()).collect();
        let now = self.engine.now();
        let week = jiff::SignedDuration::from_hours(7 * 24);
        let before = now.checked_sub(week).unwrap_or(now);
        self.engine.store.sweep_metrics(&present, before, now).await?;
        forget_old(&self.engine, now).await.map(drop)
    }

    /// Reconciles what is pending until nothing is. `report` is called after each step with the windows
    /// computed and to compute.
    ///
    /// # Errors
    /// The store failed.
    pub async fn settle(&mut self, report: &dyn Fn(i64, i64)) -> Result<(), StoreError> {
        self.failed.clear();
        while let Some(kind) = self.pending.first().map(|id| id.kind) {
            let group: Vec<ObjectId> = self.pending.iter().filter(|id| id.kind == kind).cloned().collect();
            self.pending.retain(|id| id.kind != kind);
            let objects: Vec<Arc<Object>> =
                group.iter().filter_map(|id| self.engine.world.object(id)).collect();
            let announcing = objects.iter().map(|object| {
                announced(self.reconcile(object), async || self.show_reconciling(&object.id).await)
            });
            let done = join_all(announcing).await;
            for done in done {
                self.settle_one(done?).await?;
            }
            let (computed, total) = self.progress();
            report(computed, total);
        }
        Ok(())
    }

    async fn settle_one(&mut self, done: Done) -> Result<(), StoreError> {
        let Done { id, status, next, touched, failed, incidents } = done;
        self.engine.store.put_status(&id, &status).await?;
        self.statuses.insert(id.clone(), status);
        self.pending.extend(touched);
        match next {
            // What failed is tried again at the next look, not in a circle.
            _ if failed => {
                self.wakes.remove(&id);
                self.failed.insert(id.clone());
            }
            Next::Now => drop(self.pending.insert(id.clone())),
            Next::At(at) => drop(self.wakes.insert(id.clone(), at)),
            Next::Idle => drop(self.wakes.remove(&id)),
        }
        if let Some(incidents) = incidents {
            self.keep_incidents(&id, &incidents).await?;
        }
        Ok(())
    }

    /// Shows that work on an object takes its time, for those who look into the store meanwhile.
    async fn show_reconciling(&self, id: &ObjectId) {
        if !self.engine.world.is_at_work(id) {
            return;
        }
        let status = reconciling(&self.status(id), None, self.engine.now());
        // Whatever stops this stops the status that follows too, and is told then.
        let _ = self.engine.store.put_status(id, &status.to_string()).await;
    }

    async fn reconcile(&self, object: &Object) -> Result<Done, StoreError> {
        let id = &object.id;
        match id.kind {
            Kind::DataSource => {
                Ok(done(id, data_source::reconcile(&self.engine, object, &self.status(id)).await))
            }
            Kind::Dataset => Ok(done(id, dataset::reconcile(&self.engine, object, &self.status(id)).await)),
            Kind::Metric => Ok(done(id, metric::reconcile(&self.engine, object, &self.status(id)).await?)),
            Kind::Calendar => Ok(done(id, calendar::reconcile(&self.engine, object, &self.status(id)))),
            Kind::Channel => Ok(done(id, channel::reconcile(&self.engine, object, &self.status(id)).await?)),
            Kind::AlertRule | Kind::Incident => {
                let known = self.incidents_of(id);
                let (outcome, incidents) =
                    alert_rule::reconcile(&self.engine, object, &self.status(id), &known).await?;
                Ok(Done { incidents, ..done(id, outcome) })
            }
        }
    }

    /// The status of an object as it is kept; an empty one where there is none.
    pub fn status<S: DeserializeOwned + Default>(&self, id: &ObjectId) -> S {
        self.statuses.get(id).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    /// The statuses of a kind.
    pub fn statuses_of(&self, kind: Kind) -> Vec<(ObjectId, String)> {
        let of_kind = self.statuses.iter().filter(|(id, _)| id.kind == kind);
        of_kind.map(|(id, status)| (id.clone(), status.clone())).collect()
    }

    fn incidents_of(&self, rule: &ObjectId) -> BTreeMap<String, KnownIncident> {
        self.statuses
            .keys()
            .filter(|id| id.kind == Kind::Incident && id.namespace == rule.namespace)
            // Only a cluster knows who a person is, so nobody acknowledges here.
            .map(|id| (id.name.clone(), KnownIncident { status: self.status(id), acknowledged_by: None }))
            .filter(|(_, known)| known.status.rule == rule.name)
            .collect()
    }

    /// Makes the incidents of a rule what they are to be.
    async fn keep_incidents(&mut self, rule: &ObjectId, wanted: &[WantedIncident]) -> Result<(), StoreError> {
        for name in self.incidents_of(rule).into_keys() {
            let id = ObjectId::new(Kind::Incident, &rule.namespace, name);
            if wanted.iter().all(|wanted| wanted.id != id) {
                self.engine.store.delete_status(&id).await?;
                self.statuses.remove(&id);
            }
        }
        for incident in wanted {
            let text = serde_json::to_string(&incident.status)?;
            self.engine.store.put_status(&incident.id, &text).await?;
            self.statuses.insert(incident.id.clone(), text);
        }
        Ok(())
    }

    fn progress(&self) -> (i64, i64) {
        let metrics = self.statuses.keys().filter(|id| id.kind == Kind::Metric);
        let backfills = metrics.filter_map(|id| self.status::<metricwright_api::MetricStatus>(id).backfill);
        backfills.fold((0, 0), |(done, total), backfill| (done + backfill.done, total + backfill.total))
    }

    /// The objects that are not Ready, with what stands in the way.
    pub fn not_ready(&self) -> Vec<(ObjectId, String)> {
        self.statuses
            .keys()
            .filter(|id| id.kind != Kind::Incident)
            .filter_map(|id| {
                let conditions = conditions_of(&self.status(id));
                let ready = conditions::find(&conditions, ConditionType::Ready)?;
                (ready.status != "True").then(|| (id.clone(), ready.message.clone()))
            })
            .collect()
    }

    /// The metrics that are Ready and whose last run failed, with why: their values are older than they should be.
    pub fn not_fresh(&self) -> Vec<(ObjectId, String)> {
        self.statuses
            .keys()
            .filter(|id| id.kind == Kind::Metric)
            .filter_map(|id| {
                let conditions = conditions_of(&self.status(id));
                let fresh = conditions::find(&conditions, ConditionType::Fresh)?;
                let failed = fresh.reason == Reason::SourceUnavailable.as_str()
                    && conditions::is_true(&conditions, ConditionType::Ready);
                failed.then(|| (id.clone(), fresh.message.clone()))
            })
            .collect()
    }

    /// When something is due next.
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.wakes.values().min().copied()
    }

    /// Marks what is due, and what failed, as pending.
    pub fn wake(&mut self) {
        let now = self.engine.now();
        let due: Vec<ObjectId> =
            self.wakes.iter().filter(|(_, at)| **at <= now).map(|(id, _)| id.clone()).collect();
        self.pending.extend(due);
        self.pending.extend(std::mem::take(&mut self.failed));
    }
}

fn done<S: Serialize>(id: &ObjectId, outcome: Outcome<S>) -> Done {
    Done {
        id: id.clone(),
        status: serde_json::to_string(&outcome.status).unwrap_or_default(),
        next: outcome.next,
        touched: outcome.touched,
        failed: outcome.failed,
        incidents: None,
    }
}
