//! A SQLite database with given rows.

use std::path::Path;

use metricwright_formula::Value;
use metricwright_testkit::reference::Row;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, QueryBuilder, Sqlite};

/// SQLite takes 32,766 values a statement.
const ROWS_AT_ONCE: usize = 1_000;

/// Writes tables with the columns of their first row. Times are text in ISO 8601, as SQLite's own functions read them.
pub async fn write_database(path: &Path, tables: &[(&str, &[Row])]) {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    let mut transaction = connection.begin().await.unwrap();
    for (name, rows) in tables {
        write_table(&mut transaction, name, rows).await;
    }
    transaction.commit().await.unwrap();
    connection.close().await.unwrap();
}

async fn write_table(connection: &mut SqliteConnection, name: &str, rows: &[Row]) {
    let columns: Vec<&str> = rows[0].keys().map(String::as_str).collect();
    let columns = columns.join(", ");
    sqlx::query(AssertSqlSafe(format!("CREATE TABLE {name} ({columns})")))
        .execute(&mut *connection)
        .await
        .unwrap();
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
        insert.build().execute(&mut *connection).await.unwrap();
    }
}
