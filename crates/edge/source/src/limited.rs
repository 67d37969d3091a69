//! Limits, applied once for every engine.

use std::future::Future;

use async_trait::async_trait;
use metricwright_catalog::resolved::{ColumnInfo, Relation};
use metricwright_query::SqlDialect;
use tokio::sync::Semaphore;

use crate::engine::{Engine, Source, SourceHealth};
use crate::error::SourceError;
use crate::limits::Limits;
use crate::rows::{RowBuffer, Rows};

/// An engine within limits: so many queries at once, each so long, with so many rows.
pub struct Limited<E> {
    engine: E,
    limits: Limits,
    permits: Semaphore,
}

impl<E: Engine> Limited<E> {
    /// Puts limits on an engine.
    pub fn new(engine: E, limits: Limits) -> Self {
        let permits = usize::try_from(limits.max_concurrent_queries).unwrap_or(1).max(1);
        Self { engine, limits, permits: Semaphore::new(permits) }
    }

    /// The limits kept.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Does the work when there is room, and drops it, which cancels it, when it takes too long. Waiting for room is
    /// not counted: those ahead are on the clock themselves.
    async fn within<T>(&self, work: impl Future<Output = Result<T, SourceError>>) -> Result<T, SourceError> {
        let after = self.limits.statement_timeout;
        let timeout = SourceError::Timeout { after };
        let Ok(_permit) = self.permits.acquire().await else { return Err(timeout) };
        tokio::time::timeout(after, work).await.unwrap_or(Err(timeout))
    }
}

#[async_trait]
impl<E: Engine> Source for Limited<E> {
    fn dialect(&self) -> &'static dyn SqlDialect {
        self.engine.dialect()
    }

    fn engine(&self) -> &'static str {
        self.engine.name()
    }

    async fn probe(&self) -> Result<SourceHealth, SourceError> {
        self.within(self.engine.probe()).await
    }

    async fn columns(&self, relation: &Relation) -> Result<Vec<ColumnInfo>, SourceError> {
        self.within(self.engine.columns(relation)).await
    }

    async fn run(&self, sql: &str) -> Result<Rows, SourceError> {
        let mut rows = RowBuffer::new(self.limits.max_result_rows);
        self.within(self.engine.fetch(sql, &mut rows)).await?;
        Ok(rows.into_rows())
    }
}
