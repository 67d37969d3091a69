//! Reconciling a DataSource: can it be reached?

use metricwright_api::data_source::DataSourceStatus;
use metricwright_api::{ConditionType, Kind, Reason, conditions};
use metricwright_catalog::{Object, Spec};

use super::{Next, Outcome, request};
use crate::engine::Engine;
use crate::status::Verdict;
use crate::status::simple::data_source_status;

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
    let reached = if fault.is_some() || spec.suspend {
        let message = "suspended; nothing is asked of it".to_owned();
        Verdict { holds: true, reason: Reason::Suspended, message }
    } else {
        match probe(engine, &catalog, object).await {
            Ok(found) => Verdict::yes(found),
            Err(why) => {
                failed = true;
                Verdict::no(Reason::SourceUnavailable, why)
            }
        }
    };
    // status
    let datasets = users.iter().filter(|user| user.kind == Kind::Dataset).count();
    let status = data_source_status(
        before,
        spec,
        datasets,
        fault,
        reached,
        asked.clone(),
        (object.generation, engine.now()),
    );
    let turned = conditions::is_true(&before.conditions, ConditionType::Ready)
        != conditions::is_true(&status.conditions, ConditionType::Ready);
    let touched = if turned || asked.is_some() { engine.world.dependents(&object.id) } else { Vec::new() };
    Outcome { status, next: Next::Idle, touched, failed }
}

async fn probe(
    engine: &Engine,
    catalog: &metricwright_catalog::Catalog,
    object: &Object,
) -> Result<String, String> {
    let told =
        |error: metricwright_source::SourceError| format!("{}: {error}; {}", error.code(), error.remedy());
    let source = engine.sources.open(catalog, &object.id).map_err(told)?;
    let health = source.probe().await.map_err(told)?;
    Ok(format!("{}, {} tables", health.version, health.tables))
}

fn unchanged(before: &DataSourceStatus) -> Outcome<DataSourceStatus> {
    Outcome { status: before.clone(), next: Next::Idle, touched: Vec::new(), failed: false }
}
