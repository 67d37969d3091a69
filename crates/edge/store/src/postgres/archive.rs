//! Taking everything out of the database, and putting it in.

use async_trait::async_trait;
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::query::Query;

use super::PostgresStore;
use super::partitions::ensure_partitions;
use crate::archive::{Archive, Cell, Kind, Row, Sink, Supply, TABLES, Table};
use crate::error::StoreError;

crate::archive::dump_rows!(PgConnection, sqlx::postgres::PgRow);

#[async_trait]
impl Archive for PostgresStore {
    async fn dump(&self, sink: &mut dyn Sink) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        dump_rows(&mut transaction, sink).await
    }

    async fn load(&self, supply: &mut dyn Supply, replace: bool) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        for table in TABLES.iter().rev() {
            let sql = format!("DELETE FROM {}", table.name);
            let gone = sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut *transaction).await?;
            if gone.rows_affected() > 0 && !replace {
                return Err(StoreError::NotEmpty);
            }
        }
        for table in &TABLES {
            while let Some(rows) = supply.next(table)? {
                if table.name == "point" {
                    let start =
                        |row: &Row| if let Some(Cell::Int(at)) = row.get(1) { Some(*at) } else { None };
                    ensure_partitions(&mut transaction, rows.iter().filter_map(start)).await?;
                }
                insert(&mut transaction, table, &rows).await?;
            }
        }
        // New series come after those that came with their numbers.
        sqlx::query("SELECT setval(pg_get_serial_sequence('series', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM series), false)")
            .execute(&mut *transaction)
            .await?;
        Ok(transaction.commit().await?)
    }
}

type Statement<'a> = Query<'a, sqlx::Postgres, PgArguments>;

/// Hands the columns over as one array each.
async fn insert(connection: &mut PgConnection, table: &Table, rows: &[Row]) -> Result<(), StoreError> {
    let arrays: Vec<String> = table
        .columns
        .iter()
        .zip(1..)
        .map(|(column, number)| format!("${number}::{}[]", type_of(column.kind)))
        .collect();
    let sql = format!(
        "INSERT INTO {} ({}) SELECT * FROM UNNEST({})",
        table.name,
        table.column_list(),
        arrays.join(", ")
    );
    let mut query = sqlx::query(sqlx::AssertSqlSafe(sql));
    for (at, column) in table.columns.iter().enumerate() {
        query = bind(query, column.kind, at, rows);
    }
    query.execute(connection).await?;
    Ok(())
}

fn type_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Int => "bigint",
        Kind::Text => "text",
        Kind::Bool => "boolean",
        Kind::Real => "double precision",
        Kind::Bytes => "bytea",
    }
}

fn bind<'a>(query: Statement<'a>, kind: Kind, at: usize, rows: &[Row]) -> Statement<'a> {
    let cells = || rows.iter().map(|row| row.get(at).unwrap_or(&Cell::Null).clone());
    macro_rules! of {
        ($variant:path, $Type:ty) => {
            query.bind(
                cells()
                    .map(|cell| if let $variant(value) = cell { Some(value) } else { None })
                    .collect::<Vec<Option<$Type>>>(),
            )
        };
    }
    match kind {
        Kind::Int => of!(Cell::Int, i64),
        Kind::Text => of!(Cell::Text, String),
        Kind::Bool => of!(Cell::Bool, bool),
        Kind::Real => of!(Cell::Real, f64),
        Kind::Bytes => of!(Cell::Bytes, Vec<u8>),
    }
}
