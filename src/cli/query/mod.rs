//! `metricwright query`: values of a metric now, straight from its sources.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use metricwright_api::{Code, Kind, ObjectId, Reference};
use metricwright_catalog::resolved::{ResolvedDataset, ResolvedMetric};
use metricwright_catalog::{Catalog, Inventory};
use metricwright_formula::suggest;
use metricwright_query::dialect::of_source;
use metricwright_query::format::format_value;
use metricwright_query::moment::parse_moment;
use metricwright_query::window::{due_at, label};
use metricwright_query::{Query, Scan, ValueCell, combine, plan, read, statement};
use metricwright_service::SourcePool;
use metricwright_service::source::SourceError;
use serde_json::{Value as Json, json};

use super::args::{QueryArgs, QueryOutput};
use super::context::{as_of, directory};
use super::table::{csv_field, table};
use super::{CliError, CliResult};
use crate::local::{LocalSecrets, read_manifests};

/// Computes the values, or shows the queries.
pub async fn run(args: QueryArgs) -> CliResult {
    let dir = directory(&args.dir)?;
    let manifests = read_manifests(&[dir.to_owned()])?;
    let mut inventory = manifests.inventory();
    let sources = SourcePool::new(dir.to_owned(), Arc::new(LocalSecrets::of(&manifests)))
        .map_err(|error| CliError(error.to_string()))?;
    take_types(&mut inventory, &sources, &args.metric).await?;
    let catalog = Catalog::new(Arc::new(inventory));
    let query = query(&args, &catalog)?;
    let scans = plan(&catalog, &query)
        .map_err(|fault| CliError(format!("{}: {}; {}", fault.code, fault.reason, fault.remedy)))?;
    if args.sql {
        for scan in &scans {
            let Some((_, dialect)) = of_source(catalog.inventory(), &scan.dataset.source) else { continue };
            let text = statement(scan, dialect).sql;
            anstream::println!(
                "-- dataset {} on source {}\n{text};\n",
                scan.dataset.id.name,
                scan.dataset.source.name
            );
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut scanned = Vec::new();
    for scan in scans {
        let cells = scan_one(&catalog, &sources, &scan).await?;
        scanned.push((scan, cells));
    }
    let grouping: Vec<String> = query.by.clone();
    let cells = combine(&query.metric, &grouping, &scanned, &BTreeMap::new());
    show(&args, &query, &cells);
    Ok(ExitCode::SUCCESS)
}

fn query(args: &QueryArgs, catalog: &Catalog) -> Result<Query, CliError> {
    let metric = metric(&args.metric, catalog)?;
    let zone = &metric.schedule.zone;
    let now = as_of(args.as_of.as_deref())?.unwrap_or_else(Timestamp::now);
    let moment = |name: &str, text: &str| {
        parse_moment(text, zone, now).map_err(|error| CliError::because(name, error))
    };
    let from = moment("--from", &args.from)?;
    let to = args.to.as_deref().map_or(Ok(now), |text| moment("--to", text))?;
    if from >= to {
        return Err(CliError("--from is not before --to; swap them".to_owned()));
    }
    Ok(Query { metric, by: args.by.clone(), grain: args.grain, from, to, as_of: now })
}

fn metric(name: &str, catalog: &Catalog) -> Result<Arc<ResolvedMetric>, CliError> {
    let reference = Reference::from(name);
    let (namespace, name) = reference.resolve("default");
    let metrics = || catalog.inventory().of_kind(Kind::Metric);
    let id = ObjectId::new(Kind::Metric, namespace, name);
    // A name that only one namespace has needs no namespace.
    let alone: Vec<_> =
        metrics().filter(|object| object.id.name == name).map(|object| object.id.clone()).collect();
    let id = match alone.as_slice() {
        [one] if !reference.0.contains('/') => one.clone(),
        _ => id,
    };
    if catalog.inventory().get(&id).is_none() {
        let names: Vec<&str> = metrics().map(|object| object.id.name.as_str()).collect();
        let hint =
            suggest(name, &names).map(|close| format!("; did you mean `{close}`?")).unwrap_or_default();
        return Err(CliError(format!("there is no metric `{name}`{hint}")));
    }
    catalog.metric(&id).map_err(|findings| {
        let first = findings.first().map(ToString::to_string).unwrap_or_default();
        CliError(format!("the metric has faults: {first}; run `metricwright check`"))
    })
}

/// Takes in the columns of datasets that declare none, where the SQL depends on their types.
async fn take_types(inventory: &mut Inventory, sources: &SourcePool, name: &str) -> Result<(), CliError> {
    let catalog = Catalog::new(Arc::new(inventory.clone()));
    let Ok(metric) = metric(name, &catalog) else { return Ok(()) };
    for dataset in datasets_of(&metric) {
        if inventory.columns(&dataset.id).is_some() || !dataset.columns.is_empty() {
            continue;
        }
        let failed = |error: SourceError| {
            let (code, remedy) = (error.code(), error.remedy());
            CliError(format!("{code} on dataset `{}`: {error}; {remedy}", dataset.id.name))
        };
        let source = sources.open(&catalog, &dataset.source).map_err(failed)?;
        if source.dialect().needs_types() {
            inventory.set_columns(&dataset.id, source.columns(&dataset.relation).await.map_err(failed)?);
        }
    }
    Ok(())
}

/// Every dataset that a metric reads, joined ones too.
fn datasets_of(metric: &ResolvedMetric) -> Vec<Arc<ResolvedDataset>> {
    let mut all: Vec<Arc<ResolvedDataset>> =
        metric.components.iter().map(|component| component.dataset.clone()).collect();
    let referenced = metric.components.iter().flat_map(|component| component.references.values());
    let grouped = metric.dimensions.iter().flat_map(|dimension| &dimension.ways);
    all.extend(referenced.chain(grouped).flat_map(|way| &way.path).map(|hop| hop.dataset.clone()));
    all
}

async fn scan_one(
    catalog: &Catalog,
    sources: &SourcePool,
    scan: &Scan,
) -> Result<Vec<metricwright_query::Cell>, CliError> {
    let failed = |code: Code, error: &dyn std::fmt::Display, remedy: String| {
        CliError(format!("{code} on dataset `{}`: {error}; {remedy}", scan.dataset.id.name))
    };
    let source = sources
        .open(catalog, &scan.dataset.source)
        .map_err(|error| failed(error.code(), &error, error.remedy()))?;
    let statement = statement(scan, source.dialect());
    let rows =
        source.run(&statement.sql).await.map_err(|error| failed(error.code(), &error, error.remedy()))?;
    read(scan, &statement.layout, &rows.rows).map_err(|error| CliError(error.to_string()))
}

fn show(args: &QueryArgs, query: &Query, cells: &[ValueCell]) {
    match args.output {
        QueryOutput::Table => anstream::println!("{}", as_table(query, cells)),
        QueryOutput::Csv => as_csv(query, cells),
        QueryOutput::Json => {
            let all: Vec<Json> = cells.iter().map(|cell| as_json(query, cell)).collect();
            anstream::println!("{}", serde_json::to_string_pretty(&all).unwrap_or_default());
        }
    }
}

fn is_partial(query: &Query, cell: &ValueCell) -> bool {
    due_at(&cell.window, query.metric.schedule.latency, &query.metric.schedule.zone) > query.as_of
}

fn window_label(query: &Query, cell: &ValueCell, zone: &TimeZone) -> String {
    label(&cell.window, query.grain, zone)
}

fn as_table(query: &Query, cells: &[ValueCell]) -> String {
    let metric = &query.metric;
    let name = metric.display_name.clone().unwrap_or_else(|| metric.id.name.clone());
    let mut headers: Vec<&str> = vec!["window"];
    headers.extend(query.by.iter().map(|name| metric.display_name_of(name)));
    headers.extend([name.as_str(), ""]);
    let row = |cell: &ValueCell| {
        let mut row = vec![window_label(query, cell, &metric.schedule.zone)];
        let members = cell.slice.display();
        row.extend(query.by.iter().map(|name| members.get(name).cloned().unwrap_or_default()));
        row.push(format_value(&cell.value, metric.format.as_deref(), metric.unit.as_deref()));
        row.push(if is_partial(query, cell) { "partial".to_owned() } else { String::new() });
        row
    };
    if cells.is_empty() {
        return "no values: the datasets have no rows in this range".to_owned();
    }
    table(&headers, cells.iter().map(row).collect())
}

fn as_csv(query: &Query, cells: &[ValueCell]) {
    let mut headers = vec!["window".to_owned()];
    headers.extend(query.by.iter().map(|name| csv_field(name)));
    headers.extend([query.metric.id.name.clone(), "partial".to_owned()]);
    anstream::println!("{}", headers.join(","));
    for cell in cells {
        let mut row = vec![window_label(query, cell, &query.metric.schedule.zone)];
        row.extend(
            query
                .by
                .iter()
                .map(|name| csv_field(cell.slice.0.get(name).and_then(Option::as_deref).unwrap_or(""))),
        );
        row.push(if cell.value.is_null() { String::new() } else { cell.value.to_string() });
        row.push(is_partial(query, cell).to_string());
        anstream::println!("{}", row.join(","));
    }
}

fn as_json(query: &Query, cell: &ValueCell) -> Json {
    json!({
        "window": window_label(query, cell, &query.metric.schedule.zone),
        "start": cell.window.start.to_string(),
        "end": cell.window.end.to_string(),
        "slice": cell.slice,
        "value": (!cell.value.is_null()).then(|| cell.value.to_string()),
        "partial": is_partial(query, cell),
    })
}
