//! Explain: what a kept value is made of, and the values that are kept. Nothing is computed here.
//!
//! ```text
//! question ──▶ metric, grain, window, slice (refused where there is nothing) ──▶ store ──▶ value with its components
//!                     └──▶ meaning · upstream with columns · the query · rules that watch
//! ```

mod history;
mod lineage;
mod question;
mod refusal;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use metricwright_analysis::rule::condition_words;
use metricwright_api::{Code, Grain, Kind, ObjectId, Severity, WindowStatus};
use metricwright_catalog::Catalog;
use metricwright_catalog::resolved::ResolvedMetric;
use metricwright_formula::{ColumnPath, ExprKind, Value, canonical, map_columns};
use metricwright_query::dialect::of_source;
use metricwright_query::format::format_value;
use metricwright_query::slice::grouping_key;
use metricwright_query::window::{Window, due_at, previous, window_at};
use metricwright_query::{Query, Slice, plan, statement, violated};
use metricwright_store::{PointQuery, PointRow, Store};
use serde::{Deserialize, Serialize};

pub use history::{History, HistoryQuestion, KeptPoint, history};
pub use lineage::{Readiness, Ready, Upstream, columns_read, upstream};
pub use question::slice_of;
pub use refusal::Refusal;

use crate::status::window_status;

/// Which value is to be explained.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// A moment in the window, as people write it. Default: the latest complete window.
    pub window: Option<String>,
    /// The grain. Default: the metric's first.
    pub grain: Option<Grain>,
    /// Dimension to member; empty for the total.
    pub slice: BTreeMap<String, String>,
}

/// Whether a value can change yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Completeness {
    /// Every row of the window was there when it was computed.
    Complete,
    /// Rows of the window may still arrive.
    Partial,
    /// Every row of the window was there, and of what counts before it some are older than the first row there is.
    NotFull,
    /// Rows may have arrived since: the window is over and waits to be computed again.
    Stale,
    /// The window is not computed.
    NotComputed,
}

/// What a value is, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The metric.
    pub metric: ObjectId,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The team that answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Hash of the definition, as the status names it.
    pub definition: String,
    /// What it means, in one line.
    pub meaning: String,
    /// Unit of the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The grain.
    pub grain: Grain,
    /// The window.
    pub window: WindowStatus,
    /// The zone in which windows begin.
    pub zone: String,
    /// Dimension to member; empty for the total.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub slice: BTreeMap<String, String>,
    /// Whether the value can change yet.
    pub completeness: Completeness,
    /// The value, exact; none when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The value as people read it.
    pub display: String,
    /// The invariants that it does not meet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violated: Vec<String>,
    /// When it was computed, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub computed_at: Option<String>,
    /// From when on the window is complete, RFC 3339.
    pub complete_at: String,
    /// What the value is made of, in the order of the formula.
    pub components: Vec<ComponentValue>,
    /// What the metric reads, down to the sources.
    pub upstream: Upstream,
    /// The queries that compute this value, one a dataset.
    pub queries: Vec<ValueQuery>,
    /// The rules that watch the metric.
    pub rules: Vec<WatchingRule>,
}

/// A component and its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ComponentValue {
    /// The aggregate.
    pub meaning: String,
    /// The dataset that it aggregates.
    pub dataset: String,
    /// The value, exact; none when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// A query of a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ValueQuery {
    /// The dataset.
    pub dataset: String,
    /// The source.
    pub source: String,
    /// Which kind of source it is; its dialect is that of the query.
    pub engine: String,
    /// The query.
    pub sql: String,
}

/// A rule that watches a metric.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WatchingRule {
    /// The rule.
    pub rule: String,
    /// How bad a breach is.
    pub severity: Severity,
    /// The conditions, in words.
    pub conditions: Vec<String>,
    /// Grain of the windows that it watches.
    pub grain: Grain,
    /// The dimensions whose members it watches; empty for the total.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slices: Vec<String>,
    /// Whether it uses the metric in its guard only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guard: bool,
}

/// Explains one kept value.
///
/// # Errors
/// There is no such metric, grain, grouping, window or member, or the store failed.
pub async fn explain(
    catalog: &Catalog,
    store: &dyn Store,
    id: &ObjectId,
    question: &Question,
    readiness: Readiness<'_>,
    now: Timestamp,
) -> Result<Explanation, Refusal> {
    let metric = question::metric(catalog, id)?;
    let grain = question::grain(&metric, question.grain)?;
    let dimensions: Vec<String> = question.slice.keys().cloned().collect();
    let by = question::kept_grouping(catalog, &metric, &dimensions)?;
    let slice = slice_of(&question.slice);
    let window = window(store, &metric, grain, &by, question.window.as_deref(), now).await?;
    let found = find(store, &metric, grain, &by, &slice, &window).await?;
    let completeness = completeness(store, &metric, grain, &by, &window, found.as_ref(), now).await?;
    let as_of = found.as_ref().map_or(now, |point| point.computed_at);
    let zone = &metric.schedule.chronology;
    let value = found.as_ref().map_or(Value::Null, |point| point.value.clone());
    Ok(Explanation {
        metric: id.clone(),
        display_name: metric.display_name.clone(),
        owner: metric.owner.clone(),
        definition: metric.definition_hash.clone(),
        meaning: meaning(&metric),
        unit: metric.unit.clone(),
        grain,
        window: window_status(&window, grain, zone),
        zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        slice: slice.display(),
        completeness,
        value: exact(&value),
        display: format_value(&value, metric.format.as_deref(), metric.unit.as_deref()),
        violated: found.iter().flat_map(|point| violated(&metric, &point.components)).collect(),
        computed_at: found.as_ref().map(|point| point.computed_at.to_string()),
        complete_at: due_at(&window, metric.schedule.latency, zone).to_string(),
        components: components(&metric, found.as_ref()),
        upstream: upstream(catalog, id, &by, readiness),
        queries: queries(catalog, &metric, grain, by, &window, as_of)?,
        rules: rules(catalog, id),
    })
}

/// The value with every digit that is kept; none when missing.
fn exact(value: &Value) -> Option<String> {
    (!value.is_null()).then(|| value.to_string())
}

/// The meaning of a metric in one line: its formula over the columns of its datasets, in canonical form.
pub fn meaning(metric: &ResolvedMetric) -> String {
    let formula = map_columns(&metric.value, |path| {
        let index: usize = path.name.strip_prefix('c')?.parse().ok()?;
        let component = metric.components.get(index)?;
        Some(if component.is_plain() {
            ExprKind::Aggregate(Box::new(component.aggregate.clone()))
        } else {
            ExprKind::Column(ColumnPath::bare(component.words()))
        })
    });
    let mut datasets: Vec<String> = Vec::new();
    for component in &metric.components {
        let name = component.dataset.id.relative_to(&metric.id.namespace);
        if !datasets.contains(&name) {
            datasets.push(name);
        }
    }
    format!("{} from {}", canonical(&formula), datasets.join(", "))
}

/// The window asked for, or the last one that is computed for good.
async fn window(
    store: &dyn Store,
    metric: &ResolvedMetric,
    grain: Grain,
    by: &[String],
    asked: Option<&str>,
    now: Timestamp,
) -> Result<Window, Refusal> {
    let zone = &metric.schedule.chronology;
    if let Some(text) = asked {
        return Ok(window_at(grain, zone, question::moment(metric, "window", text, now)?));
    }
    let key = grouping_key(by);
    let covered = store.coverage(&metric.id, &metric.definition_hash, grain, &key).await?;
    let Some(last) = covered.last() else {
        let reason = format!("nothing is computed yet of metric `{}` as it is defined now", metric.id.name);
        return Err(Refusal::new(Code::NotKept, reason, "wait for its first run, or name a window"));
    };
    Ok(previous(&window_at(grain, zone, last.to), grain, zone))
}

/// The kept point; a slice that is not known at all is refused.
async fn find(
    store: &dyn Store,
    metric: &ResolvedMetric,
    grain: Grain,
    by: &[String],
    slice: &Slice,
    window: &Window,
) -> Result<Option<PointRow>, Refusal> {
    let query = PointQuery {
        metric: metric.id.clone(),
        definition_hash: metric.definition_hash.clone(),
        grain,
        grouping: grouping_key(by),
        from: window.start,
        to: window.end,
    };
    let key = slice.key();
    let found = store.points(&query).await?.into_iter().find(|point| point.slice == key);
    if found.is_none() && !by.is_empty() {
        question::known_slice(store, metric, grain, by, slice).await?;
    }
    Ok(found)
}

async fn completeness(
    store: &dyn Store,
    metric: &ResolvedMetric,
    grain: Grain,
    by: &[String],
    window: &Window,
    found: Option<&PointRow>,
    now: Timestamp,
) -> Result<Completeness, Refusal> {
    let over = due_at(window, metric.schedule.latency, &metric.schedule.chronology) <= now;
    if let Some(point) = found {
        return Ok(match (point.partial, over) {
            (false, _) => Completeness::Complete,
            (true, false) => Completeness::Partial,
            // Computed when all rows were there: its stretch begins before the first of them.
            (true, true)
                if point.computed_at
                    >= due_at(window, metric.schedule.latency, &metric.schedule.chronology) =>
            {
                Completeness::NotFull
            }
            (true, true) => Completeness::Stale,
        });
    }
    let covered = store.coverage(&metric.id, &metric.definition_hash, grain, &grouping_key(by)).await?;
    let computed = covered.iter().any(|part| part.from <= window.start && window.end <= part.to);
    Ok(if computed { Completeness::Complete } else { Completeness::NotComputed })
}

fn components(metric: &ResolvedMetric, found: Option<&PointRow>) -> Vec<ComponentValue> {
    let kept = found.map(|point| point.components.as_slice()).unwrap_or_default();
    metric
        .components
        .iter()
        .enumerate()
        .map(|(index, component)| ComponentValue {
            meaning: component.words(),
            dataset: component.dataset.id.relative_to(&metric.id.namespace),
            value: kept.get(index).and_then(exact),
        })
        .collect()
}

/// The queries of one window, as the planner writes them for the time at which the value was computed.
fn queries(
    catalog: &Catalog,
    metric: &Arc<ResolvedMetric>,
    grain: Grain,
    by: Vec<String>,
    window: &Window,
    as_of: Timestamp,
) -> Result<Vec<ValueQuery>, Refusal> {
    let query = Query { metric: metric.clone(), by, grain, from: window.start, to: window.end, as_of };
    let home = &metric.id.namespace;
    Ok(plan(catalog, &query)?
        .iter()
        .filter_map(|scan| {
            let (engine, dialect) = of_source(catalog.inventory(), &scan.dataset.source)?;
            Some(ValueQuery {
                dataset: scan.dataset.id.relative_to(home),
                source: scan.dataset.source.relative_to(home),
                engine: engine.to_owned(),
                sql: statement(scan, dialect).sql,
            })
        })
        .collect())
}

fn rules(catalog: &Catalog, id: &ObjectId) -> Vec<WatchingRule> {
    let watching = catalog.consumers(id).iter().filter(|user| user.kind == Kind::AlertRule);
    let mut all = Vec::new();
    for rule in watching.filter_map(|rule| catalog.rule(rule).ok()) {
        let guard = rule.targets.iter().all(|target| target.metric.id != *id);
        for target in rule.targets.iter().filter(|target| guard || target.metric.id == *id) {
            all.push(WatchingRule {
                rule: rule.id.relative_to(&id.namespace),
                severity: rule.severity,
                conditions: rule.conditions.iter().map(condition_words).collect(),
                grain: target.grain,
                slices: target.slices.clone(),
                guard,
            });
        }
    }
    all
}
