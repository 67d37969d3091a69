//! AlertRule: when somebody must know.

use std::fmt;

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::grain::Grain;
use crate::shared::{Condition as StatusCondition, LabelMatch, Reference};

/// When somebody must know, and who.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "metricwright.dev",
    version = "v1alpha1",
    kind = "AlertRule",
    plural = "alertrules",
    shortname = "mwrule",
    category = "metricwright",
    namespaced,
    status = "AlertRuleStatus",
    derive = "PartialEq",
    doc = "When somebody must know, and who.",
    printcolumn = r#"{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status"}"#,
    printcolumn = r#"{"name":"State","type":"string","jsonPath":".status.state"}"#,
    printcolumn = r#"{"name":"Severity","type":"string","jsonPath":".spec.severity"}"#,
    printcolumn = r#"{"name":"Open","type":"integer","jsonPath":".status.openIncidents"}"#,
    printcolumn = r#"{"name":"Evaluated","type":"string","jsonPath":".status.evaluatedWindow"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#,
    printcolumn = r#"{"name":"Message","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].message"}"#
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = ("[has(self.metric), has(self.metrics), has(self.selector)].filter(given, given).size() == 1", "give exactly one of `metric`, `metrics`, `selector`"))]
pub struct AlertRuleSpec {
    /// What the rule watches for, in a sentence; part of every message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub description: Option<String>,
    /// The metric to watch: `name`, or `namespace/name` where that namespace allows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<Reference>,
    /// Several metrics by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<MetricNames>,
    /// Metrics of this namespace by label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<LabelMatch>,
    /// Dimensions whose combinations are watched one by one. Left out: only the total.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 4), inner(length(min = 1, max = 127)))]
    pub slices: Vec<String>,
    /// Grain of the windows. Default: the first of each metric's `schedule.grains`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grain: Option<Grain>,
    /// Conditions; a window breaches when any of them holds.
    #[schemars(length(min = 1, max = 8))]
    pub any_of: Vec<AlertCondition>,
    /// Guard: while this condition holds for the same slice and window, the window counts as normal. Example: `metric(orders) < 100`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024))]
    pub unless: Option<String>,
    /// Breaching windows in a row before it fires. Default 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub for_periods: Option<u32>,
    /// Normal windows in a row before it is resolved. Default 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub recover_periods: Option<u32>,
    /// How bad it is. Default Warning.
    #[serde(default)]
    pub severity: Severity,
    /// Who is told, and of what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub notify: Vec<Notify>,
    /// Most incidents of this rule that are open at once; further episodes are counted in status, without object or message. Default 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub max_open_incidents: Option<u32>,
    /// How long an ended episode still gets or keeps its Incident. Default `7d`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[1-9][0-9]{0,5}(h|d|w|mo|y)$"))]
    pub incident_retention: Option<String>,
    /// True stops evaluation until it is set back; open incidents stay as they are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suspend: bool,
}

/// Several metrics by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricNames {
    /// Names, each `name` or `namespace/name`.
    #[schemars(length(min = 1, max = 64))]
    pub names: Vec<Reference>,
}

/// One condition of a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = ("has(self.threshold) != has(self.change)", "give exactly one of `threshold`, `change`"))]
pub struct AlertCondition {
    /// Condition on the window's value, such as `value < 0.2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024))]
    pub threshold: Option<String>,
    /// Condition on the change against an earlier window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<ChangeCondition>,
}

/// Condition on the change against an earlier window.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = ("has(self.below) || has(self.above)", "give `below`, `above` or both"))]
pub struct ChangeCondition {
    /// The window to compare with.
    pub from: ChangeFrom,
    /// Breach when the change is below this: `-10%` relative, `-2pp` a difference in percentage points (fractions only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[-+]?[0-9]{1,6}(\.[0-9]{1,6})?(%|pp)$"))]
    pub below: Option<String>,
    /// Breach when the change is above this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[-+]?[0-9]{1,6}(\.[0-9]{1,6})?(%|pp)$"))]
    pub above: Option<String>,
}

/// An earlier window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ChangeFrom {
    /// The window before.
    #[default]
    PreviousPeriod,
    /// The same weekday of the week before (grains Hour and Day).
    SameWeekdayLastWeek,
    /// The same window a year ago: the same date, ISO week, month or quarter.
    LastYear,
    /// The same day of the same feast or promotion a year ago, as the metric's Calendar has it (grains Hour and Day).
    SameFeastLastYear,
}

/// How bad it is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Look at it today.
    #[default]
    Warning,
    /// Look at it now.
    Critical,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Info => "Info",
            Self::Warning => "Warning",
            Self::Critical => "Critical",
        })
    }
}

/// Who is told, and of what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notify {
    /// The Channel: `name`, or `namespace/name` where that namespace allows it.
    pub channel: Reference,
    /// States that are told. Default: Firing and Resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2), extend("x-kubernetes-list-type" = "set"))]
    pub states: Option<Vec<IncidentState>>,
    /// Tells Firing again each time this long has passed, until it is resolved or acknowledged, such as `4h`. Left out: it is told once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[1-9][0-9]{0,3}(m|h|d)$"))]
    pub repeat_after: Option<String>,
}

/// State of an incident.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum IncidentState {
    /// It is going wrong.
    #[default]
    Firing,
    /// It is normal again.
    Resolved,
}

impl fmt::Display for IncidentState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Firing => "Firing",
            Self::Resolved => "Resolved",
        })
    }
}

/// The rule as it stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlertRuleStatus {
    /// The generation of the spec that this status describes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// One word: OK, Firing, Suspended, Invalid or Waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Number of metrics it watches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<i64>,
    /// Incidents of this rule that are open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_incidents: Option<i64>,
    /// Open episodes that got no incident because `maxOpenIncidents` was reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppressed_episodes: Option<i64>,
    /// Label of the latest window that was evaluated for all its metrics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluated_window: Option<String>,
    /// The last value of the annotation `metricwright.dev/reconcile-requested-at` that was acted on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
    /// Ready, Healthy, and while true Reconciling and Stalled.
    #[serde(default)]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<StatusCondition>,
}
