//! Databases to read.

use std::path::Path;

use metricwright_formula::Value;
use metricwright_source::{Limited, Limits, Rows, Source, SourceError, SqliteSource};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use tempfile::TempDir;

/// An hour that no test takes.
pub const ENDLESS: &str = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000000000000) \
                           SELECT count(*) FROM c";

pub async fn write(path: &Path, script: &str) {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    connection.execute(AssertSqlSafe(script)).await.unwrap();
    connection.close().await.unwrap();
}

/// A data root with a database `shop.db`.
pub async fn shop(script: &str) -> TempDir {
    let root = TempDir::new().unwrap();
    write(&root.path().join("shop.db"), script).await;
    root
}

pub fn open(root: &Path) -> Limited<SqliteSource> {
    open_with(root, Limits::default())
}

pub fn open_with(root: &Path, limits: Limits) -> Limited<SqliteSource> {
    Limited::new(SqliteSource::new(root, "shop.db", limits.max_concurrent_queries), limits)
}

/// Runs a query that works.
pub async fn cells(source: &dyn Source, sql: &str) -> Vec<Vec<Value>> {
    run(source, sql).await.unwrap().rows
}

pub async fn run(source: &dyn Source, sql: &str) -> Result<Rows, SourceError> {
    source.run(sql).await
}
