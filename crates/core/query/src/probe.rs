//! Questions about a dataset's rows, asked before metrics are computed.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use metricwright_api::StoredAs;
use metricwright_catalog::resolved::{ResolvedDataset, ResolvedEntity, ResolvedTime, Validity};
use metricwright_formula::render;

use crate::dialect::SqlDialect;
use crate::sql::column;
use crate::sql_relation;

/// Seconds before and after everything.
const EVER: i64 = -1_000_000_000_000;
const NEVER: i64 = 1_000_000_000_000;

/// The statement for keys of a Primary entity that stand in more than one row, or where rows hold for a time, in rows that hold at
/// the same moment: up to three keys, with the columns of each, and how often each stands there. Rows at `as_of` or later are not counted.
pub fn repeated_keys(
    dataset: &ResolvedDataset,
    entity: &ResolvedEntity,
    as_of: Option<Timestamp>,
    dialect: &dyn SqlDialect,
) -> String {
    let expressions = dialect.expressions();
    let own = |expr| render(expr, expressions, &|path| column(dataset, "r", path, expressions));
    let keys: Vec<String> = entity.key.iter().map(own).collect();
    let mut conditions: Vec<String> = keys.iter().map(|key| format!("{key} IS NOT NULL")).collect();
    conditions.extend(visible(dataset, as_of, dialect));
    let rows = format!("FROM {} AS r\nWHERE {}", sql_relation(dataset, dialect), conditions.join(" AND "));
    let (shown, rows, by) = match &dataset.validity {
        None => (keys.join(", "), rows, keys.join(", ")),
        Some(validity) => {
            let names: Vec<String> = (0..keys.len()).map(|place| format!("k{place}")).collect();
            (names.join(", "), overlapping(validity, &keys, &rows, dialect), names.join(", "))
        }
    };
    let order: String = (0..keys.len()).map(|place| format!(", {}", place + 1)).collect();
    format!(
        "SELECT {shown}, count(*) AS mw_times\n{rows}\nGROUP BY {by}\nHAVING count(*) > {}\nORDER BY {} DESC{order}\nLIMIT 3",
        i32::from(dataset.validity.is_none()),
        keys.len() + 1,
    )
}

/// The rows of each key that begin to hold before an earlier one ends.
fn overlapping(validity: &Validity, keys: &[String], rows: &str, dialect: &dyn SqlDialect) -> String {
    let first = seconds(&validity.from, validity.stored_as, dialect);
    let last = seconds(&validity.to, validity.stored_as, dialect);
    let named: Vec<String> =
        keys.iter().enumerate().map(|(place, key)| format!("{key} AS k{place}")).collect();
    let by: Vec<String> = (0..keys.len()).map(|place| format!("k{place}")).collect();
    let by = by.join(", ");
    format!(
        "FROM (\n  SELECT {by}, mw_from,\n         max(mw_to) OVER (PARTITION BY {by} ORDER BY mw_from, mw_to ROWS BETWEEN UNBOUNDED \
         PRECEDING AND 1 PRECEDING) AS mw_before\n  FROM (\n    SELECT {}, coalesce({first}, {EVER}) AS mw_from, coalesce({last}, {NEVER}) AS mw_to\n    {rows}\n  ) AS mw_held\n) AS mw_ordered\nWHERE mw_from < mw_before",
        named.join(", ")
    )
}

/// The condition under which a row is before `as_of`; none where every row is, or the dataset has no time column.
fn visible(dataset: &ResolvedDataset, as_of: Option<Timestamp>, dialect: &dyn SqlDialect) -> Option<String> {
    let (time, as_of) = (dataset.time.as_ref()?, as_of?);
    let wall_clock = |zone: &TimeZone| {
        let wall = as_of.to_zoned(zone.clone()).datetime();
        wall.to_zoned(TimeZone::UTC).map_or(as_of.as_second(), |zoned| zoned.timestamp().as_second())
    };
    let end = match time.stored_as {
        StoredAs::Instant | StoredAs::EpochMs => as_of.as_second(),
        StoredAs::Local => wall_clock(&time.stored_zone),
        StoredAs::Date => wall_clock(&dataset.chronology),
    };
    Some(format!("{} < {end}", seconds(&time.column, time.stored_as, dialect)))
}

fn seconds(column: &str, stored_as: StoredAs, dialect: &dyn SqlDialect) -> String {
    dialect.seconds(&format!("r.{}", dialect.expressions().quote_identifier(column)), stored_as)
}

/// The statement for the first and last second of a time column (see [`SqlDialect::seconds`]) and the
/// number of rows.
pub fn time_range(dataset: &ResolvedDataset, time: &ResolvedTime, dialect: &dyn SqlDialect) -> String {
    let seconds = seconds(&time.column, time.stored_as, dialect);
    format!(
        "SELECT min({seconds}) AS mw_first, max({seconds}) AS mw_last, count(*) AS mw_rows\nFROM {} AS r",
        sql_relation(dataset, dialect)
    )
}
