//! MySQL and MariaDB.

use metricwright_api::{Grain, StoredAs};
use metricwright_formula::{DataType, Dialect, MySqlDialect};

use super::{SqlDialect, reads_typed_time, round_down};

/// Days from the beginning of MySQL's count to 1970-01-01.
const EPOCH_DAY: i64 = 719_528;
/// Seconds from 0001-01-01 to 1970-01-01. Counted from there nothing is below zero, where `timestampdiff` would round up.
const EPOCH_SECOND: i64 = 62_135_596_800;

/// MariaDB and MySQL 8, in a session whose zone is UTC.
#[derive(Clone, Copy, Debug, Default)]
pub struct MySqlSql;

impl SqlDialect for MySqlSql {
    fn expressions(&self) -> &dyn Dialect {
        &MySqlDialect
    }

    /// Text would lose its offset without a word, so it is no Instant.
    fn reads_time(&self, shown: DataType, stored_as: StoredAs) -> bool {
        reads_typed_time(shown, stored_as) && !(shown == DataType::Text && stored_as == StoredAs::Instant)
    }

    /// A DATETIME counts as UTC for Instant.
    fn seconds(&self, column: &str, stored_as: StoredAs) -> String {
        match stored_as {
            StoredAs::Instant | StoredAs::Local => {
                format!("(timestampdiff(SECOND, TIMESTAMP '0001-01-01 00:00:00', {column}) - {EPOCH_SECOND})")
            }
            StoredAs::Date => format!("((to_days({column}) - {EPOCH_DAY}) * 86400)"),
            StoredAs::EpochMs => {
                format!("({} DIV 1000)", round_down(&format!("CAST({column} AS SIGNED)"), 1000))
            }
        }
    }

    fn first_second(&self, seconds: &str, grain: Grain) -> String {
        let day = format!("(TIMESTAMP '1970-01-01 00:00:00' + INTERVAL {seconds} SECOND)");
        let first = match grain {
            Grain::Year => format!("to_days({day}) - dayofyear({day}) + 1"),
            Grain::Quarter => {
                format!("to_days(makedate(year({day}), 1) + INTERVAL (quarter({day}) - 1) QUARTER)")
            }
            _ => format!("to_days({day}) - dayofmonth({day}) + 1"),
        };
        format!("(({first} - {EPOCH_DAY}) * 86400)")
    }

    fn member(&self, expr: &str, data_type: DataType) -> String {
        let text = format!("CAST({expr} AS CHAR)");
        // `2025-01-31 08:00:00.250000` as `2025-01-31T08:00:00.25`
        let time = || {
            let iso = format!("replace({text}, ' ', 'T')");
            let cut = format!("trim(TRAILING '.' FROM trim(TRAILING '0' FROM {iso}))");
            format!("CASE WHEN locate('.', {text}) > 0 THEN {cut} ELSE {iso} END")
        };
        match data_type {
            DataType::Bool => format!("CASE WHEN {expr} THEN 'true' WHEN NOT {expr} THEN 'false' END"),
            DataType::Float => {
                format!("CASE WHEN {text} REGEXP '^-?[0-9]+$' THEN concat({text}, '.0') ELSE {text} END")
            }
            DataType::DateTime => time(),
            DataType::Instant => format!("concat({}, 'Z')", time()),
            _ => text,
        }
    }

    fn grouping_sets(&self) -> bool {
        false
    }

    /// MySQL and MariaDB write rows of values in different ways.
    fn rows(&self, rows: &[[i64; 3]]) -> String {
        let row = |[a, b, c]: &[i64; 3]| format!("SELECT {a}, {b}, {c}");
        rows.iter().map(row).collect::<Vec<_>>().join(" UNION ALL ")
    }

    fn needs_types(&self) -> bool {
        true
    }
}
