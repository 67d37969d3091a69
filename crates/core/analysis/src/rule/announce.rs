//! From episodes to incidents and messages: who gets an object, and who is told.

use jiff::{SignedDuration, Timestamp};
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
    /// How many times it was told before; none the first time.
    pub repeat: Option<u32>,
    /// Key that is the same at each try: `incident/channel namespace/channel name/state`, and `/repeat` from
    /// the second telling on.
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
            repeat: None,
            idempotency_key: key(incident, channel, state),
        })
        .collect()
}

fn key(incident: &str, channel: &ObjectId, state: IncidentState) -> String {
    format!("{incident}/{}/{}/{state}", channel.namespace, channel.name)
}

/// A channel that was told Firing, and is to be told again.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The channel.
    pub channel: &'a ObjectId,
    /// When the first message was made.
    pub first: Timestamp,
    /// Time between two messages.
    pub after: SignedDuration,
}

/// The repeat that is due now, if any, and when the next one is. Repeats that were missed, as while nothing
/// ran, are told once. An episode that ended is not told again; asking again gives the same key.
pub fn repeat(
    incident: &str,
    episode: &Episode,
    told: &Told<'_>,
    now: Timestamp,
) -> (Option<Announcement>, Option<Timestamp>) {
    let every = told.after.as_secs();
    if !episode.is_open() || every <= 0 {
        return (None, None);
    }
    let number = u32::try_from(now.duration_since(told.first).as_secs() / every).unwrap_or(0);
    let seconds = every.saturating_mul(i64::from(number) + 1);
    let next = told.first.checked_add(SignedDuration::from_secs(seconds)).ok();
    let state = IncidentState::Firing;
    let due = (number > 0).then(|| Announcement {
        channel: told.channel.clone(),
        state,
        repeat: Some(number),
        idempotency_key: format!("{}/{number}", key(incident, told.channel, state)),
    });
    (due, next)
}
