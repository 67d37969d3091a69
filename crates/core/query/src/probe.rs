//! Questions about a dataset's rows, asked before metrics are computed.

use metricwright_catalog::resolved::{ResolvedDataset, ResolvedEntity};
use metricwright_formula::render;

use crate::dialect::SqlDialect;
use crate::sql::column;
use crate::sql_relation;

/// The statement for keys of a Primary entity that stand in more than one row: up to three keys and how often each
/// stands there.
pub fn repeated_keys(dataset: &ResolvedDataset, entity: &ResolvedEntity, dialect: &dyn SqlDialect) -> String {
    let expressions = dialect.expressions();
    let key = render(&entity.key, expressions, &|path| column(dataset, "r", path, expressions));
    format!(
        "SELECT {key} AS mw_key, count(*) AS mw_times\nFROM {} AS r\nWHERE {key} IS NOT NULL\n\
         GROUP BY {key}\nHAVING count(*) > 1\nORDER BY 2 DESC, 1\nLIMIT 3",
        sql_relation(dataset, dialect)
    )
}

/// The statement for the first and last second of the time column (see [`SqlDialect::seconds`]) and the
/// number of rows; none for a dataset without a time column.
pub fn time_range(dataset: &ResolvedDataset, dialect: &dyn SqlDialect) -> Option<String> {
    let time = dataset.time.as_ref()?;
    let column = format!("r.{}", dialect.expressions().quote_identifier(&time.column));
    let seconds = dialect.seconds(&column, time.stored_as);
    Some(format!(
        "SELECT min({seconds}) AS mw_first, max({seconds}) AS mw_last, count(*) AS mw_rows\nFROM {} AS r",
        sql_relation(dataset, dialect)
    ))
}
