//! Metric: one definition of a business number.

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::shared::{AllowedNamespaces, Reference};

mod definition;
mod schedule;
mod status;
mod target;

pub use definition::{
    Aggregate, AggregateFunction, Align, Calculate, Conversion, Cumulative, Derived, DerivedInput, Keep,
    Missing, NonAdditive, Offset, Period, PeriodAggregation, Ratio, RatioSide,
};
pub use schedule::Schedule;
pub use status::{
    BackfillStatus, ChangeStatus, DisplayValue, LatestValue, MetricStatus, RunStatus, RunningValue,
    TargetStatus,
};
pub use target::{Amount, Pace, Target, TargetKind, TargetValue};

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
    validation = ("[has(self.formula), has(self.aggregate), has(self.ratio), has(self.derived), has(self.cumulative), has(self.conversion)].filter(given, given).size() == 1", "give exactly one of `formula`, `aggregate`, `ratio`, `derived`, `cumulative`, `conversion`"),
    validation = ("!has(self.missing) || self.missing == 'Keep' || has(self.aggregate) || has(self.cumulative)", "`missing: Zero` and `Previous` go with `aggregate` and `cumulative`; write a formula of one aggregate as `aggregate`"),
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
    /// With `formula`: name of one of the dataset's `times`, to date rows by it. Default: the dataset's `time`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub time: Option<String>,
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
    /// Another metric over more than the window: a trailing stretch, the period to date, or all time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cumulative: Option<Cumulative>,
    /// How many events are followed by another, of the same customer, within a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversion: Option<Conversion>,
    /// IANA zone in which the days of its windows begin. Default: that of its datasets, which then must have one in common.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub timezone: Option<String>,
    /// The Calendar by which its weeks, fiscal years and holidays are counted. Default: that of its datasets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Reference>,
    /// What the value is where there is none. Default: Keep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<Missing>,
    /// Conditions that every value should meet, over `value` and the names of what it is made of (`numerator`, `denominator`, the names
    /// in `derived`), such as `value between 0 and 1`. Where one does not hold the value is marked and the metric is not Healthy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8), inner(length(min = 1, max = 1024)))]
    pub invariants: Vec<String>,
    /// Dimensions that values are kept by, each on its own: `region`, `entity.region` or an entity's name.
    /// Default: all that every input can reach and that have at most `schedule.maxSlices` members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32), inner(length(min = 1, max = 127)))]
    pub dimensions: Option<Vec<String>>,
    /// When values are computed, at which grains and how far back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// What the values are to reach.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub targets: Vec<Target>,
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
