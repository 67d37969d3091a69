//! The joins that a scan needs, each path once.

use metricwright_catalog::resolved::{Component, Dimension, Hop, Relation, ResolvedDataset};
use metricwright_formula::{ColumnPath, Expr, ExprKind, render};

use crate::dialect::SqlDialect;
use crate::scan::Scan;

/// Name of the fact table in the statement.
pub const FACT: &str = "f";

/// A join of the statement.
struct Join {
    alias: String,
    left: String,
    hop: Hop,
}

/// The joins of a statement.
pub struct Joins<'a> {
    dialect: &'a dyn SqlDialect,
    joins: Vec<Join>,
}

impl<'a> Joins<'a> {
    /// Collects the joins that the groupings and components of a scan need.
    pub fn of(scan: &Scan, dialect: &'a dyn SqlDialect) -> Self {
        let mut joins = Self { dialect, joins: Vec::new() };
        let grouped = scan.groupings.iter().flatten().map(|(_, way)| way);
        let referenced = scan.components.iter().flat_map(|component| component.references.values());
        for way in grouped.chain(referenced) {
            let mut left = FACT.to_owned();
            for hop in &way.path {
                let alias = format!("{left}_{}", hop.entity);
                if joins.joins.iter().all(|known| known.alias != alias) {
                    joins.joins.push(Join { alias: alias.clone(), left, hop: hop.clone() });
                }
                left = alias;
            }
        }
        joins
    }

    /// The `LEFT JOIN` lines.
    pub fn lines(&self) -> String {
        let line = |join: &Join| {
            let left = self.own(&join.hop.left_key, &join.left);
            let right = self.own(&join.hop.right_key, &join.alias);
            let relation = relation(&join.hop.dataset, self.dialect);
            let alias = self.quote(&join.alias);
            format!("\n  LEFT JOIN {relation} AS {alias} ON {left} = {right}")
        };
        self.joins.iter().map(line).collect()
    }

    /// A dimension in SQL.
    pub fn dimension(&self, way: &Dimension) -> String {
        let alias = way.path.iter().fold(FACT.to_owned(), |left, hop| format!("{left}_{}", hop.entity));
        let expr = self.own(&way.expr, &alias);
        match way.path.last() {
            // Where the join finds nothing the member is missing, whatever the expression makes of nulls.
            Some(hop) if !matches!(way.expr.kind, ExprKind::Column(_)) => {
                format!("CASE WHEN {} IS NOT NULL THEN {expr} END", self.own(&hop.right_key, &alias))
            }
            _ => expr,
        }
    }

    /// A row expression of a component in SQL.
    pub fn expression(&self, component: &Component, expr: &Expr) -> String {
        render(expr, self.dialect.expressions(), &|path| match component.references.get(&path.to_string()) {
            Some(way) => self.dimension(way),
            None => self.column(path, FACT),
        })
    }

    /// An expression over the columns of one table.
    fn own(&self, expr: &Expr, alias: &str) -> String {
        render(expr, self.dialect.expressions(), &|path| self.column(path, alias))
    }

    fn column(&self, path: &ColumnPath, alias: &str) -> String {
        format!("{}.{}", self.quote(alias), self.quote(&path.name))
    }

    fn quote(&self, name: &str) -> String {
        self.dialect.expressions().quote_identifier(name)
    }
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
