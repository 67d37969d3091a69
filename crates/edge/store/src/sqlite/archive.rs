//! Taking everything out of the file, and putting it in.

use async_trait::async_trait;
use sqlx::sqlite::{Sqlite, SqliteConnection};
use sqlx::{Connection, QueryBuilder};

use super::SqliteStore;
use crate::archive::{Archive, Cell, Row, Sink, Supply, TABLES, Table};
use crate::error::StoreError;

/// Most values of one statement.
const VALUES: usize = 30_000;

crate::archive::dump_rows!(SqliteConnection, sqlx::sqlite::SqliteRow);

#[async_trait]
impl Archive for SqliteStore {
    async fn dump(&self, sink: &mut dyn Sink) -> Result<(), StoreError> {
        // What one transaction reads is as of its first query.
        let mut transaction = self.readers.begin().await?;
        dump_rows(&mut transaction, sink).await
    }

    async fn load(&self, supply: &mut dyn Supply, replace: bool) -> Result<(), StoreError> {
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin().await?;
        for table in TABLES.iter().rev() {
            let sql = format!("DELETE FROM {}", table.name);
            let gone = sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut *transaction).await?;
            if gone.rows_affected() > 0 && !replace {
                return Err(StoreError::NotEmpty);
            }
        }
        for table in &TABLES {
            while let Some(rows) = supply.next(table)? {
                for rows in rows.chunks((VALUES / table.columns.len()).max(1)) {
                    insert(&mut transaction, table, rows).await?;
                }
            }
        }
        Ok(transaction.commit().await?)
    }
}

async fn insert(connection: &mut SqliteConnection, table: &Table, rows: &[Row]) -> Result<(), StoreError> {
    let begin = format!("INSERT INTO {} ({}) ", table.name, table.column_list());
    let mut query = QueryBuilder::<Sqlite>::new(begin);
    query.push_values(rows, |mut values, row| {
        for cell in row {
            match cell {
                Cell::Null => values.push_bind(None::<i64>),
                Cell::Int(number) => values.push_bind(*number),
                Cell::Text(text) => values.push_bind(text.clone()),
                Cell::Bool(truth) => values.push_bind(*truth),
                Cell::Real(number) => values.push_bind(*number),
                Cell::Bytes(bytes) => values.push_bind(bytes.clone()),
            };
        }
    });
    query.build().persistent(false).execute(connection).await?;
    Ok(())
}
