//! PostgreSQL: a database on a server, read and never written.

mod cells;
mod failure;
mod schema;
mod session;
mod types;

use std::time::Duration;

use async_trait::async_trait;
use futures::TryStreamExt;
use metricwright_catalog::resolved::{ColumnInfo, Relation};
use metricwright_query::{PostgresSql, SqlDialect};
use sqlx::{Column, Executor, PgConnection, Statement};

use self::session::Sessions;
use crate::engine::{Engine, SourceHealth};
use crate::error::SourceError;
use crate::rows::RowBuffer;
use crate::server::ServerSettings;
use crate::statement::{Select, Tongue};

/// A database on a PostgreSQL server.
///
/// Each query runs in a session that can only read and that the server ends after the time limit. A query that nobody waits
/// for any more loses its connection; the server, from 14 on, sees that within a second and ends it, an older one at the
/// time limit. Connections are kept for a minute and looked at before they are used again.
pub struct PostgresSource {
    sessions: Sessions,
}

impl PostgresSource {
    /// A database whose server ends each statement after `statement_timeout`. Nothing is opened yet.
    pub fn new(settings: ServerSettings, statement_timeout: Duration) -> Self {
        Self { sessions: Sessions::new(settings, statement_timeout) }
    }

    /// An error in our words, with the tables that are there where one is not.
    async fn explain(&self, connection: &mut PgConnection, error: &sqlx::Error) -> SourceError {
        match self.sessions.translate(error) {
            SourceError::TableNotFound { table, .. } => {
                let known = schema::tables(connection).await.unwrap_or_default();
                SourceError::TableNotFound { table, known }
            }
            other => other,
        }
    }
}

#[async_trait]
impl Engine for PostgresSource {
    fn dialect(&self) -> &'static dyn SqlDialect {
        &PostgresSql
    }

    fn name(&self) -> &'static str {
        "postgres"
    }

    async fn probe(&self) -> Result<SourceHealth, SourceError> {
        let mut connection = self.sessions.take().await?;
        let failed = |error: sqlx::Error| self.sessions.translate(&error);
        let version: String =
            sqlx::query_scalar("SHOW server_version").fetch_one(&mut connection).await.map_err(failed)?;
        let tables = schema::tables(&mut connection).await.map_err(failed)?.len();
        self.sessions.put(connection);
        // `15.14 (Debian 15.14-0+deb12u1)`
        let version = version.split(' ').next().unwrap_or_default();
        Ok(SourceHealth { version: format!("PostgreSQL {version}"), tables })
    }

    async fn columns(&self, relation: &Relation) -> Result<Vec<ColumnInfo>, SourceError> {
        let mut connection = self.sessions.take().await?;
        let columns = match relation {
            Relation::Table(table) => match schema::of_table(&mut connection, table).await {
                Ok(columns) if columns.is_empty() => {
                    let known = schema::tables(&mut connection).await.unwrap_or_default();
                    return Err(SourceError::TableNotFound { table: table.clone(), known });
                }
                found => found,
            },
            Relation::Query(query) => {
                schema::of_query(&mut connection, Select::check(query, Tongue::Postgres)?).await
            }
        };
        match columns {
            Ok(columns) => {
                self.sessions.put(connection);
                Ok(columns)
            }
            Err(error) => Err(self.explain(&mut connection, &error).await),
        }
    }

    async fn fetch(&self, sql: &str, rows: &mut RowBuffer) -> Result<(), SourceError> {
        let select = Select::check(sql, Tongue::Postgres)?;
        let mut connection = self.sessions.take().await?;
        let prepared = match connection.prepare(select.into_sql()).await {
            Ok(prepared) => prepared,
            Err(error) => return Err(self.explain(&mut connection, &error).await),
        };
        rows.set_columns(prepared.columns().iter().map(|column| column.name().to_owned()).collect());
        let mut results = prepared.query().fetch(&mut connection);
        while let Some(row) = results.try_next().await.map_err(|error| self.sessions.translate(&error))? {
            rows.push(cells::decode(&row)?)?;
        }
        drop(results);
        self.sessions.put(connection);
        Ok(())
    }
}
