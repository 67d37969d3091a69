//! What a database holds.

use metricwright_catalog::resolved::ColumnInfo;
use sqlx::{Column, Error, Executor, MySqlConnection, Row, Statement, TypeInfo};

use super::types::{declared, of_result};
use crate::statement::Select;

/// Names of the tables and views that the user may see.
pub(super) async fn tables(connection: &mut MySqlConnection) -> Result<Vec<String>, Error> {
    let sql = "SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE table_schema = database() ORDER BY 1";
    sqlx::query_scalar(sql).fetch_all(connection).await
}

/// Columns of a table or view; empty where it is not there.
pub(super) async fn of_table(
    connection: &mut MySqlConnection,
    table: &str,
) -> Result<Vec<ColumnInfo>, Error> {
    let sql = "SELECT CAST(column_name AS CHAR), CAST(column_type AS CHAR), is_nullable = 'YES' \
               FROM information_schema.columns WHERE table_schema = coalesce(?, database()) AND table_name = ? \
               ORDER BY ordinal_position";
    let (schema, name) = match table.split_once('.') {
        Some((schema, name)) => (Some(schema), name),
        None => (None, table),
    };
    let rows = sqlx::query(sql).bind(schema).bind(name).fetch_all(connection).await?;
    let column = |row: &sqlx::mysql::MySqlRow| {
        Ok(ColumnInfo {
            name: row.try_get(0)?,
            data_type: declared(&row.try_get::<String, _>(1)?),
            unit: None,
            nullable: row.try_get::<i64, _>(2)? != 0,
        })
    };
    rows.iter().map(column).collect()
}

/// Columns of a query, which is prepared and not run.
pub(super) async fn of_query(
    connection: &mut MySqlConnection,
    query: Select<'_>,
) -> Result<Vec<ColumnInfo>, Error> {
    let prepared = connection.prepare(query.into_sql()).await?;
    let column = |column: &sqlx::mysql::MySqlColumn| ColumnInfo {
        name: column.name().to_owned(),
        data_type: of_result(column.type_info().name()),
        unit: None,
        nullable: true,
    };
    Ok(prepared.columns().iter().map(column).collect())
}
