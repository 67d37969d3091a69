//! Watches: what happens in the cluster becomes the world that is reconciled, and the queue of what to
//! look at.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::StreamExt;
use k8s_openapi::api::core::v1::Namespace;
use kube::core::DynamicObject;
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Api, ResourceExt};
use metricwright_api::{Kind, ObjectId, RECONCILE_REQUESTED_AT};
use metricwright_catalog::manifest::{read_object, validate_object};
use metricwright_catalog::references;
use tokio_util::sync::CancellationToken;

use super::cluster::Cluster;
use super::{Shared, publish};
use crate::cli::CliError;

/// Something to watch.
pub enum Watch {
    /// The objects of one of our kinds.
    Kind(Kind, Api<DynamicObject>),
    /// Namespaces, for their labels.
    Namespaces(Api<Namespace>),
}

/// What is to be watched: all of the cluster, or one namespace.
pub fn watches(shared: &Shared, namespace: Option<&str>) -> Vec<Watch> {
    let client = shared.cluster.client();
    let api = |kind: Kind| match namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &Cluster::resource(kind)),
        None => Api::all_with(client.clone(), &Cluster::resource(kind)),
    };
    let mut watches: Vec<Watch> = Kind::ALL.into_iter().map(|kind| Watch::Kind(kind, api(kind))).collect();
    if namespace.is_none() {
        watches.push(Watch::Namespaces(Api::all(client.clone())));
    }
    watches
}

/// Follows a watch until told to stop. A watch that breaks is begun again, with a growing pause.
pub async fn follow(watch: Watch, shared: Arc<Shared>, stop: CancellationToken) -> Result<(), CliError> {
    match watch {
        Watch::Kind(kind, api) => follow_kind(kind, api, &shared, &stop).await,
        Watch::Namespaces(api) => follow_namespaces(api, &shared, &stop).await,
    }
    Ok(())
}

async fn follow_kind(kind: Kind, api: Api<DynamicObject>, shared: &Shared, stop: &CancellationToken) {
    let mut events = watcher(api, watcher::Config::default()).default_backoff().boxed();
    let mut listed = BTreeSet::new();
    loop {
        let event = tokio::select! {
            () = stop.cancelled() => return,
            event = events.next() => event,
        };
        match event {
            None => return,
            Some(Err(error)) => tracing::warn!(%kind, %error, "the watch broke; it is begun again"),
            Some(Ok(Event::Init)) => listed.clear(),
            Some(Ok(Event::InitApply(object))) => {
                let id = identity(kind, &object);
                listed.insert(id.clone());
                appeared(shared, &id, object);
            }
            Some(Ok(Event::InitDone)) => {
                // What a complete list does not show is gone.
                for (id, _) in shared.cluster.of_kind(kind) {
                    if !listed.contains(&id) {
                        disappeared(shared, &id).await;
                    }
                }
                shared.cluster.listed(kind);
                shared.queue.open_when(shared.cluster.complete());
            }
            Some(Ok(Event::Apply(object))) => appeared(shared, &identity(kind, &object), object),
            Some(Ok(Event::Delete(object))) => disappeared(shared, &identity(kind, &object)).await,
        }
    }
}

fn identity(kind: Kind, object: &DynamicObject) -> ObjectId {
    ObjectId::new(kind, object.namespace().unwrap_or_default(), object.name_any())
}

/// Takes in an object as it stands now.
fn appeared(shared: &Shared, id: &ObjectId, object: DynamicObject) {
    let asked = object.annotations().get(RECONCILE_REQUESTED_AT).cloned();
    let generation = object.metadata.generation;
    let json = serde_json::to_value(&object).unwrap_or_default();
    let before = shared.cluster.see(id, object);
    if id.kind == Kind::Incident {
        return;
    }
    let same = before.as_ref().is_some_and(|before| {
        before.metadata.generation == generation
            && before.annotations().get(RECONCILE_REQUESTED_AT) == asked.as_ref()
            && before.labels()
                == shared
                    .cluster
                    .object(id)
                    .map(|now| now.labels().clone())
                    .as_ref()
                    .unwrap_or(before.labels())
    });
    if same {
        return;
    }
    let findings = validate_object(id, &json);
    let read = if findings.is_empty() { read_object(id, &json).ok() } else { None };
    if let Some(read) = read {
        // What it referred to before counts one user less.
        touch_references(shared, id);
        if shared.engine.world.insert(read) {
            touch_dependents(shared, id);
            touch_references(shared, id);
        }
    } else {
        // A malformed object is as good as none, except that its status says so.
        touch_dependents(shared, id);
        shared.engine.world.remove(id);
    }
    shared.queue.now(id.clone());
}

async fn disappeared(shared: &Shared, id: &ObjectId) {
    let ours = shared.cluster.forget(id);
    if id.kind == Kind::Incident {
        if !ours {
            publish::closed_by_somebody(shared, id).await;
        }
        return;
    }
    touch_dependents(shared, id);
    touch_references(shared, id);
    shared.engine.world.remove(id);
    // Whoever shared its entities or was hidden by it may resolve differently now.
    touch_dependents(shared, id);
    if id.kind == Kind::AlertRule {
        shared.queue.now(id.clone());
    }
}

/// Queues what may come out otherwise now.
fn touch_dependents(shared: &Shared, id: &ObjectId) {
    for dependent in shared.engine.world.dependents(id) {
        shared.queue.now(dependent);
    }
}

/// Queues what an object refers to: their statuses count and name their users.
fn touch_references(shared: &Shared, id: &ObjectId) {
    let catalog = shared.engine.world.catalog();
    let Some(object) = catalog.inventory().get(id) else { return };
    for reference in references(catalog.inventory(), object) {
        if catalog.inventory().get(&reference).is_some() {
            shared.queue.now(reference);
        }
    }
}

async fn follow_namespaces(api: Api<Namespace>, shared: &Shared, stop: &CancellationToken) {
    let mut events = watcher(api, watcher::Config::default()).default_backoff().boxed();
    loop {
        let event = tokio::select! {
            () = stop.cancelled() => return,
            event = events.next() => event,
        };
        match event {
            None => return,
            Some(Ok(Event::Apply(namespace) | Event::InitApply(namespace))) => {
                let labels = namespace.labels().clone();
                for touched in shared.engine.world.set_namespace_labels(&namespace.name_any(), labels) {
                    shared.queue.now(touched);
                }
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => tracing::warn!(%error, "the watch of namespaces broke; it is begun again"),
        }
    }
}
