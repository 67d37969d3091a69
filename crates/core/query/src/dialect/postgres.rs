//! PostgreSQL.

use metricwright_api::{Grain, StoredAs};
use metricwright_formula::{DataType, Dialect, PostgresDialect};

use super::{SqlDialect, reads_typed_time, round_down};

/// PostgreSQL, from 12, in a session whose zone is UTC.
#[derive(Clone, Copy, Debug, Default)]
pub struct PostgresSql;

impl SqlDialect for PostgresSql {
    fn expressions(&self) -> &dyn Dialect {
        &PostgresDialect
    }

    fn reads_time(&self, shown: DataType, stored_as: StoredAs) -> bool {
        reads_typed_time(shown, stored_as)
    }

    /// A timestamp without a zone counts as UTC for Instant; one with a zone shows UTC's wall clock for the others.
    fn seconds(&self, column: &str, stored_as: StoredAs) -> String {
        let of = |kind: &str| format!("CAST(floor(extract(epoch FROM CAST({column} AS {kind}))) AS bigint)");
        match stored_as {
            StoredAs::Instant => of("timestamptz"),
            StoredAs::Local => of("timestamp"),
            StoredAs::Date => of("date"),
            StoredAs::EpochMs => {
                format!("({} / 1000)", round_down(&format!("CAST({column} AS bigint)"), 1000))
            }
        }
    }

    fn first_second(&self, seconds: &str, grain: Grain) -> String {
        let unit = match grain {
            Grain::Quarter => "quarter",
            Grain::Year => "year",
            _ => "month",
        };
        format!(
            "CAST(extract(epoch FROM date_trunc('{unit}', to_timestamp({seconds}) AT TIME ZONE 'UTC')) AS bigint)"
        )
    }

    fn member(&self, expr: &str, data_type: DataType) -> String {
        let text = format!("CAST({expr} AS text)");
        match data_type {
            DataType::Float => format!("CASE WHEN {text} ~ '^-?[0-9]+$' THEN {text} || '.0' ELSE {text} END"),
            DataType::DateTime => format!("replace({text}, ' ', 'T')"),
            DataType::Instant => {
                format!("replace(CAST({expr} AT TIME ZONE 'UTC' AS text), ' ', 'T') || 'Z'")
            }
            _ => text,
        }
    }

    fn grouping_sets(&self) -> bool {
        true
    }

    fn needs_types(&self) -> bool {
        true
    }
}
