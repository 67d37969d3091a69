//! Conversions: events that are followed by others.

use std::collections::BTreeMap;
use std::sync::Arc;

use metricwright_api::metric::{Calculate, Conversion as ConversionSpec};
use metricwright_api::{Code, Diagnostic, MwDuration, ObjectId, StoredAs};
use metricwright_formula::{
    Aggregate, AggregateFunction, BinaryOp, DataType, Expr, ExprKind, ScalarFunction, Unit,
};

use super::composed::input;
use super::cumulative::length;
use super::dimension::dimension_type;
use super::expression::Place;
use super::metric::Lowered;
use super::shared::shared_dimension;
use crate::catalog::Catalog;
use crate::resolved::{CONVERTED, Component, Conversion, Dimension, Events, ResolvedDataset, ResolvedMetric};

/// The share of base events that are followed by a conversion, or the number of conversions.
pub fn conversion(
    catalog: &Catalog,
    id: &ObjectId,
    given: &ConversionSpec,
) -> Result<Lowered, Vec<Diagnostic>> {
    let at = |path| Place { object: id, path };
    let find = |place, reference| input(catalog, place, reference).map_err(|fault| vec![*fault]);
    let base = find(at("spec.conversion.base"), &given.base)?;
    let following = find(at("spec.conversion.conversion"), &given.conversion)?;
    let events =
        [counted(at("spec.conversion.base"), &base)?, counted(at("spec.conversion.conversion"), &following)?];
    same_source(at("spec.conversion.conversion"), &events)?;
    same_precision(at("spec.conversion.conversion"), &events)?;
    let window = window(at("spec.conversion.window"), &given.window)?;
    let keys = keys(catalog, id, given, &events)?;
    let (base_keys, keys) = keys.into_iter().unzip();
    let [first, second] = &events;
    let conversion = Conversion {
        base: side(first, base_keys),
        conversion: side(second, keys),
        window,
        tie: primary_key(&first.dataset),
    };
    let (components, value, unit) = lowered(first, conversion, given.calculate.unwrap_or_default());
    let mut inputs = vec![base.id.clone(), following.id.clone()];
    inputs.extend(base.inputs.iter().chain(&following.inputs).cloned());
    Ok(Lowered {
        components,
        value,
        unit,
        inputs,
        parts: BTreeMap::new(),
        suspended: base.suspended || following.suspended,
        depth: base.depth.max(following.depth) + 1,
    })
}

fn primary_key(dataset: &ResolvedDataset) -> Vec<Expr> {
    let primary = dataset.entities.iter().find(|entity| entity.primary);
    primary.map(|entity| entity.key.clone()).unwrap_or_default()
}

/// The one count that a metric is.
fn counted(place: Place<'_>, metric: &ResolvedMetric) -> Result<Component, Vec<Diagnostic>> {
    let is_count = |component: &Component| {
        component.aggregate.function == AggregateFunction::Count && component.is_plain()
    };
    match metric.components.as_slice() {
        [only] if is_count(only) && matches!(metric.value.kind, ExprKind::Column(_)) => Ok(only.clone()),
        _ => {
            let reason = format!("metric `{}` does not count events", metric.id.name);
            let remedy = "name a metric that is one `count(*)`, with or without a filter";
            Err(vec![Diagnostic::error(Code::NotSupported, place.object, place.path, reason, remedy)])
        }
    }
}

fn same_source(place: Place<'_>, [base, following]: &[Component; 2]) -> Result<(), Vec<Diagnostic>> {
    if base.dataset.source == following.dataset.source {
        return Ok(());
    }
    let home = &place.object.namespace;
    let reason = format!(
        "its events are on source `{}`, and those at the beginning on `{}`",
        following.dataset.source.relative_to(home),
        base.dataset.source.relative_to(home)
    );
    let remedy = "events of different sources are not matched: bring them to one source";
    Err(vec![Diagnostic::error(Code::NotSupported, place.object, place.path, reason, remedy)])
}

/// What is dated by the day lies at its beginning, before everything of that day that has a time.
fn same_precision(place: Place<'_>, [base, following]: &[Component; 2]) -> Result<(), Vec<Diagnostic>> {
    let by_day = |component: &Component| {
        component.dataset.time.as_ref().is_some_and(|time| time.stored_as == StoredAs::Date)
    };
    if by_day(base) == by_day(following) {
        return Ok(());
    }
    let reason = "one of the two kinds of events is dated by the day and the other by the time, so their order is not known";
    let remedy = "date both by the day, with a `query` that has the date of the other, or both by the time";
    Err(vec![Diagnostic::error(Code::NotSupported, place.object, place.path, reason, remedy)])
}

fn window(place: Place<'_>, text: &str) -> Result<MwDuration, Vec<Diagnostic>> {
    let remedy = "write how long, such as `24h` or `7d`";
    let window = length(place, text, remedy)?;
    if !matches!(window, MwDuration::Months(_)) && window.approximate_seconds() > 0 {
        return Ok(window);
    }
    let reason = format!("`{text}` is no length of seconds, hours, days or weeks");
    Err(vec![Diagnostic::error(Code::InvalidDuration, place.object, place.path, reason, remedy)])
}

/// What both events have in common, seen from each.
fn keys(
    catalog: &Catalog,
    id: &ObjectId,
    given: &ConversionSpec,
    events: &[Component; 2],
) -> Result<Vec<(Dimension, Dimension)>, Vec<Diagnostic>> {
    let same =
        given.same.iter().enumerate().map(|(index, name)| (format!("spec.conversion.same[{index}]"), name));
    let mut keys = Vec::new();
    let mut findings = Vec::new();
    for (path, name) in std::iter::once(("spec.conversion.entity".to_owned(), &given.entity)).chain(same) {
        match shared_dimension(catalog, events, name).map(|shared| shared.ways) {
            Ok(ways) => match <[Dimension; 2]>::try_from(ways) {
                Ok([base, following]) => {
                    comparable(Place { object: id, path: &path }, events, [&base, &following])
                        .unwrap_or_else(|finding| findings.push(*finding));
                    keys.push((base, following));
                }
                Err(_) => return Err(Vec::new()),
            },
            Err(fault) => findings.push(Diagnostic::error(fault.code, id, path, fault.reason, fault.remedy)),
        }
    }
    if findings.is_empty() { Ok(keys) } else { Err(findings) }
}

/// Keys of different types are never equal on some engines, and always a fault on others.
fn comparable(
    place: Place<'_>,
    [base, following]: &[Component; 2],
    [left, right]: [&Dimension; 2],
) -> Result<(), Box<Diagnostic>> {
    let left = dimension_type(&base.dataset, left).data_type;
    let right = dimension_type(&following.dataset, right).data_type;
    let unknown = left == DataType::Unknown || right == DataType::Unknown;
    if unknown || std::mem::discriminant(&left) == std::mem::discriminant(&right) {
        return Ok(());
    }
    let reason = format!(
        "it is {left} in dataset `{}` and {right} in dataset `{}`",
        base.dataset.id.name, following.dataset.id.name
    );
    let remedy = "make both the same type, with a `query` or the type of the column";
    Err(Box::new(Diagnostic::error(Code::TypeMismatch, place.object, place.path, reason, remedy)))
}

fn side(component: &Component, keys: Vec<Dimension>) -> Events {
    Events {
        dataset: component.dataset.clone(),
        filter: which(component),
        references: component.references.clone(),
        keys,
    }
}

/// Which rows a count counts.
fn which(component: &Component) -> Option<Expr> {
    let present = component
        .aggregate
        .argument
        .clone()
        .map(|argument| Expr::new(ExprKind::IsNull { negated: true, operand: Box::new(argument) }));
    Expr::both(component.aggregate.filter.clone(), present)
}

/// The components, and what comes out of them.
fn lowered(base: &Component, conversion: Conversion, calculate: Calculate) -> (Vec<Component>, Expr, Unit) {
    let conversion = Arc::new(conversion);
    let converted = || Expr::column(CONVERTED);
    let component = |function, argument, filter| {
        base.with(|changed| {
            changed.aggregate = Aggregate { function, argument, filter };
            changed.conversion = Some(conversion.clone());
        })
    };
    let events = component(AggregateFunction::Count, None, which(base));
    let [of, over] = [Expr::column("c0"), Expr::column("c1")];
    match calculate {
        Calculate::Rate => {
            let some = Expr::binary(BinaryOp::Greater, converted(), Expr::literal(0_i64));
            let filter = Expr::both(which(base), Some(some));
            let successful = component(AggregateFunction::Count, None, filter);
            (vec![successful, events], of.divided_by(over), Unit::fraction())
        }
        Calculate::Count => {
            let sum = component(AggregateFunction::Sum, Some(converted()), which(base));
            // Without base events there are no conversions; where nothing was loaded nothing is known.
            let nothing = Expr::binary(BinaryOp::Multiply, over, Expr::literal(0_i64));
            let function = ScalarFunction::Coalesce;
            let value = Expr::new(ExprKind::Call { function, args: vec![of, nothing] });
            (vec![sum, events], value, Unit::count())
        }
    }
}
