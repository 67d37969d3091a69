//! The status of a Pod, from the states of its containers.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};

/// A run of a program that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    code: i32,
    finished: Timestamp,
}

impl Run {
    /// One that ended now.
    pub fn ended(code: i32) -> Self {
        Self { code, finished: Timestamp::now() }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Now {
    Waiting { reason: String, message: String },
    Running,
    Ended(Run),
}

/// What a container does now, and how its last run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    now: Now,
    pub ready: bool,
    starts: u32,
    started: Timestamp,
    last: Option<(Timestamp, Run)>,
}

impl Default for State {
    fn default() -> Self {
        Self::waiting("ContainerCreating", "")
    }
}

impl State {
    /// A container that never ran.
    pub fn waiting(reason: &str, message: &str) -> Self {
        let now = Now::Waiting { reason: reason.to_owned(), message: message.to_owned() };
        Self { now, ready: false, starts: 0, started: Timestamp::UNIX_EPOCH, last: None }
    }

    /// The program runs.
    pub fn begin(&mut self, ready: bool) {
        self.keep_run();
        self.now = Now::Running;
        self.ready = ready;
        self.starts += 1;
        self.started = Timestamp::now();
    }

    /// The program has ended.
    pub fn end(&mut self, run: Run) {
        self.now = Now::Ended(run);
        self.ready = false;
    }

    /// The program will run again.
    pub fn wait(&mut self, reason: &str, message: &str) {
        self.keep_run();
        self.now = Now::Waiting { reason: reason.to_owned(), message: message.to_owned() };
        self.ready = false;
    }

    fn keep_run(&mut self) {
        if let Now::Ended(run) = &self.now {
            self.last = Some((self.started, run.clone()));
        }
    }

    fn describe(&self) -> Value {
        match &self.now {
            Now::Waiting { reason, message } => json!({"waiting": {"reason": reason, "message": message}}),
            Now::Running => json!({"running": {"startedAt": stamp(self.started)}}),
            Now::Ended(run) => terminated(self.started, run),
        }
    }
}

fn terminated(started: Timestamp, run: &Run) -> Value {
    let reason = if run.code == 0 { "Completed" } else { "Error" };
    json!({"terminated": {"exitCode": run.code, "reason": reason, "startedAt": stamp(started),
        "finishedAt": stamp(run.finished)}})
}

/// As Kubernetes writes times, to the second.
fn stamp(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Makes the status of one Pod, where it differs from the one before.
pub(super) struct Reporter {
    pub names: Vec<String>,
    pub ip: Option<String>,
    /// The containers have ended and none will run again.
    pub over: bool,
    images: Vec<String>,
    begun: Timestamp,
    conditions: BTreeMap<&'static str, (bool, Timestamp)>,
    last: Option<Value>,
}

impl Reporter {
    pub fn new(pod: &Pod) -> Self {
        let containers = pod.spec.as_ref().map(|spec| spec.containers.clone()).unwrap_or_default();
        Self {
            images: containers.iter().map(|container| container.image.clone().unwrap_or_default()).collect(),
            names: containers.into_iter().map(|container| container.name).collect(),
            ip: None,
            over: false,
            begun: Timestamp::now(),
            conditions: BTreeMap::new(),
            last: None,
        }
    }

    /// The status to write; none if it is as the one before.
    pub fn status(&mut self, states: &[State]) -> Option<Value> {
        let phase = self.phase(states);
        let ready = !states.is_empty() && states.iter().all(|state| state.ready);
        let conditions: Vec<Value> = [
            ("PodReadyToStartContainers", self.ip.is_some()),
            ("Initialized", true),
            ("ContainersReady", ready),
            ("Ready", ready),
        ]
        .map(|(name, is)| self.condition(name, is, phase))
        .into();
        let mut status = json!({
            "phase": phase,
            "startTime": stamp(self.begun),
            "conditions": conditions,
            "containerStatuses": self.containers(states),
        });
        if let (Some(ip), Some(fields)) = (&self.ip, status.as_object_mut()) {
            fields.insert("podIP".to_owned(), json!(ip));
            fields.insert("podIPs".to_owned(), json!([{"ip": ip}]));
            fields.insert("hostIP".to_owned(), json!(ip));
        }
        if self.last.as_ref() == Some(&status) {
            return None;
        }
        self.last = Some(status.clone());
        Some(json!({"status": status}))
    }

    /// The last status was not written: the next one is written even if it is the same.
    pub fn forget(&mut self) {
        self.last = None;
    }

    fn phase(&self, states: &[State]) -> &'static str {
        let well = |state: &State| matches!(&state.now, Now::Ended(run) if run.code == 0);
        if self.over {
            return if states.iter().all(well) { "Succeeded" } else { "Failed" };
        }
        if states.iter().any(|state| state.starts > 0) { "Running" } else { "Pending" }
    }

    fn condition(&mut self, name: &'static str, is: bool, phase: &str) -> Value {
        let entry = self.conditions.entry(name).or_insert((is, Timestamp::now()));
        if entry.0 != is {
            *entry = (is, Timestamp::now());
        }
        let reason = match phase {
            _ if is => "",
            "Succeeded" => "PodCompleted",
            "Failed" => "PodFailed",
            _ => "ContainersNotReady",
        };
        let status = if is { "True" } else { "False" };
        json!({"type": name, "status": status, "reason": reason, "lastTransitionTime": stamp(entry.1)})
    }

    fn containers(&self, states: &[State]) -> Vec<Value> {
        let named = self.names.iter().zip(&self.images).zip(states);
        named
            .map(|((name, image), state)| {
                let last = state.last.as_ref().map(|(started, run)| terminated(*started, run));
                json!({
                    "name": name,
                    "image": image,
                    "imageID": "",
                    "ready": state.ready,
                    "started": matches!(state.now, Now::Running),
                    "restartCount": state.starts.saturating_sub(1),
                    "state": state.describe(),
                    "lastState": last.unwrap_or_else(|| json!({})),
                })
            })
            .collect()
    }
}
