//! Resolving metrics down to components.

use std::collections::BTreeMap;
use std::sync::Arc;

use metricwright_api::metric::{
    Aggregate as AggregateSpec, AggregateFunction as Function, Derived, MetricSpec,
};
use metricwright_api::{Code, Diagnostic, Kind, ObjectId, Reference};
use metricwright_formula::{
    Aggregate, AggregateFunction, BinaryOp, ColumnPath, DataType, Expr, ExprKind, ParseMode, Resolution,
    Scope, Typed, Unit, is_reserved, map_columns, metrics, rewrite,
};

use super::component::{RowScope, needs_time, split};
use super::dimension::Unreachable;
use super::expression::{Place, Wanted, checked, read};
use super::hash::{definition_text, short_hash};
use super::reference::find;
use super::schedule::schedule;
use crate::catalog::Catalog;
use crate::inventory::{Object, Spec};
use crate::resolved::{Component, ResolvedMetric, SharedDimension};

/// Longest chain of metrics that refer to each other.
const MAX_DEPTH: usize = 64;

/// A definition lowered to components.
struct Lowered {
    components: Vec<Component>,
    value: Expr,
    unit: Unit,
    inputs: Vec<ObjectId>,
    suspended: bool,
}

/// Resolves a metric; `asking` are the metrics it is resolved for, itself last.
pub fn metric(
    catalog: &Catalog,
    object: &Object,
    asking: &mut Vec<ObjectId>,
) -> Result<ResolvedMetric, Vec<Diagnostic>> {
    let Spec::Metric(spec) = &object.spec else { return Err(Vec::new()) };
    let id = &object.id;
    let mut findings = Vec::new();
    name(id, &mut findings);
    let mut lowered = match lower(catalog, id, spec, asking) {
        Ok(lowered) => lowered,
        Err(faults) => {
            findings.extend(faults);
            return Err(findings);
        }
    };
    in_canonical_order(&mut lowered);
    let unit = unit(id, spec, &lowered.unit, &mut findings);
    let schedule = schedule(id, spec.schedule.as_ref(), &lowered.components, &mut findings);
    let dimensions = dimensions(catalog, id, spec, &lowered.components, &mut findings);
    if !findings.is_empty() {
        return Err(findings);
    }
    Ok(ResolvedMetric {
        id: id.clone(),
        definition_hash: short_hash(&definition_text(&lowered.value, &lowered.components)),
        value: lowered.value,
        dimensions,
        unit,
        format: spec.format.clone(),
        direction: spec.direction,
        display_name: spec.display_name.clone(),
        owner: spec.owner.as_ref().map(|owner| owner.team.clone()),
        owner_email: spec.owner.as_ref().and_then(|owner| owner.email.clone()),
        schedule,
        suspended: spec.suspend || lowered.suspended,
        inputs: lowered.inputs,
        components: lowered.components,
    })
}

/// The finding on a member of a circle of metrics.
pub fn cycle(member: &ObjectId, circle: &[ObjectId]) -> Diagnostic {
    let start = circle.iter().position(|id| id == member).unwrap_or_default();
    let names: Vec<_> = circle
        .iter()
        .cycle()
        .skip(start)
        .take(circle.len() + 1)
        .map(|id| id.relative_to(&member.namespace))
        .collect();
    let reason = format!("the definition leads back to itself: {}", names.join(" → "));
    let remedy = "define one of them from a dataset, or from metrics outside the circle";
    Diagnostic::error(Code::ReferenceCycle, member, "spec", reason, remedy)
}

fn name(id: &ObjectId, findings: &mut Vec<Diagnostic>) {
    let written = id.name.replace('-', "_");
    if is_reserved(&written) {
        let reason = format!("`{written}` is a word of the formula language");
        let remedy = "give the metric another name, such as one with a qualifier";
        findings.push(Diagnostic::error(Code::InvalidName, id, "metadata.name", reason, remedy));
    }
}

fn lower(
    catalog: &Catalog,
    id: &ObjectId,
    spec: &MetricSpec,
    asking: &mut Vec<ObjectId>,
) -> Result<Lowered, Vec<Diagnostic>> {
    match (&spec.formula, &spec.aggregate, &spec.ratio, &spec.derived) {
        (Some(text), None, None, None) => formula(catalog, id, spec.dataset.as_ref(), text),
        (None, Some(given), None, None) => aggregate(catalog, id, given),
        (None, None, Some(given), None) => {
            let sides = [
                ("spec.ratio.numerator.metric", &given.numerator.metric),
                ("spec.ratio.denominator.metric", &given.denominator.metric),
            ];
            ratio(catalog, id, sides, asking)
        }
        (None, None, None, Some(given)) => derived(catalog, id, given, asking),
        _ => {
            let reason = "not exactly one of `formula`, `aggregate`, `ratio`, `derived` is given";
            let remedy = "give exactly one of them";
            Err(vec![Diagnostic::error(Code::SchemaRule, id, "spec", reason, remedy)])
        }
    }
}

fn formula(
    catalog: &Catalog,
    id: &ObjectId,
    dataset: Option<&Reference>,
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
    let dataset = dataset_of(catalog, Place { object: id, path: "spec.dataset" }, reference)?;
    let expr = expr?;
    let scope = RowScope { catalog, dataset: &dataset };
    let typed = checked(place, &expr, &scope, Wanted::Number)?;
    let (components, value) = split(catalog, &dataset, &expr);
    Ok(Lowered { components, value, unit: typed.unit, inputs: Vec::new(), suspended: dataset.suspended })
}

fn aggregate(catalog: &Catalog, id: &ObjectId, given: &AggregateSpec) -> Result<Lowered, Vec<Diagnostic>> {
    let dataset = dataset_of(catalog, Place { object: id, path: "spec.aggregate.dataset" }, &given.dataset)?;
    let scope = RowScope { catalog, dataset: &dataset };
    let mut findings = Vec::new();
    let mut part = |path: &'static str, text: Option<&String>, wanted: Wanted| {
        let place = Place { object: id, path };
        let outcome = read(place, text?, ParseMode::Row).and_then(|expr| {
            checked(place, &expr, &scope, wanted)?;
            Ok(expr)
        });
        outcome.map_err(|faults| findings.extend(faults)).ok()
    };
    let wanted = match given.function {
        Function::Sum | Function::Avg => Wanted::Number,
        _ => Wanted::Any,
    };
    let argument = part("spec.aggregate.expr", given.expr.as_ref(), wanted);
    let filter = part("spec.aggregate.filter", given.filter.as_ref(), Wanted::Condition);
    if !findings.is_empty() {
        return Err(findings);
    }
    let function = function(given.function);
    if argument.is_none() && function != AggregateFunction::Count {
        let reason = format!("`{:?}` needs an expression to aggregate", given.function);
        let remedy = "give `expr`, such as the name of a column";
        return Err(vec![Diagnostic::error(Code::MissingField, id, "spec.aggregate.expr", reason, remedy)]);
    }
    let whole = Expr::new(ExprKind::Aggregate(Box::new(Aggregate { function, argument, filter })));
    let place = Place { object: id, path: "spec.aggregate.expr" };
    let typed = checked(place, &whole, &scope, Wanted::Number)?;
    let (components, value) = split(catalog, &dataset, &whole);
    Ok(Lowered { components, value, unit: typed.unit, inputs: Vec::new(), suspended: dataset.suspended })
}

fn function(function: Function) -> AggregateFunction {
    match function {
        Function::Sum => AggregateFunction::Sum,
        Function::Count => AggregateFunction::Count,
        Function::CountDistinct => AggregateFunction::CountDistinct,
        Function::Avg => AggregateFunction::Avg,
        Function::Min => AggregateFunction::Min,
        Function::Max => AggregateFunction::Max,
    }
}

fn dataset_of(
    catalog: &Catalog,
    place: Place<'_>,
    reference: &Reference,
) -> Result<Arc<crate::resolved::ResolvedDataset>, Vec<Diagnostic>> {
    let found = find(catalog.inventory(), place.object, place.path, Kind::Dataset, reference)
        .map_err(|fault| vec![fault])?;
    let dataset = catalog.dataset(&found.id).map_err(|_| vec![invalid(place, &found.id)])?;
    needs_time(place, &dataset)?;
    Ok(dataset)
}

/// What is referred to has faults of its own; they are told there.
fn invalid(place: Place<'_>, id: &ObjectId) -> Diagnostic {
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

fn input(
    catalog: &Catalog,
    place: Place<'_>,
    reference: &Reference,
    asking: &mut Vec<ObjectId>,
) -> Result<Arc<ResolvedMetric>, Vec<Diagnostic>> {
    let found = find(catalog.inventory(), place.object, place.path, Kind::Metric, reference)
        .map_err(|fault| vec![fault])?;
    if asking.len() >= MAX_DEPTH {
        let reason = format!("more than {MAX_DEPTH} metrics refer to each other in a row");
        let remedy = "define this one from metrics closer to the datasets";
        return Err(vec![Diagnostic::error(
            Code::FormulaTooComplex,
            place.object,
            place.path,
            reason,
            remedy,
        )]);
    }
    catalog.metric_within(&found.id, asking).map_err(|_| vec![invalid(place, &found.id)])
}

fn ratio(
    catalog: &Catalog,
    id: &ObjectId,
    sides: [(&str, &Reference); 2],
    asking: &mut Vec<ObjectId>,
) -> Result<Lowered, Vec<Diagnostic>> {
    let mut findings = Vec::new();
    let mut found = Vec::new();
    for (path, reference) in sides {
        match input(catalog, Place { object: id, path }, reference, asking) {
            Ok(metric) => found.push(metric),
            Err(faults) => findings.extend(faults),
        }
    }
    let [numerator, denominator] = found.as_slice() else { return Err(findings) };
    let unit = unit_of(numerator).div(&unit_of(denominator));
    let mut merged = Merged::default();
    let left = merged.take(numerator);
    let right = merged.take(denominator);
    let value =
        Expr::new(ExprKind::Binary { op: BinaryOp::Divide, left: Box::new(left), right: Box::new(right) });
    Ok(merged.finish(value, unit))
}

fn derived(
    catalog: &Catalog,
    id: &ObjectId,
    given: &Derived,
    asking: &mut Vec<ObjectId>,
) -> Result<Lowered, Vec<Diagnostic>> {
    let place = Place { object: id, path: "spec.derived.expr" };
    let expr = read(place, &given.expr, ParseMode::Derived)?;
    let mut findings = Vec::new();
    let mut known: BTreeMap<String, Arc<ResolvedMetric>> = BTreeMap::new();
    for (index, named) in given.inputs.iter().enumerate() {
        let path = format!("spec.derived.inputs[{index}].metric");
        let alias = named.alias.clone().unwrap_or_else(|| {
            let (_, name) = named.metric.resolve(&id.namespace);
            name.replace('-', "_")
        });
        match input(catalog, Place { object: id, path: &path }, &named.metric, asking) {
            Ok(metric) if known.insert(alias.clone(), metric.clone()).is_some() => {
                let reason = format!("two inputs are called `{alias}`");
                findings.push(Diagnostic::error(
                    Code::InvalidName,
                    id,
                    path,
                    reason,
                    "give one of them another `as`",
                ));
            }
            Ok(_) => {}
            Err(faults) => findings.extend(faults),
        }
    }
    for (name, span) in metrics(&expr) {
        let own = ObjectId::new(Kind::Metric, &id.namespace, name.replace('_', "-"));
        if known.contains_key(name) || catalog.inventory().get(&own).is_none() {
            continue;
        }
        match input(catalog, place, &Reference(own.name.clone()), asking) {
            Ok(metric) => drop(known.insert(name.to_owned(), metric)),
            Err(faults) => findings.extend(faults.into_iter().map(|fault| fault.at(span.into()))),
        }
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    let scope = Metrics { catalog, home: &id.namespace, known: &known };
    let typed = checked(place, &expr, &scope, Wanted::Number)?;
    let mut merged = Merged::default();
    let value = rewrite(&expr, &mut |part| match &part.kind {
        ExprKind::Metric(name) => known.get(name).map(|metric| merged.take(metric).kind),
        _ => None,
    });
    Ok(merged.finish(value, typed.unit))
}

/// The metrics that a derived expression may name.
struct Metrics<'a> {
    catalog: &'a Catalog,
    home: &'a str,
    known: &'a BTreeMap<String, Arc<ResolvedMetric>>,
}

impl Scope for Metrics<'_> {
    fn resolve(&self, _path: &ColumnPath) -> Resolution {
        Resolution::Missing
    }

    fn resolve_metric(&self, name: &str) -> Resolution {
        self.known.get(name).map_or(Resolution::Missing, |metric| {
            Resolution::Known(Typed::new(DataType::Float, unit_of(metric), true))
        })
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }

    fn metric_names(&self) -> Vec<String> {
        let own = self.catalog.inventory().of_kind(Kind::Metric);
        let own = own.filter(|object| object.id.namespace == self.home).map(|o| o.id.name.replace('-', "_"));
        own.chain(self.known.keys().cloned()).collect()
    }
}

/// The unit of a metric, for arithmetic with it.
pub fn unit_of(metric: &ResolvedMetric) -> Unit {
    metric.unit.as_deref().and_then(|unit| unit.parse().ok()).unwrap_or_else(Unit::unknown)
}

/// Components of several metrics put together, each once.
#[derive(Default)]
struct Merged {
    components: Vec<Component>,
    inputs: Vec<ObjectId>,
    suspended: bool,
}

impl Merged {
    /// Takes in a metric and gives its value over the merged components.
    fn take(&mut self, metric: &ResolvedMetric) -> Expr {
        let mut places = Vec::new();
        for component in &metric.components {
            let known = self.components.iter().position(|known| known.key == component.key);
            places.push(known.unwrap_or_else(|| {
                self.components.push(component.clone());
                self.components.len() - 1
            }));
        }
        self.suspended |= metric.suspended;
        for id in std::iter::once(&metric.id).chain(&metric.inputs) {
            if !self.inputs.contains(id) {
                self.inputs.push(id.clone());
            }
        }
        renumber(&metric.value, &places)
    }

    fn finish(self, value: Expr, unit: Unit) -> Lowered {
        Lowered { components: self.components, value, unit, inputs: self.inputs, suspended: self.suspended }
    }
}

/// The value with component `i` called `c{places[i]}`.
fn renumber(value: &Expr, places: &[usize]) -> Expr {
    map_columns(value, |path| {
        let index: usize = path.name.strip_prefix('c')?.parse().ok()?;
        Some(ExprKind::Column(ColumnPath::bare(format!("c{}", places.get(index)?))))
    })
}

/// Sorts the components by key, so that the order in which they were named does not count.
fn in_canonical_order(lowered: &mut Lowered) {
    let mut order: Vec<usize> = (0..lowered.components.len()).collect();
    order.sort_by(|a, b| {
        let key = |i: &usize| lowered.components.get(*i).map(|component| component.key.as_str());
        key(a).cmp(&key(b))
    });
    let mut places = vec![0; order.len()];
    for (new, old) in order.iter().enumerate() {
        if let Some(place) = places.get_mut(*old) {
            *place = new;
        }
    }
    lowered.value = renumber(&lowered.value, &places);
    lowered.components.sort_by(|a, b| a.key.cmp(&b.key));
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

fn dimensions(
    catalog: &Catalog,
    id: &ObjectId,
    spec: &MetricSpec,
    components: &[Component],
    findings: &mut Vec<Diagnostic>,
) -> Vec<SharedDimension> {
    let Some(declared) = &spec.dimensions else {
        return default_dimensions(catalog, components);
    };
    let mut shared: Vec<SharedDimension> = Vec::new();
    for (index, name) in declared.iter().enumerate() {
        let path = format!("spec.dimensions[{index}]");
        if shared.iter().any(|known| known.name == *name) {
            let reason = format!("the dimension `{name}` is named twice");
            findings.push(Diagnostic::error(Code::InvalidName, id, path, reason, "take one of them out"));
            continue;
        }
        match shared_dimension(catalog, components, name) {
            Ok(dimension) => shared.push(dimension),
            Err(fault) => findings.push(Diagnostic::error(fault.code, id, path, fault.reason, fault.remedy)),
        }
    }
    shared
}

/// Everything that each component can be grouped by, except the key of a row itself.
fn default_dimensions(catalog: &Catalog, components: &[Component]) -> Vec<SharedDimension> {
    let Some(first) = components.first() else { return Vec::new() };
    let own_keys: Vec<_> =
        first.dataset.entities.iter().filter(|e| e.primary).map(|e| e.name.as_str()).collect();
    let reach = catalog.reach(&first.dataset);
    let mut shared: Vec<SharedDimension> = Vec::new();
    let mut identities = Vec::new();
    for way in reach.unambiguous() {
        if own_keys.contains(&way.name.as_str()) || identities.contains(&way.identity) {
            continue;
        }
        if let Ok(dimension) = shared_dimension(catalog, components, &way.name) {
            identities.push(way.identity.clone());
            shared.push(dimension);
        }
    }
    shared
}

/// How each component reaches the dimension of that name.
pub fn shared_dimension(
    catalog: &Catalog,
    components: &[Component],
    name: &str,
) -> Result<SharedDimension, Unreachable> {
    // The name is looked up where it is known; the others must have the same dimension under any name.
    let named = components.iter().map(|component| catalog.dimension(&component.dataset, name));
    let mut first_fault = None;
    let mut meant = None;
    for way in named {
        match way {
            Ok(way) => {
                meant = Some(way);
                break;
            }
            Err(fault) => first_fault = first_fault.or(Some(fault)),
        }
    }
    let Some(meant) = meant else {
        return Err(first_fault.unwrap_or(Unreachable {
            code: Code::UnknownDimension,
            reason: format!("there is nothing to group by `{name}`"),
            remedy: String::new(),
        }));
    };
    let mut ways = Vec::new();
    for component in components {
        let reach = catalog.reach(&component.dataset);
        let Some(way) = reach.same_as(&meant.identity) else {
            let dataset = &component.dataset.id.name;
            return Err(Unreachable {
                code: Code::DimNotShared,
                reason: format!("dataset `{dataset}` does not share the dimension `{name}`"),
                remedy: format!(
                    "give the dimension the same `conformed` name on both datasets, or join `{dataset}` to its entity"
                ),
            });
        };
        ways.push(way.clone());
    }
    Ok(SharedDimension { name: name.to_owned(), display_name: meant.display_name, ways })
}

/// Whether an expression over `value` and metrics is a condition; used by rules.
pub fn is_condition(place: Place<'_>, expr: &Expr, scope: &dyn Scope) -> Result<(), Vec<Diagnostic>> {
    checked(place, expr, scope, Wanted::Condition).map(|_| ())
}
