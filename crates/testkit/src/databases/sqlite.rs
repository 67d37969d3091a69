//! A SQLite database with given rows.

use std::path::Path;

use metricwright_formula::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Error, QueryBuilder, Sqlite};

use crate::reference::Row;

/// SQLite takes 32,766 values a statement.
const ROWS_AT_ONCE: usize = 1_000;

/// Writes tables with the columns of their first row into a new database. Times are text in ISO 8601, as SQLite's own
/// functions read them.
///
/// # Errors
/// The file cannot be written.
pub async fn write_sqlite(path: &Path, tables: &[(&str, &[Row])]) -> Result<(), Error> {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut connection = options.connect().await?;
    let mut transaction = connection.begin().await?;
    for (name, rows) in tables {
        write_table(&mut transaction, name, rows).await?;
    }
    transaction.commit().await?;
    connection.close().await
}

async fn write_table(connection: &mut SqliteConnection, name: &str, rows: &[Row]) -> Result<(), Error> {
    let Some(first) = rows.first() else { return Ok(()) };
    let columns: Vec<&str> = first.keys().map(String::as_str).collect();
    let columns = columns.join(", ");
    let create = AssertSqlSafe(format!("CREATE TABLE {name} ({columns})"));
    sqlx::query(create).execute(&mut *connection).await?;
    for rows in rows.chunks(ROWS_AT_ONCE) {
        let mut insert: QueryBuilder<Sqlite> = QueryBuilder::new(format!("INSERT INTO {name} ({columns}) "));
        insert.push_values(rows, |mut values, row| {
            for value in row.values() {
                match value {
                    Value::Null => values.push_bind(None::<i64>),
                    Value::Bool(is) => values.push_bind(*is),
                    Value::Int(number) => values.push_bind(*number),
                    Value::Float(number) => values.push_bind(*number),
                    other => values.push_bind(other.to_string()),
                };
            }
        });
        insert.build().execute(&mut *connection).await?;
    }
    Ok(())
}
