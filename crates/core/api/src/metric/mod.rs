//! Metric: one definition of a business number.

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::grain::Grain;
use crate::shared::{AllowedNamespaces, Condition, Reference, Share, WindowStatus};

/// One definition of a business number: formula, meaning, owner and schedule.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "metricwright.dev",
    version = "v1alpha1",
    kind = "Metric",
    plural = "metrics",
    shortname = "mwm",
    category = "metricwright",
    namespaced,
    status = "MetricStatus",
    derive = "PartialEq",
    doc = "One definition of a business number: formula, meaning, owner and schedule.",
    validation = ("self.metadata.name.matches('^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$')", "a metric's name is 1 to 63 of a-z, 0-9 and `-`, begins with a letter and does not end with `-`"),
    printcolumn = r#"{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status"}"#,
    printcolumn = r#"{"name":"Value","type":"string","jsonPath":".status.latest[0].display.value"}"#,
    printcolumn = r#"{"name":"Window","type":"string","jsonPath":".status.latest[0].window.label"}"#,
    printcolumn = r#"{"name":"Prev","type":"string","jsonPath":".status.latest[0].display.previous"}"#,
    printcolumn = r#"{"name":"Year","type":"string","jsonPath":".status.latest[0].display.yearAgo"}"#,
    printcolumn = r#"{"name":"State","type":"string","jsonPath":".status.state"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#,
    printcolumn = r#"{"name":"Owner","type":"string","jsonPath":".spec.owner.team"}"#,
    printcolumn = r#"{"name":"指标","type":"string","jsonPath":".spec.displayName"}"#,
    printcolumn = r#"{"name":"Message","type":"string","priority":1,"jsonPath":".status.conditions[?(@.type==\"Ready\")].message"}"#
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = ("[has(self.formula), has(self.aggregate), has(self.ratio), has(self.derived)].filter(given, given).size() == 1", "give exactly one of `formula`, `aggregate`, `ratio`, `derived`"),
    validation = ("has(self.dataset) == has(self.formula)", "`dataset` goes with `formula`, and `formula` needs it; `aggregate` names its own")
)]
pub struct MetricSpec {
    /// Name for people, in any language, such as 毛利率.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub display_name: Option<String>,
    /// What the number means, in a sentence a colleague of another department understands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub description: Option<String>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// Unit of the value: an ISO 4217 currency, Fraction, Count, s, kg …. Default: what the formula gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32))]
    pub unit: Option<String>,
    /// How the value is shown, such as `0.0%` or `#,##0.00`; the stored value is never rounded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^(#,##)?0(\.0{1,9})?%?$"))]
    pub format: Option<String>,
    /// Which way is good; colours the changes shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// The Dataset that `formula` aggregates: `name`, or `namespace/name` where that namespace allows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<Reference>,
    /// The short form: aggregates of `dataset` and arithmetic over them, such as
    /// `sum(net_amount) filter (where status = 'completed') / count(distinct order_id)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 4096))]
    pub formula: Option<String>,
    /// One aggregate of a dataset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aggregate: Option<Aggregate>,
    /// One metric over another; a zero or missing denominator gives a missing value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<Ratio>,
    /// Arithmetic over other metrics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived: Option<Derived>,
    /// Dimensions that values are kept by, each on its own: `region`, `entity.region` or an entity's name.
    /// Default: all that every input can reach and that have at most `schedule.maxSlices` members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32), inner(length(min = 1, max = 127)))]
    pub dimensions: Option<Vec<String>>,
    /// When values are computed, at which grains and how far back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// Which namespaces' metrics and rules may use this metric; by default only its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_namespaces: Option<AllowedNamespaces>,
    /// True stops computing until it is set back; what was computed stays.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suspend: bool,
}

/// Who answers for an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Owner {
    /// Team; shown in tables and carried by incidents and messages.
    #[schemars(length(min = 1, max = 128))]
    pub team: String,
    /// Address for people, carried by messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 3, max = 254))]
    pub email: Option<String>,
}

/// Which way of a metric is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Direction {
    /// A rise is good news.
    HigherIsBetter,
    /// A fall is good news.
    LowerIsBetter,
}

/// One aggregate of a dataset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = ("has(self.expr) || self.__function__ == 'Count'", "`expr` may be left out with `function: Count` only"))]
#[x_kube(validation = ("has(self.percentile) == (self.__function__ == 'Percentile')", "`percentile` goes with `function: Percentile`, and with nothing else"))]
pub struct Aggregate {
    /// The Dataset: `name`, or `namespace/name` where that namespace allows it.
    pub dataset: Reference,
    /// How rows become one value.
    pub function: AggregateFunction,
    /// Row expression to aggregate. Left out with Count: rows are counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 4096))]
    pub expr: Option<String>,
    /// With Percentile: the share of the rows that lies below, such as 0.95; at most six digits after the point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percentile: Option<Share>,
    /// Row condition: only rows for which it is true are aggregated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 4096))]
    pub filter: Option<String>,
}

/// How rows become one value. All skip nulls.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum AggregateFunction {
    /// Sum; missing where no row has a value.
    #[default]
    Sum,
    /// Number of rows (or of rows where `expr` is not null).
    Count,
    /// Number of different values.
    CountDistinct,
    /// Mean.
    Avg,
    /// Smallest value.
    Min,
    /// Largest value.
    Max,
    /// Number of rows for which the condition `expr` is true.
    SumBoolean,
    /// The value in the middle, or half way between the two in the middle.
    Median,
    /// The value below which the share `percentile` of the rows lies, on the straight line between two values.
    Percentile,
    /// Value at the earliest time; of several the smallest.
    First,
    /// Value at the latest time; of several the largest.
    Last,
    /// Number of different values, estimated within about 2 %. Sources of the kind `files` only.
    ApproxCountDistinct,
}

/// One metric over another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ratio {
    /// What is divided.
    pub numerator: RatioSide,
    /// What it is divided by.
    pub denominator: RatioSide,
}

/// A side of a ratio.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RatioSide {
    /// The metric: `name`, or `namespace/name` where that namespace allows it.
    pub metric: Reference,
    /// Row condition: only rows of the metric for which it is true count on this side. Of a metric over several datasets it
    /// names dimensions that all of them share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 4096))]
    pub filter: Option<String>,
}

/// Arithmetic over other metrics.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Derived {
    /// Expression over metrics of this namespace (`-` in a name is written `_`) and the names given in `inputs`.
    #[schemars(length(min = 1, max = 4096))]
    pub expr: String,
    /// Names for metrics of other namespaces, or other names for metrics of this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub inputs: Vec<DerivedInput>,
}

/// A name for a metric inside a derived expression.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DerivedInput {
    /// The metric: `name`, or `namespace/name` where that namespace allows it.
    pub metric: Reference,
    /// Its name in `expr`. Default: the metric's name with `_` for `-`.
    #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,62}$"))]
    pub alias: Option<String>,
    /// Row condition: only rows of the metric for which it is true count in this input. Of a metric over several datasets it
    /// names dimensions that all of them share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 4096))]
    pub filter: Option<String>,
}

/// When values are computed, at which grains and how far back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    /// Five-field cron expression. A run at a tick also computes the running window, marked partial.
    /// Default: once for each window, when its end plus the latency of its inputs has passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 9, max = 128))]
    pub cron: Option<String>,
    /// IANA zone of `cron`. Default: the dataset's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub timezone: Option<String>,
    /// Grains to compute. Default: Day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 6), extend("x-kubernetes-list-type" = "set"))]
    pub grains: Option<Vec<Grain>>,
    /// How far back each run computes again, for rows that came late. Default: the larger of the latency and `3d`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^(0|[1-9][0-9]{0,5})(s|m|h|d|w|mo|y)$"))]
    pub lookback: Option<String>,
    /// How far back values are computed at first. Default `2y`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[1-9][0-9]{0,5}(h|d|w|mo|y)$"))]
    pub backfill: Option<String>,
    /// How long a value is kept after its window has ended; older ones are deleted, and no rule or query sees them. Comparing with
    /// last year needs more than `1y`. Default: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[1-9][0-9]{0,5}(h|d|w|mo|y)$"))]
    pub retention: Option<String>,
    /// Most slices that are kept for one dimension; a dimension with more is left out and named in status. Default 1000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100_000))]
    pub max_slices: Option<u32>,
}

/// The metric as it stands: its latest values and whether it can be trusted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricStatus {
    /// The generation of the spec that this status describes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// One word: OK, Firing, Backfilling (for the first time), Stale (was complete, and due windows are missing), NoData (no
    /// window with rows is due), Suspended, Invalid, Failing or Waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Hash of the definition's meaning; equal hashes mean equal numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition_hash: Option<String>,
    /// The latest complete value of each grain, without slices, in the order of `schedule.grains`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 6))]
    pub latest: Vec<LatestValue>,
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
