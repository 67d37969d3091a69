//! What a question needs to know of its sources before it is asked.

use std::sync::Arc;

use metricwright_catalog::{Catalog, Inventory};
use metricwright_service::SourcePool;
use metricwright_service::ask::{AskError, Sources};

use super::super::CliError;
use super::question::metric;

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
        let source = sources.open(dataset).map_err(|error| failed(&error))?;
        if needed || source.dialect().needs_types() {
            let columns = source
                .columns(&dataset.relation)
                .await
                .map_err(|error| failed(&AskError::source(dataset, &error)))?;
            inventory.set_columns(&dataset.id, columns);
        }
    }
    Ok(())
}

fn failed(error: &AskError) -> CliError {
    CliError(error.to_string())
}
