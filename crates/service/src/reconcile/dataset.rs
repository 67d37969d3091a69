//! Reconciling a Dataset: is the table what it is declared to be?

use metricwright_api::dataset::DatasetStatus;
use metricwright_api::{Kind, Reason};
use metricwright_catalog::Object;
use metricwright_catalog::resolved::ResolvedDataset;

use super::{Next, Outcome, request, stands};
use crate::collect::{fingerprint, inspect};
use crate::engine::Engine;
use crate::status::Verdict;
use crate::status::simple::dataset_status;

/// Inspects the dataset's source for each new definition, whenever somebody asks, and from time to time: sooner where
/// it was empty or at fault.
pub async fn reconcile(engine: &Engine, object: &Object, before: &DatasetStatus) -> Outcome<DatasetStatus> {
    // dereference
    let catalog = engine.world.catalog();
    let users = catalog.consumers(&object.id).to_vec();
    let asked = request(object, before.last_handled_reconcile_at.as_ref());
    // validate
    let faults = catalog.diagnostics(&object.id);
    let valid = Verdict::of_faults(&faults);
    // build and apply
    let dataset = catalog.dataset(&object.id).ok().filter(|dataset| !dataset.suspended);
    let mut failure = None;
    let mut news = false;
    if let Some(dataset) = &dataset
        && wants_inspection(engine, &catalog, dataset, asked.is_some())
    {
        // After a restart it is looked at again, which is no news to anybody.
        let known = stands(&before.conditions, before.observed_generation, object);
        let first_time = engine.world.facts(&object.id).is_none() && !known;
        let _at_work = first_time.then(|| engine.world.at_work(&object.id));
        match inspect(&catalog, &engine.sources, dataset, engine.now(), engine.as_of).await {
            Ok(facts) => news = engine.world.set_facts(&object.id, facts),
            Err(fault) => {
                news = engine.world.set_unanswered(&object.id, &fault);
                failure = Some(Verdict::no(Reason::SourceUnavailable, fault.to_string()));
            }
        }
    }
    // Asked now, not before the inspection: objects may have come in the meantime.
    let touched = if news { engine.world.dependents(&object.id) } else { Vec::new() };
    // status
    let facts = engine.world.facts(&object.id);
    let data_fault = facts.as_ref().and_then(|facts| Verdict::of_faults(&facts.faults));
    let failed = failure.is_some();
    let ready =
        [valid.clone(), failure, data_fault].into_iter().flatten().next().unwrap_or_else(|| match facts {
            Some(_) => Verdict::yes("the source shows what is declared"),
            None => Verdict {
                holds: true,
                reason: Reason::Suspended,
                message: "suspended; it is not looked at".into(),
            },
        });
    let next = match (&facts, dataset) {
        (Some(facts), Some(_)) => Next::At(facts.look_again_at()),
        _ => Next::Idle,
    };
    let status = dataset_status(
        before,
        facts.as_ref().map(|facts| facts.columns.len()),
        users.iter().filter(|user| user.kind == Kind::Metric).count(),
        valid.unwrap_or_else(|| Verdict::yes("the definition is valid")),
        ready,
        asked,
        (object.generation, engine.now()),
    );
    Outcome { status, next, touched, failed }
}

fn wants_inspection(
    engine: &Engine,
    catalog: &metricwright_catalog::Catalog,
    dataset: &ResolvedDataset,
    asked: bool,
) -> bool {
    let Some(known) = engine.world.facts(&dataset.id) else { return true };
    // Columns that were found become part of the resolution, so only what is declared is compared.
    let same = known.fingerprint == fingerprint(catalog, dataset);
    asked || !same || known.unsettled || known.look_again_at() <= engine.now()
}
