//! One container of a Pod: runs it, probes it, starts it again, ends it.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::Container;
use tokio::sync::watch;

use super::pod::PodPlace;
use super::probe::{self, Checks};
use super::process::{Command, Process};
use super::run::Order;
use super::status::{Run, State};
use super::{NodeError, environment, hosts};

/// The pause before the second start; it doubles with each further one. A kubelet begins with ten times as much.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// What came of one run of the program.
enum Outcome {
    Ended(i32),
    Told,
}

/// Runs the container until it will not run again, and keeps its state in `states`.
pub(super) async fn run(
    place: Arc<PodPlace>,
    index: usize,
    states: watch::Sender<Vec<State>>,
    mut orders: watch::Receiver<Order>,
) {
    let Some(container) = place.spec.containers.get(index).cloned() else { return };
    let set = |change: &dyn Fn(&mut State)| {
        states.send_modify(|all| all.get_mut(index).into_iter().for_each(change));
    };
    let mut pause = FIRST_PAUSE;
    while *orders.borrow() == Order::Run {
        match once(&place, &container, &set, &mut orders).await {
            Ok(Outcome::Told) => return,
            Ok(Outcome::Ended(code)) if !starts_again(place.spec.restart_policy.as_deref(), code) => return,
            Ok(Outcome::Ended(_)) => {
                set(&|state| state.wait("CrashLoopBackOff", "waits before the next start"));
            }
            Err(error) => set(&|state| state.wait(error.reason(), &error.to_string())),
        }
        let _ = tokio::time::timeout(pause, orders.wait_for(|order| *order != Order::Run)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn starts_again(policy: Option<&str>, code: i32) -> bool {
    match policy {
        Some("Never") => false,
        Some("OnFailure") => code != 0,
        _ => true,
    }
}

async fn once(
    place: &PodPlace,
    container: &Container,
    set: &impl Fn(&dyn Fn(&mut State)),
    orders: &mut watch::Receiver<Order>,
) -> Result<Outcome, NodeError> {
    let checks = Checks::of(container, &place.ip)?;
    let command = command(place, container).await?;
    let mut process = Process::start(&command)?;
    let ready_at_once = checks.readiness.is_none() && checks.startup.is_none();
    set(&|state| state.begin(ready_at_once));
    let ready = |is: bool| set(&|state| state.ready = is);
    let code = tokio::select! {
        code = process.wait() => code,
        () = probe::watch(&checks, ready) => process.end(grace_of(place)).await,
        order = told(orders) => {
            let grace = if let Order::End(grace) = order { grace } else { Duration::ZERO };
            let code = process.end(grace).await;
            set(&|state| state.end(Run::ended(code)));
            return Ok(Outcome::Told);
        }
    };
    set(&|state| state.end(Run::ended(code)));
    Ok(Outcome::Ended(code))
}

/// Waits for another order than to go on.
async fn told(orders: &mut watch::Receiver<Order>) -> Order {
    // Without a sender the node is gone.
    orders.wait_for(|order| *order != Order::Run).await.map_or(Order::Kill, |order| *order)
}

/// How long the program has to end when a liveness probe failed.
fn grace_of(place: &PodPlace) -> Duration {
    let seconds = place.spec.termination_grace_period_seconds.unwrap_or(30);
    Duration::from_secs(u64::try_from(seconds).unwrap_or_default())
}

/// What to run and how, with references resolved as they are now.
async fn command(place: &PodPlace, container: &Container) -> Result<Command, NodeError> {
    let environment = environment::of(place, container).await?;
    let hosts = hosts::write(&place.host, &place.folder).await?;
    let expand = |list: &Option<Vec<String>>| -> Vec<String> {
        list.iter().flatten().map(|text| environment::expand(text, &environment)).collect()
    };
    let (mut program, given) = (None, expand(&container.command));
    let mut arguments = given.clone();
    if let Some(path) = program_of(place, container) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if given.is_empty() {
            arguments.push(format!("/{name}"));
        }
        program = Some((path, name));
    } else if given.is_empty() {
        let image = container.image.clone().unwrap_or_default();
        let known = place.host.programs.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        return Err(NodeError::Image { image, known });
    }
    arguments.extend(expand(&container.args));
    let pod = place.spec.security_context.clone().unwrap_or_default();
    let own = container.security_context.clone().unwrap_or_default();
    Ok(Command {
        root: place.folder.join("roots").join(&container.name),
        program,
        arguments,
        environment,
        user: own.run_as_user.or(pod.run_as_user).unwrap_or(0),
        group: own.run_as_group.or(pod.run_as_group).or(pod.fs_group).unwrap_or(0),
        read_only: own.read_only_root_filesystem.unwrap_or_default(),
        mounts: place.mounts.of(container)?,
        hosts,
        log: super::log_of(
            &place.host.folder,
            place.pod.metadata.namespace.as_deref().unwrap_or_default(),
            place.pod.metadata.name.as_deref().unwrap_or_default(),
        ),
        working_folder: container.working_dir.clone(),
    })
}

/// The program that stands for the container's image: of the same repository, whatever the tag or digest.
fn program_of(place: &PodPlace, container: &Container) -> Option<std::path::PathBuf> {
    let image = container.image.as_deref().unwrap_or_default();
    let named = image.split('@').next().unwrap_or_default();
    let repository = match named.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => named,
    };
    place.host.programs.get(repository).cloned()
}
