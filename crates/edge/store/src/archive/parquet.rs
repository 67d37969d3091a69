//! Rows of a table as Parquet, each column of its own type.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::{Cell, Column, Kind, Row, Table};
use crate::error::StoreError;

/// The schema of a table's file.
pub fn schema(table: &Table) -> SchemaRef {
    let field = |column: &Column| {
        let of = match column.kind {
            Kind::Int => DataType::Int64,
            Kind::Text => DataType::Utf8,
            Kind::Bool => DataType::Boolean,
            Kind::Real => DataType::Float64,
            Kind::Bytes => DataType::Binary,
        };
        Field::new(column.name, of, column.optional)
    };
    Arc::new(Schema::new(table.columns.iter().map(field).collect::<Vec<_>>()))
}

/// Rows as a batch of columns.
pub fn batch(table: &Table, rows: &[Row]) -> Result<RecordBatch, StoreError> {
    let columns = table.columns.iter().enumerate().map(|(at, column)| array(column.kind, at, rows));
    RecordBatch::try_new(schema(table), columns.collect())
        .map_err(|error| StoreError::Archive(format!("rows of {}: {error}", table.name)))
}

fn array(kind: Kind, at: usize, rows: &[Row]) -> ArrayRef {
    let cells = || rows.iter().map(|row| row.get(at).unwrap_or(&Cell::Null));
    macro_rules! of {
        ($Array:ty, $variant:pat => $value:expr) => {
            Arc::new(
                cells().map(|cell| if let $variant = cell { Some($value) } else { None }).collect::<$Array>(),
            )
        };
    }
    match kind {
        Kind::Int => of!(Int64Array, Cell::Int(number) => *number),
        Kind::Text => of!(StringArray, Cell::Text(text) => text.as_str()),
        Kind::Bool => of!(BooleanArray, Cell::Bool(truth) => *truth),
        Kind::Real => of!(Float64Array, Cell::Real(number) => *number),
        Kind::Bytes => of!(BinaryArray, Cell::Bytes(bytes) => bytes.as_slice()),
    }
}

/// The rows of a batch that has the [`schema`] of its table.
pub fn rows(table: &Table, batch: &RecordBatch) -> Vec<Row> {
    let cell = |at: usize, column: &Column, row: usize| {
        let array = batch.column(at);
        if array.is_null(row) {
            return Cell::Null;
        }
        match column.kind {
            Kind::Int => Cell::Int(array.as_primitive::<Int64Type>().value(row)),
            Kind::Text => Cell::Text(array.as_string::<i32>().value(row).to_owned()),
            Kind::Bool => Cell::Bool(array.as_boolean().value(row)),
            Kind::Real => Cell::Real(array.as_primitive::<Float64Type>().value(row)),
            Kind::Bytes => Cell::Bytes(array.as_binary::<i32>().value(row).to_vec()),
        }
    };
    let row = |at: usize| table.columns.iter().enumerate().map(|(column, of)| cell(column, of, at)).collect();
    (0..batch.num_rows()).map(row).collect()
}
