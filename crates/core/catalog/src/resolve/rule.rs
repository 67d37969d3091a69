//! Resolving alert rules.

use std::collections::BTreeMap;
use std::sync::Arc;

use metricwright_api::alert_rule::{AlertCondition, AlertRuleSpec, ChangeCondition, ChangeFrom};
use metricwright_api::{Code, Diagnostic, Grain, IncidentState, Kind, MwDuration, ObjectId, Reference};
use metricwright_formula::{
    ColumnPath, DataType, Expr, FaultCode, ParseMode, Resolution, Scope, Typed, Unit, canonical, metrics,
};

use super::dataset::duration;
use super::expression::{Place, read};
use super::hash::short_hash;
use super::metric::{is_condition, unit_of};
use super::reference::{few, find};
use crate::catalog::Catalog;
use crate::consumers::selected;
use crate::inventory::{Object, Spec};
use crate::resolved::{ChangeBound, ResolvedCondition, ResolvedMetric, ResolvedRule, RuleTarget};

/// How long an ended episode gets or keeps its incident by default.
const RETENTION: MwDuration = MwDuration::Days(7);
/// Most incidents open at once by default.
const MAX_OPEN: u32 = 50;

/// Resolves a rule.
pub fn rule(catalog: &Catalog, object: &Object) -> Result<ResolvedRule, Vec<Diagnostic>> {
    let Spec::AlertRule(spec) = &object.spec else { return Err(Vec::new()) };
    let id = &object.id;
    let mut findings = Vec::new();
    let targets = targets(catalog, id, spec, &mut findings);
    let conditions = spec
        .any_of
        .iter()
        .enumerate()
        .filter_map(|(index, given)| condition(id, index, given, &targets, &mut findings))
        .collect();
    let guard_metrics = guard_metrics(catalog, id, spec, &mut findings);
    let unless = guard(id, spec, &guard_metrics, &targets, &mut findings);
    guards_fit(catalog, id, &guard_metrics, &targets, &mut findings);
    let notify = notify(catalog, id, spec, &mut findings);
    let retention = spec.incident_retention.as_deref();
    let incident_retention = duration(id, "spec.incidentRetention", retention, RETENTION, &mut findings);
    if !findings.is_empty() {
        return Err(findings);
    }
    Ok(ResolvedRule {
        id: id.clone(),
        decision_hash: decision_hash(spec, unless.as_ref()),
        targets,
        conditions,
        unless,
        guard_metrics,
        for_periods: spec.for_periods.unwrap_or(1).max(1),
        recover_periods: spec.recover_periods.unwrap_or(1).max(1),
        severity: spec.severity,
        notify,
        incident_retention,
        max_open_incidents: spec.max_open_incidents.unwrap_or(MAX_OPEN),
        spec: spec.clone(),
    })
}

fn targets(
    catalog: &Catalog,
    id: &ObjectId,
    spec: &AlertRuleSpec,
    findings: &mut Vec<Diagnostic>,
) -> Vec<RuleTarget> {
    let mut named: Vec<(String, Reference)> = Vec::new();
    named.extend(spec.metric.iter().map(|metric| ("spec.metric".to_owned(), metric.clone())));
    let names = spec.metrics.iter().flat_map(|metrics| &metrics.names).enumerate();
    named.extend(names.map(|(index, metric)| (format!("spec.metrics.names[{index}]"), metric.clone())));
    if let Some(selector) = &spec.selector {
        let picked = selected(catalog.inventory(), &id.namespace, selector);
        named.extend(picked.map(|metric| ("spec.selector".to_owned(), Reference(metric.name))));
    }
    let mut targets: Vec<RuleTarget> = Vec::new();
    for (path, reference) in named {
        let place = Place { object: id, path: &path };
        let Some(metric) = metric(catalog, place, &reference, findings) else { continue };
        if targets.iter().any(|known| known.metric.id == metric.id) {
            continue;
        }
        targets.extend(target(catalog, id, spec, metric, findings));
    }
    targets
}

fn metric(
    catalog: &Catalog,
    place: Place<'_>,
    reference: &Reference,
    findings: &mut Vec<Diagnostic>,
) -> Option<Arc<ResolvedMetric>> {
    let found = find(catalog.inventory(), place.object, place.path, Kind::Metric, reference);
    let found = found.map_err(|fault| findings.push(fault)).ok()?;
    catalog
        .metric(&found.id)
        .map_err(|_| {
            let name = found.id.relative_to(&place.object.namespace);
            let reason = format!("Metric `{name}` has faults of its own");
            let remedy = format!("mend `{name}` first");
            findings.push(Diagnostic::error(
                Code::ReferenceInvalid,
                place.object,
                place.path,
                reason,
                remedy,
            ));
        })
        .ok()
}

fn target(
    catalog: &Catalog,
    id: &ObjectId,
    spec: &AlertRuleSpec,
    metric: Arc<ResolvedMetric>,
    findings: &mut Vec<Diagnostic>,
) -> Option<RuleTarget> {
    let grains = &metric.schedule.grains;
    let grain = spec.grain.or_else(|| grains.first().copied()).unwrap_or_default();
    let before = findings.len();
    if !grains.contains(&grain) {
        let reason = format!("Metric `{}` is not computed by {grain}", metric.id.name);
        let remedy = format!("add {grain} to `schedule.grains` of `{}`", metric.id.name);
        findings.push(Diagnostic::error(Code::InvalidCondition, id, "spec.grain", reason, remedy));
    }
    for (index, name) in spec.slices.iter().enumerate() {
        if let Err(fault) = catalog.shared_dimension(&metric, name) {
            let path = format!("spec.slices[{index}]");
            findings.push(Diagnostic::error(fault.code, id, path, fault.reason, fault.remedy));
        }
    }
    let mut slices = spec.slices.clone();
    slices.sort();
    slices.dedup();
    (findings.len() == before).then_some(RuleTarget { metric, grain, slices })
}

/// What a threshold or guard may name.
struct GuardScope<'a> {
    value: Unit,
    metrics: Option<&'a BTreeMap<String, Arc<ResolvedMetric>>>,
}

impl Scope for GuardScope<'_> {
    fn resolve(&self, path: &ColumnPath) -> Resolution {
        if path.qualifier.is_none() && path.name == "value" {
            return Resolution::Known(Typed::new(DataType::Float, self.value.clone(), true));
        }
        Resolution::Missing
    }

    fn resolve_metric(&self, name: &str) -> Resolution {
        let Some(metrics) = self.metrics else {
            return Resolution::Refused {
                code: FaultCode::Other(Code::InvalidCondition.as_str()),
                reason: format!("a threshold looks at `value` alone, not at `{name}`"),
                remedy: "put conditions on other metrics into `unless`".to_owned(),
            };
        };
        metrics.get(name).map_or(Resolution::Missing, |metric| {
            Resolution::Known(Typed::new(DataType::Float, unit_of(metric), true))
        })
    }

    fn names(&self) -> Vec<String> {
        vec!["value".to_owned()]
    }

    fn metric_names(&self) -> Vec<String> {
        self.metrics.map(|metrics| metrics.keys().cloned().collect()).unwrap_or_default()
    }
}

fn condition(
    id: &ObjectId,
    index: usize,
    given: &AlertCondition,
    targets: &[RuleTarget],
    findings: &mut Vec<Diagnostic>,
) -> Option<ResolvedCondition> {
    match (&given.threshold, &given.change) {
        (Some(text), None) => {
            let path = format!("spec.anyOf[{index}].threshold");
            let place = Place { object: id, path: &path };
            let unit = targets.first().map_or_else(Unit::unknown, |target| unit_of(&target.metric));
            let outcome = read(place, text, ParseMode::Guard).and_then(|predicate| {
                is_condition(place, &predicate, &GuardScope { value: unit, metrics: None })?;
                Ok(ResolvedCondition::Threshold { predicate, text: text.clone() })
            });
            outcome.map_err(|faults| findings.extend(faults)).ok()
        }
        (None, Some(change)) => change_condition(id, index, change, targets, findings),
        _ => {
            let path = format!("spec.anyOf[{index}]");
            let reason = "both or neither of `threshold` and `change` are given";
            let remedy = "give exactly one of `threshold`, `change`";
            findings.push(Diagnostic::error(Code::SchemaRule, id, path, reason, remedy));
            None
        }
    }
}

fn change_condition(
    id: &ObjectId,
    index: usize,
    change: &ChangeCondition,
    targets: &[RuleTarget],
    findings: &mut Vec<Diagnostic>,
) -> Option<ResolvedCondition> {
    let path = |field: &str| format!("spec.anyOf[{index}].change.{field}");
    let before = findings.len();
    let weekly = change.from == ChangeFrom::SameWeekdayLastWeek;
    if let Some(target) =
        targets.iter().find(|target| weekly && !matches!(target.grain, Grain::Hour | Grain::Day))
    {
        let reason = format!("windows by {} have no weekday", target.grain);
        let remedy = "compare with PreviousPeriod or LastYear, or watch by Day or Hour";
        findings.push(Diagnostic::error(Code::InvalidCondition, id, path("from"), reason, remedy));
    }
    let mut bound = |field: &str, text: Option<&String>| -> Option<ChangeBound> {
        let text = text?;
        let Some(bound) = parse_bound(text) else {
            let reason = format!("`{text}` is no change");
            let remedy = "write a share such as `-10%`, or a difference of fractions such as `-2pp`";
            findings.push(Diagnostic::error(Code::InvalidCondition, id, path(field), reason, remedy));
            return None;
        };
        let odd = targets
            .iter()
            .find(|target| target.metric.unit.as_deref().is_some_and(|unit| unit != "Fraction"));
        if let (ChangeBound::Difference(_), Some(target)) = (bound, odd) {
            let name = &target.metric.id.name;
            let reason = format!("percentage points go with fractions, and `{name}` is none");
            let remedy = "write a relative change such as `-10%`";
            findings.push(Diagnostic::error(Code::InvalidCondition, id, path(field), reason, remedy));
        }
        Some(bound)
    };
    let below = bound("below", change.below.as_ref());
    let above = bound("above", change.above.as_ref());
    if below.is_none() && above.is_none() && findings.len() == before {
        let remedy = "give `below`, `above` or both";
        findings.push(Diagnostic::error(Code::SchemaRule, id, path("below"), "no bound is given", remedy));
    }
    (findings.len() == before).then_some(ResolvedCondition::Change { from: change.from, below, above })
}

fn parse_bound(text: &str) -> Option<ChangeBound> {
    if let Some(number) = text.strip_suffix("pp") {
        return number.parse::<f64>().ok().map(|points| ChangeBound::Difference(points / 100.0));
    }
    text.strip_suffix('%')?.parse::<f64>().ok().map(|percent| ChangeBound::Relative(percent / 100.0))
}

fn guard_metrics(
    catalog: &Catalog,
    id: &ObjectId,
    spec: &AlertRuleSpec,
    findings: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Arc<ResolvedMetric>> {
    let place = Place { object: id, path: "spec.unless" };
    let mut known = BTreeMap::new();
    let Some(Ok(expr)) = spec.unless.as_ref().map(|text| read(place, text, ParseMode::Guard)) else {
        return known;
    };
    for (name, span) in metrics(&expr) {
        let own = ObjectId::new(Kind::Metric, &id.namespace, name.replace('_', "-"));
        if known.contains_key(name) || catalog.inventory().get(&own).is_none() {
            continue;
        }
        let mut faults = Vec::new();
        if let Some(found) = metric(catalog, place, &Reference(own.name), &mut faults) {
            known.insert(name.to_owned(), found);
        }
        findings.extend(faults.into_iter().map(|fault| fault.at(span.into())));
    }
    known
}

fn guard(
    id: &ObjectId,
    spec: &AlertRuleSpec,
    known: &BTreeMap<String, Arc<ResolvedMetric>>,
    targets: &[RuleTarget],
    findings: &mut Vec<Diagnostic>,
) -> Option<Expr> {
    let place = Place { object: id, path: "spec.unless" };
    let unit = targets.first().map_or_else(Unit::unknown, |target| unit_of(&target.metric));
    let outcome = read(place, spec.unless.as_ref()?, ParseMode::Guard).and_then(|expr| {
        is_condition(place, &expr, &GuardScope { value: unit, metrics: Some(known) })?;
        Ok(expr)
    });
    outcome.map_err(|faults| findings.extend(faults)).ok()
}

/// A guard's metric must have values for the same slices and windows.
fn guards_fit(
    catalog: &Catalog,
    id: &ObjectId,
    guards: &BTreeMap<String, Arc<ResolvedMetric>>,
    targets: &[RuleTarget],
    findings: &mut Vec<Diagnostic>,
) {
    for (guard, target) in guards.values().flat_map(|guard| targets.iter().map(move |target| (guard, target)))
    {
        let name = &guard.id.name;
        if !guard.schedule.grains.contains(&target.grain) {
            let grains: Vec<_> = guard.schedule.grains.iter().map(|grain| grain.as_str()).collect();
            let reason =
                format!("Metric `{name}` is not computed by {}, only by {}", target.grain, few(&grains));
            let remedy = format!("add {} to `schedule.grains` of `{name}`", target.grain);
            findings.push(Diagnostic::error(Code::InvalidCondition, id, "spec.unless", reason, remedy));
        }
        for slice in &target.slices {
            if let Err(fault) = catalog.shared_dimension(guard, slice) {
                let reason = format!("Metric `{name}` has no slices by `{slice}`: {}", fault.reason);
                findings.push(Diagnostic::error(fault.code, id, "spec.unless", reason, fault.remedy));
            }
        }
    }
}

fn notify(
    catalog: &Catalog,
    id: &ObjectId,
    spec: &AlertRuleSpec,
    findings: &mut Vec<Diagnostic>,
) -> Vec<(ObjectId, Vec<IncidentState>)> {
    let mut told = Vec::new();
    for (index, notify) in spec.notify.iter().enumerate() {
        let path = format!("spec.notify[{index}].channel");
        match find(catalog.inventory(), id, &path, Kind::Channel, &notify.channel) {
            Ok(channel) => {
                let both = || vec![IncidentState::Firing, IncidentState::Resolved];
                told.push((channel.id.clone(), notify.states.clone().unwrap_or_else(both)));
            }
            Err(fault) => findings.push(fault),
        }
    }
    told
}

/// What the rule decides by. Who is told, how bad it is and the texts do not count.
fn decision_hash(spec: &AlertRuleSpec, unless: Option<&Expr>) -> String {
    let mut slices = spec.slices.clone();
    slices.sort();
    let text = format!(
        "{:?}\n{}\n{:?} {:?}\n{slices:?} {:?}",
        spec.any_of,
        unless.map(canonical).unwrap_or_default(),
        spec.for_periods.unwrap_or(1),
        spec.recover_periods.unwrap_or(1),
        spec.grain,
    );
    short_hash(&text)
}
