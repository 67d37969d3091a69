//! Types that several kinds use.

use std::collections::BTreeMap;

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A key of a Secret in the same namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretKeyRef {
    /// Name of the Secret.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Key inside the Secret.
    #[schemars(length(min = 1, max = 253))]
    pub key: String,
}

/// Which namespaces' objects may refer to this object. Its own namespace always may.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = ("has(self.selector) == (self.from == 'Selector')", "give `selector` exactly when `from` is Selector"))]
pub struct AllowedNamespaces {
    /// Same: only this namespace (the default). All: every namespace. Selector: namespaces whose labels match.
    #[serde(default)]
    pub from: NamespacesFrom,
    /// Labels that a namespace must carry; only with `from: Selector`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<LabelMatch>,
}

/// Where referring objects may live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum NamespacesFrom {
    /// Only the object's own namespace.
    #[default]
    Same,
    /// Every namespace.
    All,
    /// Namespaces whose labels match `selector`.
    Selector,
}

/// A plain label selector: every label given must be there with that value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabelMatch {
    /// Labels that must match, all of them.
    #[schemars(extend(
        "minProperties" = 1,
        "maxProperties" = 16,
        "additionalProperties" = {"type": "string", "maxLength": 63}
    ))]
    pub match_labels: BTreeMap<String, String>,
}

impl LabelMatch {
    /// Whether `labels` carry every label asked for.
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.match_labels.iter().all(|(key, value)| labels.get(key) == Some(value))
    }
}

/// A reference to an object: `name` in the same namespace, or `namespace/name`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(transparent)]
pub struct Reference(
    #[schemars(
        length(min = 1, max = 317),
        regex(pattern = r"^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?/)?[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$")
    )]
    pub String,
);

impl Reference {
    /// The namespace and name meant, where `home` is the namespace of the object that refers.
    pub fn resolve<'a>(&'a self, home: &'a str) -> (&'a str, &'a str) {
        self.0.split_once('/').unwrap_or((home, &self.0))
    }
}

impl From<&str> for Reference {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A share of a whole, from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(transparent)]
pub struct Share(#[schemars(range(min = 0.0, max = 1.0))] pub f64);

// JSON has no number that differs from itself.
impl Eq for Share {}

/// A window of time, half open: `start` belongs to it, `end` does not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WindowStatus {
    /// How a person writes the window: `2025-11-20`, `2025-W47`, `2025-11`.
    pub label: String,
    /// First instant, RFC 3339.
    pub start: String,
    /// First instant after it, RFC 3339.
    pub end: String,
}

/// The condition type that both Kubernetes and our own status use.
pub use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
