//! Levels: rows of snapshots that do not add up.

use metricwright_api::metric::Keep;
use metricwright_catalog::resolved::Snapshot;
use metricwright_formula::{AggregateFunction, present};

use super::{CELLS, filter};
use crate::dialect::SqlDialect;
use crate::scan::Scan;

/// Name of the rows before a snapshot is chosen.
pub const LEVELS: &str = "mw_levels";

/// Whether one snapshot is to be chosen of several.
pub fn any_chosen(scan: &Scan) -> bool {
    scan.components.iter().filter_map(|component| component.snapshot.as_ref()).any(Snapshot::is_chosen)
}

/// The rows with a mark `q0`, `q1`, … on those of the snapshot that counts: the first or last of each window, and of each member where
/// these have snapshots of their own, with a row that passes the filter.
pub fn chosen(scan: &Scan, dialect: &dyn SqlDialect) -> String {
    let mut columns = String::new();
    for (index, component) in scan.components.iter().enumerate() {
        let Some(snapshot) = component.snapshot.as_ref().filter(|snapshot| snapshot.is_chosen()) else {
            continue;
        };
        let written = component.aggregate.filter.as_ref().map(|_| format!("p{index}"));
        let key = match &written {
            Some(filter) => format!("CASE WHEN {filter} THEN s{index} END"),
            None => format!("s{index}"),
        };
        let extreme = if snapshot.keep == Keep::First { "min" } else { "max" };
        let by = groups(index, snapshot);
        let wanted = format!("s{index} = {extreme}({key}) OVER (PARTITION BY mw_bucket{by})");
        let counts = written.map_or(wanted.clone(), |filter| format!("{filter} AND {wanted}"));
        columns += &format!(",\n         CASE WHEN {counts} THEN 1 ELSE 0 END AS q{index}");
    }
    format!("{CELLS} AS {}(\n  SELECT {LEVELS}.*{columns}\n  FROM {LEVELS}\n)", dialect.materialized())
}

/// What has snapshots of its own, as further columns to group by.
fn groups(index: usize, snapshot: &Snapshot) -> String {
    (0..snapshot.by.len()).map(|place| format!(", g{index}_{place}")).collect()
}

/// One row for each group of a grouping by these columns (`, d0, d1`) and each member with snapshots of its own: the least, largest or mean
/// of the snapshots that have a row which passes the filter.
pub fn by_snapshot(scan: &Scan, snapshot: &Snapshot, dialect: &dyn SqlDialect, by: &str) -> String {
    let Some(component) = scan.components.first() else { return CELLS.to_owned() };
    let argument = component.aggregate.argument.as_ref().map(|_| "a0");
    let filter = filter(component, 0);
    let expressions = dialect.expressions();
    let value = expressions.aggregate(component.aggregate.function, argument, filter.as_deref());
    let known = present("s0", filter.as_deref());
    let fold = match snapshot.keep {
        Keep::Min => AggregateFunction::Min,
        Keep::Max => AggregateFunction::Max,
        _ => AggregateFunction::Avg,
    };
    let of_group = groups(0, snapshot);
    format!(
        "(\n  SELECT mw_bucket{by}, {} AS v0\n  FROM (\n    SELECT mw_bucket{by}{of_group}, \
         CASE WHEN count(CASE WHEN {known} THEN 1 END) > 0 THEN {value} END AS v\n    \
         FROM {CELLS}\n    GROUP BY mw_bucket{by}{of_group}, s0\n  ) AS mw_snapshots\n  \
         GROUP BY mw_bucket{by}{of_group}\n) AS mw_members",
        expressions.aggregate(fold, Some("v"), None)
    )
}

/// The sum over the members with snapshots of their own.
pub fn over_groups(dialect: &dyn SqlDialect) -> String {
    dialect.expressions().aggregate(AggregateFunction::Sum, Some("v0"), None)
}
