//! One query over one view of a folder.

use std::sync::Arc;

use datafusion::common::TableReference;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::{DataFrame, SessionContext};
use futures::StreamExt;
use metricwright_formula::Value;
use metricwright_source::SourceError;
use tokio::sync::mpsc::Sender;

use crate::cells;
use crate::depth::{DEEPEST, too_deep};
use crate::failure::translate;
use crate::session::read_only;
use crate::stop::{Stop, stoppable};
use crate::table::Tables;

/// A folder as it was at one time.
pub(crate) struct View {
    pub(crate) tables: Arc<Tables>,
    pub(crate) context: SessionContext,
}

/// What a query hands over.
pub(crate) enum Part {
    /// Names of the columns; comes first, once.
    Columns(Vec<String>),
    /// Some rows.
    Rows(Vec<Vec<Value>>),
}

impl View {
    /// Tables that a query names.
    pub(crate) fn tables_of(&self, sql: &str) -> Vec<String> {
        if too_deep(sql) {
            return Vec::new();
        }
        let state = self.context.state();
        let dialect = state.config_options().sql_parser.dialect;
        let references = state
            .sql_to_statement(sql, &dialect)
            .and_then(|statement| state.resolve_table_references(&statement));
        let bare = |reference| match reference {
            TableReference::Bare { table } => Some(table.to_string()),
            _ => None,
        };
        references.unwrap_or_default().into_iter().filter_map(bare).collect()
    }

    /// Understands a query, which must be one that reads.
    pub(crate) async fn plan(&self, sql: &str) -> Result<LogicalPlan, SourceError> {
        if too_deep(sql) {
            return Err(SourceError::Query { reason: format!("it is nested deeper than {DEEPEST} levels") });
        }
        let state = self.context.state();
        let mut missing = None;
        for table in self.tables_of(sql) {
            if self.tables.contains(&table) {
                self.tables.open(&table, &state).await?;
            } else if !state.table_functions().contains_key(&table) {
                missing.get_or_insert(table);
            }
        }
        let plan = state.create_logical_plan(sql).await;
        match (plan, missing) {
            (Err(_), Some(table)) => Err(SourceError::TableNotFound { table, known: self.tables.names() }),
            (Err(error), None) => Err(translate(&error)),
            (Ok(plan), _) => {
                read_only().verify_plan(&plan).map_err(|error| translate(&error))?;
                Ok(plan)
            }
        }
    }

    /// Runs a query and sends its rows as they come. Stops when nobody takes them.
    pub(crate) async fn run(&self, sql: &str, parts: &Sender<Part>, stop: &Stop) -> Result<(), SourceError> {
        let plan = self.plan(sql).await?;
        let columns = plan.schema().fields().iter().map(|field| field.name().clone()).collect();
        if parts.send(Part::Columns(columns)).await.is_err() {
            return Ok(());
        }
        let mut batches = self.execute(plan, stop).await.map_err(|error| translate(&error))?;
        while let Some(batch) = batches.next().await {
            let rows = cells::rows(&batch.map_err(|error| translate(&error))?)?;
            if parts.send(Part::Rows(rows)).await.is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn execute(
        &self,
        plan: LogicalPlan,
        stop: &Stop,
    ) -> datafusion::error::Result<SendableRecordBatchStream> {
        let frame = DataFrame::new(self.context.state(), plan);
        let context = Arc::new(frame.task_ctx());
        execute_stream(stoppable(frame.create_physical_plan().await?, stop)?, context)
    }
}
