//! Warn: what incidents say, and messages that leave through the outbox.

use jiff::{SignedDuration, Timestamp};
use metricwright_analysis::rule::{Announcement, Episode, EpisodeSlice, TOP_SLICES};
use metricwright_api::channel::{ChannelSpec, WebhookChannel as WebhookSpec};
use metricwright_api::{Code, Diagnostic, Grain, ObjectId};
use metricwright_catalog::resolved::{ResolvedMetric, ResolvedRule, RuleTarget};
use metricwright_channel::{
    Channel, Envelope, IncidentMessage, MessageSlice, MessageWindow, Summary, WebhookChannel,
    WebhookSettings, backoff,
};
use metricwright_formula::Value;
use metricwright_query::Slice;
use metricwright_query::format::format_value;
use metricwright_query::window::{Window, label, window_at};
use metricwright_store::{OutboxRow, Store, StoreError};

use crate::engine::SecretReader;
use crate::status::number_text;

/// Messages tried in one go; the rest waits for the next.
const BATCH: u32 = 100;

/// One line for people about an episode, in both languages.
pub fn summary(metric: &ResolvedMetric, grain: Grain, episode: &Episode) -> Summary {
    let zone = &metric.schedule.chronology;
    let since = label(&window_at(grain, zone, episode.first_window), grain, zone);
    let until = label(&window_at(grain, zone, episode.last_window), grain, zone);
    let show =
        |number: f64| format_value(&Value::Float(number), metric.format.as_deref(), metric.unit.as_deref());
    let worst = episode.slices.first();
    let observed = worst.map(|slice| show(slice.observed)).unwrap_or_default();
    let expected = worst.and_then(|slice| slice.expected).map(&show).unwrap_or_default();
    let place = worst.and_then(|slice| Slice::from_key(&slice.slice)).filter(|slice| !slice.0.is_empty());
    let name = metric.display_name.as_deref().unwrap_or(&metric.id.name);
    let count = episode.slices.len();
    let condition = worst.map(|slice| slice.condition.as_str()).unwrap_or_default();
    let at_en = place.as_ref().map(|place| format!(" at {place}")).unwrap_or_default();
    let at_zh =
        place.as_ref().map(|place| format!("（{}）", in_display_names(metric, place))).unwrap_or_default();
    let more_en = if count > 1 { format!(", {count} slices in all") } else { String::new() };
    let more_zh = if count > 1 { format!("，共 {count} 个切片") } else { String::new() };
    let span = if since == until { since.clone() } else { format!("{since} – {until}") };
    Summary {
        en: format!(
            "{name} ({}) {observed} vs {expected}{at_en}{more_en}, {span}: {condition}",
            metric.id.name
        ),
        zh: format!("{name} {observed}，对比 {expected}{at_zh}{more_zh}，{span}：{condition}"),
    }
}

/// A slice with the names that people read: `大区=华东`.
fn in_display_names(metric: &ResolvedMetric, slice: &Slice) -> String {
    let named = |name: &str| metric.display_name_of(name).to_owned();
    let parts = slice.display().into_iter().map(|(name, member)| format!("{}={member}", named(&name)));
    parts.collect::<Vec<_>>().join("，")
}

/// The bytes of a message. They are made once and kept, so that a resend is the same.
///
/// # Errors
/// The message cannot be written as JSON.
pub fn message_bytes(
    rule: &ResolvedRule,
    target: &RuleTarget,
    incident: &str,
    episode: &Episode,
    announcement: &Announcement,
) -> Result<Vec<u8>, StoreError> {
    let metric = &target.metric;
    let zone = &metric.schedule.chronology;
    let window = |at: Timestamp| message_window(&window_at(target.grain, zone, at), target.grain, metric);
    let slice = |slice: &EpisodeSlice| MessageSlice {
        slice: Slice::from_key(&slice.slice).unwrap_or_default().display(),
        observed: number_text(slice.observed),
        expected: slice.expected.map(number_text),
        window: label(&window_at(target.grain, zone, slice.window), target.grain, zone),
        condition: slice.condition.clone(),
    };
    let message = IncidentMessage {
        version: 1,
        idempotency_key: announcement.idempotency_key.clone(),
        state: announcement.state,
        repeat: announcement.repeat,
        severity: rule.severity,
        namespace: rule.id.namespace.clone(),
        incident: incident.to_owned(),
        rule: rule.id.name.clone(),
        description: rule.spec.description.clone(),
        metric: metric.id.relative_to(&rule.id.namespace),
        metric_display_name: metric.display_name.clone(),
        owner: metric.owner.clone(),
        owner_email: metric.owner_email.clone(),
        grain: target.grain,
        windows: [window(episode.first_window), window(episode.last_window)],
        started_at: episode.started_at.to_string(),
        resolved_at: episode.resolved_at.map(|at| at.to_string()),
        summary: summary(metric, target.grain, episode),
        slices: episode.slices.iter().take(TOP_SLICES).map(slice).collect(),
        slice_count: episode.slices.len(),
    };
    Ok(message.to_bytes()?)
}

fn message_window(window: &Window, grain: Grain, metric: &ResolvedMetric) -> MessageWindow {
    MessageWindow {
        label: label(window, grain, &metric.schedule.chronology),
        start: window.start.to_string(),
        end: window.end.to_string(),
    }
}

/// Opens a channel with its secrets.
///
/// # Errors
/// A Secret is not there or cannot be read, or the settings cannot work.
pub async fn open(
    id: &ObjectId,
    spec: &ChannelSpec,
    secrets: &dyn SecretReader,
) -> Result<WebhookChannel, Diagnostic> {
    let WebhookSpec { url, url_secret_ref, signing_secret_ref } = &spec.webhook;
    let secret = async |field: &str, reference: &metricwright_api::shared::SecretKeyRef| {
        let path = format!("spec.webhook.{field}");
        let fault = |reason: String| {
            let remedy = format!("create Secret `{}` with the key `{}`", reference.name, reference.key);
            Diagnostic::error(Code::SecretNotFound, id, &path, reason, remedy)
        };
        let found = secrets.read(&id.namespace, reference).await.map_err(&fault)?;
        found.ok_or_else(|| {
            fault(format!("there is no key `{}` in a Secret `{}`", reference.key, reference.name))
        })
    };
    let url = match (url, url_secret_ref) {
        (Some(url), _) => url.clone(),
        (None, Some(reference)) => {
            let bytes = secret("urlSecretRef", reference).await?;
            String::from_utf8_lossy(&bytes).trim().to_owned()
        }
        (None, None) => String::new(),
    };
    let signing_secret = match signing_secret_ref {
        Some(reference) => Some(secret("signingSecretRef", reference).await?),
        None => None,
    };
    WebhookChannel::new(WebhookSettings { url, signing_secret }).map_err(|error| {
        Diagnostic::error(
            Code::InvalidValue,
            id,
            "spec.webhook",
            error.to_string(),
            "give an http or https address",
        )
    })
}

/// What one round of sending came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Messages that arrived.
    pub delivered: u64,
    /// Until when the channel rests, because the receiver is down or refuses everything.
    pub rests_until: Option<Timestamp>,
}

/// Under which note the store keeps until when a channel rests.
fn rest_note(id: &ObjectId) -> String {
    format!("channel-rests:{}/{}", id.namespace, id.name)
}

/// Sends the messages of a channel that are due, one after another so that they arrive in order. The first that fails for
/// a reason that the others share ends the round, and the channel rests until that one is tried again: no later message
/// overtakes it, whether it waits already or comes in the meantime. `at_once` tries everything that waits now, because
/// somebody changed the channel or asked.
///
/// # Errors
/// The store failed. A message that was delivered and could not be marked is sent again later, with the same
/// key and bytes.
pub async fn deliver(
    store: &dyn Store,
    id: &ObjectId,
    channel: &dyn Channel,
    now: Timestamp,
    at_once: bool,
) -> Result<Round, StoreError> {
    let mut round = Round::default();
    let rest: Option<Timestamp> = store.note(&rest_note(id)).await?.and_then(|text| text.parse().ok());
    if rest.is_some_and(|until| until > now) && !at_once {
        return Ok(Round { rests_until: rest, ..round });
    }
    let due_by = if at_once { Timestamp::MAX } else { now };
    for message in store.outbox_due(id, due_by, BATCH).await? {
        let envelope = Envelope { idempotency_key: message.key.clone(), body: message.body.clone() };
        match channel.send(&envelope).await {
            Ok(()) => {
                store.outbox_delivered(&message.key, now).await?;
                round.delivered += 1;
            }
            Err(error) => {
                let wait = backoff(message.attempts + 1, &message.key, error.retry_after());
                let next = next_try(&message, now, wait);
                if error.is_shared() {
                    // The rest first: a crash in between delays a message, and lets none overtake another.
                    store.put_note(&rest_note(id), &next.to_string()).await?;
                    round.rests_until = Some(next);
                }
                store.outbox_failed(&message.key, &error.to_string(), next).await?;
                if error.is_shared() {
                    break;
                }
            }
        }
    }
    Ok(round)
}

fn next_try(message: &OutboxRow, now: Timestamp, wait: std::time::Duration) -> Timestamp {
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::from_mins(15));
    now.max(message.next_try).checked_add(wait).unwrap_or(now)
}

#[cfg(test)]
mod tests;
