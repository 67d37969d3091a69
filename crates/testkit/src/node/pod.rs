//! The life of one Pod: address, volumes, containers, status, end.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Pod, PodSpec};
use kube::api::{DeleteParams, Patch, PatchParams, Preconditions};
use kube::{Api, ResourceExt};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::address::Address;
use super::register::MANAGER;
use super::run::Order;
use super::status::{Reporter, State};
use super::volume::Mounts;
use super::{Host, NodeError, container, volume};

/// How long until what was missing is looked for again.
const RETRY: Duration = Duration::from_millis(300);

/// What the containers of one Pod share.
pub(super) struct PodPlace {
    pub host: Arc<Host>,
    pub pod: Pod,
    pub spec: PodSpec,
    pub ip: String,
    pub folder: PathBuf,
    pub mounts: Mounts,
}

/// Runs a Pod from its binding to its deletion.
pub(super) async fn live(host: Arc<Host>, pod: Pod, mut orders: watch::Receiver<Order>) {
    let uid = pod.uid().unwrap_or_default();
    let folder = host.folder.join("pods").join(&uid);
    let count = pod.spec.as_ref().map_or(0, |spec| spec.containers.len());
    let (states, seen) = watch::channel(vec![State::default(); count]);
    let mut reporter = Reporter::new(&pod);
    if let Some((place, _address)) = prepare(&host, &pod, folder.clone(), &mut orders, &mut reporter).await {
        reporter.ip = Some(place.ip.clone());
        run_containers(place, states, seen, &orders, &mut reporter).await;
        // Its address and its status stay until it is deleted.
        let _ = orders.wait_for(|order| *order != Order::Run).await;
    }
    if matches!(*orders.borrow(), Order::End(_)) {
        delete(&host, &pod).await;
    }
    // What a program left behind that runs as another user is removed with the node's folder at the latest.
    let _ = std::fs::remove_dir_all(&folder);
}

/// Tries until everything that the Pod refers to is there; nothing if the Pod ends before.
async fn prepare(
    host: &Arc<Host>,
    pod: &Pod,
    folder: PathBuf,
    orders: &mut watch::Receiver<Order>,
    reporter: &mut Reporter,
) -> Option<(PodPlace, Address)> {
    let mut address = None;
    loop {
        if *orders.borrow() != Order::Run {
            return None;
        }
        let error = match place(host, pod, &folder, &mut address).await {
            Ok(place) => return address.map(|address| (place, address)),
            Err(error) => error,
        };
        let waiting = State::waiting(error.reason(), &error.to_string());
        report(host, pod, reporter, &vec![waiting; reporter.names.len()]).await;
        let _ = tokio::time::timeout(RETRY, orders.changed()).await;
    }
}

async fn place(
    host: &Arc<Host>,
    pod: &Pod,
    folder: &std::path::Path,
    address: &mut Option<Address>,
) -> Result<PodPlace, NodeError> {
    let spec = pod.spec.clone().unwrap_or_default();
    if spec.init_containers.as_ref().is_some_and(|all| !all.is_empty()) {
        return Err(NodeError::NotDone("init containers".to_owned()));
    }
    std::fs::create_dir_all(folder).map_err(NodeError::file(folder))?;
    if address.is_none() {
        *address = Some(Address::take()?);
    }
    let ip = address.as_ref().map(|address| address.ip.to_string()).unwrap_or_default();
    let mounts = volume::prepare(host, pod, &spec, folder, &ip).await?;
    Ok(PodPlace { host: host.clone(), pod: pod.clone(), spec, ip, folder: folder.to_owned(), mounts })
}

/// Runs all containers at once and reports what changes, until none will run again.
async fn run_containers(
    place: PodPlace,
    states: watch::Sender<Vec<State>>,
    mut seen: watch::Receiver<Vec<State>>,
    orders: &watch::Receiver<Order>,
    reporter: &mut Reporter,
) {
    let place = Arc::new(place);
    let mut tasks = JoinSet::new();
    for index in 0..place.spec.containers.len() {
        tasks.spawn(container::run(place.clone(), index, states.clone(), orders.clone()));
    }
    drop(states);
    // Ends when the last container has given back its end of the channel.
    while seen.changed().await.is_ok() {
        let now = seen.borrow_and_update().clone();
        report(&place.host, &place.pod, reporter, &now).await;
    }
    let last = seen.borrow().clone();
    // Also when told to end: then too its containers have ended for good, as a kubelet says before the Pod is deleted.
    reporter.over = *orders.borrow() != Order::Kill;
    report(&place.host, &place.pod, reporter, &last).await;
    while tasks.join_next().await.is_some() {}
}

/// Writes the status. A Pod that is gone needs none; another failure is made up for by the next change.
async fn report(host: &Host, pod: &Pod, reporter: &mut Reporter, states: &[State]) {
    let Some(status) = reporter.status(states) else { return };
    let pods: Api<Pod> = Api::namespaced(host.client.clone(), &pod.namespace().unwrap_or_default());
    let parameters = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
    let written = pods.patch_status(&pod.name_any(), &parameters, &Patch::Strategic(&status)).await;
    match written {
        Ok(_) => {}
        Err(kube::Error::Api(answer)) if [404, 409].contains(&answer.code) => {}
        Err(error) => {
            reporter.forget();
            eprintln!("node for tests: status of {}: {error}", pod.name_any());
        }
    }
}

/// Deletes the Pod for good, as a kubelet does when its processes are gone.
async fn delete(host: &Host, pod: &Pod) {
    let pods: Api<Pod> = Api::namespaced(host.client.clone(), &pod.namespace().unwrap_or_default());
    let this_one = Preconditions { uid: pod.uid(), ..Preconditions::default() };
    let parameters = DeleteParams::default().grace_period(0).preconditions(this_one);
    match pods.delete(&pod.name_any(), &parameters).await {
        Ok(_) => {}
        Err(kube::Error::Api(answer)) if [404, 409].contains(&answer.code) => {}
        Err(error) => eprintln!("node for tests: {} cannot be deleted: {error}", pod.name_any()),
    }
}
