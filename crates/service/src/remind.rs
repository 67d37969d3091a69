//! Remind: incidents that go on and that nobody has acknowledged are told again.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use metricwright_analysis::rule::{Announcement, Episode, Told, repeat};
use metricwright_api::{IncidentState, Kind, ObjectId};
use metricwright_catalog::resolved::{ResolvedRule, RuleTarget};
use metricwright_store::{EpisodeRow, OutboxRow, RuleCommit, Store, StoreError};

use crate::warn::message_bytes;

/// What reminding came to.
#[derive(Clone, Debug, Default)]
pub struct Reminded {
    /// Channels that have a new message to send.
    pub channels: Vec<ObjectId>,
    /// When the next reminder is due.
    pub next: Option<Timestamp>,
}

/// Puts the reminders that are due into the outbox. They are committed over the record of the rule, so that
/// one who goes by an outdated record reminds nobody, and their keys make a second try harmless.
///
/// # Errors
/// The store failed, or somebody else moved the rule on ([`StoreError::Conflict`]).
pub async fn remind(
    store: &dyn Store,
    rule: &ResolvedRule,
    episodes: &[EpisodeRow],
    acknowledged: &BTreeSet<&str>,
    now: Timestamp,
) -> Result<Reminded, StoreError> {
    let mut reminded = Reminded::default();
    if rule.repeats.is_empty() {
        return Ok(reminded);
    }
    for row in episodes.iter().filter(|row| row.resolved_at.is_none() && !row.suppressed && !row.closed) {
        let target = rule.targets.iter().find(|target| target.metric.id == row.key.metric);
        let Some(target) = target.filter(|_| !acknowledged.contains(row.name.as_str())) else { continue };
        let messages = due(store, rule, target, row, now, &mut reminded).await?;
        if messages.is_empty() {
            continue;
        }
        let Some(record) = store.rule_record(&row.key).await? else { continue };
        let (key, based_on) = (row.key.clone(), Some(record.evaluated_until));
        store.commit_rule(RuleCommit { key, based_on, record, episodes: Vec::new(), messages }).await?;
    }
    Ok(reminded)
}

/// The reminders of one episode that are due and not in the outbox yet.
async fn due(
    store: &dyn Store,
    rule: &ResolvedRule,
    target: &RuleTarget,
    row: &EpisodeRow,
    now: Timestamp,
    reminded: &mut Reminded,
) -> Result<Vec<OutboxRow>, StoreError> {
    let incident = ObjectId::new(Kind::Incident, &rule.id.namespace, &row.name);
    let sent = store.outbox_of(&incident).await?;
    let episode: Episode = serde_json::from_str(&row.body)?;
    let mut messages = Vec::new();
    for (channel, after) in &rule.repeats {
        let of_channel =
            |known: &&OutboxRow| known.channel == *channel && known.state == IncidentState::Firing;
        // What was told of the past is no beginning: where nothing was told, nothing is told again.
        let Some(first) = sent.iter().filter(of_channel).map(|known| known.created_at).min() else {
            continue;
        };
        let after = SignedDuration::from_secs(after.approximate_seconds());
        let (announcement, next) = repeat(&row.name, &episode, &Told { channel, first, after }, now);
        reminded.next = reminded.next.into_iter().chain(next).min();
        let Some(announcement) = announcement else { continue };
        if sent.iter().any(|known| known.key == announcement.idempotency_key) {
            continue;
        }
        messages.push(message(rule, target, &incident, &episode, announcement, now)?);
        reminded.channels.push(channel.clone());
    }
    Ok(messages)
}

fn message(
    rule: &ResolvedRule,
    target: &RuleTarget,
    incident: &ObjectId,
    episode: &Episode,
    announcement: Announcement,
    now: Timestamp,
) -> Result<OutboxRow, StoreError> {
    Ok(OutboxRow {
        body: message_bytes(rule, target, &incident.name, episode, &announcement)?,
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
}
