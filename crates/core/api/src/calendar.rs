//! Calendar: what is known about days before they come.

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::shared::{AllowedNamespaces, Condition, Reference};

/// What is known about days before they come: holidays, moved workdays, promotions, events; where weeks and fiscal years begin.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "metricwright.dev",
    version = "v1alpha1",
    kind = "Calendar",
    plural = "calendars",
    shortname = "mwcal",
    category = "metricwright",
    namespaced,
    status = "CalendarStatus",
    derive = "PartialEq",
    doc = "What is known about days before they come: holidays, moved workdays, promotions, events; where weeks and fiscal years begin.",
    printcolumn = r#"{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status"}"#,
    printcolumn = r#"{"name":"Days","type":"integer","jsonPath":".status.days"}"#,
    printcolumn = r#"{"name":"Next","type":"string","jsonPath":".status.next[0].date"}"#,
    printcolumn = r#"{"name":"What","type":"string","jsonPath":".status.next[0].name"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#,
    printcolumn = r#"{"name":"Message","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].message"}"#
)]
#[serde(rename_all = "camelCase")]
pub struct CalendarSpec {
    /// IANA zone in which its days are days, for what comes next in the status. Default UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub timezone: Option<String>,
    /// Public holidays that come with Metricwright.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    pub public: Vec<Country>,
    /// Calendars whose days are taken in: `name`, or `namespace/name` where that namespace allows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub include: Vec<Reference>,
    /// The day on which weeks begin. Default: Monday, as ISO 8601 has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub week_start: Option<WeekStart>,
    /// Where fiscal years begin, for the grains FiscalMonth, FiscalQuarter and FiscalYear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fiscal_year: Option<FiscalYear>,
    /// Days of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256))]
    pub days: Vec<CalendarDay>,
    /// Which namespaces' datasets, metrics and calendars may use this calendar; by default only its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_namespaces: Option<AllowedNamespaces>,
}

/// A country whose public holidays come with Metricwright.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Country {
    /// China: the days off and the moved workdays that the State Council announces each year.
    CN,
    /// United States: federal holidays, with the days on which they are observed.
    US,
    /// United Kingdom: bank holidays of England and Wales, with substitute days.
    UK,
}

/// The day on which weeks begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum WeekStart {
    /// ISO weeks.
    #[default]
    Monday,
    /// From Sunday to Saturday.
    Sunday,
    /// From Saturday to Friday.
    Saturday,
}

/// Where fiscal years begin: on a day of the year, or with a week.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = ("has(self.start) != has(self.weeks)", "give exactly one of `start`, `weeks`"))]
pub struct FiscalYear {
    /// Month and day on which it begins, such as `04-01`; not after the 28th. Its months begin on that day of each month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 5), regex(pattern = r"^(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$"))]
    pub start: Option<String>,
    /// A year of whole weeks, as retailers keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weeks: Option<FiscalWeeks>,
    /// The calendar year that names it. Default: the one it ends in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named_by: Option<NamedBy>,
}

/// A fiscal year of 52 or 53 whole weeks; the last of its months takes the 53rd.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FiscalWeeks {
    /// Weeks of the three months of each quarter.
    pub pattern: WeekPattern,
    /// The weekday it ends on.
    pub last_day: LastDay,
    /// Which of these weekdays: the last one of the month, or the one nearest to the month's end. Default: Nearest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<YearEnd>,
    /// Number of the month at whose end it ends, such as 1 for the end of January.
    #[schemars(range(min = 1, max = 12))]
    pub month: u8,
}

/// Weeks of the three months of a quarter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum WeekPattern {
    /// Four, four and five weeks.
    #[default]
    #[serde(rename = "4-4-5")]
    FourFourFive,
    /// Four, five and four weeks.
    #[serde(rename = "4-5-4")]
    FourFiveFour,
    /// Five, four and four weeks.
    #[serde(rename = "5-4-4")]
    FiveFourFour,
}

/// The weekday that a fiscal year ends on; weeks begin on the day after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum LastDay {
    /// Weeks begin on Saturday.
    Friday,
    /// Weeks begin on Sunday.
    #[default]
    Saturday,
    /// Weeks begin on Monday.
    Sunday,
}

/// Which weekday at the end of a month a fiscal year ends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum YearEnd {
    /// The last one of the month.
    Last,
    /// The one nearest to the last day of the month; it may lie in the next.
    #[default]
    Nearest,
}

/// The calendar year that names a fiscal year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum NamedBy {
    /// The one in which it ends.
    #[default]
    End,
    /// The one in which it begins.
    Start,
}

/// A day, or a few around it, with a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = ("[has(self.date), has(self.yearly), has(self.feast)].filter(given, given).size() == 1", "give exactly one of `date`, `yearly`, `feast`"))]
#[x_kube(validation = ("!has(self.until) || has(self.date)", "`until` goes with `date` only"))]
pub struct CalendarDay {
    /// What it is called. Days of one name are one thing that comes again, whose effect is learned from all of them.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// What kind of day it is. Default: Event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<DayKind>,
    /// One date, such as `2026-06-18`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 10), regex(pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    pub date: Option<String>,
    /// The last day of several in a row that begin with `date`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 10), regex(pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    pub until: Option<String>,
    /// The same day of every year, such as `11-11`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 5), regex(pattern = r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"))]
    pub yearly: Option<String>,
    /// A feast that moves from year to year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feast: Option<Feast>,
    /// Days before it that belong to it. Default 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 60))]
    pub before: Option<u8>,
    /// Days after it that belong to it. Default 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 60))]
    pub after: Option<u8>,
    /// The slices that it concerns, each dimension with its members; all where none is given.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend(
        "maxProperties" = 8,
        "additionalProperties" = {"type": "array", "maxItems": 64, "items": {"type": "string", "maxLength": 256}}
    ))]
    pub applies_to: BTreeMap<String, Vec<String>>,
}

/// What kind of day it is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum DayKind {
    /// A day off.
    Holiday,
    /// A day of a weekend that is worked, in exchange for one of a holiday.
    Workday,
    /// A promotion.
    Promotion,
    /// Anything else that is known ahead.
    #[default]
    Event,
}

/// A feast that moves from year to year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Feast {
    /// 春节: the first day of the first lunar month.
    SpringFestival,
    /// 元宵节: the 15th day of the first lunar month.
    LanternFestival,
    /// 清明节: the day of the solar term of that name.
    Qingming,
    /// 端午节: the fifth day of the fifth lunar month.
    DragonBoat,
    /// 七夕: the seventh day of the seventh lunar month.
    Qixi,
    /// 中秋节: the 15th day of the eighth lunar month.
    MidAutumn,
    /// 重阳节: the ninth day of the ninth lunar month.
    DoubleNinth,
    /// Easter Sunday of the western churches.
    Easter,
    /// The fourth Thursday of November.
    Thanksgiving,
    /// The day after Thanksgiving.
    BlackFriday,
    /// The Monday after Thanksgiving.
    CyberMonday,
}

/// The calendar as it stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CalendarStatus {
    /// The generation of the spec that this status describes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Days of this year that it says something of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<i64>,
    /// Today, where it is such a day, and the next ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    pub next: Vec<NextDay>,
    /// The last day for which the days off and moved workdays of China are announced, where they are taken in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announced_until: Option<String>,
    /// Objects that use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<i64>,
    /// The last value of the annotation `metricwright.dev/reconcile-requested-at` that was acted on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
    /// Ready, and while true Reconciling and Stalled.
    #[serde(default)]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
}

/// A day that comes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NextDay {
    /// When.
    pub date: String,
    /// What it is called.
    pub name: String,
    /// What kind of day it is.
    pub kind: DayKind,
}
