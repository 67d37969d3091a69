//! Watch: from points to the states of rules, episodes and messages.

use std::collections::BTreeMap;

use jiff::Timestamp;
use metricwright_analysis::rule::{
    BreachTerms, Episode, Observation, RuleState, SliceObservation, Terms, Transition, announcements,
    incident_name, step,
};
use metricwright_api::alert_rule::ChangeFrom;
use metricwright_api::{Kind, ObjectId};
use metricwright_catalog::resolved::{ResolvedCondition, ResolvedMetric, ResolvedRule, RuleTarget};
use metricwright_formula::{ColumnPath, Environment, Expr, Value, evaluate};
use metricwright_query::slice::grouping_key;
use metricwright_query::window::{Window, due_at, earlier, label, windows};
use metricwright_store::{
    EpisodeRow, Interval, OutboxRow, PointQuery, RuleCommit, RuleKey, RuleRecord, Store, StoreError,
};

use crate::warn::message_bytes;

/// What evaluating a rule on one metric gave.
#[derive(Clone, Debug, Default)]
pub struct Watched {
    /// Label of the last window that is evaluated.
    pub evaluated_window: Option<String>,
    /// Episodes that began or ended in this evaluation, with whether they ended.
    pub transitions: Vec<(String, Transition)>,
}

/// Evaluates one target of a rule up to what is computed.
///
/// # Errors
/// The store failed, or somebody else moved the rule on ([`StoreError::Conflict`]).
pub async fn watch(
    store: &dyn Store,
    rule: &ResolvedRule,
    target: &RuleTarget,
    now: Timestamp,
) -> Result<Watched, StoreError> {
    let key = RuleKey { rule: rule.id.clone(), metric: target.metric.id.clone(), grain: target.grain };
    let kept = store.rule_record(&key).await?;
    let metric_hash = metric_hash(rule, target);
    let current = kept
        .as_ref()
        .filter(|record| record.decision_hash == rule.decision_hash && record.metric_hash == metric_hash);
    let Some(computed) = computed(store, rule, target).await? else {
        return Ok(Watched { evaluated_window: evaluated(target, current), ..Watched::default() });
    };
    let from = current.map_or(computed.from, |record| record.evaluated_until).max(computed.from);
    if from >= computed.to {
        return Ok(Watched { evaluated_window: evaluated(target, current), ..Watched::default() });
    }
    let record = current.cloned().unwrap_or_else(|| RuleRecord {
        decision_hash: rule.decision_hash.clone(),
        metric_hash,
        // A changed definition is news only from now on.
        watched_since: now,
        evaluated_until: from,
        state: serde_json::to_string(&RuleState::default()).unwrap_or_default(),
    });
    let values = Values::load(store, rule, target, Interval { from, to: computed.to }).await?;
    let watching = Watching {
        store,
        rule,
        target,
        key,
        based_on: kept.as_ref().map(|record| record.evaluated_until),
        begun_anew: current.is_none(),
        now,
    };
    watching.evaluate(record, &values).await
}

/// Everything that values depend on: the metric's definition and those of the guards.
fn metric_hash(rule: &ResolvedRule, target: &RuleTarget) -> String {
    let guards = rule.guard_metrics.values().map(|guard| guard.definition_hash.as_str());
    std::iter::once(target.metric.definition_hash.as_str()).chain(guards).collect::<Vec<_>>().join("+")
}

fn evaluated(target: &RuleTarget, record: Option<&RuleRecord>) -> Option<String> {
    let zone = &target.metric.schedule.chronology;
    let end = record?.evaluated_until;
    let window = metricwright_query::window::window_at(target.grain, zone, end);
    let last = metricwright_query::window::previous(&window, target.grain, zone);
    Some(label(&last, target.grain, zone))
}

/// The stretch for which the target and the guards are all computed, from the target's beginning on.
async fn computed(
    store: &dyn Store,
    rule: &ResolvedRule,
    target: &RuleTarget,
) -> Result<Option<Interval>, StoreError> {
    let grouping = grouping_key(&target.slices);
    let covered = async |metric: &ResolvedMetric| {
        store.coverage(&metric.id, &metric.definition_hash, target.grain, &grouping).await
    };
    let Some(mut stretch) = covered(&target.metric).await?.first().copied() else { return Ok(None) };
    for guard in rule.guard_metrics.values() {
        // Before its first window a guard is missing, which is known as soon as it is computed at all.
        let Some(last) = covered(guard).await?.last().copied() else { return Ok(None) };
        stretch.to = stretch.to.min(last.to);
    }
    Ok(Some(stretch))
}

/// Values by window and slice.
type Table = BTreeMap<Timestamp, BTreeMap<String, Value>>;

struct Values {
    windows: Vec<Window>,
    target: Table,
    guards: BTreeMap<String, Table>,
}

impl Values {
    async fn load(
        store: &dyn Store,
        rule: &ResolvedRule,
        target: &RuleTarget,
        stretch: Interval,
    ) -> Result<Self, StoreError> {
        let zone = &target.metric.schedule.chronology;
        let windows = windows(target.grain, zone, stretch.from, stretch.to);
        let first = windows.first().copied();
        let earliest = froms(rule)
            .filter_map(|from| earlier(&first?, target.grain, zone, from))
            .map(|window| window.start)
            .min()
            .unwrap_or(stretch.from);
        let load = async |metric: &ResolvedMetric, from: Timestamp| {
            table(store, metric, target, from, stretch.to).await
        };
        let mut guards = BTreeMap::new();
        for (name, metric) in &rule.guard_metrics {
            guards.insert(name.clone(), load(metric, stretch.from).await?);
        }
        Ok(Self { windows, target: load(&target.metric, earliest).await?, guards })
    }
}

async fn table(
    store: &dyn Store,
    metric: &ResolvedMetric,
    target: &RuleTarget,
    from: Timestamp,
    to: Timestamp,
) -> Result<Table, StoreError> {
    let query = PointQuery {
        metric: metric.id.clone(),
        definition_hash: metric.definition_hash.clone(),
        grain: target.grain,
        grouping: grouping_key(&target.slices),
        from,
        to,
    };
    let mut table = Table::new();
    for point in store.points(&query).await?.into_iter().filter(|point| !point.partial) {
        table.entry(point.window_start).or_default().insert(point.slice, point.value);
    }
    Ok(table)
}

/// The earlier windows that the rule's conditions compare with.
fn froms(rule: &ResolvedRule) -> impl Iterator<Item = ChangeFrom> + '_ {
    rule.conditions.iter().filter_map(|condition| match condition {
        ResolvedCondition::Change { from, .. } => Some(*from),
        ResolvedCondition::Threshold { .. } => None,
    })
}

/// One evaluation of a target.
struct Watching<'a> {
    store: &'a dyn Store,
    rule: &'a ResolvedRule,
    target: &'a RuleTarget,
    key: RuleKey,
    /// Up to where the record that the evaluation goes on from had come.
    based_on: Option<Timestamp>,
    /// The rule is new, or means something else than before.
    begun_anew: bool,
    now: Timestamp,
}

impl Watching<'_> {
    async fn evaluate(self, mut record: RuleRecord, values: &Values) -> Result<Watched, StoreError> {
        let (rule, target) = (self.rule, self.target);
        let terms = BreachTerms {
            conditions: &rule.conditions,
            for_periods: rule.for_periods,
            recover_periods: rule.recover_periods,
        };
        let mut state: RuleState = serde_json::from_str(&record.state).unwrap_or_default();
        let mut episodes: BTreeMap<String, Episode> = BTreeMap::new();
        let mut watched = Watched::default();
        for window in &values.windows {
            let done = step(&terms, &state, &observe(rule, target, window, values));
            state = done.state;
            record.evaluated_until = window.end;
            let Some(episode) = done.episode else { continue };
            let name = incident_name(&rule.id, &target.metric.id, target.grain, episode.first_window);
            if let Some(transition) = done.transition {
                watched.transitions.push((name.clone(), transition));
            }
            episodes.insert(name, episode);
        }
        record.state = serde_json::to_string(&state)?;
        watched.evaluated_window = evaluated(target, Some(&record));
        let (rows, messages) = self.outcome(&record, episodes).await?;
        let Self { store, key, based_on, .. } = self;
        store.commit_rule(RuleCommit { key, based_on, record, episodes: rows, messages }).await?;
        Ok(watched)
    }

    /// The episodes to keep and the messages to send.
    async fn outcome(
        &self,
        record: &RuleRecord,
        episodes: BTreeMap<String, Episode>,
    ) -> Result<(Vec<EpisodeRow>, Vec<OutboxRow>), StoreError> {
        if episodes.is_empty() && !self.begun_anew {
            return Ok((Vec::new(), Vec::new()));
        }
        let kept = self.store.episodes_of_rule(&self.rule.id).await?;
        let mut open =
            kept.iter().filter(|row| row.resolved_at.is_none() && !row.suppressed && !row.closed).count();
        let most = usize::try_from(self.rule.max_open_incidents).unwrap_or(usize::MAX);
        let mut rows = if self.begun_anew { self.ended_by_change(&kept, &episodes) } else { Vec::new() };
        let mut messages: Vec<OutboxRow> = Vec::new();
        for (name, episode) in episodes {
            let known = kept.iter().find(|row| row.name == name);
            let suppressed = known.map_or(episode.is_open() && open >= most, |row| row.suppressed);
            let closed = known.is_some_and(|row| row.closed);
            if known.is_none() && episode.is_open() && !suppressed {
                open += 1;
            }
            if !suppressed && !closed {
                messages.extend(self.outgoing(&name, &episode, record.watched_since)?);
            }
            rows.push(self.row(name, &episode, suppressed, closed)?);
        }
        in_order(&mut messages);
        Ok((rows, messages))
    }

    fn row(
        &self,
        name: String,
        episode: &Episode,
        suppressed: bool,
        closed: bool,
    ) -> Result<EpisodeRow, StoreError> {
        Ok(EpisodeRow {
            name,
            key: self.key.clone(),
            started_at: episode.started_at,
            resolved_at: episode.resolved_at,
            suppressed,
            closed,
            body: serde_json::to_string(episode)?,
        })
    }

    /// Episodes of an earlier definition that the present one does not know: they end, and tell nobody.
    fn ended_by_change(&self, kept: &[EpisodeRow], episodes: &BTreeMap<String, Episode>) -> Vec<EpisodeRow> {
        kept.iter()
            .filter(|row| row.key == self.key && row.resolved_at.is_none())
            .filter(|row| !episodes.contains_key(&row.name))
            .map(|row| EpisodeRow { resolved_at: Some(self.now), ..row.clone() })
            .collect()
    }

    /// The messages of an episode, for the outbox.
    fn outgoing(
        &self,
        name: &str,
        episode: &Episode,
        watched_since: Timestamp,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let (rule, target, now) = (self.rule, self.target, self.now);
        let incident = ObjectId::new(Kind::Incident, &rule.id.namespace, name);
        let terms = Terms {
            watched_since,
            retained_since: rule.incident_retention.before(now, &target.metric.schedule.chronology),
            notify: &rule.notify,
        };
        announcements(name, episode, &terms)
            .into_iter()
            .map(|announcement| {
                Ok(OutboxRow {
                    body: message_bytes(rule, target, name, episode, &announcement)?,
                    key: announcement.idempotency_key,
                    channel: announcement.channel,
                    incident: incident.clone(),
                    state: announcement.state,
                    created_at: now,
                    attempts: 0,
                    next_try: now,
                    last_error: None,
                    delivered_at: None,
                })
            })
            .collect()
    }
}

/// Messages of one evaluation come to be at the same moment; a microsecond between them keeps their order in the outbox.
fn in_order(messages: &mut [OutboxRow]) {
    for (index, message) in (0_i64..).zip(messages) {
        let later = jiff::SignedDuration::from_micros(index);
        message.created_at = message.created_at.checked_add(later).unwrap_or(message.created_at);
    }
}

/// What the rule sees of one window.
fn observe(rule: &ResolvedRule, target: &RuleTarget, window: &Window, values: &Values) -> Observation {
    let zone = &target.metric.schedule.chronology;
    let empty = BTreeMap::new();
    let seen = values.target.get(&window.start).unwrap_or(&empty);
    let before: Vec<(ChangeFrom, Option<&BTreeMap<String, Value>>)> = froms(rule)
        .map(|from| {
            let window = earlier(window, target.grain, zone, from);
            (from, window.and_then(|window| values.target.get(&window.start)))
        })
        .collect();
    let slices = seen.iter().map(|(slice, value)| SliceObservation {
        slice: slice.clone(),
        value: value.clone(),
        earlier: before
            .iter()
            .map(|(from, table)| {
                (*from, table.and_then(|table| table.get(slice)).cloned().unwrap_or_default())
            })
            .collect(),
        guarded: rule.unless.as_ref().is_some_and(|guard| guarded(guard, values, window.start, slice, value)),
    });
    let due_at = due_at(window, target.metric.schedule.latency, zone);
    Observation { window: window.start, due_at, slices: slices.collect() }
}

/// Whether the rule's guard holds for a slice in a window.
fn guarded(guard: &Expr, values: &Values, window: Timestamp, slice: &str, value: &Value) -> bool {
    struct Seen<'a> {
        value: &'a Value,
        values: &'a Values,
        window: Timestamp,
        slice: &'a str,
    }
    impl Environment for Seen<'_> {
        fn column(&self, path: &ColumnPath) -> Option<Value> {
            (path.name == "value").then(|| self.value.clone())
        }

        fn metric(&self, name: &str) -> Option<Value> {
            let table = self.values.guards.get(name)?;
            Some(
                table
                    .get(&self.window)
                    .and_then(|slices| slices.get(self.slice))
                    .cloned()
                    .unwrap_or_default(),
            )
        }
    }
    evaluate(guard, &Seen { value, values, window, slice }) == Ok(Value::Bool(true))
}
