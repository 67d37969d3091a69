//! DataSource: a place where data is.

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::shared::{AllowedNamespaces, Condition};

/// A place where data is: how to reach it and how hard it may be worked.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "metricwright.dev",
    version = "v1alpha1",
    kind = "DataSource",
    plural = "datasources",
    shortname = "mwds",
    category = "metricwright",
    namespaced,
    status = "DataSourceStatus",
    derive = "PartialEq",
    doc = "A place where data is: how to reach it and how hard it may be worked.",
    printcolumn = r#"{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status"}"#,
    printcolumn = r#"{"name":"Kind","type":"string","jsonPath":".status.kind"}"#,
    printcolumn = r#"{"name":"Datasets","type":"integer","jsonPath":".status.datasets"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#,
    printcolumn = r#"{"name":"Message","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].message"}"#
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = ("[has(self.files), has(self.sqlite)].filter(given, given).size() == 1", "give exactly one of `files`, `sqlite`")
)]
pub struct DataSourceSpec {
    /// A folder of CSV and Parquet files; each file is a table named like the file without its ending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<FilesSource>,
    /// A SQLite database file, opened read-only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sqlite: Option<SqliteSource>,
    /// How hard the source may be worked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<SourceLimits>,
    /// Which namespaces' datasets may use this source; by default only its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_namespaces: Option<AllowedNamespaces>,
    /// True stops every query to this source until it is set back; what was computed stays.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suspend: bool,
}

/// A folder of CSV and Parquet files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FilesSource {
    /// Folder, relative to the operator's `--data-root` (locally: to the manifests' folder). Symbolic links may not lead out of it.
    #[schemars(length(min = 1, max = 1024))]
    pub path: String,
}

/// A SQLite database file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SqliteSource {
    /// Database file, relative to the operator's `--data-root` (locally: to the manifests' folder). Symbolic links may not lead out of it.
    #[schemars(length(min = 1, max = 1024))]
    pub path: String,
}

/// Limits on the work a source is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceLimits {
    /// Queries that may run at once. Default 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 64))]
    pub max_concurrent_queries: Option<u32>,
    /// Longest time one query may take, such as `60s` (the default) or `5m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[1-9][0-9]{0,5}(s|m|h)$"))]
    pub statement_timeout: Option<String>,
    /// Most rows one query may return; more is an error, never a silent cut. Default 1000000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100_000_000))]
    pub max_result_rows: Option<u64>,
}

/// What Metricwright found out about the source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DataSourceStatus {
    /// The generation of the spec that this status describes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Which kind of source it is: files or sqlite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Number of datasets that use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datasets: Option<i64>,
    /// The last value of the annotation `metricwright.dev/reconcile-requested-at` that was acted on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
    /// Ready, and while true Reconciling and Stalled.
    #[serde(default)]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
}
