//! The rows of a dataset with their times.

use jiff::Timestamp;
use metricwright_api::StoredAs;
use metricwright_catalog::resolved::ResolvedDataset;

use super::joins::relation;
use super::time::{moment, wall_clock};
use crate::dialect::SqlDialect;
use crate::scan::Scan;

/// The dataset's rows of a range in a table of that name, each with its moment and its wall clock in seconds.
pub fn rows_of(
    dataset: &ResolvedDataset,
    scan: &Scan,
    (from, to): (Timestamp, Timestamp),
    name: &str,
    dialect: &dyn SqlDialect,
) -> String {
    // Where everything counts the offsets of the zone are written out from 1970 on: the rows before have the first one.
    let everything = from == Timestamp::MIN;
    let from = if everything { Timestamp::UNIX_EPOCH } else { from };
    let relation = relation(dataset, dialect);
    let Some(time) = &dataset.time else {
        return format!("{name} AS (SELECT *, 0 AS mw_moment, 0 AS mw_wall FROM {relation} AS r)");
    };
    let column = format!("r.{}", dialect.expressions().quote_identifier(&time.column));
    let stored = dialect.seconds(&column, time.stored_as);
    let (instant, wall) = match time.stored_as {
        StoredAs::Instant | StoredAs::EpochMs => {
            ("mw_stored".to_owned(), wall_clock("mw_moment", &scan.chronology, from, to))
        }
        StoredAs::Local => {
            let instant = moment("mw_stored", &time.stored_zone, from, to);
            (instant, wall_clock("mw_moment", &scan.chronology, from, to))
        }
        StoredAs::Date => (moment("mw_stored", &scan.chronology, from, to), "mw_stored".to_owned()),
    };
    // The end of the range and the clock bound what is seen. Within the second of the clock nothing is: a
    // row's fraction of a second is not kept, and a row after the clock must never show.
    let end = to.min(scan.as_of).as_second();
    let begin = if everything { String::new() } else { format!("mw_moment >= {} AND ", from.as_second()) };
    format!(
        "{name}_source AS (SELECT r.*, {stored} AS mw_stored FROM {relation} AS r),\n\
         {name}_stamped AS (SELECT *, {instant} AS mw_moment FROM {name}_source),\n\
         {name} AS (\n  SELECT *, {wall} AS mw_wall FROM {name}_stamped\n  \
         WHERE {begin}mw_moment < {end}\n)"
    )
}
