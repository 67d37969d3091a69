//! Dataset: a typed table on a source.

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::shared::{AllowedNamespaces, Condition, Reference};

/// A typed table on a source: its columns, time, entities and dimensions.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "metricwright.dev",
    version = "v1alpha1",
    kind = "Dataset",
    plural = "datasets",
    shortname = "mwset",
    category = "metricwright",
    namespaced,
    status = "DatasetStatus",
    derive = "PartialEq",
    doc = "A typed table on a source: its columns, time, entities and dimensions.",
    printcolumn = r#"{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status"}"#,
    printcolumn = r#"{"name":"Source","type":"string","jsonPath":".spec.source"}"#,
    printcolumn = r#"{"name":"Columns","type":"integer","jsonPath":".status.columnCount"}"#,
    printcolumn = r#"{"name":"Metrics","type":"integer","jsonPath":".status.metrics"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#,
    printcolumn = r#"{"name":"Message","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].message"}"#
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = ("has(self.table) != has(self.query)", "give exactly one of `table`, `query`"))]
#[x_kube(validation = ("!has(self.sheet) || has(self.table)", "`sheet` goes with `table`"))]
pub struct DatasetSpec {
    /// What one row is, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub description: Option<String>,
    /// The DataSource that holds the data: `name`, or `namespace/name` where that namespace allows it.
    pub source: Reference,
    /// Table of the source; for `files` the file's name without its ending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub table: Option<String>,
    /// With a table that is a spreadsheet: which cells of it are meant. Default: the first sheet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<Sheet>,
    /// One read-only SELECT in the source's SQL, in place of a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 16384))]
    pub query: Option<String>,
    /// IANA zone in which days begin, such as `Asia/Shanghai`. Default UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub timezone: Option<String>,
    /// The Calendar by which its weeks, fiscal years and holidays are counted: `name`, or `namespace/name` where that namespace
    /// allows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Reference>,
    /// The column that dates a row. Needed as soon as a metric aggregates this dataset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<TimeColumn>,
    /// Further columns that date a row, by name: a metric is dated by one of them with `time`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub times: Vec<NamedTime>,
    /// From when until when a row of a Primary entity holds, where it has one for each time that something changed: rows that refer to
    /// the entity are joined to the one that held at their moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validity: Option<Validity>,
    /// What the rows are about: keys that join datasets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub entities: Vec<Entity>,
    /// Properties to group and filter by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub dimensions: Vec<Dimension>,
    /// The columns with their types and units. Declared columns let faults be found without the source.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub columns: Vec<Column>,
    /// Which namespaces' metrics may use this dataset; by default only its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_namespaces: Option<AllowedNamespaces>,
    /// True stops every query on this dataset until it is set back; what was computed stays.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suspend: bool,
}

/// The column that dates a row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = ("!has(self.storedZone) || self.storedAs == 'Local'", "`storedZone` goes with `storedAs: Local` only"))]
pub struct TimeColumn {
    /// Name of the column.
    #[schemars(length(min = 1, max = 253))]
    pub column: String,
    /// How the column stores time.
    #[serde(default)]
    pub stored_as: StoredAs,
    /// Zone of a Local column. Default: the dataset's `timezone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub stored_zone: Option<String>,
    /// How long after the end of a window its rows may still arrive, such as `2h`. Default 0s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^(0|[1-9][0-9]{0,5})(s|m|h|d|w|mo|y)$"))]
    pub latency: Option<String>,
}

/// Which cells of a spreadsheet are a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sheet {
    /// Name of the sheet. Default: the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 31), regex(pattern = r"^[^!]+$"))]
    pub name: Option<String>,
    /// The cells, such as `B3:F40`. Default: all that are used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 24),
        regex(pattern = r"^[A-Za-z]{1,3}[1-9][0-9]{0,6}:[A-Za-z]{1,3}[1-9][0-9]{0,6}$")
    )]
    pub range: Option<String>,
    /// Number of the row with the names of the columns. Default: the first row of the range that is not empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_048_576))]
    pub header_row: Option<u32>,
}

/// A further column that dates a row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct NamedTime {
    /// Name by which metrics choose it, such as `returned`.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,62}$"))]
    pub name: String,
    /// The column.
    #[serde(flatten)]
    pub time: TimeColumn,
}

/// From when until when a row holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Validity {
    /// Column with the first moment or day; missing: since ever.
    #[schemars(length(min = 1, max = 253))]
    pub from: String,
    /// Column with the first moment or day after it; missing: until now.
    #[schemars(length(min = 1, max = 253))]
    pub to: String,
    /// How both store time: Instant, EpochMs or Date (days in the zone of the metric).
    #[serde(default)]
    pub stored_as: StoredAs,
}

/// How a column stores time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum StoredAs {
    /// A moment: a timestamp in UTC or with an offset.
    #[default]
    Instant,
    /// A timestamp of the wall clock in `storedZone`.
    Local,
    /// A calendar date in the dataset's zone.
    Date,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    EpochMs,
}

/// Something that rows are about, and the key that says which one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = ("!has(self.key) || !has(self.expr)", "give one of `expr`, `key`"))]
pub struct Entity {
    /// Name of the entity, the same in every dataset of the namespace, such as `store`.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,62}$"))]
    pub name: String,
    /// Primary: one row an entity. Foreign: rows refer to it.
    #[serde(rename = "type")]
    pub entity_type: EntityType,
    /// Row expression that gives the key. Default: the column named like the entity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024))]
    pub expr: Option<String>,
    /// Row expressions that are the key together, in the same order in every dataset, in place of `expr`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8), inner(length(min = 1, max = 1024)))]
    pub key: Vec<String>,
}

/// Whether a dataset describes an entity or refers to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum EntityType {
    /// The dataset has one row an entity; others join to it.
    Primary,
    /// Rows refer to the entity.
    #[default]
    Foreign,
}

/// A property to group and filter by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Dimension {
    /// Name, such as `region`; from another dataset it is written `entity.name`.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,62}$"))]
    pub name: String,
    /// Row expression. Default: the column of that name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024))]
    pub expr: Option<String>,
    /// Name under which the same dimension of several datasets is one, so that their metrics can be combined by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,62}$"))]
    pub conformed: Option<String>,
    /// Name for people, such as 渠道.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub display_name: Option<String>,
}

/// A column with its type and unit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Column {
    /// Name of the column.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Bool, Int, Decimal(p,s), Float, String, Date, DateTime (no zone) or Instant.
    #[serde(rename = "type")]
    #[schemars(regex(
        pattern = r"^(Bool|Int|Float|String|Date|DateTime|Instant|Decimal\([0-9]{1,2},[0-9]{1,2}\))$"
    ))]
    pub column_type: String,
    /// Unit of the values: an ISO 4217 currency, Count, Fraction, s, kg ….
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32))]
    pub unit: Option<String>,
    /// False promises that every row has a value. Default true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nullable: Option<bool>,
}

/// What Metricwright found out about the dataset.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DatasetStatus {
    /// The generation of the spec that this status describes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Number of columns the source shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column_count: Option<i64>,
    /// Number of metrics that aggregate it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<i64>,
    /// The last value of the annotation `metricwright.dev/reconcile-requested-at` that was acted on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
    /// Ready, Valid, and while true Reconciling and Stalled.
    #[serde(default)]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
}
