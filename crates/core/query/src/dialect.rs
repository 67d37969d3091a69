//! What engines write differently in scans: time, text, grouping.

use metricwright_api::{Grain, ObjectId, StoredAs};
use metricwright_catalog::{Inventory, Spec};
use metricwright_formula::{DataFusionDialect, DataType, Dialect, SqliteDialect};

/// The SQL of an engine that scans run on.
pub trait SqlDialect: Send + Sync {
    /// The dialect of expressions.
    fn expressions(&self) -> &dyn Dialect;

    /// Whole seconds since 1970 of a column: of the moment for Instant and `EpochMs`, of the wall clock for
    /// Local and Date.
    fn seconds(&self, column: &str, stored_as: StoredAs) -> String;

    /// The first second of the month, quarter or year that a second of the wall clock lies in.
    fn first_second(&self, seconds: &str, grain: Grain) -> String;

    /// A member as text, the same text on every engine.
    fn member(&self, expr: &str, data_type: DataType) -> String;

    /// Whether one statement can group by several sets of columns.
    fn grouping_sets(&self) -> bool;
}

/// The kind of a source and its dialect, known without opening it; none where there is no such source.
pub fn of_source(
    inventory: &Inventory,
    source: &ObjectId,
) -> Option<(&'static str, &'static dyn SqlDialect)> {
    let Spec::DataSource(spec) = &inventory.get(source)?.spec else { return None };
    Some(if spec.sqlite.is_some() { ("sqlite", &SqliteSql) } else { ("files", &DataFusionSql) })
}

/// `a` rounded down to a multiple of `step`, in whole numbers, below zero too.
pub fn round_down(a: &str, step: i64) -> String {
    format!("({a} - (({a} % {step}) + {step}) % {step})")
}

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
}

/// DataFusion, from 55.
#[derive(Clone, Copy, Debug, Default)]
pub struct DataFusionSql;

impl SqlDialect for DataFusionSql {
    fn expressions(&self) -> &dyn Dialect {
        &DataFusionDialect
    }

    /// A timestamp without a zone counts as UTC; text is read as ISO 8601.
    fn seconds(&self, column: &str, stored_as: StoredAs) -> String {
        let of_millis = |millis: &str| format!("({} / 1000)", round_down(millis, 1000));
        match stored_as {
            StoredAs::Instant | StoredAs::Local => of_millis(&format!(
                "CAST(arrow_cast({column}, 'Timestamp(Millisecond, Some(\"UTC\"))') AS BIGINT)"
            )),
            StoredAs::Date => format!("CAST(CAST(CAST({column} AS DATE) AS INT) AS BIGINT) * 86400"),
            StoredAs::EpochMs => of_millis(&format!("CAST({column} AS BIGINT)")),
        }
    }

    fn first_second(&self, seconds: &str, grain: Grain) -> String {
        let unit = match grain {
            Grain::Quarter => "quarter",
            Grain::Year => "year",
            _ => "month",
        };
        format!("CAST(date_trunc('{unit}', to_timestamp_seconds({seconds})) AS BIGINT)")
    }

    fn member(&self, expr: &str, _data_type: DataType) -> String {
        format!("CAST({expr} AS VARCHAR)")
    }

    fn grouping_sets(&self) -> bool {
        true
    }
}
