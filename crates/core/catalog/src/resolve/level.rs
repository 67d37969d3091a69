//! Levels: values that do not add up over time or a dimension.

use std::collections::BTreeMap;
use std::sync::Arc;

use metricwright_api::metric::NonAdditive;
use metricwright_api::{Code, Diagnostic, ObjectId};
use metricwright_formula::{AggregateFunction, Expr, ExprKind};

use super::cumulative::length;
use super::expression::Place;
use super::narrow::joined_name;
use crate::catalog::Catalog;
use crate::frame::Span;
use crate::resolved::{Component, Dimension, ResolvedDataset, Snapshot};

/// The component with what counts of it; as it is where it adds up.
pub fn level(
    catalog: &Catalog,
    id: &ObjectId,
    given: Option<&NonAdditive>,
    component: Component,
) -> Result<Component, Vec<Diagnostic>> {
    let Some(given) = given else { return Ok(component) };
    let names = Names { catalog, id, dataset: &component.dataset };
    let mut references = component.references.clone();
    let over = match given.over.as_deref() {
        None | Some("time") => None,
        Some(name) => Some(names.find("spec.aggregate.nonAdditive.over", name, &mut references)?),
    };
    let mut by = Vec::new();
    for (index, name) in given.by.iter().enumerate() {
        let path = format!("spec.aggregate.nonAdditive.by[{index}]");
        by.push(names.find(&path, name, &mut references)?);
    }
    let carry = given.carry.as_deref().map(|text| {
        let path = "spec.aggregate.nonAdditive.carry";
        length(Place { object: id, path }, text, "write how long, such as `3d`")
    });
    let carry = carry.transpose()?;
    let snapshot = Snapshot { keep: given.keep, over, by };
    can_be_kept(id, &snapshot, component.aggregate.function)?;
    Ok(component.with(|changed| {
        changed.snapshot = Some(snapshot);
        changed.references = references;
        changed.frame.span = carry.map_or(Span::Window, Span::Carried);
    }))
}

/// The names that a level may use.
struct Names<'a> {
    catalog: &'a Catalog,
    id: &'a ObjectId,
    dataset: &'a Arc<ResolvedDataset>,
}

impl Names<'_> {
    /// A dimension of the dataset, the key of an entity, or a column.
    fn find(
        &self,
        path: &str,
        name: &str,
        references: &mut BTreeMap<String, Dimension>,
    ) -> Result<Expr, Vec<Diagnostic>> {
        match self.catalog.dimension(self.dataset, name) {
            Ok(way) if way.path.is_empty() => Ok(way.expr),
            Ok(way) => {
                let joined = joined_name(&way);
                references.insert(joined.to_string(), way);
                Ok(Expr::new(ExprKind::Column(joined)))
            }
            Err(_) if self.dataset.columns.contains_key(name) => Ok(Expr::column(name)),
            Err(fault) => Err(vec![Diagnostic::error(fault.code, self.id, path, fault.reason, fault.remedy)]),
        }
    }
}

/// The smallest, largest or mean snapshot is one of plain aggregates.
fn can_be_kept(
    id: &ObjectId,
    snapshot: &Snapshot,
    function: AggregateFunction,
) -> Result<(), Vec<Diagnostic>> {
    let adds = matches!(function, AggregateFunction::Sum | AggregateFunction::Count);
    let plain = matches!(function, AggregateFunction::Avg | AggregateFunction::Min | AggregateFunction::Max);
    // The members that have snapshots of their own are added up.
    if snapshot.is_chosen() || adds || (plain && snapshot.by.is_empty()) {
        return Ok(());
    }
    let reason = format!("`keep: {:?}` cannot be taken of `{}`", snapshot.keep, function.name());
    let remedy = "use `keep: First` or `Last`, or Sum or Count; without `by` also Avg, Min or Max";
    let path = "spec.aggregate.nonAdditive.keep";
    Err(vec![Diagnostic::error(Code::NotSupported, id, path, reason, remedy)])
}
