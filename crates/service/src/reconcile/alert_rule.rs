//! Reconciling an AlertRule: evaluate what was computed, and say which incidents there are.

use std::collections::BTreeMap;
use std::sync::Arc;

use metricwright_analysis::rule::{Episode, Terms, has_incident};
use metricwright_api::alert_rule::AlertRuleStatus;
use metricwright_api::incident::IncidentStatus;
use metricwright_api::{Kind, ObjectId};
use metricwright_catalog::resolved::ResolvedRule;
use metricwright_catalog::{Object, Spec};
use metricwright_store::{EpisodeRow, StoreError};

use super::{Next, Outcome, request};
use crate::engine::Engine;
use crate::remind::{Reminded, remind};
use crate::status::incident::incident_status;
use crate::status::rule::{RuleFacts, rule_status};
use crate::watch::watch;

/// An incident that is there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KnownIncident {
    /// What it says.
    pub status: IncidentStatus,
    /// Who takes care of it, as a person wrote.
    pub acknowledged_by: Option<String>,
}

/// An incident that is to be there.
#[derive(Clone, Debug, PartialEq)]
pub struct WantedIncident {
    /// Which.
    pub id: ObjectId,
    /// What it says.
    pub status: IncidentStatus,
}

/// Evaluates the rule and says which incidents there are to be; `known` are those that
/// there are. Where the definition is not right, incidents stay as they are, and none are given.
///
/// # Errors
/// The store failed.
pub async fn reconcile(
    engine: &Engine,
    object: &Object,
    before: &AlertRuleStatus,
    known: &BTreeMap<String, KnownIncident>,
) -> Result<(Outcome<AlertRuleStatus>, Option<Vec<WantedIncident>>), StoreError> {
    let Spec::AlertRule(spec) = &object.spec else {
        let same = Outcome { status: before.clone(), next: Next::Idle, touched: Vec::new(), failed: false };
        return Ok((same, None));
    };
    // dereference
    let catalog = engine.world.catalog();
    let now = engine.now();
    let asked = request(object, before.last_handled_reconcile_at.as_ref());
    // validate
    let rule = match catalog.rule(&object.id) {
        Ok(rule) => rule,
        Err(findings) => {
            let facts =
                RuleFacts { findings: findings.to_vec(), handled_request: asked, ..RuleFacts::default() };
            let status = rule_status(before, &facts, object.generation, now);
            return Ok((Outcome { status, next: Next::Idle, touched: Vec::new(), failed: false }, None));
        }
    };
    // build and apply
    let (mut facts, mut touched) = if spec.suspend {
        (
            RuleFacts {
                suspended: true,
                evaluated_window: before.evaluated_window.clone(),
                ..RuleFacts::default()
            },
            Vec::new(),
        )
    } else {
        evaluate(engine, &rule).await?
    };
    // status
    let episodes = engine.store.episodes_of_rule(&rule.id).await?;
    let reminded = if spec.suspend {
        Reminded::default()
    } else {
        let acknowledged = known.iter().filter(|(_, known)| known.acknowledged_by.is_some());
        let acknowledged = acknowledged.map(|(name, _)| name.as_str()).collect();
        remind(engine.store.as_ref(), &rule, &episodes, &acknowledged, now).await?
    };
    touched.extend(reminded.channels);
    let incidents = incidents(engine, &rule, &episodes, known).await?;
    facts.metrics = rule.targets.len();
    facts.open = open(&episodes);
    facts.suppressed = episodes.iter().filter(|row| row.resolved_at.is_none() && row.suppressed).count();
    facts.handled_request = asked;
    let status = rule_status(before, &facts, object.generation, now);
    if before.open_incidents != status.open_incidents {
        touched.extend(rule.targets.iter().map(|target| target.metric.id.clone()));
    }
    let next = reminded.next.map_or(Next::Idle, Next::At);
    Ok((Outcome { status, next, touched, failed: false }, Some(incidents)))
}

/// Evaluates every target; gives what it found and the channels to look at.
async fn evaluate(
    engine: &Engine,
    rule: &Arc<ResolvedRule>,
) -> Result<(RuleFacts, Vec<ObjectId>), StoreError> {
    let mut facts = RuleFacts::default();
    let mut touched = Vec::new();
    let mut windows = Vec::new();
    for target in &rule.targets {
        let watched = watch(engine.store.as_ref(), rule, target, engine.now()).await?;
        if let Some(window) = watched.evaluated_window {
            windows.push(window);
        } else {
            let name = target.metric.id.relative_to(&rule.id.namespace);
            facts.waits_for.get_or_insert(format!("metric `{name}` has no complete window yet"));
        }
        if !watched.transitions.is_empty() {
            touched.extend(rule.notify.iter().map(|(channel, _)| channel.clone()));
            touched.push(target.metric.id.clone());
        }
    }
    facts.evaluated_window = windows.into_iter().min();
    Ok((facts, touched))
}

fn open(episodes: &[EpisodeRow]) -> Vec<String> {
    let open = |row: &&EpisodeRow| row.resolved_at.is_none() && !row.suppressed && !row.closed;
    episodes.iter().filter(open).map(|row| row.name.clone()).collect()
}

/// The incidents that are to be there: of open episodes, and of those that ended within the retention.
async fn incidents(
    engine: &Engine,
    rule: &Arc<ResolvedRule>,
    episodes: &[EpisodeRow],
    known: &BTreeMap<String, KnownIncident>,
) -> Result<Vec<WantedIncident>, StoreError> {
    let now = engine.now();
    let mut wanted = Vec::new();
    for row in episodes.iter().filter(|row| !row.suppressed && !row.closed) {
        let Some(target) = rule.targets.iter().find(|target| target.metric.id == row.key.metric) else {
            continue;
        };
        let mut episode: Episode = serde_json::from_str(&row.body)?;
        episode.resolved_at = row.resolved_at;
        let zone = &target.metric.schedule.chronology;
        let terms = Terms {
            watched_since: now,
            retained_since: rule.incident_retention.before(now, zone),
            notify: &rule.notify,
        };
        if !has_incident(&episode, &terms) {
            continue;
        }
        let id = ObjectId::new(Kind::Incident, &rule.id.namespace, &row.name);
        let messages = engine.store.outbox_of(&id).await?;
        let default = KnownIncident::default();
        let before = known.get(&row.name).unwrap_or(&default);
        let status = incident_status(before, rule, &target.metric, row.key.grain, &episode, &messages, now);
        wanted.push(WantedIncident { id, status });
    }
    Ok(wanted)
}
