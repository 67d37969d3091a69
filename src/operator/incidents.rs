//! Incidents: made, kept up to date, and taken away when their time is over.

use std::collections::BTreeMap;

use kube::api::{DeleteParams, PostParams};
use kube::core::DynamicObject;
use metricwright_api::incident::IncidentStatus;
use metricwright_api::{Kind, ObjectId};
use metricwright_service::reconcile::{KnownIncident, Note, WantedIncident};
use serde_json::json;

use super::Shared;
use super::cluster::Cluster;
use super::publish;
use super::work::{WorkError, status};

/// The incidents of a rule as the cluster shows them.
pub fn of_rule(shared: &Shared, rule: &ObjectId) -> BTreeMap<String, KnownIncident> {
    let incidents = shared.cluster.of_kind(Kind::Incident).into_iter();
    incidents
        .filter(|(id, _)| id.namespace == rule.namespace)
        .map(|(id, object)| {
            let by = object.data.pointer("/spec/acknowledgedBy").and_then(serde_json::Value::as_str);
            let (status, acknowledged_by) = (status::<IncidentStatus>(shared, &id), by.map(str::to_owned));
            (id.name, KnownIncident { status, acknowledged_by })
        })
        .filter(|(_, known)| known.status.rule == rule.name)
        .collect()
}

/// Makes the incidents of a rule what they are to be.
pub async fn keep(shared: &Shared, rule: &ObjectId, wanted: &[WantedIncident]) -> Result<(), WorkError> {
    for name in of_rule(shared, rule).into_keys() {
        let id = ObjectId::new(Kind::Incident, &rule.namespace, name);
        if wanted.iter().all(|wanted| wanted.id != id) {
            remove(shared, &id).await?;
        }
    }
    for incident in wanted {
        if shared.cluster.object(&incident.id).is_none() && !make(shared, &incident.id).await? {
            continue;
        }
        let before: IncidentStatus = status(shared, &incident.id);
        publish::status(shared, &incident.id, &incident.status).await?;
        if let Some(note) = acknowledgement(&before, &incident.status) {
            publish::announce(shared, &incident.id, &note).await;
        }
    }
    Ok(())
}

/// What changed about who takes care of an incident.
fn acknowledgement(before: &IncidentStatus, after: &IncidentStatus) -> Option<Note> {
    let (reason, message) = match (&before.acknowledged_by, &after.acknowledged_by) {
        (before, after) if before == after => return None,
        (_, Some(by)) => ("Acknowledged", format!("{by} takes care of it; messages are not repeated")),
        (Some(by), None) => ("AcknowledgementWithdrawn", format!("{by} does not take care of it any more")),
        (None, None) => return None,
    };
    Some(Note { warning: false, reason: reason.to_owned(), message })
}

/// Takes away every incident of a rule that is gone.
pub async fn remove_all_of(shared: &Shared, rule: &ObjectId) -> Result<(), WorkError> {
    if shared.cluster.object(rule).is_some() {
        return Ok(());
    }
    for name in of_rule(shared, rule).into_keys() {
        remove(shared, &ObjectId::new(Kind::Incident, &rule.namespace, name)).await?;
    }
    Ok(())
}

/// A note that an incident was made, so that one deleted while nobody watched is known as closed.
fn made(id: &ObjectId) -> String {
    format!("made:{}/{}", id.namespace, id.name)
}

/// Makes an incident; says whether it is there. One that was made before and is not there was deleted by
/// somebody while nobody watched.
async fn make(shared: &Shared, id: &ObjectId) -> Result<bool, WorkError> {
    shared.may_write()?;
    let key = made(id);
    if shared.engine.store.note(&key).await?.is_some_and(|note| note == "yes") {
        publish::closed_by_somebody(shared, id).await;
        return Ok(false);
    }
    let mut object = DynamicObject::new(&id.name, &Cluster::resource(Kind::Incident)).within(&id.namespace);
    object.data = json!({ "spec": {} });
    let created = match shared.cluster.api(id).create(&PostParams::default(), &object).await {
        Ok(created) => created,
        // The watch has not brought it yet: a crash came between making it and noting it.
        Err(kube::Error::Api(answer)) if answer.is_already_exists() => {
            shared.engine.store.put_note(&key, "yes").await?;
            return Err(WorkError::Changed);
        }
        // The namespace ends: there is nobody left to tell.
        Err(kube::Error::Api(answer)) if answer.is_not_found() || answer.is_forbidden() => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    shared.cluster.see(id, created);
    shared.engine.store.put_note(&key, "yes").await?;
    Ok(true)
}

async fn remove(shared: &Shared, id: &ObjectId) -> Result<(), WorkError> {
    shared.may_write()?;
    shared.cluster.deleting(id);
    match shared.cluster.api(id).delete(&id.name, &DeleteParams::default()).await {
        Ok(_) => {}
        Err(kube::Error::Api(answer)) if answer.is_not_found() => {}
        Err(error) => return Err(error.into()),
    }
    Ok(shared.engine.store.put_note(&made(id), "no").await?)
}
