//! Everything that a store holds, to be looked through, taken out and put in.
//!
//! An archive is a folder with one Parquet file a table and a `manifest.json` that says how many rows each has and what
//! its bytes hash to. Rows pass through in batches, whatever their number.

mod check;
mod folder;
mod parquet;
mod tables;

use async_trait::async_trait;

pub use check::Check;
pub use folder::{Reader, Writer};
pub use tables::{Cell, Column, Kind, Row, TABLES, Table};

use crate::error::StoreError;

/// Rows of one batch.
pub(crate) const BATCH: usize = 8192;

/// Takes the rows of a store.
pub trait Sink: Send {
    /// Takes some rows of a table. Tables come in the order of [`TABLES`], rows in that of their keys.
    fn rows(&mut self, table: &'static Table, rows: Vec<Row>) -> Result<(), StoreError>;
}

/// Gives the rows of a store.
pub trait Supply: Send {
    /// The next rows of a table; none when there are no more.
    fn next(&mut self, table: &'static Table) -> Result<Option<Vec<Row>>, StoreError>;
}

/// A store that can be taken out and put in whole.
#[async_trait]
pub trait Archive: Send + Sync {
    /// Hands over every row as of one moment.
    async fn dump(&self, sink: &mut dyn Sink) -> Result<(), StoreError>;

    /// Takes in every row in one transaction, in place of all that is there where `replace` says so.
    ///
    /// # Errors
    /// [`StoreError::NotEmpty`] where something is there and is not to be replaced.
    async fn load(&self, supply: &mut dyn Supply, replace: bool) -> Result<(), StoreError>;
}

/// Makes `dump_rows`, which reads every table of one kind of database.
macro_rules! dump_rows {
    ($Connection:ty, $Row:ty) => {
        async fn dump_rows(
            connection: &mut $Connection,
            sink: &mut dyn $crate::archive::Sink,
        ) -> Result<(), StoreError> {
            use futures::TryStreamExt;
            for table in &$crate::archive::TABLES {
                let sql = sqlx::AssertSqlSafe(table.select());
                let mut rows = sqlx::query(sql).fetch(&mut *connection);
                let mut batch = Vec::new();
                while let Some(row) = rows.try_next().await? {
                    batch.push(cells(&row, table)?);
                    if batch.len() == $crate::archive::BATCH {
                        sink.rows(table, std::mem::take(&mut batch))?;
                    }
                }
                sink.rows(table, batch)?;
            }
            Ok(())
        }

        fn cells(row: &$Row, table: &$crate::archive::Table) -> Result<$crate::archive::Row, StoreError> {
            use sqlx::Row;
            use $crate::archive::{Cell, Kind};
            let cell = |(at, column): (usize, &$crate::archive::Column)| -> Result<Cell, StoreError> {
                let cell = match column.kind {
                    Kind::Int => row.try_get::<Option<i64>, _>(at)?.map(Cell::Int),
                    Kind::Text => row.try_get::<Option<String>, _>(at)?.map(Cell::Text),
                    Kind::Bool => row.try_get::<Option<bool>, _>(at)?.map(Cell::Bool),
                    Kind::Real => row.try_get::<Option<f64>, _>(at)?.map(Cell::Real),
                    Kind::Bytes => row.try_get::<Option<Vec<u8>>, _>(at)?.map(Cell::Bytes),
                };
                Ok(cell.unwrap_or(Cell::Null))
            };
            table.columns.iter().enumerate().map(cell).collect()
        }
    };
}

pub(crate) use dump_rows;
