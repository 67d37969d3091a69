//! Metrics over more than their window.

use std::collections::BTreeMap;
use std::sync::Arc;

use metricwright_api::metric::{Cumulative, PeriodAggregation};
use metricwright_api::{Code, Diagnostic, MwDuration, ObjectId};
use metricwright_formula::{AggregateFunction, Expr, ExprKind, map_columns};

use super::composed::{input, put_in};
use super::expression::Place;
use super::metric::{Lowered, unit_of};
use crate::catalog::Catalog;
use crate::frame::{Frame, Span};
use crate::resolved::{Component, ResolvedMetric};

/// A metric whose aggregates are each taken over a span.
pub fn cumulative(catalog: &Catalog, id: &ObjectId, given: &Cumulative) -> Result<Lowered, Vec<Diagnostic>> {
    let place = Place { object: id, path: "spec.cumulative.metric" };
    let metric = input(catalog, place, &given.metric).map_err(|fault| vec![*fault])?;
    let frame = frame(id, given)?;
    can_accumulate(place, &metric)?;
    can_average(id, &metric, frame.period)?;
    let unit = unit_of(&metric);
    let named = BTreeMap::from([("metric".to_owned(), Some(Arc::new(over(&metric, &frame))))]);
    let lowered =
        put_in(Place { object: id, path: "spec.cumulative" }, &Expr::metric("metric"), &named, unit)?;
    // The name stands for the value itself.
    Ok(Lowered { parts: BTreeMap::new(), ..lowered })
}

fn frame(id: &ObjectId, given: &Cumulative) -> Result<Frame, Vec<Diagnostic>> {
    let span = match (&given.window, given.to_date, given.all_time) {
        (Some(window), None, None) => {
            let place = Place { object: id, path: "spec.cumulative.window" };
            Span::Trailing(length(place, window, "write how long, such as `7d` or `3mo`")?)
        }
        (None, Some(period), None) => Span::ToDate(period),
        (None, None, Some(true)) => Span::AllTime,
        _ => {
            let reason = "not exactly one of `window`, `toDate`, `allTime` is given";
            let remedy = "give exactly one of them";
            return Err(vec![Diagnostic::error(Code::SchemaRule, id, "spec.cumulative", reason, remedy)]);
        }
    };
    Ok(Frame { offsets: Vec::new(), span, period: given.period_aggregation.unwrap_or_default() })
}

/// A length of time that stands in a field.
pub fn length(place: Place<'_>, text: &str, remedy: &str) -> Result<MwDuration, Vec<Diagnostic>> {
    text.parse().map_err(|reason: String| {
        vec![Diagnostic::error(Code::InvalidDuration, place.object, place.path, reason, remedy)]
    })
}

/// What is moved or accumulated already is not accumulated again: of the order of the two only one can be meant.
fn can_accumulate(place: Place<'_>, metric: &ResolvedMetric) -> Result<(), Vec<Diagnostic>> {
    let Some(component) = metric
        .components
        .iter()
        .find(|component| !component.frame.is_window() || component.snapshot.is_some())
    else {
        return Ok(());
    };
    let (reason, remedy) = if component.snapshot.is_some() {
        ("the metric is a level, which does not add up", "accumulate a metric that does")
    } else if component.frame.offsets.is_empty() {
        ("the metric is cumulative already", "accumulate the metric that it is made of")
    } else {
        (
            "the metric reads an earlier window",
            "accumulate its input, and give the cumulative metric the offset",
        )
    };
    Err(vec![Diagnostic::error(Code::NotSupported, place.object, place.path, reason, remedy)])
}

/// The mean over days is that of each part only where the value is one sum or count.
fn can_average(
    id: &ObjectId,
    metric: &ResolvedMetric,
    period: PeriodAggregation,
) -> Result<(), Vec<Diagnostic>> {
    let adds = |component: &Component| {
        matches!(component.aggregate.function, AggregateFunction::Sum | AggregateFunction::Count)
    };
    let one = matches!(metric.components.as_slice(), [only] if adds(only));
    if period != PeriodAggregation::Average || (one && matches!(metric.value.kind, ExprKind::Column(_))) {
        return Ok(());
    }
    let path = "spec.cumulative.periodAggregation";
    let reason = "only of a metric that is one sum or count the days can be averaged";
    let remedy = "use `Last` or `First`, or accumulate the sums that the metric is made of";
    Err(vec![Diagnostic::error(Code::NotSupported, id, path, reason, remedy)])
}

/// The metric with every component over a frame. A mean is that of all rows, so it becomes their sum over their number.
fn over(metric: &ResolvedMetric, frame: &Frame) -> ResolvedMetric {
    let mut components: Vec<Component> = Vec::new();
    let mut place = |component: Component| {
        let known = components.iter().position(|known| known.key == component.key);
        let place = known.unwrap_or(components.len());
        if known.is_none() {
            components.push(component);
        }
        Expr::column(format!("c{place}"))
    };
    let values: Vec<Expr> = metric
        .components
        .iter()
        .map(|component| match component.aggregate.function {
            AggregateFunction::Avg => {
                let sum = place(with_function(component, AggregateFunction::Sum, frame));
                sum.divided_by(place(with_function(component, AggregateFunction::Count, frame)))
            }
            function => place(with_function(component, function, frame)),
        })
        .collect();
    let value = map_columns(&metric.value, |path| {
        let index: usize = path.name.strip_prefix('c')?.parse().ok()?;
        values.get(index).map(|value| value.kind.clone())
    });
    ResolvedMetric { components, value, ..metric.clone() }
}

fn with_function(component: &Component, function: AggregateFunction, frame: &Frame) -> Component {
    component.with(|changed| {
        changed.aggregate.function = function;
        changed.frame = frame.clone();
    })
}
