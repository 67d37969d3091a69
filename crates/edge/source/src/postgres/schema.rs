//! What a database holds.

use metricwright_catalog::resolved::ColumnInfo;
use metricwright_formula::DataType;
use sqlx::postgres::PgTypeKind;
use sqlx::{Column, Error, Executor, PgConnection, Row, Statement, TypeInfo};

use super::types::{named, of_result};
use crate::statement::Select;

/// Names of the tables and views that the user may see, as one writes them: without their schema where that is looked in.
pub(super) async fn tables(connection: &mut PgConnection) -> Result<Vec<String>, Error> {
    let sql = "SELECT CASE WHEN pg_table_is_visible(c.oid) THEN c.relname ELSE n.nspname || '.' || c.relname END \
               FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace \
               WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\\_%' \
               AND n.nspname <> 'information_schema' AND has_schema_privilege(n.oid, 'USAGE') ORDER BY 1";
    sqlx::query_scalar(sql).fetch_all(connection).await
}

/// Columns of a table or view; empty where it is not there.
pub(super) async fn of_table(connection: &mut PgConnection, table: &str) -> Result<Vec<ColumnInfo>, Error> {
    let sql = "SELECT a.attname, a.attnotnull, t.typtype = 'e', \
               CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) \
               ELSE format_type(a.atttypid, a.atttypmod) END \
               FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid \
               WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";
    let quoted: Vec<String> =
        table.split('.').map(|part| format!("\"{}\"", part.replace('"', "\"\""))).collect();
    let rows = sqlx::query(sql).bind(quoted.join(".")).fetch_all(connection).await?;
    let column = |row: &sqlx::postgres::PgRow| {
        let is_enum: bool = row.try_get(2)?;
        let data_type = if is_enum { DataType::Text } else { named(&row.try_get::<String, _>(3)?) };
        let nullable = !row.try_get::<bool, _>(1)?;
        Ok(ColumnInfo { name: row.try_get(0)?, data_type, unit: None, nullable })
    };
    rows.iter().map(column).collect()
}

/// Columns of a query, which is planned and not run.
pub(super) async fn of_query(
    connection: &mut PgConnection,
    query: Select<'_>,
) -> Result<Vec<ColumnInfo>, Error> {
    let prepared = connection.prepare(query.into_sql()).await?;
    let column = |column: &sqlx::postgres::PgColumn| {
        let data_type = match column.type_info().kind() {
            PgTypeKind::Enum(_) => DataType::Text,
            PgTypeKind::Domain(of) => of_result(of.name()),
            _ => of_result(column.type_info().name()),
        };
        ColumnInfo { name: column.name().to_owned(), data_type, unit: None, nullable: true }
    };
    Ok(prepared.columns().iter().map(column).collect())
}
