//! What a question needs of its sources.

use std::sync::Arc;

use metricwright_api::Code;
use metricwright_catalog::resolved::ResolvedDataset;
use metricwright_catalog::{Catalog, Inventory};
use metricwright_query::ask::Ask;
use metricwright_query::reading::FirstRows;
use metricwright_query::{Cell, Scan, read, statement};
use metricwright_service::SourcePool;
use metricwright_service::collect::first_moment;
use metricwright_service::source::{Source, SourceError};

use super::super::CliError;
use super::question::metric;

/// The sources of a catalogue.
pub struct Sources<'a> {
    pub catalog: &'a Catalog,
    pub pool: &'a SourcePool,
}

impl Sources<'_> {
    fn open(&self, dataset: &ResolvedDataset) -> Result<Arc<dyn Source>, CliError> {
        self.pool.open(self.catalog, &dataset.source).map_err(|error| failed(dataset, &error))
    }

    /// Runs a scan.
    pub async fn scan(&self, scan: &Scan) -> Result<Vec<Cell>, CliError> {
        let source = self.open(&scan.dataset)?;
        let statement = statement(scan, source.dialect());
        let rows = source.run(&statement.sql).await.map_err(|error| failed(&scan.dataset, &error))?;
        read(scan, &statement.layout, &rows.rows).map_err(|error| CliError(error.to_string()))
    }

    /// The first moment that each dataset has a row of, for the metrics whose values depend on it.
    pub async fn first_rows(&self, ask: &Ask) -> Result<FirstRows, CliError> {
        let mut all = FirstRows::new();
        let columns = ask.columns();
        let metrics = columns.iter().map(|column| &column.resolved).filter(|metric| metric.needs_first_row());
        for dataset in metrics.flat_map(|metric| &metric.components).map(|component| &component.dataset) {
            if all.contains_key(&dataset.id) {
                continue;
            }
            let source = self.open(dataset)?;
            let first = first_moment(source.as_ref(), dataset).await;
            let first = first.map_err(|error| failed(dataset, &error))?;
            all.extend(first.map(|first| (dataset.id.clone(), first)));
        }
        Ok(all)
    }
}

fn failed(dataset: &ResolvedDataset, error: &SourceError) -> CliError {
    let (code, remedy): (Code, String) = (error.code(), error.remedy());
    CliError(format!("{code} on dataset `{}`: {error}; {remedy}", dataset.id.name))
}

/// Takes in the columns of datasets that declare none, where the SQL depends on their types, or wherever they are needed.
pub async fn take_types(
    inventory: &mut Inventory,
    pool: &SourcePool,
    name: &str,
    needed: bool,
) -> Result<(), CliError> {
    let catalog = Catalog::new(Arc::new(inventory.clone()));
    let Ok(metric) = metric(name, &catalog) else { return Ok(()) };
    let sources = Sources { catalog: &catalog, pool };
    for dataset in metric.datasets() {
        if inventory.columns(&dataset.id).is_some() || !dataset.columns.is_empty() {
            continue;
        }
        let source = sources.open(dataset)?;
        if needed || source.dialect().needs_types() {
            let columns = source.columns(&dataset.relation).await.map_err(|error| failed(dataset, &error))?;
            inventory.set_columns(&dataset.id, columns);
        }
    }
    Ok(())
}
