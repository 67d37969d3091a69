//! A namespace, or all, in one look.

use std::collections::BTreeMap;

use metricwright_api::{Kind, ObjectId};
use metricwright_service::explain::Ready;
use serde::Serialize;

use super::render::{incidents, ready, section};
use super::view::{Open, open_incidents};
use crate::cli::get::text;
use crate::cli::table::table;
use crate::plugin::snapshot::Snapshot;

/// How many objects are Ready, which are not and why, and which incidents are open.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    /// The namespace; none for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
    /// One line a kind.
    kinds: Vec<Count>,
    /// What is not Ready, and why.
    not_ready: Vec<NotReady>,
    /// Open incidents, the newest first.
    incidents: Vec<Open>,
}

/// How the objects of a kind stand.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Count {
    kind: Kind,
    ready: usize,
    not_ready: usize,
    /// Number of objects by state.
    states: BTreeMap<String, usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NotReady {
    object: ObjectId,
    ready: Ready,
    message: String,
}

impl Overview {
    /// The overview of a snapshot.
    pub fn of(snapshot: &Snapshot, namespace: Option<&str>) -> Self {
        let here = |id: &ObjectId| namespace.is_none_or(|namespace| id.namespace == namespace);
        let mut not_ready = Vec::new();
        let mut kinds = Vec::new();
        for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Incident) {
            let mut count = Count { kind, ready: 0, not_ready: 0, states: BTreeMap::new() };
            for (id, _) in snapshot.of_kind(kind).filter(|(id, _)| here(id)) {
                let state = text(&snapshot.status(id), "/state");
                if !state.is_empty() {
                    *count.states.entry(state).or_default() += 1;
                }
                match snapshot.readiness(id) {
                    (Ready::True, _) => count.ready += 1,
                    (ready, message) => {
                        count.not_ready += 1;
                        not_ready.push(NotReady { object: id.clone(), ready, message });
                    }
                }
            }
            kinds.push(count);
        }
        let incidents = open_incidents(snapshot, |_| true);
        Self { namespace: namespace.map(str::to_owned), kinds, not_ready, incidents }
    }

    /// Whether everything is Ready.
    pub fn all_ready(&self) -> bool {
        self.not_ready.is_empty()
    }

    /// For people.
    pub fn text(&self) -> String {
        let place = self
            .namespace
            .as_ref()
            .map_or_else(|| "all namespaces".to_owned(), |name| format!("namespace {name}"));
        if self.kinds.iter().all(|count| count.ready + count.not_ready == 0) {
            return format!(
                "{place}: nothing is there; `kubectl apply` some metrics, or look elsewhere with -n or -A"
            );
        }
        let mut out = format!("{place}\n");
        let row = |count: &Count| {
            let states: Vec<String> =
                count.states.iter().map(|(state, number)| format!("{number} {state}")).collect();
            vec![
                count.kind.plural().to_owned(),
                count.ready.to_string(),
                count.not_ready.to_string(),
                states.join(", "),
            ]
        };
        section(
            &mut out,
            "objects · 资源",
            &table(&["kind", "ready", "not ready", "states"], self.kinds.iter().map(row).collect()),
        );
        let home = self.namespace.as_deref().unwrap_or_default();
        let line = |of: &NotReady| {
            vec![format!("{}/{}", of.object.kind, of.object.relative_to(home)), ready(of.ready, &of.message)]
        };
        if !self.not_ready.is_empty() {
            section(
                &mut out,
                "not ready · 未就绪",
                &table(&["object", "ready"], self.not_ready.iter().map(line).collect()),
            );
        }
        let open = incidents(&self.incidents);
        let open = if open.is_empty() { "none".to_owned() } else { open };
        section(&mut out, "open incidents · 未结事件", &open);
        out.trim_end().to_owned()
    }
}
