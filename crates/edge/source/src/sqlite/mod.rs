//! SQLite: one database file, read and never written.

mod cells;
mod failure;
mod interrupt;
mod pool;
mod schema;
mod types;

use std::path::PathBuf;

use async_trait::async_trait;
use futures::TryStreamExt;
use metricwright_catalog::resolved::{ColumnInfo, Relation};
use metricwright_query::{SqlDialect, SqliteSql};
use sqlx::{Column, Executor, Statement};

use self::failure::translate;
use self::interrupt::Interrupt;
use self::pool::ReadOnlyPool;
use crate::engine::{Engine, SourceHealth};
use crate::error::SourceError;
use crate::rows::RowBuffer;
use crate::statement::{Select, Tongue};

/// A SQLite database file.
///
/// It is opened read-only and with `query_only`; anything but one SELECT is refused before that. Where another file takes
/// the place of the database, the next query reads that one. A value has the type in which SQLite stores it, whatever
/// its column declares; binary data is an error.
pub struct SqliteSource {
    pool: ReadOnlyPool,
}

impl SqliteSource {
    /// A database at a path inside the data root, with at most so many connections. Nothing is opened yet.
    pub fn new(data_root: impl Into<PathBuf>, path: impl Into<String>, max_connections: u32) -> Self {
        Self { pool: ReadOnlyPool::new(data_root.into(), path.into(), max_connections) }
    }
}

#[async_trait]
impl Engine for SqliteSource {
    fn dialect(&self) -> &'static dyn SqlDialect {
        &SqliteSql
    }

    fn name(&self) -> &'static str {
        "sqlite"
    }

    async fn probe(&self) -> Result<SourceHealth, SourceError> {
        self.health().await.map_err(|error| self.pool.named(error))
    }

    async fn columns(&self, relation: &Relation) -> Result<Vec<ColumnInfo>, SourceError> {
        self.describe(relation).await.map_err(|error| self.pool.named(error))
    }

    async fn fetch(&self, sql: &str, rows: &mut RowBuffer) -> Result<(), SourceError> {
        self.read(sql, rows).await.map_err(|error| self.pool.named(error))
    }
}

impl SqliteSource {
    async fn health(&self) -> Result<SourceHealth, SourceError> {
        let mut connection = self.pool.acquire().await?;
        let _interrupt = Interrupt::when_dropped(&mut connection).await?;
        let tables = schema::tables(&mut connection).await?.len();
        let version: String = sqlx::query_scalar("SELECT sqlite_version()")
            .fetch_one(&mut *connection)
            .await
            .map_err(|error| translate(&error))?;
        Ok(SourceHealth { version: format!("SQLite {version}"), tables })
    }

    async fn describe(&self, relation: &Relation) -> Result<Vec<ColumnInfo>, SourceError> {
        let mut connection = self.pool.acquire().await?;
        let _interrupt = Interrupt::when_dropped(&mut connection).await?;
        match relation {
            Relation::Table(table) => schema::of_table(&mut connection, table).await,
            Relation::Query(query) => schema::of_query(&mut connection, query).await,
        }
    }

    async fn read(&self, sql: &str, rows: &mut RowBuffer) -> Result<(), SourceError> {
        let select = Select::check(sql, Tongue::Sqlite)?;
        let mut connection = self.pool.acquire().await?;
        let _interrupt = Interrupt::when_dropped(&mut connection).await?;
        let prepared = match connection.prepare(select.into_sql()).await {
            Ok(prepared) => prepared,
            Err(error) => return Err(schema::explain(&mut connection, &error).await),
        };
        rows.set_columns(prepared.columns().iter().map(|column| column.name().to_owned()).collect());
        let mut results = prepared.query().fetch(&mut *connection);
        while let Some(row) = results.try_next().await.map_err(|error| translate(&error))? {
            rows.push(cells::decode(&row)?)?;
        }
        Ok(())
    }
}
