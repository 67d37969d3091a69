//! Questions about a dataset's rows, asked before metrics are computed.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use metricwright_api::StoredAs;
use metricwright_catalog::resolved::{ResolvedDataset, ResolvedEntity};
use metricwright_formula::render;

use crate::dialect::SqlDialect;
use crate::sql::column;
use crate::sql_relation;

/// The statement for keys of a Primary entity that stand in more than one row: up to three keys and how often each
/// stands there. Rows at `as_of` or later are not counted.
pub fn repeated_keys(
    dataset: &ResolvedDataset,
    entity: &ResolvedEntity,
    as_of: Option<Timestamp>,
    dialect: &dyn SqlDialect,
) -> String {
    let expressions = dialect.expressions();
    let key = render(&entity.key, expressions, &|path| column(dataset, "r", path, expressions));
    format!(
        "SELECT {key} AS mw_key, count(*) AS mw_times\nFROM {} AS r\nWHERE {key} IS NOT NULL{}\n\
         GROUP BY {key}\nHAVING count(*) > 1\nORDER BY 2 DESC, 1\nLIMIT 3",
        sql_relation(dataset, dialect),
        visible(dataset, as_of, dialect).map(|condition| format!(" AND {condition}")).unwrap_or_default(),
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

/// The statement for the first and last second of the time column (see [`SqlDialect::seconds`]) and the
/// number of rows; none for a dataset without a time column.
pub fn time_range(dataset: &ResolvedDataset, dialect: &dyn SqlDialect) -> Option<String> {
    let time = dataset.time.as_ref()?;
    let seconds = seconds(&time.column, time.stored_as, dialect);
    Some(format!(
        "SELECT min({seconds}) AS mw_first, max({seconds}) AS mw_last, count(*) AS mw_rows\nFROM {} AS r",
        sql_relation(dataset, dialect)
    ))
}
