//! Reconciling a Metric: compute what is due.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use metricwright_api::alert_rule::ChangeFrom;
use metricwright_api::metric::{MetricStatus, RunStatus, TargetStatus};
use metricwright_api::{ConditionType, Diagnostic, Grain, Kind, ObjectId, conditions};
use metricwright_catalog::resolved::{Component, ResolvedMetric, ResolvedTarget};
use metricwright_catalog::{Catalog, Object};
use metricwright_formula::Value;
use metricwright_query::reading::FirstRows;
use metricwright_query::slice::grouping_key;
use metricwright_query::window::{earlier, label, previous, window_at};
use metricwright_query::{Slice, violated};
use metricwright_store::{PointQuery, PointRow, Store, StoreError};

use super::{Next, Outcome, request, stands};
use crate::ask::Sources;
use crate::compute::{Due, Facts, Job, RunError, RunReport, due, groupings, last_due};
use crate::engine::Engine;
use crate::status::metric::{Latest, MetricFacts, metric_status};
use crate::status::window_status;
use crate::target::{TargetAsk, TargetRow, standings};

/// What the metric refers to, as it stands.
struct Referenced {
    catalog: Arc<Catalog>,
    consumers: Vec<ObjectId>,
    now: Timestamp,
    asked: Option<String>,
}

/// What is to be done.
struct Plan {
    due: Vec<(Grain, Due)>,
    job: Option<Job>,
}

/// What was done.
enum Applied {
    Nothing,
    Ran(RunReport),
    Failed(String),
}

/// Computes the next stretch of windows that is due; more of them follow at once.
///
/// # Errors
/// The store failed.
pub async fn reconcile(
    engine: &Engine,
    object: &Object,
    before: &MetricStatus,
) -> Result<Outcome<MetricStatus>, StoreError> {
    let referenced = dereference(engine, object, before);
    let metric = match validate(engine, &referenced, &object.id) {
        Ok(metric) => metric,
        // What an earlier process said of this definition stands until there is something to say.
        Err(Refusal::TooEarly(..)) if stands(&before.conditions, before.observed_generation, object) => {
            return Ok(Outcome {
                status: before.clone(),
                next: Next::Idle,
                touched: Vec::new(),
                failed: false,
            });
        }
        Err(refusal) => return refused(engine, &referenced, object, before, refusal).await,
    };
    let plan = build(engine, &referenced, &metric).await?;
    let applied = apply(engine, &referenced, &metric, plan.job).await;
    status(engine, &referenced, object, before, &metric, applied).await
}

fn dereference(engine: &Engine, object: &Object, before: &MetricStatus) -> Referenced {
    let catalog = engine.world.catalog();
    Referenced {
        consumers: catalog.consumers(&object.id).to_vec(),
        catalog,
        now: engine.now(),
        asked: request(object, before.last_handled_reconcile_at.as_ref()),
    }
}

/// Why nothing can be computed.
enum Refusal {
    /// A dataset is not inspected yet by this process, and then it is looked at again.
    TooEarly(Arc<ResolvedMetric>, String),
    /// The definition is faulty.
    Faulty(Vec<Diagnostic>),
    /// The definition is right; something that it reads is not ready.
    Waits(Arc<ResolvedMetric>, String),
}

/// The metric, if its definition is right and its datasets are.
fn validate(engine: &Engine, referenced: &Referenced, id: &ObjectId) -> Result<Arc<ResolvedMetric>, Refusal> {
    let metric = referenced.catalog.metric(id).map_err(|findings| Refusal::Faulty(findings.to_vec()))?;
    match waits_for(engine, &metric) {
        None => Ok(metric),
        Some(Waits::ForInspection(what)) => Err(Refusal::TooEarly(metric, what)),
        Some(Waits::ForMending(what)) => Err(Refusal::Waits(metric, what)),
    }
}

/// What a metric waits for.
enum Waits {
    ForInspection(String),
    ForMending(String),
}

fn waits_for(engine: &Engine, metric: &ResolvedMetric) -> Option<Waits> {
    if metric.suspended {
        return None;
    }
    let read: BTreeSet<&ObjectId> = metric.datasets().map(|dataset| &dataset.id).collect();
    read.into_iter().find_map(|id| {
        let name = id.relative_to(&metric.id.namespace);
        match engine.world.facts(id) {
            None => Some(match engine.world.unanswered(id) {
                Some(fault) => Waits::ForMending(format!("dataset `{name}` cannot be inspected: {fault}")),
                None => Waits::ForInspection(format!("dataset `{name}` is not inspected yet")),
            }),
            Some(facts) => {
                let fault: &Diagnostic = facts.faults.first()?;
                Some(Waits::ForMending(format!("dataset `{name}` is not ready: {fault}")))
            }
        }
    })
}

async fn build(
    engine: &Engine,
    referenced: &Referenced,
    metric: &Arc<ResolvedMetric>,
) -> Result<Plan, StoreError> {
    let mut plan = Plan { due: Vec::new(), job: None };
    if metric.suspended {
        return Ok(plan);
    }
    let first_row = |component: &Component| {
        let id = &component.dataset.id;
        Some((id.clone(), engine.world.facts(id)?.first_row?))
    };
    let first_rows: FirstRows = metric.components.iter().filter_map(first_row).collect();
    let first_row = first_rows.values().min().copied().filter(|first| *first < referenced.now);
    let last_run = engine.store.last_run(&metric.id, &metric.definition_hash).await?.map(|run| run.at);
    let groupings = groupings(&referenced.catalog, metric);
    for grain in &metric.schedule.grains {
        let mut covered = Vec::new();
        for names in &groupings {
            let key = grouping_key(names);
            covered.push((
                names.clone(),
                engine.store.coverage(&metric.id, &metric.definition_hash, *grain, &key).await?,
            ));
        }
        let facts = Facts {
            now: referenced.now,
            first_row,
            last_run,
            requested: referenced.asked.is_some(),
            groupings: &covered,
        };
        let found = due(&metric.schedule, *grain, &facts);
        if plan.job.is_none() {
            let job = |chunk| Job { metric: metric.clone(), chunk, first_rows: first_rows.clone() };
            plan.job = found.chunk.clone().map(job);
        }
        plan.due.push((*grain, found));
    }
    Ok(plan)
}

async fn apply(
    engine: &Engine,
    referenced: &Referenced,
    metric: &Arc<ResolvedMetric>,
    job: Option<Job>,
) -> Applied {
    let Some(job) = job else { return Applied::Nothing };
    let _at_work = engine.world.at_work(&metric.id);
    let outcome = engine.computer.compute(referenced.catalog.clone(), job, referenced.now).await;
    match outcome {
        Ok(report) => {
            engine.world.succeeded(&metric.id);
            Applied::Ran(report)
        }
        Err(RunError::Stopped) => Applied::Nothing,
        Err(error) => Applied::Failed(error.to_string()),
    }
}

async fn status(
    engine: &Engine,
    referenced: &Referenced,
    object: &Object,
    before: &MetricStatus,
    metric: &Arc<ResolvedMetric>,
    applied: Applied,
) -> Result<Outcome<MetricStatus>, StoreError> {
    // What was asked for is done now; what else is due shows in the plan after it.
    let handled =
        matches!(applied, Applied::Ran(_) | Applied::Nothing).then(|| referenced.asked.clone()).flatten();
    let after =
        Referenced { asked: None, catalog: referenced.catalog.clone(), consumers: Vec::new(), ..*referenced };
    let plan = build(engine, &after, metric).await?;
    let failures = match &applied {
        Applied::Failed(error) => Some(engine.world.failed(&metric.id, error)),
        _ => None,
    };
    let open = engine.store.open_episodes_on(&metric.id).await?;
    let latest = latest(engine.store.as_ref(), metric, referenced.now).await?;
    let ran = matches!(applied, Applied::Ran(_));
    let facts = MetricFacts {
        suspended: metric.suspended,
        targets: targets(engine, &referenced.catalog, metric, before, (ran, referenced.now)).await,
        violations: violations(engine.store.as_ref(), &referenced.catalog, metric, &latest).await?,
        latest,
        due_until: due_until(metric, referenced.now),
        due: plan.due.clone(),
        failures,
        last_run: match &applied {
            Applied::Ran(report) => Some(run_status(report, referenced.now)),
            _ => before.last_run.clone(),
        },
        open_incidents: open.into_iter().map(|episode| episode.name).collect(),
        consumers: shown(&referenced.consumers, &object.id.namespace),
        skipped_dimensions: match &applied {
            Applied::Ran(report) => report.skipped.clone(),
            _ => before.skipped_dimensions.clone(),
        },
        handled_request: handled,
        ..MetricFacts::default()
    };
    let status = metric_status(before, Some(metric), &facts, object.generation, referenced.now);
    let failed = matches!(applied, Applied::Failed(_));
    let next = if failed { Next::Idle } else { next(&plan) };
    let rules = referenced.consumers.iter().filter(|user| ran && user.kind == Kind::AlertRule);
    Ok(Outcome { status, next, touched: rules.cloned().collect(), failed })
}

fn next(plan: &Plan) -> Next {
    if plan.job.is_some() {
        return Next::Now;
    }
    plan.due.iter().filter_map(|(_, due)| due.next).min().map_or(Next::Idle, Next::At)
}

/// The outcome for a metric that nothing can be computed of: what was computed stays, and is marked.
async fn refused(
    engine: &Engine,
    referenced: &Referenced,
    object: &Object,
    before: &MetricStatus,
    refusal: Refusal,
) -> Result<Outcome<MetricStatus>, StoreError> {
    let open = engine.store.open_episodes_on(&object.id).await?;
    let mut facts = MetricFacts {
        targets: before.targets.clone(),
        last_run: before.last_run.clone(),
        open_incidents: open.into_iter().map(|episode| episode.name).collect(),
        consumers: shown(&referenced.consumers, &object.id.namespace),
        skipped_dimensions: before.skipped_dimensions.clone(),
        handled_request: referenced.asked.clone(),
        ..MetricFacts::default()
    };
    match refusal {
        Refusal::Faulty(findings) => facts.findings = findings,
        Refusal::TooEarly(metric, what) | Refusal::Waits(metric, what) => {
            facts.waits_for = Some(what);
            facts.due_until = due_until(&metric, referenced.now);
        }
    }
    let status = metric_status(before, None, &facts, object.generation, referenced.now);
    let turned = conditions::is_true(&before.conditions, ConditionType::Valid)
        != conditions::is_true(&status.conditions, ConditionType::Valid);
    let touched = if turned { referenced.consumers.clone() } else { Vec::new() };
    Ok(Outcome { status, next: Next::Idle, touched, failed: false })
}

/// How the whole stands against each target, asked again after each run; as it was where a source does not answer.
async fn targets(
    engine: &Engine,
    catalog: &Catalog,
    metric: &Arc<ResolvedMetric>,
    before: &MetricStatus,
    (ran, now): (bool, Timestamp),
) -> Vec<TargetStatus> {
    let known = |name: &str| before.targets.iter().any(|known| known.name == name);
    if metric.suspended || (!ran && metric.targets.iter().all(|target| known(&target.name))) {
        let still_set = |known: &&TargetStatus| metric.targets.iter().any(|target| target.name == known.name);
        return before.targets.iter().filter(still_set).cloned().collect();
    }
    let sources = Sources { catalog, pool: &engine.sources };
    let mut all = Vec::new();
    for target in &metric.targets {
        let chronology = &metric.schedule.chronology;
        let running = window_at(target.period, chronology, now);
        let from = previous(&running, target.period, chronology).start;
        let asked = TargetAsk { metric, target, by: &[], range: (from, running.end), now };
        match standings(&sources, &asked).await {
            Ok(rows) => all.extend(rows.iter().map(|row| target_status(metric, target, row))),
            Err(_) => all.extend(before.targets.iter().filter(|known| known.name == target.name).cloned()),
        }
    }
    all
}

fn target_status(metric: &ResolvedMetric, target: &ResolvedTarget, row: &TargetRow) -> TargetStatus {
    let rounded = |number: f64| format!("{number:.11e}").parse().unwrap_or(number);
    let standing = &row.standing;
    TargetStatus {
        name: target.name.clone(),
        window: window_status(&row.window, target.period, &metric.schedule.chronology),
        goal: rounded(standing.target),
        value: standing.actual.map(rounded),
        attainment: standing.attainment.map(rounded),
        gap: standing.gap.map(rounded),
        expected: standing.expected.map(rounded),
        pace: standing.pace.map(rounded),
        needed_per_day: standing.needed_per_day.map(rounded),
    }
}

/// Up to when the values of each grain should reach by now.
pub fn due_until(metric: &ResolvedMetric, now: Timestamp) -> Vec<(Grain, Timestamp)> {
    let schedule = &metric.schedule;
    let of_grain = |grain: &Grain| Some((*grain, last_due(schedule, *grain, now)?.end));
    schedule.grains.iter().filter_map(of_grain).collect()
}

fn shown(consumers: &[ObjectId], home: &str) -> Vec<String> {
    consumers.iter().map(|id| format!("{}/{}", id.kind, id.relative_to(home))).collect()
}

fn run_status(report: &RunReport, now: Timestamp) -> RunStatus {
    RunStatus {
        at: now.to_string(),
        engine: report.engine.clone(),
        rows: i64::try_from(report.rows).unwrap_or(i64::MAX),
        points: i64::try_from(report.points).unwrap_or(i64::MAX),
        seconds: (report.seconds * 1000.0).round() / 1000.0,
    }
}

/// The values of the latest windows, of the total and of every slice, that do not meet an invariant, in words.
///
/// # Errors
/// The store failed.
pub async fn violations(
    store: &dyn Store,
    catalog: &Catalog,
    metric: &ResolvedMetric,
    latest: &[Latest],
) -> Result<Vec<String>, StoreError> {
    let mut all = Vec::new();
    if metric.invariants.is_empty() {
        return Ok(all);
    }
    for (latest, names) in latest
        .iter()
        .flat_map(|latest| groupings(catalog, metric).into_iter().map(move |names| (latest, names)))
    {
        let query = PointQuery {
            metric: metric.id.clone(),
            definition_hash: metric.definition_hash.clone(),
            grain: latest.grain,
            grouping: grouping_key(&names),
            from: latest.window.start,
            to: latest.window.end,
        };
        for point in store.points(&query).await? {
            let slice = Slice::from_key(&point.slice).unwrap_or_default();
            let window = label(&latest.window, latest.grain, &metric.schedule.chronology);
            let words =
                |text: String| format!("{} of {slice} in {window} does not meet `{text}`", point.value);
            all.extend(violated(metric, &point.components).into_iter().map(words));
        }
    }
    Ok(all)
}

/// The latest complete total of each grain, and what it is compared with.
///
/// # Errors
/// The store failed.
pub async fn latest(
    store: &dyn Store,
    metric: &ResolvedMetric,
    now: Timestamp,
) -> Result<Vec<Latest>, StoreError> {
    let zone = &metric.schedule.chronology;
    let mut all = Vec::new();
    for grain in &metric.schedule.grains {
        let covered = store.coverage(&metric.id, &metric.definition_hash, *grain, "").await?;
        let Some(due) = last_due(&metric.schedule, *grain, now) else { continue };
        let Some(until) = covered.iter().rfind(|interval| interval.from < due.end) else { continue };
        let until = until.to.min(due.end);
        let window = previous(&window_at(*grain, zone, until), *grain, zone);
        let before = earlier(&window, *grain, zone, ChangeFrom::PreviousPeriod);
        let year_ago = earlier(&window, *grain, zone, ChangeFrom::LastYear);
        let query = PointQuery {
            metric: metric.id.clone(),
            definition_hash: metric.definition_hash.clone(),
            grain: *grain,
            grouping: String::new(),
            from: year_ago.map_or(window.start, |year_ago| year_ago.start),
            to: now.max(window.end),
        };
        let points = store.points(&query).await?;
        let at = |start: Timestamp| points.iter().find(|point| point.window_start == start);
        let value = |point: Option<&PointRow>| point.map_or(Value::Null, |point| point.value.clone());
        let running = window_at(*grain, zone, now);
        all.push(Latest {
            grain: *grain,
            window,
            value: value(at(window.start)),
            partial: at(window.start).is_some_and(|point| point.partial),
            violated: at(window.start).map(|point| violated(metric, &point.components)).unwrap_or_default(),
            computed_at: at(window.start).map_or(now, |point| point.computed_at),
            previous: before.map_or(Value::Null, |window| value(at(window.start))),
            year_ago: year_ago.map_or(Value::Null, |window| value(at(window.start))),
            running: at(running.start)
                .filter(|point| point.partial)
                .map(|point| (running, point.value.clone())),
        });
    }
    Ok(all)
}
