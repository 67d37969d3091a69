//! Resolving alert rules.

use std::collections::BTreeMap;
use std::sync::Arc;

use metricwright_api::alert_rule::AlertRuleSpec;
use metricwright_api::{Code, Diagnostic, IncidentState, Kind, MwDuration, ObjectId, Reference};
use metricwright_formula::{Expr, ParseMode, canonical, metrics, parse};

use super::composed::Named;
use super::condition::{conditions, decision_text, guard};
use super::dataset::duration;
use super::dimension::same;
use super::expression::Place;
use super::hash::short_hash;
use super::metric::invalid;
use super::reference::{few, find};
use super::unreachable::Unreachable;
use crate::catalog::Catalog;
use crate::consumers::{own_metric, selected};
use crate::inventory::{Object, Spec};
use crate::resolved::{ResolvedCondition, ResolvedMetric, ResolvedRule, RuleTarget};

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
    let conditions = conditions(id, &spec.any_of, &targets, &mut findings);
    let guards = guards(catalog, id, spec, &mut findings);
    let unless =
        spec.unless.as_ref().and_then(|text| guard(catalog, id, text, &guards, &targets, &mut findings));
    let guard_metrics = guards.into_iter().filter_map(|(name, metric)| Some((name, metric?))).collect();
    guards_fit(catalog, id, &guard_metrics, &targets, &mut findings);
    let notify = notify(catalog, id, spec, &mut findings);
    let repeats = repeats(id, spec, &mut findings);
    let retention = spec.incident_retention.as_deref();
    let incident_retention = duration(id, "spec.incidentRetention", retention, RETENTION, &mut findings);
    if !findings.is_empty() {
        return Err(each_once(findings));
    }
    Ok(ResolvedRule {
        id: id.clone(),
        decision_hash: decision_hash(spec, &conditions, unless.as_ref()),
        targets,
        conditions,
        unless,
        guard_metrics,
        for_periods: spec.for_periods.unwrap_or(1).max(1),
        recover_periods: spec.recover_periods.unwrap_or(1).max(1),
        severity: spec.severity,
        notify,
        repeats,
        incident_retention,
        max_open_incidents: spec.max_open_incidents.unwrap_or(MAX_OPEN),
        spec: spec.clone(),
    })
}

/// What somebody should look at on a rule that works.
pub fn warnings(rule: &ResolvedRule) -> Vec<Diagnostic> {
    let Some(selector) = rule.spec.selector.as_ref().filter(|_| rule.targets.is_empty()) else {
        return Vec::new();
    };
    let labels: Vec<_> = selector.match_labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let namespace = &rule.id.namespace;
    let reason = format!("no Metric of `{namespace}` has the labels {}, so nothing is watched", few(&labels));
    let remedy = "label the metrics that are meant, or mend the selector";
    vec![Diagnostic::error(Code::ReferenceNotFound, &rule.id, "spec.selector", reason, remedy).warning()]
}

/// Metrics of one rule often have the same fault.
fn each_once(findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut kept: Vec<Diagnostic> = Vec::new();
    for finding in findings {
        if !kept.contains(&finding) {
            kept.push(finding);
        }
    }
    kept
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
    let found =
        found.and_then(|found| catalog.metric(&found.id).map_err(|_| Box::new(invalid(place, &found.id))));
    found.map_err(|fault| findings.push(*fault)).ok()
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

fn guards(catalog: &Catalog, id: &ObjectId, spec: &AlertRuleSpec, findings: &mut Vec<Diagnostic>) -> Named {
    let place = Place { object: id, path: "spec.unless" };
    let mut guards = Named::new();
    // Faults of the text are found where it is checked.
    let Some(Ok(expr)) = spec.unless.as_ref().map(|text| parse(text, ParseMode::Guard)) else {
        return guards;
    };
    for (name, span) in metrics(&expr) {
        let own = own_metric(name, &id.namespace);
        if guards.contains_key(name) || catalog.inventory().get(&own).is_none() {
            continue;
        }
        let mut faults = Vec::new();
        let found = metric(catalog, place, &Reference(own.name), &mut faults);
        guards.insert(name.to_owned(), found);
        findings.extend(faults.into_iter().map(|fault| fault.at(span.into())));
    }
    guards
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
        let mut fault = |code: Code, reason: String, remedy: String| {
            findings.push(Diagnostic::error(code, id, "spec.unless", reason, remedy));
        };
        let (name, watched) = (&guard.id.name, &target.metric.id.name);
        if !guard.schedule.grains.contains(&target.grain) {
            let grains: Vec<_> = guard.schedule.grains.iter().map(|grain| grain.as_str()).collect();
            let reason =
                format!("Metric `{name}` is not computed by {}, only by {}", target.grain, few(&grains));
            let remedy = format!("add {} to `schedule.grains` of `{name}`", target.grain);
            fault(Code::InvalidCondition, reason, remedy);
        }
        if guard.schedule.chronology != target.metric.schedule.chronology {
            let reason =
                format!("windows of Metric `{name}` begin in another zone than those of `{watched}`");
            let remedy = "guard by a metric whose datasets have the same `timezone`".to_owned();
            fault(Code::InvalidCondition, reason, remedy);
        }
        for slice in &target.slices {
            if let Err(Unreachable { code, reason, remedy }) =
                guard_slice(catalog, guard, &target.metric, slice)
            {
                fault(code, format!("Metric `{name}` has no slices by `{slice}`: {reason}"), remedy);
            }
        }
    }
}

/// Whether a guard is sliced by the same dimension as what it guards.
fn guard_slice(
    catalog: &Catalog,
    guard: &ResolvedMetric,
    watched: &ResolvedMetric,
    slice: &str,
) -> Result<(), Unreachable> {
    let (theirs, ours) = (catalog.shared_dimension(guard, slice)?, catalog.shared_dimension(watched, slice)?);
    let first = |metric: &ResolvedMetric| metric.components.first().map(|c| c.dataset.id.clone());
    let (Some(guard_at), Some(watched_at)) = (first(guard), first(watched)) else { return Ok(()) };
    let (Some(theirs), Some(ours)) = (theirs.ways.first(), ours.ways.first()) else { return Ok(()) };
    if same((&guard_at.namespace, theirs), (&watched_at.namespace, ours)) {
        return Ok(());
    }
    let reason = format!("it is another dimension than that of Metric `{}`", watched.id.name);
    let (left, right) = (&guard_at.name, &watched_at.name);
    let remedy = format!("give `{slice}` the same `conformed` name on the datasets `{left}` and `{right}`");
    Err(Unreachable::new(Code::DimNotShared, reason, remedy))
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
            Err(fault) => findings.push(*fault),
        }
    }
    told
}

/// The channels that are told again, as written: whether they exist is seen where they are told.
fn repeats(
    id: &ObjectId,
    spec: &AlertRuleSpec,
    findings: &mut Vec<Diagnostic>,
) -> Vec<(ObjectId, MwDuration)> {
    let mut repeats = Vec::new();
    for (index, notify) in spec.notify.iter().enumerate() {
        let Some(text) = notify.repeat_after.as_deref() else { continue };
        let path = format!("spec.notify[{index}].repeatAfter");
        let after = duration(id, &path, Some(text), MwDuration::ZERO, findings);
        let (namespace, name) = notify.channel.resolve(&id.namespace);
        repeats.push((ObjectId::new(Kind::Channel, namespace, name), after));
    }
    repeats
}

/// What the rule decides by. Who is told, how bad it is and the texts do not count.
fn decision_hash(spec: &AlertRuleSpec, conditions: &[ResolvedCondition], unless: Option<&Expr>) -> String {
    let mut slices = spec.slices.clone();
    slices.sort();
    slices.dedup();
    let text = format!(
        "{}\nunless {}\nfor {} recover {}\nby {slices:?} {:?}",
        decision_text(conditions),
        unless.map(canonical).unwrap_or_default(),
        spec.for_periods.unwrap_or(1).max(1),
        spec.recover_periods.unwrap_or(1).max(1),
        spec.grain,
    );
    short_hash(&text)
}
