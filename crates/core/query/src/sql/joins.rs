//! The joins that a scan needs, each path once.

use std::collections::BTreeMap;
use std::sync::Arc;

use metricwright_api::StoredAs;
use metricwright_catalog::resolved::{Dimension, Hop, Relation, ResolvedDataset, Validity};
use metricwright_formula::{ColumnPath, DataType, Dialect, Expr, ExprKind, render};

use crate::dialect::SqlDialect;
use crate::scan::Scan;

/// Name of the fact table in the statement.
pub const FACT: &str = "f";

/// A table of the statement: a dataset under a name.
#[derive(Clone)]
struct Joined {
    alias: String,
    dataset: Arc<ResolvedDataset>,
}

/// A join of the statement.
struct Join {
    left: Joined,
    right: Joined,
    hop: Hop,
}

/// The joins of a statement.
pub struct Joins<'a> {
    dialect: &'a dyn SqlDialect,
    fact: Joined,
    made: Vec<Join>,
}

impl<'a> Joins<'a> {
    /// Collects the joins that the groupings and components of a scan need.
    pub fn of(scan: &Scan, dialect: &'a dyn SqlDialect) -> Self {
        let grouped = scan.groupings.iter().flatten().map(|(_, way)| way);
        let referenced = scan.components.iter().flat_map(|component| component.references.values());
        Self::to(&scan.dataset, grouped.chain(referenced), dialect)
    }

    /// Collects the joins of some ways from a dataset.
    pub fn to<'w>(
        dataset: &Arc<ResolvedDataset>,
        ways: impl Iterator<Item = &'w Dimension>,
        dialect: &'a dyn SqlDialect,
    ) -> Self {
        let fact = Joined { alias: FACT.to_owned(), dataset: dataset.clone() };
        let mut joins = Self { dialect, fact, made: Vec::new() };
        for way in ways {
            let mut left = joins.fact.clone();
            for hop in &way.path {
                let right = beside(&left, hop);
                if joins.made.iter().all(|known| known.right.alias != right.alias) {
                    joins.made.push(Join { left, right: right.clone(), hop: hop.clone() });
                }
                left = right;
            }
        }
        joins
    }

    /// The `LEFT JOIN` lines.
    pub fn lines(&self) -> String {
        let line = |join: &Join| {
            let keys = join.hop.left_key.iter().zip(&join.hop.right_key);
            let mut conditions: Vec<String> = keys
                .map(|(left, right)| {
                    format!("{} = {}", self.own(left, &join.left), self.own(right, &join.right))
                })
                .collect();
            conditions
                .extend(join.hop.dataset.validity.as_ref().map(|validity| self.holds(validity, &join.right)));
            let relation = relation(&join.hop.dataset, self.dialect);
            let alias = self.quote(&join.right.alias);
            format!("\n  LEFT JOIN {relation} AS {alias} ON {}", conditions.join(" AND "))
        };
        self.made.iter().map(line).collect()
    }

    /// The condition under which a joined row holds at the moment of the fact; days are those of its wall clock.
    fn holds(&self, validity: &Validity, at: &Joined) -> String {
        let moment = match validity.stored_as {
            StoredAs::Date | StoredAs::Local => format!("{FACT}.mw_wall"),
            StoredAs::Instant | StoredAs::EpochMs => format!("{FACT}.mw_moment"),
        };
        let bound = |column: &str| {
            let column = format!("{}.{}", self.quote(&at.alias), self.quote(column));
            (self.dialect.seconds(&column, validity.stored_as), column)
        };
        let ((from, first), (to, last)) = (bound(&validity.from), bound(&validity.to));
        format!("({first} IS NULL OR {from} <= {moment}) AND ({last} IS NULL OR {moment} < {to})")
    }

    /// A dimension in SQL.
    pub fn dimension(&self, way: &Dimension) -> String {
        let at = way.path.iter().fold(self.fact.clone(), |left, hop| beside(&left, hop));
        let expr = self.own(&way.expr, &at);
        match way.path.last() {
            // Where the join finds nothing the member is missing, whatever the expression makes of nulls.
            Some(hop) if !matches!(way.expr.kind, ExprKind::Column(_)) => {
                let key = hop.right_key.first().map_or_else(|| expr.clone(), |key| self.own(key, &at));
                format!("CASE WHEN {key} IS NOT NULL THEN {expr} END")
            }
            _ => expr,
        }
    }

    /// A row expression in SQL; `references` are the dimensions that it names.
    pub fn expression(&self, references: &BTreeMap<String, Dimension>, expr: &Expr) -> String {
        render(expr, self.dialect.expressions(), &|path| match references.get(&path.to_string()) {
            Some(way) => self.dimension(way),
            None => self.column(path, &self.fact),
        })
    }

    /// An expression over the columns of one table.
    fn own(&self, expr: &Expr, at: &Joined) -> String {
        render(expr, self.dialect.expressions(), &|path| self.column(path, at))
    }

    fn column(&self, path: &ColumnPath, at: &Joined) -> String {
        column(&at.dataset, &at.alias, path, self.dialect.expressions())
    }

    fn quote(&self, name: &str) -> String {
        self.dialect.expressions().quote_identifier(name)
    }
}

/// What a hop leads to from a table.
fn beside(left: &Joined, hop: &Hop) -> Joined {
    Joined { alias: format!("{}_{}", left.alias, hop.entity), dataset: hop.dataset.clone() }
}

/// A column of a dataset that stands under a name, as an operand.
pub fn column(dataset: &ResolvedDataset, alias: &str, path: &ColumnPath, dialect: &dyn Dialect) -> String {
    let data_type = dataset.columns.get(&path.name).map_or(DataType::Unknown, |column| column.data_type);
    let quoted = format!("{}.{}", dialect.quote_identifier(alias), dialect.quote_identifier(&path.name));
    dialect.column(&quoted, data_type)
}

/// Where a dataset's rows come from, in SQL.
pub fn relation(dataset: &ResolvedDataset, dialect: &dyn SqlDialect) -> String {
    match &dataset.relation {
        Relation::Table(name) => name
            .split('.')
            .map(|part| dialect.expressions().quote_identifier(part))
            .collect::<Vec<_>>()
            .join("."),
        Relation::Query(query) => format!("(\n{query}\n)"),
    }
}
