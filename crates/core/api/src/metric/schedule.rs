//! When values are computed and how long they are kept.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::grain::Grain;

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
