//! Metrics of which only some rows count: a condition is added to each of their components.

use std::collections::BTreeMap;
use std::sync::Arc;

use metricwright_api::{Code, Diagnostic};
use metricwright_formula::{
    Aggregate, BinaryOp, ColumnPath, DataType, Expr, ExprKind, FaultCode, ParseMode, Resolution, Scope,
    Value, columns, map_columns,
};

use super::component::RowScope;
use super::composed::{MAX_NODES, Size};
use super::dimension::dimension_type;
use super::expression::{Place, Wanted, checked, read};
use super::shared::shared_dimension;
use super::unreachable::Unreachable;
use crate::catalog::Catalog;
use crate::resolved::{Component, Dimension, ResolvedMetric, SharedDimension};

/// The metric with only those rows for which the condition is true; the metric as it is where there is none.
pub fn narrowed(
    catalog: &Catalog,
    place: Place<'_>,
    metric: Arc<ResolvedMetric>,
    filter: Option<&String>,
) -> Result<Arc<ResolvedMetric>, Vec<Diagnostic>> {
    let Some(text) = filter else { return Ok(metric) };
    let condition = read(place, text, ParseMode::Row)?;
    let by_columns = one_dataset(&metric);
    with_rows(catalog, place, &metric, &condition, by_columns)
}

/// The metric without the rows of some members of a dimension that all its datasets share.
pub fn without(
    catalog: &Catalog,
    place: Place<'_>,
    metric: &ResolvedMetric,
    dimension: &str,
    members: &[Option<String>],
) -> Result<Arc<ResolvedMetric>, Vec<Diagnostic>> {
    let fault = |fault: Unreachable| {
        vec![Diagnostic::error(fault.code, place.object, place.path, fault.reason, fault.remedy)]
    };
    let shared = shared_dimension(catalog, &metric.components, dimension).map_err(fault)?;
    let first = metric.components.first().zip(shared.ways.first());
    let data_type = first.map(|(component, way)| dimension_type(&component.dataset, way).data_type);
    let name = match dimension.split_once('.') {
        Some((entity, name)) => ColumnPath::qualified(entity, name),
        None => ColumnPath::bare(dimension),
    };
    let operand = || Box::new(Expr::new(ExprKind::Column(name.clone())));
    if members.is_empty() {
        return Ok(Arc::new(metric.clone()));
    }
    let literal = |member: &String| {
        member_value(member, data_type).map(Expr::literal).ok_or_else(|| {
            let reason =
                format!("the member `{member}` of `{dimension}` cannot be read as what the dimension is");
            let remedy = "declare the type of the column on its dataset";
            vec![Diagnostic::error(Code::TypeMismatch, place.object, place.path, reason, remedy)]
        })
    };
    let list = members.iter().flatten().map(literal).collect::<Result<Vec<Expr>, _>>()?;
    let is_null = |negated| Expr::new(ExprKind::IsNull { negated, operand: operand() });
    let others = Expr::new(ExprKind::In { negated: true, operand: operand(), list: list.clone() });
    let condition = match (list.is_empty(), members.contains(&None)) {
        (true, _) => is_null(true),
        (false, true) => is_null(true).and(others),
        (false, false) => Expr::binary(BinaryOp::Or, is_null(false), others),
    };
    with_rows(catalog, place, metric, &condition, false)
}

/// A member as the dimension has it.
fn member_value(text: &str, data_type: Option<DataType>) -> Option<Value> {
    match data_type {
        Some(DataType::Int | DataType::Decimal { .. } | DataType::Float) => Value::parse_number(text),
        Some(DataType::Bool) => text.parse().ok().map(Value::Bool),
        Some(DataType::Date) => text.parse().ok().map(Value::Date),
        Some(DataType::DateTime) => text.parse().ok().map(Value::DateTime),
        Some(DataType::Instant) => text.parse().ok().map(Value::Instant),
        _ => Some(Value::from(text)),
    }
}

/// The metric with only the rows that meet a condition, over columns of its one dataset or over dimensions that all share.
fn with_rows(
    catalog: &Catalog,
    place: Place<'_>,
    metric: &ResolvedMetric,
    condition: &Expr,
    over_columns: bool,
) -> Result<Arc<ResolvedMetric>, Vec<Diagnostic>> {
    let narrow = |(index, component)| {
        let (condition, references) = if over_columns {
            by_columns(catalog, place, component, condition)?
        } else {
            by_dimensions(catalog, place, metric, index, condition)?
        };
        bounded(place, with_condition(component, condition, references))
    };
    let components = metric.components.iter().enumerate().map(narrow).collect::<Result<_, _>>()?;
    Ok(Arc::new(ResolvedMetric { components, ..metric.clone() }))
}

fn one_dataset(metric: &ResolvedMetric) -> bool {
    let mut datasets = metric.components.iter().map(|component| &component.dataset.id);
    let first = datasets.next();
    datasets.all(|dataset| Some(dataset) == first)
}

/// A condition in the words of one dataset, and the dimensions that it names.
type Condition = (Expr, BTreeMap<String, Dimension>);

/// Over one dataset a condition names what any row expression of it may.
fn by_columns(
    catalog: &Catalog,
    place: Place<'_>,
    component: &Component,
    condition: &Expr,
) -> Result<Condition, Vec<Diagnostic>> {
    let scope = RowScope { catalog, dataset: &component.dataset };
    checked(place, condition, &scope, Wanted::Condition)?;
    Ok((condition.clone(), scope.references(condition)))
}

/// Over several datasets a condition names dimensions that they share, and each dataset has its own word for them.
fn by_dimensions(
    catalog: &Catalog,
    place: Place<'_>,
    metric: &ResolvedMetric,
    index: usize,
    condition: &Expr,
) -> Result<Condition, Vec<Diagnostic>> {
    let Some(component) = metric.components.get(index) else { return Err(Vec::new()) };
    let find = |path: &ColumnPath| {
        let name = path.to_string();
        (name.clone(), shared_dimension(catalog, &metric.components, &name))
    };
    let named = columns(condition).into_iter().map(|(path, _)| find(path)).collect();
    let scope = SharedScope { component, index, named };
    checked(place, condition, &scope, Wanted::Condition)?;
    let mut references = BTreeMap::new();
    let translated = map_columns(condition, |path| {
        let way = scope.way(path)?;
        if way.path.is_empty() {
            return Some(way.expr.kind.clone());
        }
        let joined = joined_name(way);
        references.insert(joined.to_string(), way.clone());
        Some(ExprKind::Column(joined))
    });
    Ok((translated, references))
}

/// What a joined dimension is called inside a component. A key has a name with a space, which no dimension has, since the
/// bare name of an entity may be a column of the dataset.
pub fn joined_name(way: &Dimension) -> ColumnPath {
    match way.name.split_once('.') {
        Some((entity, name)) => ColumnPath::qualified(entity, name),
        None => ColumnPath::qualified(way.name.as_str(), "its key"),
    }
}

fn with_condition(
    component: &Component,
    condition: Expr,
    mut references: BTreeMap<String, Dimension>,
) -> Component {
    let filter = Expr::both(component.aggregate.filter.clone(), Some(condition));
    let aggregate = Aggregate { filter, ..component.aggregate.clone() };
    references.extend(component.references.clone());
    component.with(|changed| {
        changed.aggregate = aggregate;
        changed.references = references;
    })
}

/// Conditions add up along metrics of metrics.
fn bounded(place: Place<'_>, component: Component) -> Result<Component, Vec<Diagnostic>> {
    let small = component.aggregate.filter.as_ref().is_none_or(|filter| Size::of(filter).nodes <= MAX_NODES);
    if small {
        return Ok(component);
    }
    let reason = format!("with those of its inputs, the condition has more than {MAX_NODES} parts");
    let remedy = "define it from metrics closer to the datasets";
    Err(vec![Diagnostic::error(Code::FormulaTooComplex, place.object, place.path, reason, remedy)])
}

/// The dimensions that every dataset of a metric has, as one of its components sees them.
struct SharedScope<'a> {
    component: &'a Component,
    /// The place of the component in the metric.
    index: usize,
    named: BTreeMap<String, Result<SharedDimension, Unreachable>>,
}

impl SharedScope<'_> {
    fn way(&self, path: &ColumnPath) -> Option<&Dimension> {
        self.named.get(&path.to_string())?.as_ref().ok()?.ways.get(self.index)
    }
}

impl Scope for SharedScope<'_> {
    fn resolve(&self, path: &ColumnPath) -> Resolution {
        if let Some(way) = self.way(path) {
            return Resolution::Known(dimension_type(&self.component.dataset, way));
        }
        let fault = self.named.get(&path.to_string()).and_then(|found| found.as_ref().err());
        let Some(fault) = fault else { return Resolution::Missing };
        let reason = match fault.code {
            Code::UnknownDimension => {
                format!("`{path}` is no dimension that every dataset of the metric has: {}", fault.reason)
            }
            _ => fault.reason.clone(),
        };
        Resolution::Refused {
            code: FaultCode::Other(fault.code.as_str()),
            reason,
            remedy: fault.remedy.clone(),
        }
    }

    fn resolve_metric(&self, _name: &str) -> Resolution {
        Resolution::Missing
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}
