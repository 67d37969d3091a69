//! What the status of a metric says.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::grain::Grain;
use crate::shared::{Condition, WindowStatus};

/// The metric as it stands: its latest values and whether it can be trusted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricStatus {
    /// The generation of the spec that this status describes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// One word: OK, Firing, Backfilling (for the first time), Stale (was complete, and due windows are missing), NoData (no
    /// window with rows is due), Violating (a value does not meet an invariant), Suspended, Invalid, Failing or Waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Hash of the definition's meaning; equal hashes mean equal numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition_hash: Option<String>,
    /// The latest complete value of each grain, without slices, in the order of `schedule.grains`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 9))]
    pub latest: Vec<LatestValue>,
    /// How the whole stands against each target in the running period and the one before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub targets: Vec<TargetStatus>,
    /// How far the backfill is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backfill: Option<BackfillStatus>,
    /// The last run that read the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_run: Option<RunStatus>,
    /// Dimensions left out because they have more members than `schedule.maxSlices`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub skipped_dimensions: Vec<String>,
    /// Rules and metrics that use this one, first few.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub consumers: Vec<String>,
    /// The last value of the annotation `metricwright.dev/reconcile-requested-at` that was acted on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
    /// Ready, Valid, Fresh, Healthy, and while true Reconciling and Stalled.
    #[serde(default)]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
}

/// The latest complete value of one grain.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LatestValue {
    /// The grain.
    pub grain: Grain,
    /// The window that the value is of.
    pub window: WindowStatus,
    /// The value, as a decimal text so that nothing is rounded; left out when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// True when newer complete windows are due but not computed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stale: bool,
    /// True when there are no rows yet of the whole stretch that counts for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// The invariants that it does not meet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    pub violated: Vec<String>,
    /// When it was computed, RFC 3339.
    pub computed_at: String,
    /// Change against earlier windows, as fractions (for metrics of unit Fraction: as differences).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<ChangeStatus>,
    /// The same, formatted for people.
    pub display: DisplayValue,
    /// The running window so far; its value is partial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<RunningValue>,
}

/// How the whole stands against a target in one period.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TargetStatus {
    /// The target.
    pub name: String,
    /// The period.
    pub window: WindowStatus,
    /// What is to be reached.
    pub goal: f64,
    /// What is reached so far; left out when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// How much of it is reached: 1 is all of it; above 1 is better, whichever way is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attainment: Option<f64>,
    /// What is reached less the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<f64>,
    /// What should be reached by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<f64>,
    /// What is reached over what should be by now: 1 is on pace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pace: Option<f64>,
    /// How much is needed on each day that is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needed_per_day: Option<f64>,
}

/// The running window so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunningValue {
    /// The window.
    pub window: WindowStatus,
    /// The value so far, as a decimal text; left out when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Always true: rows of the window may still arrive.
    pub partial: bool,
}

/// Change against earlier windows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangeStatus {
    /// Against the window before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<f64>,
    /// Against the same window a year ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year_ago: Option<f64>,
}

/// A value formatted for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DisplayValue {
    /// The value, such as `31.2%`; `–` when missing.
    pub value: String,
    /// Change against the window before, such as `-4.1%` or `-1.2pp`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// Change against the same window a year ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year_ago: Option<String>,
}

/// How far a backfill is, in windows over all grains.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackfillStatus {
    /// Windows computed.
    pub done: i64,
    /// Windows to compute in all.
    pub total: i64,
}

/// What the last run did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunStatus {
    /// When it ended, RFC 3339.
    pub at: String,
    /// Engine that ran the query: files or sqlite; several are joined by `+`.
    pub engine: String,
    /// Values that it computed, over all windows and slices.
    pub rows: i64,
    /// Points that were new or changed.
    pub points: i64,
    /// Seconds it took.
    pub seconds: f64,
}
