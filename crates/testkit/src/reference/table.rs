//! Rows, and what a `query:` does to them, done by loops.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use metricwright_api::ObjectId;
use metricwright_catalog::resolved::{Relation, ResolvedDataset};
use metricwright_formula::{Expr, Value};

use super::error::Error;
use super::files;
use super::interpret::interpret;
use super::number::identity;

/// One row: values by column. Every row of a table has the same columns.
pub type Row = BTreeMap<String, Value>;

/// The rows of a table or dataset.
pub type Table = Vec<Row>;

/// The rows that metrics are computed from.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    tables: BTreeMap<String, Table>,
    datasets: BTreeMap<ObjectId, Table>,
}

impl Tables {
    /// Without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads every `.parquet` and `.csv` file of a folder, each as the table of its name.
    pub fn read_folder(folder: &Path) -> Result<Self, Error> {
        Ok(Self { tables: files::read_folder(folder)?, datasets: BTreeMap::new() })
    }

    /// Gives the rows of a table, for every dataset with `table:` of that name.
    #[must_use]
    pub fn with_table(mut self, name: &str, rows: Table) -> Self {
        self.tables.insert(name.to_owned(), rows);
        self
    }

    /// Gives the rows of one dataset, whatever its table: those that its `query:` stands for.
    #[must_use]
    pub fn with_dataset(mut self, dataset: &ObjectId, rows: Table) -> Self {
        self.datasets.insert(dataset.clone(), rows);
        self
    }

    /// The rows of a table; none where they were not given.
    pub fn table(&self, name: &str) -> &[Row] {
        self.tables.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// The rows of a dataset.
    pub(super) fn of(&self, dataset: &ResolvedDataset) -> Result<&[Row], Error> {
        let table = match &dataset.relation {
            Relation::Table(name) => self.tables.get(name),
            Relation::Query(_) => None,
        };
        let rows = self.datasets.get(&dataset.id).or(table);
        rows.map(Vec::as_slice).ok_or_else(|| Error::NoTable { dataset: dataset.id.name.clone() })
    }
}

/// Each row once: `SELECT DISTINCT *`.
pub fn distinct(rows: &[Row]) -> Table {
    let mut seen = BTreeSet::new();
    rows.iter().filter(|row| seen.insert(row.values().map(identity).collect::<Vec<_>>())).cloned().collect()
}

/// The rows with these columns only: `SELECT a, b`.
pub fn select(rows: &[Row], columns: &[&str]) -> Table {
    let kept = |row: &Row| {
        columns.iter().filter_map(|&name| Some((name.to_owned(), row.get(name)?.clone()))).collect()
    };
    rows.iter().map(kept).collect()
}

/// Every pair of rows that have the same value in `key`, put together: `JOIN … ON left.key = right.key`.
///
/// Where both have a column, the left one's value stays.
pub fn join(left: &[Row], right: &[Row], key: &str) -> Table {
    let of = |row: &Row| row.get(key).filter(|value| !value.is_null()).map(identity);
    let mut by_key: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    for row in right {
        by_key.entry(of(row).unwrap_or_default()).or_default().push(row);
    }
    let mut joined = Table::new();
    for row in left {
        let partners = of(row).and_then(|key| by_key.get(&key));
        for partner in partners.into_iter().flatten() {
            let mut both = (*partner).clone();
            both.extend(row.clone());
            joined.push(both);
        }
    }
    joined
}

/// The rows with one more column, computed from the others: `SELECT *, expr AS name`.
pub fn with_column(rows: &[Row], name: &str, expr: &Expr) -> Result<Table, Error> {
    let extended = |row: &Row| {
        let mut row = row.clone();
        let value = interpret(expr, &|path| named(&row, &path.name))?;
        row.insert(name.to_owned(), value);
        Ok(row)
    };
    rows.iter().map(extended).collect()
}

/// The value of a column.
pub(super) fn named(row: &Row, column: &str) -> Result<Value, Error> {
    row.get(column).cloned().ok_or_else(|| Error::UnknownColumn {
        column: column.to_owned(),
        known: row.keys().map(String::as_str).collect::<Vec<_>>().join(", "),
    })
}
