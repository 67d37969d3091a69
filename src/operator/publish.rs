//! Publishing: statuses that differ, and events on what turned.

use std::time::Duration;

use kube::api::PostParams;
use kube::runtime::events::{Event, EventType};
use kube::{Resource, ResourceExt};
use metricwright_api::{Kind, ObjectId};
use metricwright_catalog::manifest::validate_object;
use metricwright_service::reconcile::{Note, notes};
use metricwright_service::status::any_kind::{self, conditions_of};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::cluster::Cluster;
use super::work::WorkError;
use super::{Shared, work};

/// Most bytes of an event's text.
const NOTE_LIMIT: usize = 1000;

/// Writes a status where it differs from the one in the cluster. One that differs in values only is written
/// at most once in the status interval; changes of conditions at once.
pub async fn status<S>(shared: &Shared, id: &ObjectId, status: &S) -> Result<(), WorkError>
where
    S: Serialize + DeserializeOwned + Default,
{
    let before = serde_json::to_value(work::status::<S>(shared, id))?;
    let after = serde_json::to_value(status)?;
    let there = shared.cluster.object(id).is_some_and(|object| object.data.get("status").is_some());
    if before == after && there {
        return Ok(());
    }
    if same_but_values(&before, &after)
        && let Some(wait) = too_soon(shared, id)
    {
        shared.queue.after(id.clone(), wait);
        return Ok(());
    }
    write(shared, id, after.clone()).await?;
    for note in notes(&conditions_of(&before), &conditions_of(&after)) {
        announce(shared, id, &note).await;
    }
    Ok(())
}

/// Whether conditions, state and generation are equal: people and programs wait for these.
fn same_but_values(before: &Value, after: &Value) -> bool {
    ["conditions", "state", "observedGeneration", "lastHandledReconcileAt", "openIncidents"]
        .iter()
        .all(|field| before.get(field) == after.get(field))
}

fn too_soon(shared: &Shared, id: &ObjectId) -> Option<Duration> {
    shared.status_interval.checked_sub(shared.cluster.written_at(id)?.elapsed())
}

/// Writes a status over the object as last seen. Somebody who was faster makes it a conflict, and the
/// object is looked at again.
pub async fn write(shared: &Shared, id: &ObjectId, status: Value) -> Result<(), WorkError> {
    shared.may_write()?;
    let Some(mut object) = shared.cluster.object(id) else { return Ok(()) };
    if let Some(data) = object.data.as_object_mut() {
        data.insert("status".to_owned(), status);
    }
    object.types.get_or_insert_with(|| kube::core::TypeMeta {
        api_version: metricwright_api::API_VERSION.to_owned(),
        kind: id.kind.as_str().to_owned(),
    });
    match shared.cluster.api(id).replace_status(&id.name, &PostParams::default(), &object).await {
        Ok(written) => {
            shared.telemetry.status_written(id.kind);
            shared.cluster.wrote(id, written);
            Ok(())
        }
        // It was deleted in the meantime; the watch will tell.
        Err(kube::Error::Api(answer)) if answer.is_not_found() => Ok(()),
        // The watch brings the newer version; then it is looked at again.
        Err(kube::Error::Api(answer)) if answer.is_conflict() => Err(WorkError::Changed),
        Err(error) => Err(error.into()),
    }
}

/// Tells an event. An event that cannot be told is logged: it must not stop the work.
async fn announce(shared: &Shared, id: &ObjectId, note: &Note) {
    let Some(object) = shared.cluster.object(id) else { return };
    let reference = object.object_ref(&Cluster::resource(id.kind));
    let event = Event {
        type_: if note.warning { EventType::Warning } else { EventType::Normal },
        reason: note.reason.clone(),
        note: Some(note.message.chars().take(NOTE_LIMIT / 4).collect()),
        action: "Reconcile".to_owned(),
        secondary: None,
    };
    if let Err(error) = shared.cluster.recorder.publish(&event, &reference).await {
        tracing::warn!(object = %id, %error, "an event could not be told");
    }
}

/// The status of an object that cannot be read as its kind: the findings of its schema.
pub async fn malformed(shared: &Shared, id: &ObjectId) -> Result<(), WorkError> {
    let Some(object) = shared.cluster.object(id) else { return Ok(()) };
    let generation = object.metadata.generation;
    let json = serde_json::to_value(&object)?;
    let findings = validate_object(id, &json);
    let Some(first) = findings.first() else { return Ok(()) };
    let before = json.get("status").cloned().unwrap_or_default();
    let after = any_kind::malformed(id.kind, &before, first, generation, shared.engine.now());
    if before == after {
        return Ok(());
    }
    write(shared, id, after.clone()).await?;
    for note in notes(&conditions_of(&before), &conditions_of(&after)) {
        announce(shared, id, &note).await;
    }
    Ok(())
}

/// Shows that work on an object takes its time. One that cannot be shown is logged: it must not stop the work.
pub async fn reconciling(shared: &Shared, id: &ObjectId) {
    let Some(object) = shared.cluster.object(id) else { return };
    let before = object.data.get("status").cloned().unwrap_or_default();
    let after = any_kind::reconciling(&before, object.metadata.generation, shared.engine.now());
    if let Err(error) = write(shared, id, after).await {
        tracing::warn!(object = %id, %error, "it could not be shown that work takes its time");
    }
}

/// Somebody deleted an incident: its episode is closed.
pub async fn closed_by_somebody(shared: &Shared, id: &ObjectId) {
    if !shared.leadership.holds() {
        return;
    }
    match shared.engine.store.close_episode(&id.namespace, &id.name).await {
        Ok(_) => {
            for (rule, object) in shared.cluster.of_kind(Kind::AlertRule) {
                if object.namespace().as_deref() == Some(&id.namespace) {
                    shared.queue.now(rule);
                }
            }
        }
        Err(error) => tracing::warn!(incident = %id, %error, "the episode could not be closed"),
    }
}
