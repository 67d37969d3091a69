//! Incident: one thing that went wrong.

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::alert_rule::{IncidentState, Severity};
use crate::grain::Grain;
use crate::shared::{Condition, WindowStatus};

/// One thing that went wrong: one episode of one rule on one metric. Metricwright creates it.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "metricwright.dev",
    version = "v1alpha1",
    kind = "Incident",
    plural = "incidents",
    shortname = "mwi",
    category = "metricwright",
    namespaced,
    status = "IncidentStatus",
    derive = "PartialEq",
    doc = "One thing that went wrong: one episode of one rule on one metric. Metricwright creates it.",
    printcolumn = r#"{"name":"State","type":"string","jsonPath":".status.state"}"#,
    printcolumn = r#"{"name":"Severity","type":"string","jsonPath":".status.severity"}"#,
    printcolumn = r#"{"name":"Metric","type":"string","jsonPath":".status.metric"}"#,
    printcolumn = r#"{"name":"Slices","type":"integer","jsonPath":".status.sliceCount"}"#,
    printcolumn = r#"{"name":"Since","type":"string","jsonPath":".status.firstWindow.label"}"#,
    printcolumn = r#"{"name":"Until","type":"string","jsonPath":".status.lastWindow.label"}"#,
    printcolumn = r#"{"name":"Owner","type":"string","jsonPath":".status.owner"}"#,
    printcolumn = r#"{"name":"Ack","type":"string","jsonPath":".status.acknowledgedBy"}"#,
    printcolumn = r#"{"name":"Summary","type":"string","jsonPath":".status.summary"}"#
)]
#[serde(rename_all = "camelCase")]
pub struct IncidentSpec {
    /// Who takes care of it: a person writes his own user name, and messages are not repeated from then on. Taken away, they are repeated again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub acknowledged_by: Option<String>,
}

/// The incident as it stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IncidentStatus {
    /// Firing or Resolved.
    #[serde(default)]
    pub state: IncidentState,
    /// How bad it is: the rule's severity.
    #[serde(default)]
    pub severity: Severity,
    /// The metric, `namespace/name` where it lives elsewhere.
    #[serde(default)]
    pub metric: String,
    /// The metric's name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric_display_name: Option<String>,
    /// The rule.
    #[serde(default)]
    pub rule: String,
    /// The team that answers for the metric.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Grain of the windows.
    #[serde(default)]
    pub grain: Grain,
    /// One line for people: what, where, how much.
    #[serde(default)]
    pub summary: String,
    /// The first window that breached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_window: Option<WindowStatus>,
    /// The last window that breached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_window: Option<WindowStatus>,
    /// When it fired: the end of the window that made it fire plus the latency, RFC 3339.
    #[serde(default)]
    pub started_at: String,
    /// When it was resolved, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<String>,
    /// Who takes care of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_by: Option<String>,
    /// When that was first seen, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_at: Option<String>,
    /// Slices that breached, those that deviate most first, at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub slices: Vec<IncidentSlice>,
    /// Number of slices that breached during the episode.
    #[serde(default)]
    pub slice_count: i64,
    /// What became of the messages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub deliveries: Vec<Delivery>,
    /// Ready.
    #[serde(default)]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
}

/// A slice that breached.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IncidentSlice {
    /// Dimension to member; empty for the total. A missing member is written `(none)`.
    #[serde(default)]
    pub slice: BTreeMap<String, String>,
    /// The worst value seen, as a decimal text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<String>,
    /// What it was compared with: the bound, or the earlier window's value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// The window of the worst value.
    #[serde(default)]
    pub window: String,
    /// The condition that held, in words.
    #[serde(default)]
    pub condition: String,
    /// Whether the slice still breaches.
    #[serde(default)]
    pub open: bool,
}

/// What became of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// The channel.
    pub channel: String,
    /// The state that was told.
    pub state: IncidentState,
    /// Sent, Waiting or Failed.
    pub result: String,
    /// How many times it was told before; none where it was the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<u32>,
    /// When it was delivered, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Why it is not delivered yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}
