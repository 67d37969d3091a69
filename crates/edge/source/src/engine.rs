//! What a source can do.

use async_trait::async_trait;
use metricwright_catalog::resolved::{ColumnInfo, Relation};
use metricwright_query::SqlDialect;

use crate::error::SourceError;
use crate::rows::{RowBuffer, Rows};

/// What a source says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceHealth {
    /// Version of the engine that reads it.
    pub version: String,
    /// Number of tables in it.
    pub tables: usize,
}

/// A place where data is, asked within its limits.
#[async_trait]
pub trait Source: Send + Sync {
    /// The SQL that [`Source::run`] reads.
    fn dialect(&self) -> &'static dyn SqlDialect;

    /// Which engine reads it: `files` or `sqlite`.
    fn engine(&self) -> &'static str;

    /// Whether it can be read, and what it is.
    async fn probe(&self) -> Result<SourceHealth, SourceError>;

    /// The columns of a table or query.
    async fn columns(&self, relation: &Relation) -> Result<Vec<ColumnInfo>, SourceError>;

    /// The result of one SELECT.
    async fn run(&self, sql: &str) -> Result<Rows, SourceError>;
}

/// One way to run SQL, without limits of its own. [`Limited`](crate::Limited) makes a [`Source`] of it.
///
/// Dropping a future of an engine ends the work that it stands for.
#[async_trait]
pub trait Engine: Send + Sync {
    /// The SQL that [`Engine::fetch`] reads.
    fn dialect(&self) -> &'static dyn SqlDialect;

    /// Name of the engine.
    fn name(&self) -> &'static str;

    /// Whether the source can be read, and what it is.
    async fn probe(&self) -> Result<SourceHealth, SourceError>;

    /// The columns of a table or query.
    async fn columns(&self, relation: &Relation) -> Result<Vec<ColumnInfo>, SourceError>;

    /// Runs one SELECT and hands its rows over as they come. A full buffer is an error that ends the query.
    async fn fetch(&self, sql: &str, rows: &mut RowBuffer) -> Result<(), SourceError>;
}
