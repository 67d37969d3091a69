//! The status of an Incident.

use jiff::Timestamp;
use metricwright_analysis::rule::{Episode, EpisodeSlice, TOP_SLICES};
use metricwright_api::incident::{Delivery, IncidentSlice, IncidentStatus};
use metricwright_api::{ConditionType, Grain, IncidentState};
use metricwright_catalog::calendar::Chronology;
use metricwright_catalog::resolved::{ResolvedMetric, ResolvedRule};
use metricwright_query::Slice;
use metricwright_query::window::{label, window_at};
use metricwright_store::OutboxRow;

use super::conditions::{Verdict, apply};
use super::value::{number_text, window_status};
use crate::reconcile::KnownIncident;
use crate::warn::summary;

/// Makes the status.
pub fn incident_status(
    before: &KnownIncident,
    rule: &ResolvedRule,
    metric: &ResolvedMetric,
    grain: Grain,
    episode: &Episode,
    messages: &[OutboxRow],
    now: Timestamp,
) -> IncidentStatus {
    let zone = &metric.schedule.chronology;
    let window = |at: Timestamp| Some(window_status(&window_at(grain, zone, at), grain, zone));
    let mut status = IncidentStatus {
        state: if episode.is_open() { IncidentState::Firing } else { IncidentState::Resolved },
        severity: rule.severity,
        metric: metric.id.relative_to(&rule.id.namespace),
        metric_display_name: metric.display_name.clone(),
        rule: rule.id.name.clone(),
        owner: metric.owner.clone(),
        grain,
        summary: summary(metric, grain, episode).en,
        first_window: window(episode.first_window),
        last_window: window(episode.last_window),
        started_at: episode.started_at.to_string(),
        resolved_at: episode.resolved_at.map(|at| at.to_string()),
        acknowledged_by: before.acknowledged_by.clone(),
        acknowledged_at: acknowledged_at(before, now),
        slices: episode
            .slices
            .iter()
            .take(TOP_SLICES)
            .map(|slice| incident_slice(slice, grain, zone))
            .collect(),
        slice_count: i64::try_from(episode.slices.len()).unwrap_or(i64::MAX),
        deliveries: messages
            .iter()
            .skip(messages.len().saturating_sub(32))
            .map(|message| delivery(message, &rule.id.namespace))
            .collect(),
        conditions: before.status.conditions.clone(),
    };
    let ready = Verdict::yes(format!("the incident is {}", status.state));
    apply(&mut status.conditions, &[(ConditionType::Ready, Some(ready))], None, now);
    status
}

/// When the acknowledgement by this person was first seen.
fn acknowledged_at(before: &KnownIncident, now: Timestamp) -> Option<String> {
    let by = before.acknowledged_by.as_ref()?;
    let known =
        before.status.acknowledged_at.clone().filter(|_| before.status.acknowledged_by.as_ref() == Some(by));
    Some(known.unwrap_or_else(|| now.to_string()))
}

fn incident_slice(slice: &EpisodeSlice, grain: Grain, chronology: &Chronology) -> IncidentSlice {
    IncidentSlice {
        slice: Slice::from_key(&slice.slice).unwrap_or_default().display(),
        observed: Some(number_text(slice.observed)),
        expected: slice.expected.map(number_text),
        window: label(&window_at(grain, chronology, slice.window), grain, chronology),
        condition: slice.condition.clone(),
        open: slice.open,
    }
}

fn delivery(message: &OutboxRow, home: &str) -> Delivery {
    let result = match (&message.delivered_at, &message.last_error) {
        (Some(_), _) => "Sent",
        (None, Some(_)) => "Failed",
        (None, None) => "Waiting",
    };
    Delivery {
        channel: message.channel.relative_to(home),
        state: message.state,
        result: result.to_owned(),
        repeat: message.key.rsplit('/').next().and_then(|number| number.parse().ok()),
        at: message.delivered_at.map(|at| at.to_string()),
        error: message.last_error.clone(),
    }
}
