//! Why the reference evaluator gives no answer.

use std::path::PathBuf;

/// What can go wrong while rows are read or evaluated. None of it is a missing value: those are answers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A file of rows cannot be read.
    #[error("{path}: {reason}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// A dataset without rows to read.
    #[error(
        "dataset `{dataset}` has no rows: give them with `Tables::with_dataset`, or those of its table with `Tables::with_table`"
    )]
    NoTable {
        /// Name of the dataset.
        dataset: String,
    },

    /// A dataset whose rows belong to no window.
    #[error("dataset `{dataset}` has no time column: declare `spec.time.column`")]
    NoTime {
        /// Name of the dataset.
        dataset: String,
    },

    /// A value that dates no row.
    #[error(
        "`{found}` in the time column `{column}` is no {wanted}: give rows of the type that `storedAs` names"
    )]
    Time {
        /// The time column.
        column: String,
        /// What stands there.
        found: String,
        /// What `storedAs` promises.
        wanted: &'static str,
    },

    /// A name that a row does not have.
    #[error("there is no column `{column}`; the row has {known}")]
    UnknownColumn {
        /// The name, as the expression writes it.
        column: String,
        /// The names there are, separated by commas.
        known: String,
    },

    /// A dimension that the metric does not have.
    #[error("the metric has no dimension `{name}`; it has {known}")]
    UnknownDimension {
        /// The name asked for.
        name: String,
        /// The names there are, separated by commas.
        known: String,
    },

    /// A value of a type that the operation does not take.
    #[error("`{operation}` does not take `{found}`: check the expression and the types of the rows")]
    Type {
        /// The operator or function.
        operation: &'static str,
        /// The value.
        found: String,
    },

    /// Something that has no value for one row: an aggregate, or another metric.
    #[error("`{found}` has no value for one row: resolve the metric before it is evaluated")]
    NotOfOneRow {
        /// What it is.
        found: String,
    },
}
