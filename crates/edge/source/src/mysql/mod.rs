//! MariaDB and MySQL: a database on a server, read and never written.

mod cells;
mod failure;
mod schema;
mod session;
mod types;

use std::time::Duration;

use async_trait::async_trait;
use futures::TryStreamExt;
use metricwright_catalog::resolved::{ColumnInfo, Relation};
use metricwright_query::{MySqlSql, SqlDialect};
use sqlx::{Column, Executor, MySqlConnection, Statement};

use self::session::Sessions;
use crate::engine::{Engine, SourceHealth};
use crate::error::SourceError;
use crate::rows::RowBuffer;
use crate::server::ServerSettings;
use crate::statement::{Select, Tongue};

/// A database on a MariaDB or MySQL server.
///
/// Each query runs in a session that can only read and that the server ends after the time limit. A query that nobody waits
/// for any more is killed over a second connection; where that fails, the time limit ends it. Connections are kept for a
/// minute and looked at before they are used again.
pub struct MySqlSource {
    sessions: Sessions,
}

impl MySqlSource {
    /// A database whose server ends each statement after `statement_timeout`. Nothing is opened yet.
    pub fn new(settings: ServerSettings, statement_timeout: Duration) -> Self {
        Self { sessions: Sessions::new(settings, statement_timeout) }
    }

    /// An error in our words, with the tables that are there where one is not.
    async fn explain(&self, connection: &mut MySqlConnection, error: &sqlx::Error) -> SourceError {
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
impl Engine for MySqlSource {
    fn dialect(&self) -> &'static dyn SqlDialect {
        &MySqlSql
    }

    fn name(&self) -> &'static str {
        "mysql"
    }

    async fn probe(&self) -> Result<SourceHealth, SourceError> {
        let mut session = self.sessions.take().await?;
        let failed = |error: sqlx::Error| self.sessions.translate(&error);
        let tables = schema::tables(session.connection()?).await.map_err(failed)?.len();
        let version = session.version().to_owned();
        self.sessions.put(session);
        Ok(SourceHealth { version, tables })
    }

    async fn columns(&self, relation: &Relation) -> Result<Vec<ColumnInfo>, SourceError> {
        let mut session = self.sessions.take().await?;
        let connection = session.connection()?;
        let columns = match relation {
            Relation::Table(table) => match schema::of_table(connection, table).await {
                Ok(columns) if columns.is_empty() => {
                    let known = schema::tables(connection).await.unwrap_or_default();
                    return Err(SourceError::TableNotFound { table: table.clone(), known });
                }
                found => found,
            },
            Relation::Query(query) => {
                schema::of_query(connection, Select::check(query, Tongue::MySql)?).await
            }
        };
        match columns {
            Ok(columns) => {
                self.sessions.put(session);
                Ok(columns)
            }
            Err(error) => Err(self.explain(session.connection()?, &error).await),
        }
    }

    async fn fetch(&self, sql: &str, rows: &mut RowBuffer) -> Result<(), SourceError> {
        let select = Select::check(sql, Tongue::MySql)?;
        let mut session = self.sessions.take().await?;
        let connection = session.connection()?;
        let prepared = match connection.prepare(select.into_sql()).await {
            Ok(prepared) => prepared,
            Err(error) => return Err(self.explain(connection, &error).await),
        };
        rows.set_columns(prepared.columns().iter().map(|column| column.name().to_owned()).collect());
        let mut results = prepared.query().fetch(&mut *connection);
        while let Some(row) = results.try_next().await.map_err(|error| self.sessions.translate(&error))? {
            rows.push(cells::decode(&row)?)?;
        }
        drop(results);
        self.sessions.put(session);
        Ok(())
    }
}
