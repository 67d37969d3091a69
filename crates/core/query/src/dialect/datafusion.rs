//! DataFusion.

use metricwright_api::{Grain, StoredAs};
use metricwright_formula::{DataFusionDialect, DataType, Dialect};

use super::{SqlDialect, round_down};

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
