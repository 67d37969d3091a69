//! What the cluster shows: the statuses that are there, and how to reach each kind.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use kube::core::{ApiResource, DynamicObject};
use kube::runtime::events::{Recorder, Reporter};
use kube::{Api, Client};
use metricwright_api::{Kind, ObjectId};

/// Name of the operator in events.
const REPORTER: &str = "metricwright";

/// The objects of the cluster as last seen, and the way to change them.
pub struct Cluster {
    client: Client,
    seen: Mutex<Seen>,
    /// Publishes events.
    pub recorder: Recorder,
}

#[derive(Default)]
struct Seen {
    objects: BTreeMap<ObjectId, DynamicObject>,
    written: BTreeMap<ObjectId, Instant>,
    deleting: BTreeSet<ObjectId>,
    listing: BTreeSet<Kind>,
}

impl Cluster {
    /// Nothing is seen yet.
    pub fn new(client: Client) -> Self {
        let reporter = Reporter { controller: REPORTER.into(), instance: None };
        Self { recorder: Recorder::new(client.clone(), reporter), client, seen: Mutex::default() }
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// A kind as the API names it.
    pub fn resource(kind: Kind) -> ApiResource {
        kind.api_resource()
    }

    /// The objects of a kind in a namespace.
    pub fn api(&self, id: &ObjectId) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), &id.namespace, &Self::resource(id.kind))
    }

    /// Notes an object as it stands; gives what it was before.
    pub fn see(&self, id: &ObjectId, object: DynamicObject) -> Option<DynamicObject> {
        self.seen().objects.insert(id.clone(), object)
    }

    /// Notes that an object is gone; says whether it was us who deleted it.
    pub fn forget(&self, id: &ObjectId) -> bool {
        let mut seen = self.seen();
        seen.objects.remove(id);
        seen.written.remove(id);
        seen.deleting.remove(id)
    }

    /// Notes that we are about to delete an object.
    pub fn deleting(&self, id: &ObjectId) {
        self.seen().deleting.insert(id.clone());
    }

    /// An object as last seen.
    pub fn object(&self, id: &ObjectId) -> Option<DynamicObject> {
        self.seen().objects.get(id).cloned()
    }

    /// The objects of a kind as last seen, with their identities.
    pub fn of_kind(&self, kind: Kind) -> Vec<(ObjectId, DynamicObject)> {
        let seen = self.seen();
        let of_kind = seen.objects.iter().filter(|(id, _)| id.kind == kind);
        of_kind.map(|(id, object)| (id.clone(), object.clone())).collect()
    }

    /// When we last wrote an object's status.
    pub fn written_at(&self, id: &ObjectId) -> Option<Instant> {
        self.seen().written.get(id).copied()
    }

    /// Notes that we wrote an object's status now, and what it is since.
    pub fn wrote(&self, id: &ObjectId, object: DynamicObject) {
        let mut seen = self.seen();
        seen.written.insert(id.clone(), Instant::now());
        seen.objects.insert(id.clone(), object);
    }

    /// Notes that a kind is listed completely.
    pub fn listed(&self, kind: Kind) {
        self.seen().listing.insert(kind);
    }

    /// Whether every kind is listed: only then can it be known what does not exist.
    pub fn complete(&self) -> bool {
        self.seen().listing.len() == Kind::ALL.len()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
