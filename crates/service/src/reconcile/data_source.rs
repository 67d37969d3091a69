//! Reconciling a DataSource: can it be reached?

use std::time::Instant;

use metricwright_api::data_source::{DataSourceStatus, SourceHealthStatus};
use metricwright_api::{ConditionType, Diagnostic, Kind, Reason, conditions};
use metricwright_catalog::{Catalog, Object, Spec};
use metricwright_source::SourceError;

use super::{Next, Outcome, request};
use crate::engine::Engine;
use crate::status::Verdict;
use crate::status::simple::{SourceFacts, data_source_status};

/// Opens the source and says what it found.
pub async fn reconcile(
    engine: &Engine,
    object: &Object,
    before: &DataSourceStatus,
) -> Outcome<DataSourceStatus> {
    let Spec::DataSource(spec) = &object.spec else { return unchanged(before) };
    // dereference
    let catalog = engine.world.catalog();
    let users: Vec<_> = catalog.consumers(&object.id).to_vec();
    let asked = request(object, before.last_handled_reconcile_at.as_ref());
    // validate
    let fault = Verdict::of_faults(&catalog.diagnostics(&object.id));
    // build and apply
    let mut failed = false;
    let mut health = None;
    let reached = if fault.is_some() || spec.suspend {
        let message = "suspended; nothing is asked of it".to_owned();
        Verdict { holds: true, reason: Reason::Suspended, message }
    } else {
        match probe(engine, &catalog, object).await {
            Ok((found, tables)) => {
                let message = format!("{}, {tables} tables", found.version);
                health = Some(found);
                Verdict::yes(message)
            }
            Err(fault) => {
                failed = true;
                Verdict::of_faults(&[fault]).unwrap_or_else(|| Verdict::no(Reason::SourceUnavailable, ""))
            }
        }
    };
    // status
    let datasets = users.iter().filter(|user| user.kind == Kind::Dataset).count();
    let facts = SourceFacts { datasets, health, handled_request: asked.clone() };
    let status = data_source_status(before, spec, facts, fault, reached, (object.generation, engine.now()));
    let turned = conditions::is_true(&before.conditions, ConditionType::Ready)
        != conditions::is_true(&status.conditions, ConditionType::Ready);
    let touched = if turned || asked.is_some() { engine.world.dependents(&object.id) } else { Vec::new() };
    Outcome { status, next: Next::Idle, touched, failed }
}

/// What the source says of itself, and its number of tables.
async fn probe(
    engine: &Engine,
    catalog: &Catalog,
    object: &Object,
) -> Result<(SourceHealthStatus, usize), Diagnostic> {
    let told = |error: SourceError| {
        Diagnostic::error(error.code(), &object.id, error.path(), error.to_string(), error.remedy())
    };
    let source = engine.sources.open(catalog, &object.id).map_err(told)?;
    let began = Instant::now();
    let found = source.probe().await.map_err(told)?;
    let latency_ms = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
    Ok((SourceHealthStatus { latency_ms, version: found.version }, found.tables))
}

fn unchanged(before: &DataSourceStatus) -> Outcome<DataSourceStatus> {
    Outcome { status: before.clone(), next: Next::Idle, touched: Vec::new(), failed: false }
}
