//! `metricwright get`: resources with their status.

use std::process::ExitCode;
use std::sync::Arc;

use metricwright_api::{API_VERSION, Kind, ObjectId};
use metricwright_catalog::{Catalog, Inventory, Object, Spec};
use metricwright_formula::canonical;
use metricwright_store::{SqliteStore, Store};
use serde_json::{Map, Value, json};

use super::args::{GetArgs, GetOutput};
use super::context::{directory, state};
use super::table::table;
use super::{CliError, CliResult};
use crate::local::{LocalHost, read_manifests};

/// One object as it is shown.
pub struct Item {
    id: ObjectId,
    object: Option<Arc<Object>>,
    status: Value,
}

/// The objects of a kind as they are shown.
pub struct Listing {
    kind: Kind,
    items: Vec<Item>,
}

/// Shows what the store says, without changing anything.
pub async fn run(args: GetArgs) -> CliResult {
    let dir = directory(&args.dir)?;
    let manifests = read_manifests(&[dir.to_owned()])?;
    let inventory = Arc::new(manifests.inventory());
    let store =
        SqliteStore::open_read_only(&state(dir, args.state.as_ref())).map_err(|e| CliError(e.to_string()))?;
    let statuses = store.statuses(args.kind).await.map_err(|error| CliError(error.to_string()))?;
    let mut listing = Listing::of(args.kind, &inventory, &statuses);
    listing.items.retain(|item| {
        args.namespace.as_ref().is_none_or(|wanted| item.id.namespace == *wanted)
            && args.name.as_ref().is_none_or(|wanted| item.id.name == *wanted)
    });
    if let (Some(name), true) = (&args.name, listing.items.is_empty()) {
        return Err(CliError(format!("there is no {} `{name}`", args.kind)));
    }
    let catalog = args.resolved.then(|| Catalog::new(inventory));
    print(&listing, &args, catalog.as_ref())?;
    Ok(ExitCode::SUCCESS)
}

fn print(listing: &Listing, args: &GetArgs, catalog: Option<&Catalog>) -> Result<(), CliError> {
    let documents: Vec<Value> = listing.items.iter().map(|item| document(item, catalog)).collect();
    match args.output {
        GetOutput::Table => anstream::println!("{}", show(listing, false)),
        GetOutput::Wide => anstream::println!("{}", show(listing, true)),
        GetOutput::Json => {
            let list = match (documents.as_slice(), &args.name) {
                ([one], Some(_)) => one.clone(),
                _ => json!({"apiVersion": "v1", "kind": "List", "items": documents}),
            };
            anstream::println!("{}", serde_json::to_string_pretty(&list).unwrap_or_default());
        }
        GetOutput::Yaml => {
            for document in documents {
                let text = serde_yaml::to_string(&document).map_err(|error| CliError(error.to_string()))?;
                anstream::print!("---\n{text}");
            }
        }
    }
    Ok(())
}

impl Listing {
    /// The objects that a host works on.
    pub fn of_host(host: &LocalHost, kind: Kind) -> Self {
        let catalog = host.engine().world.catalog();
        Self::of(kind, catalog.inventory(), &host.statuses_of(kind))
    }

    fn of(kind: Kind, inventory: &Inventory, statuses: &[(ObjectId, String)]) -> Self {
        let status = |id: &ObjectId| {
            let found = statuses.iter().find(|(known, _)| known == id);
            found.and_then(|(_, text)| serde_json::from_str(text).ok()).unwrap_or_default()
        };
        let mut items: Vec<Item> = inventory
            .of_kind(kind)
            .map(|object| Item {
                id: object.id.clone(),
                object: Some(object.clone()),
                status: status(&object.id),
            })
            .collect();
        if kind == Kind::Incident {
            let item = |id: &ObjectId| Item { id: id.clone(), object: None, status: status(id) };
            items.extend(statuses.iter().map(|(id, _)| item(id)));
            // The newest first: that is what people look for.
            items.sort_by_key(|item| std::cmp::Reverse(text(&item.status, "/startedAt")));
        }
        Self { kind, items }
    }
}

/// How an object becomes the cells after its name.
type RowOf = fn(&Item) -> Vec<String>;

/// A listing as a table.
pub fn show(listing: &Listing, wide: bool) -> String {
    if listing.items.is_empty() {
        return format!("no {} found", listing.kind.plural());
    }
    let (mut headers, row): (Vec<&str>, RowOf) = match listing.kind {
        Kind::Metric => {
            (vec!["name", "ready", "value", "window", "prev", "year", "state", "owner", "指标"], |item| {
                metric_row(item)
            })
        }
        Kind::Incident => {
            (vec!["name", "state", "severity", "metric", "slices", "since", "until", "owner"], |item| {
                incident_row(item)
            })
        }
        Kind::AlertRule => (vec!["name", "ready", "state", "severity", "open", "evaluated"], |item| {
            let severity = match item.object.as_ref().map(|object| &object.spec) {
                Some(Spec::AlertRule(spec)) => spec.severity.to_string(),
                _ => String::new(),
            };
            let at = |path| text(&item.status, path);
            vec![ready(item), at("/state"), severity, at("/openIncidents"), at("/evaluatedWindow")]
        }),
        Kind::Dataset => (vec!["name", "ready", "source", "columns", "metrics"], |item| {
            let source = match item.object.as_ref().map(|object| &object.spec) {
                Some(Spec::Dataset(spec)) => spec.source.to_string(),
                _ => String::new(),
            };
            vec![ready(item), source, text(&item.status, "/columnCount"), text(&item.status, "/metrics")]
        }),
        Kind::DataSource => (vec!["name", "ready", "kind", "datasets"], |item| {
            vec![ready(item), text(&item.status, "/kind"), text(&item.status, "/datasets")]
        }),
        Kind::Channel => (vec!["name", "ready", "kind", "sent", "waiting"], |item| {
            let at = |path| text(&item.status, path);
            vec![ready(item), at("/kind"), at("/sent"), at("/waiting")]
        }),
    };
    if wide {
        headers.push("message");
    }
    let rows = listing.items.iter().map(|item| {
        let mut cells = vec![item.id.name.clone()];
        cells.extend(row(item));
        if wide {
            cells.push(wide_text(item));
        }
        cells
    });
    table(&headers, rows.collect())
}

fn metric_row(item: &Item) -> Vec<String> {
    let at = |path| text(&item.status, path);
    let (owner, name) = match item.object.as_ref().map(|object| &object.spec) {
        Some(Spec::Metric(spec)) => (
            spec.owner.as_ref().map(|owner| owner.team.clone()).unwrap_or_default(),
            spec.display_name.clone().unwrap_or_default(),
        ),
        _ => Default::default(),
    };
    vec![
        ready(item),
        at("/latest/0/display/value"),
        at("/latest/0/window/label"),
        at("/latest/0/display/previous"),
        at("/latest/0/display/yearAgo"),
        at("/state"),
        owner,
        name,
    ]
}

fn incident_row(item: &Item) -> Vec<String> {
    let at = |path| text(&item.status, path);
    vec![
        at("/state"),
        at("/severity"),
        at("/metric"),
        at("/sliceCount"),
        at("/firstWindow/label"),
        at("/lastWindow/label"),
        at("/owner"),
    ]
}

fn wide_text(item: &Item) -> String {
    if item.id.kind == Kind::Incident {
        return text(&item.status, "/summary");
    }
    condition(item, "Ready", "message")
}

fn ready(item: &Item) -> String {
    condition(item, "Ready", "status")
}

fn condition(item: &Item, condition: &str, field: &str) -> String {
    let mut conditions = item.status.get("conditions").and_then(Value::as_array).into_iter().flatten();
    let found = conditions.find(|known| known.get("type").and_then(Value::as_str) == Some(condition));
    found.map(|found| text(found, &format!("/{field}"))).unwrap_or_default()
}

fn text(value: &Value, path: &str) -> String {
    match value.pointer(path) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// An object as a manifest with its status.
fn document(item: &Item, catalog: Option<&Catalog>) -> Value {
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
                    "bucketZone": schedule.zone.iana_name(),
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
