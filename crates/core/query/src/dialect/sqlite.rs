//! SQLite.

use metricwright_api::{Grain, StoredAs};
use metricwright_formula::{DataType, Dialect, SqliteDialect};

use super::{SqlDialect, round_down};

/// SQLite, from 3.38.
#[derive(Clone, Copy, Debug, Default)]
pub struct SqliteSql;

impl SqlDialect for SqliteSql {
    fn expressions(&self) -> &dyn Dialect {
        &SqliteDialect
    }

    /// An Instant is text in ISO 8601 (UTC where it has no offset) or a number of seconds since 1970.
    fn seconds(&self, column: &str, stored_as: StoredAs) -> String {
        match stored_as {
            StoredAs::Instant => format!(
                "CASE typeof({column}) WHEN 'text' THEN unixepoch({column}) ELSE unixepoch({column}, 'unixepoch') END"
            ),
            StoredAs::Local => format!("unixepoch({column})"),
            StoredAs::Date => format!("unixepoch(date({column}))"),
            StoredAs::EpochMs => {
                format!("({} / 1000)", round_down(&format!("CAST({column} AS INTEGER)"), 1000))
            }
        }
    }

    fn first_second(&self, seconds: &str, grain: Grain) -> String {
        match grain {
            Grain::Quarter => format!(
                "unixepoch({seconds}, 'unixepoch', 'start of month', '-' || ((CAST(strftime('%m', {seconds}, \
                 'unixepoch') AS INTEGER) - 1) % 3) || ' months')"
            ),
            Grain::Year => format!("unixepoch({seconds}, 'unixepoch', 'start of year')"),
            _ => format!("unixepoch({seconds}, 'unixepoch', 'start of month')"),
        }
    }

    fn member(&self, expr: &str, data_type: DataType) -> String {
        match data_type {
            DataType::Bool => format!("CASE WHEN {expr} THEN 'true' WHEN NOT {expr} THEN 'false' END"),
            _ => format!("CAST({expr} AS TEXT)"),
        }
    }

    fn grouping_sets(&self) -> bool {
        false
    }

    fn materialized(&self) -> &'static str {
        "MATERIALIZED "
    }
}
