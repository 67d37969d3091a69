//! A scan as one SQL statement.

use metricwright_api::Grain;
use metricwright_catalog::Catalog;
use metricwright_catalog::resolved::Dimension;
use metricwright_formula::{AggregateFunction, MOMENT};

use super::conversion::conversion;
use super::joins::Joins;
use super::levels::{self, LEVELS};
use super::rows::rows_of;
use super::spread::{BUCKETS, spread};
use super::time::bucket;
use super::{CELLS, Layout, Statement, filter, ranks};
use crate::dialect::SqlDialect;
use crate::scan::Scan;

/// The moment of a row.
const MOMENT_OF_FACT: &str = "f.mw_moment";

/// The statement of a scan:
///
/// ```sql
/// WITH mw_fact_source AS (…),   -- the dataset's rows with their time as stored
/// mw_stamped AS (…),       -- with their moment
/// mw_fact AS (…),          -- those of the range, with their wall clock
/// mw_cells AS (…)          -- bucket, members, and what is aggregated
/// SELECT grouping, bucket, members …, components … GROUP BY …
/// ```
///
/// Where rows count for other windows than their own, or one of several snapshots counts, further tables stand between.
pub fn statement(scan: &Scan, dialect: &dyn SqlDialect) -> Statement {
    let members = members(scan);
    let layout = layout(scan, &members);
    let facts = match &scan.conversion {
        None => rows_of(&scan.dataset, scan, (scan.from, scan.to), "mw_fact", dialect),
        Some(given) => conversion(scan, given, dialect),
    };
    let sets = dialect.grouping_sets() && scan.snapshots().is_none();
    let sql = format!(
        "WITH {facts},\n{}\n{}",
        tables(scan, dialect, &members),
        if sets { by_sets(scan, dialect, &layout) } else { by_unions(scan, dialect, &layout) }
    );
    Statement { sql, layout }
}

/// The tables from the rows of the range to those that are grouped, `mw_cells`.
fn tables(scan: &Scan, dialect: &dyn SqlDialect, members: &[&Dimension]) -> String {
    let chosen = levels::any_chosen(scan);
    let after_spread = if chosen { LEVELS } else { CELLS };
    let mut tables = match &scan.spread {
        None => vec![cells(scan, dialect, members, (after_spread, scan.grain))],
        Some(given) => vec![
            cells(scan, dialect, members, (BUCKETS, given.bucket)),
            spread(scan, given, members.len(), after_spread, dialect),
        ],
    };
    if chosen {
        tables.push(levels::chosen(scan, dialect));
    }
    tables.join(",\n")
}

/// The ways to members, each once.
fn members(scan: &Scan) -> Vec<&Dimension> {
    let mut members: Vec<&Dimension> = Vec::new();
    for (_, way) in scan.groupings.iter().flatten() {
        if members.iter().all(|known| known.name != way.name) {
            members.push(way);
        }
    }
    members
}

fn layout(scan: &Scan, members: &[&Dimension]) -> Layout {
    let place = |way: &Dimension| members.iter().position(|known| known.name == way.name).unwrap_or_default();
    let grouped = |grouping: &Vec<(String, Dimension)>| {
        grouping.iter().map(|(name, way)| (name.clone(), place(way))).collect()
    };
    let groupings = std::iter::once(Vec::new()).chain(scan.groupings.iter().map(grouped)).collect();
    Layout { groupings, members: members.len(), components: scan.components.len() }
}

/// One line a row: its bucket of a grain, its members, and what each component aggregates.
fn cells(
    scan: &Scan,
    dialect: &dyn SqlDialect,
    members: &[&Dimension],
    (name, grain): (&str, Grain),
) -> String {
    let joins = Joins::of(scan, dialect);
    let times = (MOMENT_OF_FACT, "f.mw_wall");
    let bucket = bucket(dialect, (grain, &scan.chronology), times, (scan.from, scan.to));
    let mut columns = vec![format!("{bucket} AS mw_bucket")];
    if scan.components.iter().any(|component| component.aggregate.function.needs_time()) {
        columns.push(format!("f.{MOMENT} AS {MOMENT}"));
    }
    for (index, way) in members.iter().enumerate() {
        let data_type = Catalog::dimension_type(&scan.dataset, way).data_type;
        columns.push(format!("{} AS d{index}", dialect.member(&joins.dimension(way), data_type)));
    }
    for (index, component) in scan.components.iter().enumerate() {
        let sql = |expr| joins.expression(&component.references, expr);
        if let Some(argument) = &component.aggregate.argument {
            columns.push(format!("{} AS a{index}", sql(argument)));
        }
        if let Some(filter) = &component.aggregate.filter {
            columns.push(format!("{} AS p{index}", sql(filter)));
        }
        if let Some(snapshot) = &component.snapshot {
            columns.push(format!(
                "{} AS s{index}",
                snapshot.over.as_ref().map_or(MOMENT_OF_FACT.to_owned(), sql)
            ));
            let by = snapshot.by.iter().enumerate();
            columns.extend(by.map(|(place, expr)| format!("{} AS g{index}_{place}", sql(expr))));
        }
    }
    format!(
        "{name} AS {}(\n  SELECT {}\n  FROM mw_fact AS f{}\n)",
        dialect.materialized(),
        columns.join(",\n         "),
        joins.lines()
    )
}

/// The components in SQL.
fn aggregates(scan: &Scan, dialect: &dyn SqlDialect) -> String {
    let mut columns = String::new();
    for (index, component) in scan.components.iter().enumerate() {
        let argument = component.aggregate.argument.as_ref().map(|_| format!("a{index}"));
        let filter = filter(component, index);
        let function: AggregateFunction = component.aggregate.function;
        let sql = if scan.snapshots().is_some() {
            levels::over_groups(dialect)
        } else if ranks::is_ranked(function, dialect) {
            ranks::aggregate(index, function, dialect)
        } else {
            dialect.expressions().aggregate(function, argument.as_deref(), filter.as_deref())
        };
        columns += &format!(", {sql} AS k{index}");
    }
    columns
}

/// All groupings in one pass. `GROUPING` of each member tells the sets apart.
fn by_sets(scan: &Scan, dialect: &dyn SqlDialect, layout: &Layout) -> String {
    let set = |grouping: &Vec<(String, usize)>| {
        let mut places: Vec<usize> = grouping.iter().map(|(_, place)| *place).collect();
        places.sort_unstable();
        places.dedup();
        let members: String = places.iter().map(|place| format!(", d{place}")).collect();
        format!("(mw_bucket{members})")
    };
    let mut sets: Vec<String> = layout.groupings.iter().map(set).collect();
    let mut seen = std::collections::BTreeSet::new();
    sets.retain(|set| seen.insert(set.clone()));
    let members: String = (0..layout.members).map(|place| format!(", d{place}")).collect();
    let mask = if layout.members == 0 {
        "0".to_owned()
    } else {
        let bits = (0..layout.members).map(|place| format!("GROUPING(d{place}) * {}", 1_i64 << place));
        bits.collect::<Vec<_>>().join(" + ")
    };
    format!(
        "SELECT {mask} AS mw_grouping, mw_bucket{members}{}\nFROM mw_cells\nGROUP BY GROUPING SETS ({})",
        aggregates(scan, dialect),
        sets.join(", ")
    )
}

/// One SELECT a grouping.
fn by_unions(scan: &Scan, dialect: &dyn SqlDialect, layout: &Layout) -> String {
    let aggregates = aggregates(scan, dialect);
    let select = |grouping: &Vec<(String, usize)>| {
        let kept = |place: usize| grouping.iter().any(|(_, known)| *known == place);
        let mask: i64 = (0..layout.members).filter(|place| !kept(*place)).map(|place| 1_i64 << place).sum();
        let members: String = (0..layout.members)
            .map(|place| if kept(place) { format!(", d{place}") } else { format!(", NULL AS d{place}") })
            .collect();
        let by: String = (0..layout.members).filter(|p| kept(*p)).map(|p| format!(", d{p}")).collect();
        let cells = match scan.snapshots() {
            None => ranks::cells(scan, dialect, &by),
            Some(snapshot) => levels::by_snapshot(scan, snapshot, dialect, &by),
        };
        format!(
            "SELECT {mask} AS mw_grouping, mw_bucket{members}{aggregates}\nFROM {cells}\nGROUP BY mw_bucket{by}"
        )
    };
    let mut selects: Vec<String> = layout.groupings.iter().map(select).collect();
    let mut seen = std::collections::BTreeSet::new();
    selects.retain(|select| seen.insert(select.clone()));
    selects.join("\nUNION ALL\n")
}
