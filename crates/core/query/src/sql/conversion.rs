//! Events with the number of conversions that belong to each.

use jiff::Timestamp;
use metricwright_api::MwDuration;
use metricwright_catalog::resolved::{CONVERTED, Conversion, Events};

use super::joins::Joins;
use super::rows::rows_of;
use super::time::{moment, wall_clock};
use crate::dialect::SqlDialect;
use crate::scan::Scan;

/// The base events of the range:
///
/// ```sql
/// mw_base AS (…),        -- rows of the base events, and mw_following: those that may follow
/// mw_numbered AS (…),    -- the base events numbered in the order of time
/// mw_events AS (…),      -- both kinds, with what they have in common
/// mw_led AS (…),         -- each event with the latest base event until then
/// mw_counts AS (…),      -- conversions in time, by the base event that they belong to
/// mw_fact AS (…)         -- the base events of the range with their conversions
/// ```
///
/// One pass over both in the order of time finds the latest base event: no event is compared with every other.
pub fn conversion(scan: &Scan, given: &Conversion, dialect: &dyn SqlDialect) -> String {
    // A conversion may come after the range, and so may a later base event that it belongs to.
    let until = given.window.after(scan.to, &scan.chronology);
    let range = (scan.from, until);
    let [base, following] = given.sides().map(|side| events(side, dialect));
    let keys: String = (0..given.base.keys.len()).map(|place| format!(", e{place}")).collect();
    let by = keys.trim_start_matches(", ");
    let in_range = format!("b.mw_moment < {}", scan.to.as_second());
    [
        rows_of(&given.base.dataset, scan, range, "mw_base", dialect),
        rows_of(&given.conversion.dataset, scan, range, "mw_following", dialect),
        format!("mw_numbered AS (\n  SELECT f.*, row_number() OVER (ORDER BY {}) AS mw_row\n  FROM mw_base AS f\n)", order(given, dialect)),
        format!(
            "mw_events AS (\n  SELECT 0 AS mw_kind, f.mw_row AS mw_row, f.mw_moment AS mw_moment{}\n  FROM mw_numbered AS f{}\n  \
             UNION ALL\n  SELECT 1 AS mw_kind, 0 AS mw_row, f.mw_moment AS mw_moment{}\n  FROM mw_following AS f{}\n)",
            base.keys, base.from, following.keys, following.from,
        ),
        format!(
            "mw_led AS (\n  SELECT mw_kind, mw_moment,\n         max(mw_row) OVER (PARTITION BY {by} ORDER BY mw_moment, mw_kind) AS mw_base_row,\n         \
             max(CASE WHEN mw_kind = 0 THEN mw_moment END) OVER (PARTITION BY {by} ORDER BY mw_moment, mw_kind) AS mw_base_moment\n  \
             FROM mw_events\n)"
        ),
        format!(
            "mw_counts AS (\n  SELECT mw_base_row, count(*) AS mw_count\n  FROM mw_led\n  \
             WHERE mw_kind = 1 AND mw_base_row > 0 AND mw_moment < {}\n  GROUP BY mw_base_row\n)",
            deadline(scan, given.window, range)
        ),
        format!(
            "mw_fact AS (\n  SELECT b.*, coalesce(c.mw_count, 0) AS {CONVERTED}\n  FROM mw_numbered AS b\n  \
             LEFT JOIN mw_counts AS c ON c.mw_base_row = b.mw_row\n  WHERE {in_range}\n)"
        ),
    ]
    .join(",\n")
}

/// The order of base events.
fn order(given: &Conversion, dialect: &dyn SqlDialect) -> String {
    let joins = Joins::to(&given.base.dataset, std::iter::empty(), dialect);
    let tie = given.tie.iter().map(|key| format!(", {}", joins.expression(&given.base.references, key)));
    format!("f.mw_moment{}", tie.collect::<String>())
}

/// Events in SQL: what they have in common with others, and which rows they are.
struct Side {
    keys: String,
    from: String,
}

fn events(side: &Events, dialect: &dyn SqlDialect) -> Side {
    let joins = Joins::to(&side.dataset, side.references.values().chain(&side.keys), dialect);
    let keys: Vec<String> = side.keys.iter().map(|way| joins.dimension(way)).collect();
    let present = keys.iter().map(|key| format!("{key} IS NOT NULL"));
    let filter = side.filter.iter().map(|filter| format!("({})", joins.expression(&side.references, filter)));
    let conditions: Vec<String> = present.chain(filter).collect();
    Side {
        keys: keys.iter().enumerate().map(|(place, key)| format!(", {key} AS e{place}")).collect(),
        from: format!("{}\n  WHERE {}", joins.lines(), conditions.join(" AND ")),
    }
}

/// The first second after a base event at which a conversion does not belong to it any more.
fn deadline(scan: &Scan, window: MwDuration, (from, until): (Timestamp, Timestamp)) -> String {
    let from = from.max(Timestamp::UNIX_EPOCH);
    if let MwDuration::Seconds(seconds) = window {
        return format!("mw_base_moment + {seconds}");
    }
    // By the calendar: the same time of the wall clock.
    let until = window.after(until, &scan.chronology);
    let wall = wall_clock("mw_base_moment", &scan.chronology, from, until);
    moment(&format!("({wall} + {})", window.approximate_seconds()), &scan.chronology, from, until)
}
