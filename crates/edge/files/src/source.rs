//! A folder of files as a source.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use metricwright_catalog::resolved::{ColumnInfo, Relation};
use metricwright_query::{DataFusionSql, SqlDialect};
use metricwright_source::{Engine, RowBuffer, SourceError, SourceHealth};
use tokio::sync::mpsc;

use crate::folder::{self, Folder};
use crate::read::{Part, View};
use crate::runtime::FilesRuntime;
use crate::table::Tables;
use crate::{session, types};

/// How often a query is begun whose files change while it reads them.
const ATTEMPTS: usize = 3;
/// Batches of rows that wait to be taken.
const WAITING: usize = 2;

/// A folder of CSV and Parquet files.
pub struct FilesSource {
    data_root: PathBuf,
    path: String,
    runtime: Arc<FilesRuntime>,
    latest: Mutex<Option<Arc<View>>>,
}

impl FilesSource {
    /// A folder at a path inside the data root. Nothing is read yet.
    pub fn new(data_root: impl Into<PathBuf>, path: impl Into<String>, runtime: Arc<FilesRuntime>) -> Self {
        Self { data_root: data_root.into(), path: path.into(), runtime, latest: Mutex::new(None) }
    }

    /// The folder as it is now.
    async fn scan(&self) -> Result<Folder, SourceError> {
        let (data_root, path) = (self.data_root.clone(), self.path.clone());
        let scanned = tokio::task::spawn_blocking(move || folder::scan(&data_root, &path)).await;
        scanned.map_err(|error| self.unavailable(error.to_string()))?
    }

    fn unavailable(&self, reason: String) -> SourceError {
        SourceError::Unavailable { what: format!("folder `{}`", self.path), reason }
    }

    /// A view of the folder as it is now; the latest one if nothing has changed.
    async fn view(&self) -> Result<Arc<View>, SourceError> {
        let folder = self.scan().await?;
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let before = latest.clone();
        if let Some(view) = before.as_ref().filter(|view| view.tables.all_same(&folder)) {
            return Ok(Arc::clone(view));
        }
        let tables = Arc::new(Tables::new(folder, before.as_ref().map(|view| view.tables.as_ref())));
        let context = session::context(&self.runtime, Arc::clone(&tables))
            .map_err(|error| self.unavailable(error.strip_backtrace()))?;
        let view = Arc::new(View { tables, context });
        *latest = Some(Arc::clone(&view));
        Ok(view)
    }

    /// Runs a query once. Whatever comes of it, says which tables it named.
    async fn attempt(
        &self,
        view: &Arc<View>,
        sql: &str,
        rows: &mut RowBuffer,
    ) -> Result<(Vec<String>, Result<(), SourceError>), SourceError> {
        let (sender, mut parts) = mpsc::channel(WAITING);
        let (view, sql) = (Arc::clone(view), sql.to_owned());
        let query = self
            .runtime
            .start(|stop| async move { Ok((view.tables_of(&sql), view.run(&sql, &sender, &stop).await)) });
        while let Some(part) = parts.recv().await {
            match part {
                Part::Columns(columns) => rows.set_columns(columns),
                Part::Rows(batch) => batch.into_iter().try_for_each(|row| rows.push(row))?,
            }
        }
        query.join().await
    }
}

#[async_trait]
impl Engine for FilesSource {
    fn dialect(&self) -> &'static dyn SqlDialect {
        &DataFusionSql
    }

    fn name(&self) -> &'static str {
        "files"
    }

    async fn probe(&self) -> Result<SourceHealth, SourceError> {
        let tables = self.scan().await?.len();
        Ok(SourceHealth { version: format!("DataFusion {}", datafusion::DATAFUSION_VERSION), tables })
    }

    async fn columns(&self, relation: &Relation) -> Result<Vec<ColumnInfo>, SourceError> {
        let (view, relation) = (self.view().await?, relation.clone());
        let work = |_| async move {
            match relation {
                Relation::Table(table) => {
                    let opened = view.tables.open(&table, &view.context.state()).await?;
                    Ok(types::columns(&opened.schema()))
                }
                Relation::Query(query) => Ok(types::columns(view.plan(&query).await?.schema().as_arrow())),
            }
        };
        self.runtime.start(work).join().await
    }

    async fn fetch(&self, sql: &str, rows: &mut RowBuffer) -> Result<(), SourceError> {
        for _ in 0..ATTEMPTS {
            rows.clear();
            let view = self.view().await?;
            let (tables, outcome) = self.attempt(&view, sql, rows).await?;
            if view.tables.same(&self.scan().await?, &tables) {
                return outcome;
            }
        }
        Err(self.unavailable(format!("its files changed during each of {ATTEMPTS} attempts to read them")))
    }
}
