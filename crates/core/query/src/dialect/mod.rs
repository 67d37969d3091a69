//! What engines write differently in scans: time, text, grouping. One file an engine.

mod datafusion;
mod mysql;
mod postgres;
mod sqlite;

use metricwright_api::{Grain, ObjectId, StoredAs};
use metricwright_catalog::{Inventory, Spec};
use metricwright_formula::{DataType, Dialect};

pub use datafusion::DataFusionSql;
pub use mysql::MySqlSql;
pub use postgres::PostgresSql;
pub use sqlite::SqliteSql;

/// The SQL of an engine that scans run on.
///
/// Names that a scan makes itself stand bare in it, as every engine reads them alike: `r`, `f`, `d0`, `mw_…`.
pub trait SqlDialect: Send + Sync {
    /// The dialect of expressions.
    fn expressions(&self) -> &dyn Dialect;

    /// Whether the time column of a dataset can be read as declared when the source shows it with a type.
    fn reads_time(&self, shown: DataType, stored_as: StoredAs) -> bool {
        match stored_as {
            StoredAs::EpochMs => matches!(shown, DataType::Int | DataType::Unknown),
            StoredAs::Instant => !matches!(shown, DataType::Bool),
            StoredAs::Local | StoredAs::Date => !matches!(shown, DataType::Bool | DataType::Int),
        }
    }

    /// Whole seconds since 1970 of a column: of the moment for Instant and `EpochMs`, of the wall clock for
    /// Local and Date.
    fn seconds(&self, column: &str, stored_as: StoredAs) -> String;

    /// The first second of the month, quarter or year that a second of the wall clock lies in.
    fn first_second(&self, seconds: &str, grain: Grain) -> String;

    /// A member as text, the same text on every engine.
    fn member(&self, expr: &str, data_type: DataType) -> String;

    /// Whether one statement can group by several sets of columns.
    fn grouping_sets(&self) -> bool;

    /// What stands before a part of a statement that is to be computed once though it is read several times.
    fn materialized(&self) -> &'static str {
        ""
    }

    /// A table of rows of three numbers.
    fn rows(&self, rows: &[[i64; 3]]) -> String {
        let row = |[a, b, c]: &[i64; 3]| format!("({a}, {b}, {c})");
        format!("VALUES {}", rows.iter().map(row).collect::<Vec<_>>().join(", "))
    }

    /// Whether the SQL of a column depends on its type, so that types must be known before a scan is written.
    fn needs_types(&self) -> bool {
        false
    }
}

/// The kind of a source and its dialect, known without opening it; none where there is no such source.
pub fn of_source(
    inventory: &Inventory,
    source: &ObjectId,
) -> Option<(&'static str, &'static dyn SqlDialect)> {
    let Spec::DataSource(spec) = &inventory.get(source)?.spec else { return None };
    let kind = spec.kind()?;
    Some((
        kind,
        match kind {
            "sqlite" => &SqliteSql,
            "postgres" => &PostgresSql,
            "mysql" => &MySqlSql,
            _ => &DataFusionSql,
        },
    ))
}

/// Whether a server's own types are enough to read a column as a time: no numbers, whose meaning only people know.
fn reads_typed_time(shown: DataType, stored_as: StoredAs) -> bool {
    match stored_as {
        StoredAs::EpochMs => matches!(shown, DataType::Int | DataType::Unknown),
        _ => matches!(
            shown,
            DataType::Date | DataType::DateTime | DataType::Instant | DataType::Text | DataType::Unknown
        ),
    }
}

/// `a` rounded down to a multiple of `step`, in whole numbers, below zero too.
pub fn round_down(a: &str, step: i64) -> String {
    format!("({a} - (({a} % {step}) + {step}) % {step})")
}
