//! Results of queries.

use metricwright_formula::Value;

use crate::error::SourceError;

/// The result of a query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// Names of the columns, in order.
    pub columns: Vec<String>,
    /// The rows, each with one value a column.
    pub rows: Vec<Vec<Value>>,
}

/// Takes the rows of a query, up to a limit.
#[derive(Debug)]
pub struct RowBuffer {
    rows: Rows,
    limit: u64,
}

impl RowBuffer {
    /// An empty buffer for at most `limit` rows.
    pub fn new(limit: u64) -> Self {
        Self { rows: Rows::default(), limit }
    }

    /// Says how the columns are called.
    pub fn set_columns(&mut self, columns: Vec<String>) {
        self.rows.columns = columns;
    }

    /// Forgets everything taken so far: the query begins again.
    pub fn clear(&mut self) {
        self.rows = Rows::default();
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`SourceError::TooManyRows`] when the limit is reached: a result is whole or an error, never cut.
    pub fn push(&mut self, row: Vec<Value>) -> Result<(), SourceError> {
        if self.rows.rows.len() as u64 >= self.limit {
            return Err(SourceError::TooManyRows { limit: self.limit });
        }
        self.rows.rows.push(row);
        Ok(())
    }

    /// The rows taken.
    pub fn into_rows(self) -> Rows {
        self.rows
    }
}
