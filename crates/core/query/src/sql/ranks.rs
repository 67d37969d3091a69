//! Percentiles, first and last where aggregates have no order: the rows of each group are ranked first.
//!
//! A percentile is continuous: at the share `p` of `n` values in order it lies at the place `p·(n−1)`, counted from 0, on the
//! straight line between the values left and right of it (SQL:2003, `PERCENTILE_CONT`). Each value therefore weighs
//! `1 − |place − p·(n−1)|` where that is above zero, and the percentile is the sum of the weighed values.

use metricwright_formula::{AggregateFunction, by_moment, present};

use super::filter;
use crate::dialect::SqlDialect;
use crate::scan::Scan;

/// Whether an aggregate needs ranks on an engine.
pub fn is_ranked(function: AggregateFunction, dialect: &dyn SqlDialect) -> bool {
    function.needs_order() && !dialect.expressions().ordered_aggregates()
}

/// What is grouped: the cells, with the ranks that a grouping by these columns (`, d0, d1`) needs.
pub fn cells(scan: &Scan, dialect: &dyn SqlDialect, by: &str) -> String {
    let mut ranks = String::new();
    for (index, component) in scan.components.iter().enumerate() {
        let function = component.aggregate.function;
        if !is_ranked(function, dialect) {
            continue;
        }
        let argument = format!("a{index}");
        let filter = filter(component, index);
        let counted = format!("CASE WHEN {} THEN 1 ELSE 0 END", present(&argument, filter.as_deref()));
        let order = match function {
            AggregateFunction::First => by_moment(&argument, false),
            AggregateFunction::Last => by_moment(&argument, true),
            _ => argument,
        };
        let group = format!("mw_bucket{by}");
        ranks += &format!(
            ",\n    CASE WHEN {counted} = 1 THEN row_number() OVER (PARTITION BY {group}, {counted} ORDER BY {order}) \
             END AS r{index}"
        );
        if matches!(function, AggregateFunction::Percentile(_)) {
            ranks += &format!(", sum({counted}) OVER (PARTITION BY {group}) AS n{index}");
        }
    }
    if ranks.is_empty() {
        return "mw_cells".to_owned();
    }
    format!("(\n  SELECT mw_cells.*{ranks}\n  FROM mw_cells\n) AS mw_ranked")
}

/// An aggregate over ranked cells.
pub fn aggregate(index: usize, function: AggregateFunction, dialect: &dyn SqlDialect) -> String {
    let AggregateFunction::Percentile(share) = function else {
        return format!("max(CASE WHEN r{index} = 1 THEN a{index} END)");
    };
    let value = dialect.expressions().cast_float(&format!("a{index}"));
    let away = format!("abs(r{index} - 1 - {share} * (n{index} - 1))");
    format!("sum(CASE WHEN {away} < 1 THEN {value} * (1 - {away}) END)")
}
