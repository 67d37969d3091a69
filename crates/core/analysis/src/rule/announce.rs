//! From episodes to incidents and messages: who gets an object, and who is told.

use jiff::Timestamp;
use metricwright_api::{IncidentState, ObjectId};

use super::episode::Episode;

/// What decides about objects and messages.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// When the rule began to watch this metric: what fell due until then is the past, and tells nobody.
    pub watched_since: Timestamp,
    /// Episodes that ended before this moment have no incident any more.
    pub retained_since: Timestamp,
    /// Channels, and the states that each is told.
    pub notify: &'a [(ObjectId, Vec<IncidentState>)],
}

/// A message to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// The channel.
    pub channel: ObjectId,
    /// The state to tell.
    pub state: IncidentState,
    /// Key that is the same at each repeat: `incident/channel namespace/channel name/state`.
    pub idempotency_key: String,
}

/// Whether an episode has an Incident object: it is open, or ended within the retention.
pub fn has_incident(episode: &Episode, terms: &Terms<'_>) -> bool {
    episode.resolved_at.is_none_or(|ended| ended >= terms.retained_since)
}

/// The messages that an episode gives rise to so far. Asking again gives the same keys, so that an outbox
/// that knows a key already drops the repeat.
///
/// What fell due before the watch began tells nobody. An episode that was open when the watch began tells
/// its end: somebody looking at the incident saw it open.
pub fn announcements(incident: &str, episode: &Episode, terms: &Terms<'_>) -> Vec<Announcement> {
    let mut states = Vec::new();
    if episode.started_at > terms.watched_since {
        states.push(IncidentState::Firing);
    }
    if episode.resolved_at.is_some_and(|ended| ended > terms.watched_since) {
        states.push(IncidentState::Resolved);
    }
    let told = |state: IncidentState| {
        terms
            .notify
            .iter()
            .filter(move |(_, told)| told.contains(&state))
            .map(move |(channel, _)| (channel, state))
    };
    states
        .into_iter()
        .flat_map(told)
        .map(|(channel, state)| Announcement {
            channel: channel.clone(),
            state,
            idempotency_key: format!("{incident}/{}/{}/{state}", channel.namespace, channel.name),
        })
        .collect()
}
