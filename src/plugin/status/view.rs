//! What is shown of one object.

use metricwright_api::{Condition, IncidentStatus, Kind, ObjectId};
use metricwright_service::explain::{Ready, Upstream, meaning, upstream};
use serde::Serialize;
use serde_json::Value;

use crate::cli::get::text;
use crate::plugin::snapshot::Snapshot;

/// One object as it stands.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct View {
    /// Which object.
    pub object: ObjectId,
    /// Its name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Whether it is Ready.
    pub ready: Ready,
    /// What the condition Ready says.
    pub message: String,
    /// One word.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub state: String,
    /// What a metric means, in one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meaning: Option<String>,
    /// The status, as the API server shows it.
    pub status: Value,
    /// Its conditions.
    pub conditions: Vec<Condition>,
    /// What it reads, down to the sources.
    pub upstream: Upstream,
    /// Open incidents of it, the newest first.
    pub incidents: Vec<Open>,
    /// What uses it.
    pub consumers: Vec<String>,
}

/// An open incident.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Open {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// How it stands.
    #[serde(flatten)]
    pub status: IncidentStatus,
}

impl View {
    /// What is shown of an object of the snapshot.
    pub fn of(snapshot: &Snapshot, id: &ObjectId) -> Self {
        let (ready, message) = snapshot.readiness(id);
        let status = snapshot.status(id);
        let object = snapshot.get(id);
        let display = object.and_then(|object| object.data.pointer("/spec/displayName")?.as_str());
        let metric = (id.kind == Kind::Metric).then(|| snapshot.catalog.metric(id).ok()).flatten();
        let consumers = snapshot.catalog.consumers(id).iter();
        Self {
            object: id.clone(),
            display_name: display.map(str::to_owned),
            ready,
            message,
            state: text(&status, "/state"),
            meaning: metric.map(|metric| meaning(&metric)),
            conditions: snapshot.conditions(id),
            upstream: upstream(&snapshot.catalog, id, &[], &|id| snapshot.readiness(id)),
            incidents: open_incidents(snapshot, |open| concerns(open, id)),
            consumers: consumers
                .map(|user| format!("{}/{}", user.kind, user.relative_to(&id.namespace)))
                .collect(),
            status,
        }
    }

    /// Whether it is Ready.
    pub fn is_ready(&self) -> bool {
        self.ready == Ready::True
    }
}

/// The incidents that are open and fit, the newest first.
pub fn open_incidents(snapshot: &Snapshot, fits: impl Fn(&Open) -> bool) -> Vec<Open> {
    let mut open: Vec<Open> = snapshot
        .of_kind(Kind::Incident)
        .filter_map(|(id, _)| {
            let status: IncidentStatus = serde_json::from_value(snapshot.status(id)).ok()?;
            let is_open = status.resolved_at.is_none() && !status.started_at.is_empty();
            is_open.then(|| Open { namespace: id.namespace.clone(), name: id.name.clone(), status })
        })
        .filter(fits)
        .collect();
    open.sort_by(|a, b| b.status.started_at.cmp(&a.status.started_at));
    open
}

/// Whether an incident is of a metric or a rule.
fn concerns(open: &Open, id: &ObjectId) -> bool {
    match id.kind {
        Kind::AlertRule => open.namespace == id.namespace && open.status.rule == id.name,
        Kind::Metric => id.relative_to(&open.namespace) == open.status.metric,
        _ => false,
    }
}
