//! Resolving metrics down to components.

use std::collections::BTreeMap;
use std::sync::Arc;

use metricwright_api::metric::{
    Aggregate as AggregateSpec, AggregateFunction as Function, MetricSpec, Missing,
};
use metricwright_api::{Code, Diagnostic, Grain, Kind, ObjectId, Reference};
use metricwright_formula::{
    Aggregate, AggregateFunction, DataType, Expr, ExprKind, Fraction, ParseMode, ScalarFunction, Scope, Unit,
    aggregates, check, is_reserved, suggest,
};

use super::chronology::of_metric;
use super::component::{RowScope, needs_time, split};
use super::composed::{derived, in_canonical_order, ratio};
use super::conversion::conversion;
use super::cumulative::cumulative;
use super::expression::{AnyColumns, Place, Wanted, checked, read};
use super::hash::{definition_text, short_hash};
use super::invariant::invariants;
use super::level::level;
use super::reference::{few, find};
use super::schedule::schedule;
use super::shared::dimensions;
use super::target::targets;
use crate::catalog::Catalog;
use crate::inventory::{Object, Spec};
use crate::resolved::{Component, ResolvedDataset, ResolvedMetric, ResolvedSchedule};

/// A definition lowered to components.
pub struct Lowered {
    /// The components, each key once.
    pub components: Vec<Component>,
    /// The value over `c0`, `c1` ….
    pub value: Expr,
    /// The unit that the definition gives.
    pub unit: Unit,
    /// What the names in the definition stand for, over the same columns as the value.
    pub parts: BTreeMap<String, Expr>,
    /// The metrics that it is made of, directly and indirectly.
    pub inputs: Vec<ObjectId>,
    /// Whether anything that it reads is suspended.
    pub suspended: bool,
    /// How many metrics stand between it and its datasets.
    pub depth: usize,
}

/// Resolves a metric; those that it is made of are resolved already.
pub fn metric(catalog: &Catalog, object: &Object) -> Result<ResolvedMetric, Vec<Diagnostic>> {
    let Spec::Metric(spec) = &object.spec else { return Err(Vec::new()) };
    let id = &object.id;
    let mut findings = Vec::new();
    name(id, &mut findings);
    let mut lowered = match lower(catalog, id, spec) {
        Ok(lowered) => lowered,
        Err(faults) => {
            // What the other fields make wrong by themselves is told in the same go.
            findings.extend(faults);
            unit(id, spec, &Unit::unknown(), &mut findings);
            let chronology = of_metric(catalog, id, spec, &mut [], &mut findings);
            schedule(id, spec.schedule.as_ref(), &[], chronology, &mut findings);
            return Err(findings);
        }
    };
    let chronology = of_metric(catalog, id, spec, &mut lowered.components, &mut findings);
    in_canonical_order(&mut lowered);
    let unit = unit(id, spec, &lowered.unit, &mut findings);
    let targets = targets(catalog, id, spec, (&lowered.components, &chronology), &mut findings);
    let schedule = schedule(id, spec.schedule.as_ref(), &lowered.components, chronology, &mut findings);
    grains(id, &lowered.components, &schedule, &mut findings);
    let dimensions = dimensions(catalog, id, spec, &lowered.components, &mut findings);
    let invariants = invariants(id, spec, &lowered, unit.as_deref(), &mut findings);
    let missing = spec.missing.unwrap_or_default();
    if !findings.is_empty() {
        return Err(findings);
    }
    Ok(ResolvedMetric {
        id: id.clone(),
        definition_hash: short_hash(&definition_text(&lowered.value, &lowered.components, missing)),
        value: lowered.value,
        missing,
        invariants,
        dimensions,
        unit,
        format: spec.format.clone(),
        direction: spec.direction,
        display_name: spec.display_name.clone(),
        owner: spec.owner.as_ref().map(|owner| owner.team.clone()),
        owner_email: spec.owner.as_ref().and_then(|owner| owner.email.clone()),
        schedule,
        targets,
        suspended: spec.suspend || lowered.suspended,
        inputs: lowered.inputs,
        depth: lowered.depth,
        components: lowered.components,
    })
}

/// Whether each grain of the schedule has whole windows to read.
fn grains(
    id: &ObjectId,
    components: &[Component],
    schedule: &ResolvedSchedule,
    findings: &mut Vec<Diagnostic>,
) {
    let misfit = |grain: &Grain| components.iter().find_map(|component| component.misfit(*grain));
    for fault in schedule.grains.iter().filter_map(misfit) {
        let path = "spec.schedule.grains";
        findings.push(Diagnostic::error(fault.code, id, path, fault.reason, fault.remedy));
    }
}

fn name(id: &ObjectId, findings: &mut Vec<Diagnostic>) {
    let written = id.name.replace('-', "_");
    if is_reserved(&written) {
        let reason = format!("`{written}` is a word of the formula language");
        let remedy = "give the metric another name, such as one with a qualifier";
        findings.push(Diagnostic::error(Code::InvalidName, id, "metadata.name", reason, remedy));
    }
}

fn lower(catalog: &Catalog, id: &ObjectId, spec: &MetricSpec) -> Result<Lowered, Vec<Diagnostic>> {
    let MetricSpec { formula: text, aggregate: one, ratio: two, derived: several, .. } = spec;
    let mut lowered = match (text, one, two, several, &spec.cumulative, &spec.conversion) {
        (Some(text), None, None, None, None, None) => {
            formula(catalog, id, (spec.dataset.as_ref(), spec.time.as_deref()), text)
        }
        (None, Some(given), None, None, None, None) => aggregate(catalog, id, given),
        (None, None, Some(given), None, None, None) => ratio(catalog, id, given),
        (None, None, None, Some(given), None, None) => derived(catalog, id, given),
        (None, None, None, None, Some(given), None) => cumulative(catalog, id, given),
        (None, None, None, None, None, Some(given)) => conversion(catalog, id, given),
        _ => {
            let reason = "not exactly one of `formula`, `aggregate`, `ratio`, `derived`, `cumulative`, `conversion` is given";
            let remedy = "give exactly one of them";
            Err(vec![Diagnostic::error(Code::SchemaRule, id, "spec", reason, remedy)])
        }
    }?;
    if spec.missing == Some(Missing::Zero) {
        let args = vec![lowered.value, Expr::literal(0_i64)];
        lowered.value = Expr::new(ExprKind::Call { function: ScalarFunction::Coalesce, args });
    }
    Ok(lowered)
}

fn formula(
    catalog: &Catalog,
    id: &ObjectId,
    (dataset, time): (Option<&Reference>, Option<&str>),
    text: &str,
) -> Result<Lowered, Vec<Diagnostic>> {
    let place = Place { object: id, path: "spec.formula" };
    let Some(reference) = dataset else {
        let reason = "a formula needs the dataset that it aggregates";
        return Err(vec![Diagnostic::error(
            Code::MissingField,
            id,
            "spec.dataset",
            reason,
            "give `dataset`",
        )]);
    };
    let expr = read(place, text, ParseMode::Formula);
    let dataset = dataset_of(
        catalog,
        [Place { object: id, path: "spec.dataset" }, Place { object: id, path: "spec.time" }],
        reference,
        time,
    );
    let (dataset, expr) = match (dataset, expr) {
        (Ok(dataset), Ok(expr)) => (dataset, expr),
        (dataset, expr) => {
            let own = expr.and_then(|expr| checked(place, &expr, &AnyColumns, Wanted::Number));
            return Err([dataset.err().unwrap_or_default(), own.err().unwrap_or_default()].concat());
        }
    };
    let scope = RowScope { catalog, dataset: &dataset };
    let typed = checked(place, &expr, &scope, Wanted::Number)?;
    estimates(catalog, place, &dataset, &expr)?;
    Ok(split_up(catalog, &dataset, &expr, typed.unit))
}

fn aggregate(catalog: &Catalog, id: &ObjectId, given: &AggregateSpec) -> Result<Lowered, Vec<Diagnostic>> {
    let at = Place { object: id, path: "spec.aggregate.dataset" };
    let mut findings = Vec::new();
    let dated = Place { object: id, path: "spec.aggregate.time" };
    let dataset = dataset_of(catalog, [at, dated], &given.dataset, given.time.as_deref())
        .map_err(|faults| findings.extend(faults))
        .ok();
    let rows = dataset.as_ref().map(|dataset| RowScope { catalog, dataset });
    let scope: &dyn Scope = match &rows {
        Some(rows) => rows,
        None => &AnyColumns,
    };
    let mut part = |path: &'static str, text: Option<&String>, wanted: Wanted| {
        let place = Place { object: id, path };
        let outcome = read(place, text?, ParseMode::Row).and_then(|expr| {
            checked(place, &expr, scope, wanted)?;
            Ok(expr)
        });
        outcome.map_err(|faults| findings.extend(faults)).ok()
    };
    let wanted = match given.function {
        Function::Sum | Function::Avg | Function::Median | Function::Percentile => Wanted::Number,
        Function::SumBoolean => Wanted::Condition,
        _ => Wanted::Any,
    };
    let argument = part("spec.aggregate.expr", given.expr.as_ref(), wanted);
    let filter = part("spec.aggregate.filter", given.filter.as_ref(), Wanted::Condition);
    let Some(dataset) = dataset.filter(|_| findings.is_empty()) else { return Err(findings) };
    if argument.is_none() && given.function != Function::Count {
        let reason = format!("`{:?}` needs an expression to aggregate", given.function);
        let remedy = "give `expr`, such as the name of a column";
        return Err(vec![Diagnostic::error(Code::MissingField, id, "spec.aggregate.expr", reason, remedy)]);
    }
    let function = function(id, given)?;
    let span = argument.as_ref().map_or_else(Default::default, |argument| argument.span);
    let (argument, filter) = match given.function {
        Function::SumBoolean => (None, Expr::both(filter, argument)),
        _ => (argument, filter),
    };
    let kind = ExprKind::Aggregate(Box::new(Aggregate { function, argument, filter }));
    let whole = Expr { kind, span };
    let place = Place { object: id, path: "spec.aggregate.expr" };
    let scope = RowScope { catalog, dataset: &dataset };
    let typed = checked(place, &whole, &scope, Wanted::Number)?;
    estimates(catalog, Place { path: "spec.aggregate.function", ..place }, &dataset, &whole)?;
    let mut lowered = split_up(catalog, &dataset, &whole, typed.unit);
    let kept = |component| level(catalog, id, given.non_additive.as_ref(), component);
    lowered.components = lowered.components.into_iter().map(kept).collect::<Result<_, _>>()?;
    Ok(lowered)
}

fn split_up(catalog: &Catalog, dataset: &Arc<ResolvedDataset>, formula: &Expr, unit: Unit) -> Lowered {
    let (components, value) = split(catalog, dataset, formula);
    Lowered {
        components,
        value,
        unit,
        parts: BTreeMap::new(),
        inputs: Vec::new(),
        suspended: dataset.suspended,
        depth: 0,
    }
}

fn function(id: &ObjectId, given: &AggregateSpec) -> Result<AggregateFunction, Vec<Diagnostic>> {
    Ok(match given.function {
        Function::Sum => AggregateFunction::Sum,
        Function::Count | Function::SumBoolean => AggregateFunction::Count,
        Function::CountDistinct => AggregateFunction::CountDistinct,
        Function::Avg => AggregateFunction::Avg,
        Function::Min => AggregateFunction::Min,
        Function::Max => AggregateFunction::Max,
        Function::Median => AggregateFunction::Percentile(Fraction::HALF),
        Function::Percentile => {
            let share = given.percentile.and_then(|share| Fraction::new(share.0)).ok_or_else(|| {
                let reason = "`Percentile` needs a share from 0 to 1 with at most six digits after the point";
                let path = "spec.aggregate.percentile";
                vec![Diagnostic::error(Code::InvalidValue, id, path, reason, "write `percentile: 0.95`")]
            })?;
            AggregateFunction::Percentile(share)
        }
        Function::First => AggregateFunction::First,
        Function::Last => AggregateFunction::Last,
        Function::ApproxCountDistinct => AggregateFunction::ApproxCountDistinct,
    })
}

/// Not every engine can estimate, and none of every type.
fn estimates(
    catalog: &Catalog,
    place: Place<'_>,
    dataset: &Arc<ResolvedDataset>,
    whole: &Expr,
) -> Result<(), Vec<Diagnostic>> {
    let mut estimates = aggregates(whole);
    estimates.retain(|aggregate| aggregate.function == AggregateFunction::ApproxCountDistinct);
    if estimates.is_empty() {
        return Ok(());
    }
    let remedy = "count exactly: `count(distinct x)`, or `function: CountDistinct`";
    let scope = RowScope { catalog, dataset };
    let is_float = |aggregate: &&Aggregate| {
        let typed = aggregate.argument.as_ref().and_then(|argument| check(argument, &scope).ok());
        typed.is_some_and(|typed| typed.data_type == DataType::Float)
    };
    if estimates.iter().any(is_float) {
        let reason = "the sketch of `approx_count_distinct` takes no floating point";
        return Err(vec![Diagnostic::error(Code::NotSupported, place.object, place.path, reason, remedy)]);
    }
    let kind = match catalog.inventory().get(&dataset.source).map(|source| &source.spec) {
        Some(Spec::DataSource(spec)) => spec.kind().unwrap_or("files"),
        _ => "files",
    };
    if kind == "files" {
        return Ok(());
    }
    let reason =
        format!("a source of the kind `{kind}` has no sketch to estimate `approx_count_distinct` with");
    Err(vec![Diagnostic::error(Code::NotSupported, place.object, place.path, reason, remedy)])
}

/// The dataset, dated by one of its times; `place` is where it is named, `dated` where the time is.
fn dataset_of(
    catalog: &Catalog,
    [place, dated]: [Place<'_>; 2],
    reference: &Reference,
    time: Option<&str>,
) -> Result<Arc<ResolvedDataset>, Vec<Diagnostic>> {
    let found = find(catalog.inventory(), place.object, place.path, Kind::Dataset, reference)
        .map_err(|fault| vec![*fault])?;
    let dataset = catalog.dataset(&found.id).map_err(|_| vec![invalid(place, &found.id)])?;
    let Some(name) = time else {
        needs_time(place, &dataset)?;
        return Ok(dataset);
    };
    dataset.dated_by(name).map(Arc::new).ok_or_else(|| {
        let known: Vec<&str> = dataset.times.keys().map(String::as_str).collect();
        let reason = format!("dataset `{}` has no time `{name}` in `times`", dataset.id.name);
        let remedy = match suggest(name, known.iter().copied()) {
            Some(close) => format!("did you mean `{close}`?"),
            None if known.is_empty() => "declare it there, or take `time` out".to_owned(),
            None => format!("it has {}", few(&known)),
        };
        vec![Diagnostic::error(Code::TimeMissing, dated.object, dated.path, reason, remedy)]
    })
}

/// What is referred to has faults of its own; they are told there.
pub fn invalid(place: Place<'_>, id: &ObjectId) -> Diagnostic {
    let name = id.relative_to(&place.object.namespace);
    let reason = format!("{} `{name}` has faults of its own", id.kind);
    Diagnostic::error(
        Code::ReferenceInvalid,
        place.object,
        place.path,
        reason,
        format!("mend `{name}` first"),
    )
}

/// The unit of a metric, for arithmetic with it.
pub fn unit_of(metric: &ResolvedMetric) -> Unit {
    metric.unit.as_deref().and_then(|unit| unit.parse().ok()).unwrap_or_else(Unit::unknown)
}

/// The declared unit if it fits what the formula gives, else what the formula gives.
fn unit(id: &ObjectId, spec: &MetricSpec, inferred: &Unit, findings: &mut Vec<Diagnostic>) -> Option<String> {
    let Some(text) = &spec.unit else { return inferred.known().then(|| inferred.to_string()) };
    match text.parse::<Unit>() {
        Err(error) => {
            let remedy = "write an ISO 4217 currency such as CNY, or Count, Fraction, s, kg …";
            findings.push(Diagnostic::error(Code::InvalidValue, id, "spec.unit", error.to_string(), remedy));
        }
        Ok(declared) if inferred.known() && declared != *inferred => {
            let reason = format!("the unit is declared as {declared}, but the definition gives {inferred}");
            let remedy = format!("declare `unit: {inferred}`, or mend the definition");
            findings.push(Diagnostic::error(Code::UnitMismatch, id, "spec.unit", reason, remedy));
        }
        Ok(_) => {}
    }
    Some(text.clone())
}
