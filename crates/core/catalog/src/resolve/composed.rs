//! Metrics made of metrics: ratios and arithmetic.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexSet;
use metricwright_api::metric::{Derived, Missing, Ratio, RatioSide};
use metricwright_api::{Code, Diagnostic, Kind, ObjectId, Reference};
use metricwright_formula::{
    ColumnPath, DataType, Expr, ExprKind, ParseMode, Resolution, Scope, Typed, Unit, is_reserved,
    map_columns, metrics, rewrite,
};

use super::expression::{Place, Wanted, checked, read};
use super::metric::{Lowered, invalid, unit_of};
use super::moved::moved;
use super::narrow::narrowed;
use super::reference::find;
use crate::catalog::Catalog;
use crate::consumers::{aliases, own_metric};
use crate::resolved::{Component, ResolvedMetric};

/// Longest chain of metrics that refer to each other.
const MAX_DEPTH: usize = 64;
/// Most operands and operators of a value, with those of its inputs put in.
pub const MAX_NODES: usize = 4096;
/// Deepest nesting of a value, with that of its inputs put in.
const MAX_NESTING: usize = 512;

/// One metric over another.
pub fn ratio(catalog: &Catalog, id: &ObjectId, given: &Ratio) -> Result<Lowered, Vec<Diagnostic>> {
    let side = |name, side: &RatioSide| {
        let path = format!("spec.ratio.{name}");
        filtered_input(catalog, id, &path, &side.metric, side.filter.as_ref())
    };
    let sides = (side("numerator", &given.numerator), side("denominator", &given.denominator));
    let (numerator, denominator) = match sides {
        (Ok(numerator), Ok(denominator)) => (numerator, denominator),
        (numerator, denominator) => {
            return Err(numerator.err().into_iter().chain(denominator.err()).flatten().collect());
        }
    };
    let unit = unit_of(&numerator).div(&unit_of(&denominator));
    let formula = Expr::metric("numerator").divided_by(Expr::metric("denominator"));
    let named = BTreeMap::from([
        ("numerator".to_owned(), Some(numerator)),
        ("denominator".to_owned(), Some(denominator)),
    ]);
    put_in(Place { object: id, path: "spec.ratio" }, &formula, &named, unit)
}

/// Arithmetic over metrics.
pub fn derived(catalog: &Catalog, id: &ObjectId, given: &Derived) -> Result<Lowered, Vec<Diagnostic>> {
    let place = Place { object: id, path: "spec.derived.expr" };
    let mut findings = Vec::new();
    let mut named = inputs(catalog, id, given, &mut findings);
    let expr =
        read(place, &given.expr, ParseMode::Derived).map_err(|faults| [&findings[..], &faults].concat())?;
    for (name, span) in metrics(&expr) {
        let own = own_metric(name, &id.namespace);
        if named.contains_key(name) || catalog.inventory().get(&own).is_none() {
            continue;
        }
        let found = input(catalog, place, &Reference(own.name))
            .map_err(|fault| findings.push((*fault).at(span.into())));
        named.insert(name.to_owned(), found.ok());
    }
    let scope = Metrics { catalog, home: &id.namespace, named: &named };
    match checked(place, &expr, &scope, Wanted::Number) {
        Ok(typed) if findings.is_empty() => put_in(place, &expr, &named, typed.unit),
        outcome => Err(findings.into_iter().chain(outcome.err().into_iter().flatten()).collect()),
    }
}

/// Metrics by the name that an expression has for them; none for those with faults.
pub type Named = BTreeMap<String, Option<Arc<ResolvedMetric>>>;

fn inputs(catalog: &Catalog, id: &ObjectId, given: &Derived, findings: &mut Vec<Diagnostic>) -> Named {
    let mut named = Named::new();
    let aliases = aliases(given, &id.namespace);
    for (index, (input_given, alias)) in given.inputs.iter().zip(aliases).enumerate() {
        let path = format!("spec.derived.inputs[{index}]");
        let found = filtered_input(catalog, id, &path, &input_given.metric, input_given.filter.as_ref());
        let at = format!("{path}.offset");
        let offset = input_given.offset.as_ref();
        let found = found.and_then(|metric| moved(Place { object: id, path: &at }, metric, offset));
        let found = found.map_err(|faults| findings.extend(faults)).ok();
        let field = if input_given.alias.is_some() { "as" } else { "metric" };
        let path = format!("spec.derived.inputs[{index}].{field}");
        if is_reserved(&alias) {
            let reason = format!("`{alias}` is a word of the formula language");
            findings.push(Diagnostic::error(Code::InvalidName, id, &path, reason, "give it another `as`"));
        }
        if named.insert(alias.clone(), found).is_some() {
            let reason = format!("two inputs are called `{alias}`");
            findings.push(Diagnostic::error(
                Code::InvalidName,
                id,
                &path,
                reason,
                "give one of them another `as`",
            ));
        }
    }
    named
}

/// An input that stands at `path` with the fields `metric` and `filter`.
fn filtered_input(
    catalog: &Catalog,
    id: &ObjectId,
    path: &str,
    reference: &Reference,
    filter: Option<&String>,
) -> Result<Arc<ResolvedMetric>, Vec<Diagnostic>> {
    let at = format!("{path}.metric");
    let metric = input(catalog, Place { object: id, path: &at }, reference).map_err(|fault| vec![*fault])?;
    let at = format!("{path}.filter");
    narrowed(catalog, Place { object: id, path: &at }, metric, filter)
}

/// The metric that a field names.
pub fn input(
    catalog: &Catalog,
    place: Place<'_>,
    reference: &Reference,
) -> Result<Arc<ResolvedMetric>, Box<Diagnostic>> {
    let found = find(catalog.inventory(), place.object, place.path, Kind::Metric, reference)?;
    let metric = catalog.metric(&found.id).map_err(|_| Box::new(invalid(place, &found.id)))?;
    if metric.missing == Missing::Previous {
        let name = found.id.relative_to(&place.object.namespace);
        let reason =
            format!("`{name}` takes missing values from the window before, which only its own values can");
        let remedy = "take a metric without `missing: Previous`, and give this one its own";
        let code = Code::NotSupported;
        return Err(Box::new(Diagnostic::error(code, place.object, place.path, reason, remedy)));
    }
    if metric.depth < MAX_DEPTH {
        return Ok(metric);
    }
    let reason = format!("more than {MAX_DEPTH} metrics refer to each other in a row");
    Err(Box::new(too_complex(place, reason, "define this one from metrics closer to the datasets")))
}

fn too_complex(place: Place<'_>, reason: impl Into<String>, remedy: &str) -> Diagnostic {
    Diagnostic::error(Code::FormulaTooComplex, place.object, place.path, reason, remedy)
}

/// The metrics that an expression may name.
pub struct Metrics<'a> {
    /// The catalogue.
    pub catalog: &'a Catalog,
    /// The namespace of the expression.
    pub home: &'a str,
    /// Those that it names.
    pub named: &'a Named,
}

impl Scope for Metrics<'_> {
    fn resolve(&self, _path: &ColumnPath) -> Resolution {
        Resolution::Missing
    }

    fn resolve_metric(&self, name: &str) -> Resolution {
        match self.named.get(name) {
            Some(Some(metric)) => Resolution::Known(Typed::new(DataType::Float, unit_of(metric), true)),
            Some(None) => Resolution::Unchecked,
            None => Resolution::Missing,
        }
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }

    fn metric_names(&self) -> Vec<String> {
        let own = self.catalog.inventory().of_kind_in(Kind::Metric, self.home);
        own.map(|object| object.id.name.replace('-', "_")).chain(self.named.keys().cloned()).collect()
    }
}

/// The expression with the value of each metric in its place.
pub fn put_in(place: Place<'_>, expr: &Expr, named: &Named, unit: Unit) -> Result<Lowered, Vec<Diagnostic>> {
    bounded(expr, named).map_err(|(reason, remedy)| vec![too_complex(place, reason, remedy)])?;
    let mut merged = Merged::default();
    for (name, _) in metrics(expr) {
        if let Some(metric) = named.get(name).and_then(Option::as_ref) {
            merged.take(name, metric);
        }
    }
    let value = with_parts(expr, &merged.parts);
    Ok(merged.finish(value, unit))
}

/// The expression with what each name stands for in its place.
pub fn with_parts(expr: &Expr, parts: &BTreeMap<String, Expr>) -> Expr {
    rewrite(expr, &mut |part| match &part.kind {
        ExprKind::Metric(name) => parts.get(name).map(|part| part.kind.clone()),
        _ => None,
    })
}

/// Whether the whole stays small enough to walk through; found before it is built, as it may double at each step.
fn bounded(expr: &Expr, named: &Named) -> Result<(), (String, &'static str)> {
    let sizes: BTreeMap<&str, Size> = named
        .iter()
        .filter_map(|(name, metric)| Some((name.as_str(), Size::of(&metric.as_ref()?.value))))
        .collect();
    let inner = metrics(expr).into_iter().filter_map(|(name, _)| sizes.get(name));
    let own = Size::of(expr);
    let whole = inner.fold(Size { nodes: own.nodes, nesting: 0 }, |sum, size| Size {
        nodes: sum.nodes.saturating_add(size.nodes),
        nesting: sum.nesting.max(size.nesting),
    });
    let remedy = "define it from metrics closer to the datasets";
    if whole.nodes > MAX_NODES {
        return Err((format!("with its inputs put in, the value has more than {MAX_NODES} parts"), remedy));
    }
    if whole.nesting + own.nesting > MAX_NESTING {
        return Err((
            format!("with its inputs put in, the value nests deeper than {MAX_NESTING} levels"),
            remedy,
        ));
    }
    Ok(())
}

/// How large a tree is.
#[derive(Clone, Copy)]
pub struct Size {
    /// Its parts.
    pub nodes: usize,
    /// Its levels.
    pub nesting: usize,
}

impl Size {
    /// Counts without recursion.
    pub fn of(expr: &Expr) -> Self {
        let mut size = Self { nodes: 0, nesting: 0 };
        let mut open = vec![(expr, 1)];
        while let Some((expr, level)) = open.pop() {
            size = Self { nodes: size.nodes + 1, nesting: size.nesting.max(level) };
            open.extend(expr.children().into_iter().map(|child| (child, level + 1)));
        }
        size
    }
}

/// Components of several metrics put together, each once.
#[derive(Default)]
struct Merged {
    components: Vec<Component>,
    parts: BTreeMap<String, Expr>,
    inputs: IndexSet<ObjectId>,
    suspended: bool,
    depth: usize,
}

impl Merged {
    /// Takes in a metric under a name, with its value over the merged components.
    fn take(&mut self, name: &str, metric: &ResolvedMetric) {
        let mut places = Vec::new();
        for component in &metric.components {
            let known = self.components.iter().position(|known| known.key == component.key);
            places.push(known.unwrap_or(self.components.len()));
            if known.is_none() {
                self.components.push(component.clone());
            }
        }
        self.suspended |= metric.suspended;
        self.depth = self.depth.max(metric.depth + 1);
        self.inputs.insert(metric.id.clone());
        self.inputs.extend(metric.inputs.iter().cloned());
        self.parts.insert(name.to_owned(), renumber(&metric.value, &places));
    }

    fn finish(self, value: Expr, unit: Unit) -> Lowered {
        let inputs = self.inputs.into_iter().collect();
        Lowered {
            components: self.components,
            value,
            unit,
            parts: self.parts,
            inputs,
            suspended: self.suspended,
            depth: self.depth,
        }
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
pub fn in_canonical_order(lowered: &mut Lowered) {
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
    for part in lowered.parts.values_mut() {
        *part = renumber(part, &places);
    }
    lowered.components.sort_by(|a, b| a.key.cmp(&b.key));
}
