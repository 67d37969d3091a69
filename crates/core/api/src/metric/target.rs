//! Targets: what a metric is to reach in a period.

use std::collections::BTreeMap;

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::grain::Grain;
use crate::shared::Reference;

/// What a metric is to reach in each period, such as the plan of a year by month.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = ("has(self.values) != has(self.metric)", "give exactly one of `values`, `metric`"))]
pub struct Target {
    /// What it is called, such as `plan-2026`.
    #[schemars(regex(pattern = r"^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$"))]
    pub name: String,
    /// The periods it is set for.
    pub period: Grain,
    /// Whether the value adds up over the period, or is a level to be held. Default: Total.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<TargetKind>,
    /// The targets, a period and slice each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1024))]
    pub values: Vec<TargetValue>,
    /// The metric whose value of the same period and slice is the target, such as the sum of a plan that is a dataset itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<Reference>,
    /// How a period of kind Total should fill. Default: Linear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pace: Option<Pace>,
    /// Dimensions by which the target of the whole is split to the members that have none of their own, by their shares of the
    /// same period a year before, or of the period before; the parts add up to the whole. Only of kind Total.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8), inner(length(min = 1, max = 127)))]
    pub split_by: Vec<String>,
}

/// Whether a value adds up over its period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TargetKind {
    /// It fills up, as a revenue does: there is a pace, and so much is needed per day from now.
    #[default]
    Total,
    /// It is held, as a margin is.
    Level,
}

/// How a period should fill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Pace {
    /// Evenly over its days.
    #[default]
    Linear,
    /// As the same period filled a year before; as the one before where there was none.
    Seasonal,
}

/// The target of one period and slice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TargetValue {
    /// The period: `2026-06`, `2026-W23`, `2026-Q2`, `2026`, `FY2026-Q1`, or its first day.
    #[schemars(length(min = 4, max = 16))]
    pub period: String,
    /// The slice, each dimension with its member; the whole where there is none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 8, "additionalProperties" = {"type": "string", "maxLength": 256}))]
    pub slice: BTreeMap<String, String>,
    /// The value to reach.
    pub value: Amount,
}

/// A number as JSON has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(transparent)]
pub struct Amount(#[schemars(range(min = -1e15, max = 1e15))] pub f64);

// JSON has no number that differs from itself.
impl Eq for Amount {}
