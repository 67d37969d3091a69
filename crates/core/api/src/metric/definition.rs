//! The ways to define a metric.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::grain::Grain;
use crate::shared::{Reference, Share};

/// One aggregate of a dataset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = ("has(self.expr) || self.__function__ == 'Count'", "`expr` may be left out with `function: Count` only"))]
#[x_kube(validation = ("has(self.percentile) == (self.__function__ == 'Percentile')", "`percentile` goes with `function: Percentile`, and with nothing else"))]
#[x_kube(validation = ("!has(self.nonAdditive) || self.__function__ in ['Sum', 'Count', 'CountDistinct', 'Avg', 'Min', 'Max', 'Median', 'Percentile', 'SumBoolean']", "`nonAdditive` says which rows count: use it with `Sum`, not with `First`, `Last` or an estimate"))]
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
    /// Name of one of the dataset's `times`, to date rows by it. Default: the dataset's `time`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub time: Option<String>,
    /// For stocks, balances and other levels: values that add up over stores, and not over time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub non_additive: Option<NonAdditive>,
}

/// Over what a level does not add up, and what counts instead.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = ("!has(self.carry) || (self.keep == 'Last' && (!has(self.over) || self.over == 'time'))", "`carry` goes with `over: time` and `keep: Last`"))]
pub struct NonAdditive {
    /// `time`, or a dimension of the dataset. Default: time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 127))]
    pub over: Option<String>,
    /// What counts of a window's snapshots (rows of one moment, or of one member).
    pub keep: Keep,
    /// Dimensions whose members have snapshots of their own: `[store]` takes the last one of each store, and not only the stores
    /// of the last one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8), inner(length(min = 1, max = 127)))]
    pub by: Vec<String>,
    /// How long before the window a snapshot still counts where the window has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 6), regex(pattern = r"^[1-9][0-9]{0,3}(h|d|w|mo|y)$"))]
    pub carry: Option<String>,
}

/// What counts of several snapshots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Keep {
    /// The first one that has a row which passes the filter.
    First,
    /// The last one that has a row which passes the filter.
    #[default]
    Last,
    /// The one with the smallest value.
    Min,
    /// The one with the largest value.
    Max,
    /// The mean of all.
    Avg,
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
    /// How long before a window this input is read: `{by: 1y}` gives last year's value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<Offset>,
}

/// How long before a window an input is read. While a window is running, as much of the earlier one counts as has passed of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = ("!(has(self.align) && self.align == 'Weekday' && (self.by.endsWith('h') || self.by.endsWith('d')))", "`align: Weekday` goes with weeks, months and years: leave it out, or give `by` in `w`, `mo` or `y`"))]
pub struct Offset {
    /// How long: hours `h` for the grain Hour only, days `d` (Hour, Day), weeks `w` (also Week), months `mo` (Hour, Day, Month,
    /// and Quarter by threes), years `y` (every grain). The last day of a month stands for days that it does not have.
    #[schemars(length(max = 6), regex(pattern = r"^[1-9][0-9]{0,3}(h|d|w|mo|y)$"))]
    pub by: String,
    /// Which window that is. Default: Date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub align: Option<Align>,
}

/// Which of the windows about a year or a month before is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Align {
    /// The same date; of weeks the one with the same number.
    #[default]
    Date,
    /// The nearest one with the same weekday; months and longer, which have none, as with Date.
    Weekday,
    /// The same day of the same month of the fiscal year that the Calendar has; `by` is in months or years.
    Fiscal,
    /// The same day of the same feast or promotion of the Calendar, wherever it moved; of an ordinary day the nearest ordinary one
    /// with the same weekday. `by` is in years; grains Hour and Day.
    Calendar,
}

/// Another metric over more rows than those of the window; every aggregate in it is taken over all of them, so that ratios are
/// ratios of totals and different values are counted once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = ("[has(self.window), has(self.toDate), has(self.allTime)].filter(given, given).size() == 1", "give exactly one of `window`, `toDate`, `allTime`"))]
#[x_kube(validation = ("!has(self.allTime) || self.allTime", "write `allTime: true`, or take it out"))]
pub struct Cumulative {
    /// The metric: `name`, or `namespace/name` where that namespace allows it.
    pub metric: Reference,
    /// The stretch that ends with the window, which counts in it: `7d` is six days before and the day. By the calendar in days `d`,
    /// weeks `w`, months `mo`, years `y`; hours `h` for the grain Hour only. Until there are rows of the whole stretch the value is partial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 6), regex(pattern = r"^[1-9][0-9]{0,3}(h|d|w|mo|y)$"))]
    pub window: Option<String>,
    /// From the beginning of the day, week, month, quarter or year that the end of the window lies in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_date: Option<Period>,
    /// True: everything until the end of the window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all_time: Option<bool>,
    /// How the values of a window's days become its value where the grain is longer than a day. Default: Last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period_aggregation: Option<PeriodAggregation>,
}

/// How many events of one kind are followed by one of another kind, by the same customer, within a time. Each conversion belongs to
/// the latest base event before it (or at the same second), and is dated by it. Until the window has passed a value is partial.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Conversion {
    /// The metric that counts the events at the beginning: one `count`, with or without a filter.
    pub base: Reference,
    /// The metric that counts the events that may follow: one `count`, of a dataset of the same source.
    pub conversion: Reference,
    /// The entity that both events are of, such as `customer`.
    #[schemars(length(min = 1, max = 63))]
    pub entity: String,
    /// How long after the base event a conversion still belongs to it: `7d`, `24h`.
    #[schemars(length(max = 6), regex(pattern = r"^[1-9][0-9]{0,3}(s|m|h|d|w)$"))]
    pub window: String,
    /// What comes out. Default: Rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calculate: Option<Calculate>,
    /// Dimensions that both events must have in common: `[product]` counts only purchases of the product that was visited.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8), inner(length(min = 1, max = 127)))]
    pub same: Vec<String>,
}

/// What comes out of a conversion metric.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Calculate {
    /// Base events with at least one conversion, over base events.
    #[default]
    Rate,
    /// Conversions that belong to a base event.
    Count,
}

/// What a value is where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Missing {
    /// Missing.
    #[default]
    Keep,
    /// Zero, in windows without rows, too, from the first window with rows on.
    Zero,
    /// The value of the window before, or of the last one of at most 31 before that has one.
    Previous,
}

/// A period of the calendar that is run through from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Period {
    /// From midnight.
    Day,
    /// From Monday.
    Week,
    /// From the 1st.
    Month,
    /// From the 1st of January, April, July or October.
    Quarter,
    /// From the 1st of January.
    Year,
    /// From the beginning of the fiscal month.
    FiscalMonth,
    /// From the beginning of the fiscal quarter.
    FiscalQuarter,
    /// From the beginning of the fiscal year.
    FiscalYear,
}

impl Period {
    /// The grain whose windows it begins with.
    pub fn grain(self) -> Grain {
        match self {
            Self::Day => Grain::Day,
            Self::Week => Grain::Week,
            Self::Month => Grain::Month,
            Self::Quarter => Grain::Quarter,
            Self::Year => Grain::Year,
            Self::FiscalMonth => Grain::FiscalMonth,
            Self::FiscalQuarter => Grain::FiscalQuarter,
            Self::FiscalYear => Grain::FiscalYear,
        }
    }
}

/// How the values of days become that of a longer window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum PeriodAggregation {
    /// The value of the last day.
    #[default]
    Last,
    /// The value of the first day.
    First,
    /// The mean of the values of the days; of sums and counts only.
    Average,
}
