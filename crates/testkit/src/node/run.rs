//! The node's loop: gives Pods to itself, starts a task for each, provisions claims.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::{Stream, StreamExt};
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Pod};
use kube::api::PostParams;
use kube::runtime::watcher::{self, Event};
use kube::runtime::{WatchStreamExt, watcher as watch_all};
use kube::{Api, ResourceExt};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{Host, NodeError, claim, pod};

/// How long a Pod is waited for when the node stops; its processes are killed, so it is short.
const STOP: Duration = Duration::from_secs(20);

/// What a Pod is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Go on.
    Run,
    /// End within this time and delete the Pod.
    End(Duration),
    /// The Pod is gone, or the node is: kill.
    Kill,
}

struct Running {
    orders: watch::Sender<Order>,
    task: JoinHandle<()>,
}

/// Runs the node until told to stop, then kills what runs on it.
pub(super) async fn until(host: Arc<Host>, mut stop: watch::Receiver<bool>) {
    let mut pods = stream(Api::<Pod>::all(host.client.clone()));
    let mut claims = stream(Api::<PersistentVolumeClaim>::all(host.client.clone()));
    let mut running = BTreeMap::new();
    loop {
        tokio::select! {
            _ = stop.changed() => break,
            Some(event) = pods.next() => pod_changed(&host, event, &mut running),
            Some(event) = claims.next() => claim_changed(&host, event),
        }
    }
    for pod in running.values() {
        let _ = pod.orders.send(Order::Kill);
    }
    for (_, pod) in running {
        let _ = tokio::time::timeout(STOP, pod.task).await;
    }
}

/// What happens to objects; a lost connection is taken up again by the watcher itself.
fn stream<K>(api: Api<K>) -> impl Stream<Item = Event<K>> + Unpin
where
    K: kube::Resource + Clone + serde::de::DeserializeOwned + std::fmt::Debug + Send + 'static,
{
    let events = watch_all(api, watcher::Config::default()).default_backoff();
    Box::pin(events.filter_map(|event| async { event.ok() }))
}

fn claim_changed(host: &Arc<Host>, event: Event<PersistentVolumeClaim>) {
    if let Event::Apply(claim) | Event::InitApply(claim) = event {
        tokio::spawn(say(claim::provision(host.clone(), claim)));
    }
}

fn pod_changed(host: &Arc<Host>, event: Event<Pod>, running: &mut BTreeMap<String, Running>) {
    match event {
        Event::Apply(pod) | Event::InitApply(pod) => pod_is(host, pod, running),
        Event::Delete(pod) => {
            if let Some(gone) = running.remove(&pod.uid().unwrap_or_default()) {
                let _ = gone.orders.send(Order::Kill);
            }
        }
        Event::Init | Event::InitDone => {}
    }
}

fn pod_is(host: &Arc<Host>, pod: Pod, running: &mut BTreeMap<String, Running>) {
    let bound = pod.spec.as_ref().and_then(|spec| spec.node_name.clone());
    let ends = pod.metadata.deletion_timestamp.is_some();
    match bound {
        None if !ends => {
            tokio::spawn(say(bind(host.clone(), pod)));
        }
        Some(node) if node == host.name => {
            let uid = pod.uid().unwrap_or_default();
            let grace = u64::try_from(pod.metadata.deletion_grace_period_seconds.unwrap_or_default());
            let order =
                if ends { Order::End(Duration::from_secs(grace.unwrap_or_default())) } else { Order::Run };
            let entry = running.entry(uid).or_insert_with(|| {
                let (orders, receiver) = watch::channel(order);
                Running { orders, task: tokio::spawn(pod::live(host.clone(), pod, receiver)) }
            });
            entry.orders.send_if_modified(|present| {
                *present != order && {
                    *present = order;
                    true
                }
            });
        }
        _ => {}
    }
}

/// Gives a Pod to this node, as the scheduler does.
async fn bind(host: Arc<Host>, pod: Pod) -> Result<(), NodeError> {
    let pods: Api<Pod> = Api::namespaced(host.client.clone(), &pod.namespace().unwrap_or_default());
    let name = pod.name_any();
    let binding = json!({
        "apiVersion": "v1", "kind": "Binding", "metadata": {"name": name, "uid": pod.uid()},
        "target": {"apiVersion": "v1", "kind": "Node", "name": host.name},
    });
    let bound: Result<serde_json::Value, _> =
        pods.create_subresource("binding", &name, &PostParams::default(), &binding).await;
    match bound {
        // Another node was faster, or the Pod is gone.
        Err(kube::Error::Api(status)) if [404, 409].contains(&status.code) => Ok(()),
        outcome => Ok(outcome.map(drop)?),
    }
}

/// Prints why a step failed, to the output of the test.
async fn say(step: impl Future<Output = Result<(), NodeError>>) {
    if let Err(error) = step.await {
        eprintln!("node for tests: {error}");
    }
}
