//! Statuses as they were at an earlier time, from what the store keeps: the windows that were due then, the incidents
//! that had begun. Values are those known now.

use jiff::Timestamp;
use metricwright_analysis::rule::Episode;
use metricwright_api::alert_rule::AlertRuleStatus;
use metricwright_api::incident::IncidentStatus;
use metricwright_api::metric::MetricStatus;
use metricwright_api::{Kind, ObjectId};
use metricwright_catalog::Catalog;
use metricwright_catalog::resolved::{ResolvedRule, RuleTarget};
use metricwright_query::window::label;
use metricwright_store::{EpisodeRow, Store, StoreError};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::compute::last_due;
use crate::reconcile::KnownIncident;
use crate::reconcile::metric::{due_until, latest, violations};
use crate::status::incident::incident_status;
use crate::status::metric::{MetricFacts, metric_status};
use crate::status::rule::{RuleFacts, rule_status};

/// The status of an object at a time; none for an incident that had not begun. What cannot be told of that time, such as
/// whether a source answered, is as it is kept.
///
/// # Errors
/// The store failed.
pub async fn status_at(
    store: &dyn Store,
    catalog: &Catalog,
    id: &ObjectId,
    kept: &Value,
    at: Timestamp,
) -> Result<Option<Value>, StoreError> {
    match id.kind {
        Kind::Metric => metric_at(store, catalog, id, kept, at).await.map(Some),
        Kind::AlertRule => rule_at(store, catalog, id, kept, at).await.map(Some),
        Kind::Incident => incident_at(store, catalog, id, kept, at).await,
        Kind::Calendar | Kind::DataSource | Kind::Dataset | Kind::Channel => Ok(Some(kept.clone())),
    }
}

fn read<S: DeserializeOwned + Default>(kept: &Value) -> S {
    serde_json::from_value(kept.clone()).unwrap_or_default()
}

async fn metric_at(
    store: &dyn Store,
    catalog: &Catalog,
    id: &ObjectId,
    kept: &Value,
    at: Timestamp,
) -> Result<Value, StoreError> {
    let before: MetricStatus = read(kept);
    let Ok(metric) = catalog.metric(id) else { return Ok(kept.clone()) };
    let mut open = Vec::new();
    for rule in catalog.consumers(id).iter().filter(|user| user.kind == Kind::AlertRule) {
        let episodes = store.episodes_of_rule(rule).await?;
        open.extend(episodes.iter().filter(|row| row.key.metric == *id && is_open(row, at)).map(name));
    }
    let latest = latest(store, &metric, at).await?;
    let facts = MetricFacts {
        suspended: metric.suspended,
        violations: violations(store, catalog, &metric, &latest).await?,
        latest,
        due_until: due_until(&metric, at),
        last_run: before.last_run.clone().filter(|run| has_been(&run.at, at)),
        targets: before.targets.clone(),
        open_incidents: open,
        consumers: before.consumers.clone(),
        skipped_dimensions: before.skipped_dimensions.clone(),
        ..MetricFacts::default()
    };
    let status = metric_status(&before, Some(&metric), &facts, before.observed_generation, at);
    Ok(serde_json::to_value(status)?)
}

async fn rule_at(
    store: &dyn Store,
    catalog: &Catalog,
    id: &ObjectId,
    kept: &Value,
    at: Timestamp,
) -> Result<Value, StoreError> {
    let before: AlertRuleStatus = read(kept);
    let Ok(rule) = catalog.rule(id) else { return Ok(kept.clone()) };
    let episodes = store.episodes_of_rule(id).await?;
    let had_begun = |row: &&EpisodeRow| row.started_at <= at && row.resolved_at.is_none_or(|end| end > at);
    let facts = RuleFacts {
        suspended: rule.spec.suspend,
        metrics: rule.targets.len(),
        open: episodes.iter().filter(|row| is_open(row, at)).map(name).collect(),
        suppressed: episodes.iter().filter(had_begun).filter(|row| row.suppressed).count(),
        evaluated_window: rule.targets.iter().filter_map(|target| last_label(target, at)).min(),
        ..RuleFacts::default()
    };
    let status = rule_status(&before, &facts, before.observed_generation, at);
    Ok(serde_json::to_value(status)?)
}

async fn incident_at(
    store: &dyn Store,
    catalog: &Catalog,
    id: &ObjectId,
    kept: &Value,
    at: Timestamp,
) -> Result<Option<Value>, StoreError> {
    let before: IncidentStatus = read(kept);
    if !has_been(&before.started_at, at) {
        return Ok(None);
    }
    let rule = ObjectId::new(Kind::AlertRule, &id.namespace, &before.rule);
    let episodes = store.episodes_of_rule(&rule).await?;
    let row = episodes.iter().find(|row| row.name == id.name);
    let (Some(row), Ok(rule)) = (row, catalog.rule(&rule)) else { return Ok(Some(kept.clone())) };
    let Some(target) = target_of(&rule, row) else { return Ok(Some(kept.clone())) };
    let mut messages = store.outbox_of(id).await?;
    messages.retain(|message| message.created_at <= at);
    for message in &mut messages {
        message.delivered_at = message.delivered_at.filter(|delivered| *delivered <= at);
    }
    let episode = episode_at(row, target, at)?;
    let acknowledged = before.acknowledged_at.as_ref().is_some_and(|when| has_been(when, at));
    let acknowledged_by = before.acknowledged_by.clone().filter(|_| acknowledged);
    let known = KnownIncident { status: before, acknowledged_by };
    let status = incident_status(&known, &rule, &target.metric, row.key.grain, &episode, &messages, at);
    Ok(Some(serde_json::to_value(status)?))
}

/// The episode as far as it had come.
fn episode_at(row: &EpisodeRow, target: &RuleTarget, at: Timestamp) -> Result<Episode, StoreError> {
    let mut episode: Episode = serde_json::from_str(&row.body)?;
    episode.resolved_at = row.resolved_at.filter(|ended| *ended <= at);
    if let Some(last) = last_due(&target.metric.schedule, target.grain, at) {
        episode.last_window = episode.last_window.min(last.start).max(episode.first_window);
    }
    Ok(episode)
}

fn target_of<'a>(rule: &'a ResolvedRule, row: &EpisodeRow) -> Option<&'a RuleTarget> {
    rule.targets.iter().find(|target| target.metric.id == row.key.metric && target.grain == row.key.grain)
}

fn last_label(target: &RuleTarget, at: Timestamp) -> Option<String> {
    let schedule = &target.metric.schedule;
    Some(label(&last_due(schedule, target.grain, at)?, target.grain, &schedule.chronology))
}

fn is_open(row: &EpisodeRow, at: Timestamp) -> bool {
    row.started_at <= at && row.resolved_at.is_none_or(|end| end > at) && !row.suppressed && !row.closed
}

fn name(row: &EpisodeRow) -> String {
    row.name.clone()
}

/// Whether a moment that a status names had come.
fn has_been(text: &str, at: Timestamp) -> bool {
    text.parse::<Timestamp>().is_ok_and(|moment| moment <= at)
}
