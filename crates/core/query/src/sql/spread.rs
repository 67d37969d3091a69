//! Rows spread over the windows that they count for.
//!
//! Different values and percentiles over a stretch do not follow from those of its buckets. The buckets are joined to the windows
//! instead, where different values are counted each value of a bucket once, never row by row.

use metricwright_formula::{AggregateFunction, MOMENT};

use super::time::bucket_number;
use crate::dialect::SqlDialect;
use crate::reading::Spread;
use crate::scan::Scan;

/// Name of the rows by bucket, before they are spread.
pub const BUCKETS: &str = "mw_buckets";

/// The tables that spread the rows:
///
/// ```sql
/// mw_spine (…) AS (…),     -- each window with the buckets that count for it
/// mw_cells AS (…)          -- the rows of each window, under the name given
/// ```
pub fn spread(scan: &Scan, given: &Spread, members: usize, name: &str, dialect: &dyn SqlDialect) -> String {
    let mut columns: Vec<String> = (0..members).map(|place| format!("d{place}")).collect();
    for (index, component) in scan.components.iter().enumerate() {
        columns.extend(component.aggregate.argument.iter().map(|_| format!("a{index}")));
        columns.extend(component.aggregate.filter.iter().map(|_| format!("p{index}")));
        if let Some(snapshot) = &component.snapshot {
            columns.push(format!("s{index}"));
            columns.extend((0..snapshot.by.len()).map(|place| format!("g{index}_{place}")));
        }
        if component.aggregate.function.needs_time() {
            columns.push(MOMENT.to_owned());
        }
    }
    let list = |prefix: &str| columns.iter().map(|name| format!(", {prefix}{name}")).collect::<String>();
    let rows = if distinct(scan) {
        format!("(SELECT DISTINCT mw_bucket{} FROM {BUCKETS})", list(""))
    } else {
        BUCKETS.to_owned()
    };
    format!(
        "mw_spine (mw_window, mw_from, mw_to) AS (\n  {}\n),\n\
         {name} AS {}(\n  SELECT s.mw_window AS mw_bucket{}\n  FROM {rows} AS b\n  \
         JOIN mw_spine AS s ON b.mw_bucket >= s.mw_from AND b.mw_bucket < s.mw_to\n)",
        dialect.rows(&spine(scan, given)),
        dialect.materialized(),
        list("b."),
    )
}

/// Whether a value counts once however many rows have it.
fn distinct(scan: &Scan) -> bool {
    scan.components.iter().all(|component| {
        matches!(
            component.aggregate.function,
            AggregateFunction::CountDistinct | AggregateFunction::ApproxCountDistinct
        )
    })
}

/// The windows and the buckets of each, as the statement numbers them.
fn spine(scan: &Scan, given: &Spread) -> Vec<[i64; 3]> {
    let number = |grain, at| bucket_number(grain, &scan.chronology, at);
    let row = |(window, reach): &(crate::Window, crate::Window)| {
        let (from, to) = (number(given.bucket, reach.start), number(given.bucket, reach.end));
        [number(scan.grain, window.start), from, to]
    };
    given.windows.iter().map(row).collect()
}
