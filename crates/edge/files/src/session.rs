//! DataFusion as it is set up here.

use std::any::type_name;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider, SchemaProvider, TableProvider};
use datafusion::config::ConfigNonZeroUsize;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::context::SQLOptions;
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::runtime::FilesRuntime;
use crate::table::Tables;

const CATALOG: &str = "files";
const SCHEMA: &str = "tables";
/// Nesting that SQL may have: more than formulas can, as often as they are put into each other.
const NESTING: usize = 512;

/// A session in which the tables of a folder can be read, and nothing else be done.
pub(crate) fn context(
    runtime: &FilesRuntime,
    tables: Arc<Tables>,
) -> datafusion::error::Result<SessionContext> {
    let mut config = SessionConfig::new()
        .with_target_partitions(runtime.threads)
        .with_default_catalog_and_schema(CATALOG, SCHEMA)
        .with_create_default_catalog_and_schema(false)
        .with_information_schema(false)
        .with_parquet_pruning(true);
    let options = config.options_mut();
    options.execution.parquet.pushdown_filters = true;
    options.execution.parquet.reorder_filters = true;
    // Names are what the file says: `SELECT StoreId` means the column StoreId, as quoted names do.
    options.sql_parser.enable_ident_normalization = false;
    options.sql_parser.recursion_limit = ConfigNonZeroUsize::try_new(NESTING)?;
    let state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(Arc::clone(&runtime.environment))
        .with_default_features()
        .build();
    let context = SessionContext::new_with_state(state);
    let catalog = MemoryCatalogProvider::new();
    catalog.register_schema(SCHEMA, Arc::new(Schema(tables)))?;
    context.register_catalog(CATALOG, Arc::new(catalog));
    Ok(context)
}

/// What a statement may do: read.
pub(crate) fn read_only() -> SQLOptions {
    SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false)
}

/// The tables that are open, as DataFusion looks them up.
struct Schema(Arc<Tables>);

impl fmt::Debug for Schema {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(type_name::<Self>())
    }
}

#[async_trait]
impl SchemaProvider for Schema {
    fn table_names(&self) -> Vec<String> {
        self.0.names()
    }

    async fn table(&self, name: &str) -> datafusion::error::Result<Option<Arc<dyn TableProvider>>> {
        Ok(self.0.opened(name))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.0.opened(name).is_some()
    }
}
