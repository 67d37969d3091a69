//! What a message says.

use std::collections::BTreeMap;

use metricwright_api::{Grain, IncidentState, Severity};
use serde::Serialize;

/// The message about an incident, version 1. The bytes depend on nothing but its fields.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IncidentMessage {
    /// Version of this form: 1.
    pub version: u32,
    /// The same as the header `Idempotency-Key`.
    pub idempotency_key: String,
    /// Firing or Resolved.
    pub state: IncidentState,
    /// How many times it was told before; left out the first time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat: Option<u32>,
    /// How bad it is.
    pub severity: Severity,
    /// Namespace of the rule and the incident.
    pub namespace: String,
    /// Name of the Incident.
    pub incident: String,
    /// Name of the rule.
    pub rule: String,
    /// What the rule watches for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Name of the metric.
    pub metric: String,
    /// The metric's name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric_display_name: Option<String>,
    /// The team that answers for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The team's address for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_email: Option<String>,
    /// Grain of the windows.
    pub grain: Grain,
    /// The first and the last window that breached.
    pub windows: [MessageWindow; 2],
    /// When it fired, RFC 3339.
    pub started_at: String,
    /// When it was resolved, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<String>,
    /// One line for people.
    pub summary: Summary,
    /// Slices that breached, the worst first, at most 20.
    pub slices: Vec<MessageSlice>,
    /// Number of slices that breached.
    pub slice_count: usize,
}

/// A window as a message names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MessageWindow {
    /// As people write it.
    pub label: String,
    /// First instant, RFC 3339.
    pub start: String,
    /// First instant after it, RFC 3339.
    pub end: String,
}

/// One line for people, in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

/// A slice as a message names it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageSlice {
    /// Dimension to member.
    pub slice: BTreeMap<String, String>,
    /// The worst value, as a decimal text.
    pub observed: String,
    /// What it was compared with, as a decimal text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// Label of the window of the worst value.
    pub window: String,
    /// The condition that held, in words.
    pub condition: String,
}

impl IncidentMessage {
    /// The body that leaves.
    ///
    /// # Errors
    /// The message cannot be written as JSON, which no message of ours gives rise to.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }
}
