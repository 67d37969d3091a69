//! What a database holds.

use metricwright_catalog::resolved::ColumnInfo;
use metricwright_formula::DataType;
use sqlx::{Column, Error, Executor, Row, SqliteConnection, Statement};

use super::failure::translate;
use super::types::declared;
use crate::error::SourceError;
use crate::statement::{Select, Tongue};

/// Names of the tables and views.
pub(super) async fn tables(connection: &mut SqliteConnection) -> Result<Vec<String>, SourceError> {
    let sql = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') \
               AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
    sqlx::query_scalar(sql).fetch_all(connection).await.map_err(|error| translate(&error))
}

/// Columns of a table or view.
pub(super) async fn of_table(
    connection: &mut SqliteConnection,
    table: &str,
) -> Result<Vec<ColumnInfo>, SourceError> {
    let columns = table_columns(connection, table).await?;
    if columns.is_empty() {
        let known = tables(connection).await?;
        return Err(SourceError::TableNotFound { table: table.to_owned(), known });
    }
    Ok(columns)
}

async fn table_columns(
    connection: &mut SqliteConnection,
    table: &str,
) -> Result<Vec<ColumnInfo>, SourceError> {
    // hidden: 0 plain, 1 of a virtual table's inside, 2 and 3 generated
    let sql = "SELECT name, type, \"notnull\" <> 0 FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid";
    let rows = sqlx::query(sql).bind(table).fetch_all(connection).await.map_err(|error| translate(&error))?;
    rows.iter()
        .map(|row| {
            Ok(ColumnInfo {
                name: row.try_get(0)?,
                data_type: declared(&row.try_get::<String, _>(1)?),
                unit: None,
                nullable: !row.try_get::<bool, _>(2)?,
            })
        })
        .collect::<Result<_, Error>>()
        .map_err(|error| translate(&error))
}

/// Columns of a query. A column that comes straight from a table has the type declared there; of others SQLite knows
/// nothing before it runs.
pub(super) async fn of_query(
    connection: &mut SqliteConnection,
    query: &str,
) -> Result<Vec<ColumnInfo>, SourceError> {
    let prepared = match connection.prepare(Select::check(query, Tongue::Sqlite)?.into_sql()).await {
        Ok(prepared) => prepared,
        Err(error) => return Err(explain(connection, &error).await),
    };
    let mut columns = Vec::new();
    for column in prepared.columns() {
        let data_type = match column.origin().table_column() {
            Some(origin) => table_columns(connection, &origin.table)
                .await?
                .iter()
                .find(|known| known.name == *origin.name)
                .map_or(DataType::Unknown, |known| known.data_type),
            None => DataType::Unknown,
        };
        columns.push(ColumnInfo { name: column.name().to_owned(), data_type, unit: None, nullable: true });
    }
    Ok(columns)
}

/// What an error means, with the tables that are there where one is not.
pub(super) async fn explain(connection: &mut SqliteConnection, error: &Error) -> SourceError {
    match translate(error) {
        SourceError::TableNotFound { table, .. } => {
            let known = tables(connection).await.unwrap_or_default();
            SourceError::TableNotFound { table, known }
        }
        other => other,
    }
}
