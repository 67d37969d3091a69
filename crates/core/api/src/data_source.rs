//! DataSource: a place where data is.

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::shared::{AllowedNamespaces, Condition, SecretKeyRef};

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
    printcolumn = r#"{"name":"Version","type":"string","jsonPath":".status.health.version","priority":1}"#,
    printcolumn = r#"{"name":"Latency","type":"integer","jsonPath":".status.health.latencyMs","priority":1}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#,
    printcolumn = r#"{"name":"Message","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].message"}"#
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = (
        "[has(self.files), has(self.sqlite), has(self.postgres), has(self.mysql)].filter(given, given).size() == 1",
        "give exactly one of `files`, `sqlite`, `postgres`, `mysql`"
    )
)]
pub struct DataSourceSpec {
    /// A folder of CSV and Parquet files; each file is a table named like the file without its ending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<FilesSource>,
    /// A SQLite database file, opened read-only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sqlite: Option<SqliteSource>,
    /// A PostgreSQL server, asked in read-only sessions. Tested with PostgreSQL 15.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postgres: Option<ServerSource>,
    /// A MySQL or MariaDB server, asked in read-only sessions. Tested with MariaDB 10.11.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mysql: Option<ServerSource>,
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

/// A database on a server: where it is, who asks, and how the connection is kept private.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = ("has(self.urlSecretRef) != has(self.server)", "give exactly one of `urlSecretRef`, `server`"))]
pub struct ServerSource {
    /// Key of a Secret that holds the whole address: `postgres://user:password@host:port/database`, or `mysql://…`. What stands behind a `?` about TLS is not read; `tls` decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url_secret_ref: Option<SecretKeyRef>,
    /// The parts of the address, where only the user and the password are in Secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<ServerAddress>,
    /// How the connection is kept private. By default the server must prove who it is, to an authority that the operator's image trusts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<SourceTls>,
}

/// The parts of a server's address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerAddress {
    /// Name or address of the server.
    #[schemars(length(min = 1, max = 253), regex(pattern = r"^[-_.:a-zA-Z0-9]{1,253}$"))]
    pub host: String,
    /// Port. Default 5432 for `postgres`, 3306 for `mysql`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<u16>,
    /// Name of the database.
    #[schemars(length(min = 1, max = 64))]
    pub database: String,
    /// Key of a Secret that holds the user's name.
    pub user_secret_ref: SecretKeyRef,
    /// Key of a Secret that holds the password.
    pub password_secret_ref: SecretKeyRef,
}

/// How a connection is kept private.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceTls {
    /// VerifyFull (the default): the certificate must be of a trusted authority and name the host. VerifyCa: only of a trusted authority. Require: encrypted, whoever it is. Disable: in the clear.
    #[serde(default)]
    pub mode: TlsMode,
    /// Key of a Secret that holds certificates of authorities (PEM) that are trusted beside the system's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_secret_ref: Option<SecretKeyRef>,
}

/// What a server must prove.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum TlsMode {
    /// A certificate of a trusted authority that names the host.
    #[default]
    VerifyFull,
    /// A certificate of a trusted authority.
    VerifyCa,
    /// Nothing; but the connection is encrypted.
    Require,
    /// Nothing, and the connection is not encrypted.
    Disable,
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
    /// Which kind of source it is: files, sqlite, postgres or mysql.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Number of datasets that use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datasets: Option<i64>,
    /// What the source said of itself when it was last reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<SourceHealthStatus>,
    /// The last value of the annotation `metricwright.dev/reconcile-requested-at` that was acted on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
    /// Ready, and while true Reconciling and Stalled.
    #[serde(default)]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
}

/// What a source said of itself. Written when the source or its state changes and when a look is asked for, so that a source
/// that only answers a little faster or slower rewrites nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceHealthStatus {
    /// How long it took to answer, in milliseconds, as measured when this was written.
    pub latency_ms: i64,
    /// The engine and its version, such as `PostgreSQL 15.14`.
    pub version: String,
}

impl DataSourceSpec {
    /// The name of the one kind of source that is given; none where there is none, or several.
    pub fn kind(&self) -> Option<&'static str> {
        let given = [
            self.files.is_some().then_some("files"),
            self.sqlite.is_some().then_some("sqlite"),
            self.postgres.is_some().then_some("postgres"),
            self.mysql.is_some().then_some("mysql"),
        ];
        let mut given = given.into_iter().flatten();
        given.next().filter(|_| given.next().is_none())
    }
}
