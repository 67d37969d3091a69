//! Objects as manifests, with their status and what they resolve to.

use metricwright_api::{API_VERSION, Kind, ObjectId};
use metricwright_catalog::{Catalog, Spec};
use metricwright_formula::canonical;
use serde_json::{Map, Value, json};

use super::Item;

/// An object as a manifest with its status.
pub fn document(item: &Item, catalog: Option<&Catalog>) -> Value {
    let mut metadata = Map::new();
    metadata.insert("name".into(), item.id.name.clone().into());
    metadata.insert("namespace".into(), item.id.namespace.clone().into());
    let mut document = json!({"apiVersion": API_VERSION, "kind": item.id.kind.as_str()});
    if let Some(object) = &item.object
        && !object.labels.is_empty()
    {
        metadata.insert("labels".into(), json!(object.labels));
    }
    let spec = item.object.as_ref().map(|object| spec(&object.spec));
    if let Some(document) = document.as_object_mut() {
        document.insert("metadata".into(), metadata.into());
        document.insert("spec".into(), spec.unwrap_or_else(|| json!({})));
        if let Some(resolved) = catalog.and_then(|catalog| resolved(catalog, &item.id)) {
            document.insert("resolved".into(), resolved);
        }
        document.insert("status".into(), item.status.clone());
    }
    document
}

fn spec(spec: &Spec) -> Value {
    match spec {
        Spec::DataSource(spec) => json!(spec),
        Spec::Dataset(spec) => json!(spec),
        Spec::Metric(spec) => json!(spec),
        Spec::AlertRule(spec) => json!(spec),
        Spec::Calendar(spec) => json!(spec),
        Spec::Channel(spec) => json!(spec),
    }
}

/// What defaults and references became.
fn resolved(catalog: &Catalog, id: &ObjectId) -> Option<Value> {
    match id.kind {
        Kind::Metric => {
            let metric = catalog.metric(id).ok()?;
            let schedule = &metric.schedule;
            let components: Vec<&str> =
                metric.components.iter().map(|component| component.key.as_str()).collect();
            let dimensions: Vec<&str> =
                metric.dimensions.iter().map(|dimension| dimension.name.as_str()).collect();
            let grains: Vec<&str> = schedule.grains.iter().map(|grain| grain.as_str()).collect();
            Some(json!({
                "definitionHash": metric.definition_hash,
                "value": canonical(&metric.value),
                "components": components,
                "unit": metric.unit,
                "dimensions": dimensions,
                "inputs": metric.inputs.iter().map(|input| input.relative_to(&id.namespace)).collect::<Vec<_>>(),
                "schedule": {
                    "cron": schedule.cron,
                    "timezone": schedule.cron_zone.iana_name(),
                    "bucketZone": schedule.chronology.iana_name(),
                    "grains": grains,
                    "latency": schedule.latency.to_string(),
                    "lookback": schedule.lookback.to_string(),
                    "backfill": schedule.backfill.to_string(),
                    "maxSlices": schedule.max_slices,
                },
            }))
        }
        Kind::AlertRule => {
            let rule = catalog.rule(id).ok()?;
            let targets: Vec<Value> = rule
                .targets
                .iter()
                .map(|target| {
                    let metric = target.metric.id.relative_to(&id.namespace);
                    json!({"metric": metric, "grain": target.grain.as_str(), "slices": target.slices})
                })
                .collect();
            Some(json!({
                "decisionHash": rule.decision_hash,
                "targets": targets,
                "forPeriods": rule.for_periods,
                "recoverPeriods": rule.recover_periods,
                "incidentRetention": rule.incident_retention.to_string(),
                "maxOpenIncidents": rule.max_open_incidents,
            }))
        }
        _ => None,
    }
}
