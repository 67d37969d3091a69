//! Components: aggregates of one dataset, with the joins that their expressions need.

use std::collections::BTreeMap;
use std::sync::Arc;

use metricwright_api::{Code, Diagnostic};
use metricwright_formula::{
    Aggregate, ColumnPath, Expr, ExprKind, FaultCode, Resolution, Scope, aggregates, columns,
    replace_aggregates,
};

use super::dimension::dimension_type;
use super::expression::{Place, column};
use crate::catalog::Catalog;
use crate::resolved::{Component, Dimension, ResolvedDataset};

/// The columns and dimensions that a row expression over a dataset may name.
pub struct RowScope<'a> {
    /// The catalogue.
    pub catalog: &'a Catalog,
    /// The dataset.
    pub dataset: &'a Arc<ResolvedDataset>,
}

impl RowScope<'_> {
    /// The dimension that a path means; none for a plain column.
    pub fn dimension(&self, path: &ColumnPath) -> Option<Result<Dimension, super::unreachable::Unreachable>> {
        match &path.qualifier {
            Some(entity) => Some(self.catalog.dimension(self.dataset, &format!("{entity}.{}", path.name))),
            None if self.dataset.columns.contains_key(&path.name) => None,
            None => {
                let own = self.dataset.dimensions.iter().find(|own| own.name == path.name)?;
                let plain = matches!(&own.expr.kind, ExprKind::Column(column) if column.name == own.name);
                (!plain).then(|| self.catalog.dimension(self.dataset, &own.name))
            }
        }
    }

    /// The dimensions that a checked expression names, as it writes them.
    pub fn references(&self, expr: &Expr) -> BTreeMap<String, Dimension> {
        let named = columns(expr).into_iter();
        named.filter_map(|(path, _)| Some((path.to_string(), self.dimension(path)?.ok()?))).collect()
    }
}

impl Scope for RowScope<'_> {
    fn resolve(&self, path: &ColumnPath) -> Resolution {
        match self.dimension(path) {
            None => column(&self.dataset.columns, &path.name),
            Some(Ok(way)) => Resolution::Known(dimension_type(self.dataset, &way)),
            Some(Err(fault)) => Resolution::Refused {
                code: FaultCode::Other(fault.code.as_str()),
                reason: fault.reason,
                remedy: fault.remedy,
            },
        }
    }

    fn resolve_metric(&self, _name: &str) -> Resolution {
        Resolution::Missing
    }

    fn names(&self) -> Vec<String> {
        let dimensions = self.dataset.dimensions.iter().map(|own| own.name.clone());
        self.dataset.columns.keys().cloned().chain(dimensions).collect()
    }
}

/// Takes the aggregates out of a checked formula: components, each once, and the formula over `c0`, `c1` ….
pub fn split(catalog: &Catalog, dataset: &Arc<ResolvedDataset>, formula: &Expr) -> (Vec<Component>, Expr) {
    let mut components: Vec<Component> = Vec::new();
    for aggregate in aggregates(formula) {
        let component = component(catalog, dataset, aggregate);
        if components.iter().all(|known| known.key != component.key) {
            components.push(component);
        }
    }
    let value = replace_aggregates(formula, |aggregate| {
        let key = component(catalog, dataset, aggregate).key;
        let index = components.iter().position(|known| known.key == key).unwrap_or_default();
        ExprKind::Column(ColumnPath::bare(format!("c{index}")))
    });
    (components, value)
}

fn component(catalog: &Catalog, dataset: &Arc<ResolvedDataset>, aggregate: &Aggregate) -> Component {
    let scope = RowScope { catalog, dataset };
    let parts = aggregate.argument.iter().chain(&aggregate.filter);
    let references = parts.flat_map(|part| scope.references(part)).collect();
    Component::new(dataset.clone(), aggregate.clone(), references)
}

/// A dataset that is aggregated needs to know when its rows are.
pub fn needs_time(place: Place<'_>, dataset: &ResolvedDataset) -> Result<(), Vec<Diagnostic>> {
    if dataset.time.is_some() {
        return Ok(());
    }
    let reason = format!("dataset `{}` has no time column, so its rows belong to no window", dataset.id.name);
    let remedy = format!("declare `spec.time.column` on dataset `{}`", dataset.id.name);
    Err(vec![Diagnostic::error(Code::TimeMissing, place.object, place.path, reason, remedy)])
}
