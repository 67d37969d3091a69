//! A scan as one SQL statement.

use metricwright_api::StoredAs;
use metricwright_catalog::Catalog;
use metricwright_catalog::resolved::Dimension;
use metricwright_formula::{AggregateFunction, MOMENT};

use super::joins::{Joins, relation};
use super::time::{bucket, moment, wall_clock};
use super::{Layout, Statement, ranks};
use crate::dialect::SqlDialect;
use crate::scan::Scan;

/// The statement of a scan:
///
/// ```sql
/// WITH mw_source AS (…),   -- the dataset's rows with their time as stored
/// mw_stamped AS (…),       -- with their moment
/// mw_fact AS (…),          -- those of the range, with their wall clock
/// mw_cells AS (…)          -- bucket, members, and what is aggregated
/// SELECT grouping, bucket, members …, components …, number of rows … GROUP BY …
/// ```
pub fn statement(scan: &Scan, dialect: &dyn SqlDialect) -> Statement {
    let members = members(scan);
    let layout = layout(scan, &members);
    let sql = format!(
        "WITH {},\n{}\n{}",
        stamped(scan, dialect),
        cells(scan, dialect, &members),
        if dialect.grouping_sets() {
            by_sets(scan, dialect, &layout)
        } else {
            by_unions(scan, dialect, &layout)
        }
    );
    Statement { sql, layout }
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

/// The dataset's rows of the range, each with its moment and its wall clock in seconds.
fn stamped(scan: &Scan, dialect: &dyn SqlDialect) -> String {
    let (from, to) = (scan.from, scan.to);
    let relation = relation(&scan.dataset, dialect);
    let Some(time) = &scan.dataset.time else {
        return format!("mw_fact AS (SELECT *, 0 AS mw_moment, 0 AS mw_wall FROM {relation} AS r)");
    };
    let column = format!("r.{}", dialect.expressions().quote_identifier(&time.column));
    let stored = dialect.seconds(&column, time.stored_as);
    let (instant, wall) = match time.stored_as {
        StoredAs::Instant | StoredAs::EpochMs => {
            ("mw_stored".to_owned(), wall_clock("mw_moment", &scan.zone, from, to))
        }
        StoredAs::Local => {
            let instant = moment("mw_stored", &time.stored_zone, from, to);
            (instant, wall_clock("mw_moment", &scan.zone, from, to))
        }
        StoredAs::Date => (moment("mw_stored", &scan.zone, from, to), "mw_stored".to_owned()),
    };
    // The end of the range and the clock bound what is seen. Within the second of the clock nothing is: a
    // row's fraction of a second is not kept, and a row after the clock must never show.
    let end = to.min(scan.as_of).as_second();
    format!(
        "mw_source AS (SELECT r.*, {stored} AS mw_stored FROM {relation} AS r),\n\
         mw_stamped AS (SELECT *, {instant} AS mw_moment FROM mw_source),\n\
         mw_fact AS (\n  SELECT *, {wall} AS mw_wall FROM mw_stamped\n  \
         WHERE mw_moment >= {} AND mw_moment < {end}\n)",
        from.as_second(),
    )
}

/// One line a row: its bucket, its members, and what each component aggregates.
fn cells(scan: &Scan, dialect: &dyn SqlDialect, members: &[&Dimension]) -> String {
    let joins = Joins::of(scan, dialect);
    let mut columns =
        vec![format!("{} AS mw_bucket", bucket(dialect, scan.grain, "f.mw_moment", "f.mw_wall"))];
    if scan.components.iter().any(|component| component.aggregate.function.needs_time()) {
        columns.push(format!("f.{MOMENT} AS {MOMENT}"));
    }
    for (index, way) in members.iter().enumerate() {
        let data_type = Catalog::dimension_type(&scan.dataset, way).data_type;
        columns.push(format!("{} AS d{index}", dialect.member(&joins.dimension(way), data_type)));
    }
    for (index, component) in scan.components.iter().enumerate() {
        if let Some(argument) = &component.aggregate.argument {
            columns.push(format!("{} AS a{index}", joins.expression(component, argument)));
        }
        if let Some(filter) = &component.aggregate.filter {
            columns.push(format!("{} AS p{index}", joins.expression(component, filter)));
        }
    }
    format!(
        "mw_cells AS {}(\n  SELECT {}\n  FROM mw_fact AS f{}\n)",
        dialect.materialized(),
        columns.join(",\n         "),
        joins.lines()
    )
}

/// The components in SQL, and the number of rows.
fn aggregates(scan: &Scan, dialect: &dyn SqlDialect) -> String {
    let mut columns = String::new();
    for (index, component) in scan.components.iter().enumerate() {
        let argument = component.aggregate.argument.as_ref().map(|_| format!("a{index}"));
        let filter = component.aggregate.filter.as_ref().map(|_| format!("p{index}"));
        let function: AggregateFunction = component.aggregate.function;
        let sql = if ranks::is_ranked(function, dialect) {
            ranks::aggregate(index, function, dialect)
        } else {
            dialect.expressions().aggregate(function, argument.as_deref(), filter.as_deref())
        };
        columns += &format!(", {sql} AS k{index}");
    }
    columns + ", count(*) AS mw_rows"
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
        let cells = ranks::cells(scan, dialect, &by);
        format!(
            "SELECT {mask} AS mw_grouping, mw_bucket{members}{aggregates}\nFROM {cells}\nGROUP BY mw_bucket{by}"
        )
    };
    let mut selects: Vec<String> = layout.groupings.iter().map(select).collect();
    let mut seen = std::collections::BTreeSet::new();
    selects.retain(|select| seen.insert(select.clone()));
    selects.join("\nUNION ALL\n")
}
