//! From JSON to objects.

use std::collections::BTreeMap;
use std::fmt;

use metricwright_api::{Kind, ObjectId};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::schema::without_nulls;
use crate::inventory::{Object, Spec};

/// The namespace of an object that names none, where nothing else is said.
pub(super) const DEFAULT_NAMESPACE: &str = "default";

/// A Secret as a manifest gives it to the local host. What it holds is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretManifest {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Texts by key, from `stringData`.
    pub texts: BTreeMap<String, String>,
    /// Base64 by key, from `data`.
    pub encoded: BTreeMap<String, String>,
}

impl SecretManifest {
    /// Reads a Secret.
    pub(super) fn read(json: &Value, home: &str) -> Self {
        let (namespace, name) = identity(json, home);
        Self { namespace, name, texts: texts(json.get("stringData")), encoded: texts(json.get("data")) }
    }
}

impl fmt::Debug for SecretManifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<_> = self.texts.keys().chain(self.encoded.keys()).collect();
        write!(f, "SecretManifest({}/{} {keys:?})", self.namespace, self.name)
    }
}

/// Namespace and name of an object; `home` is the namespace of one that names none.
pub(super) fn identity(json: &Value, home: &str) -> (String, String) {
    let text = |path: &str| json.pointer(path).and_then(Value::as_str).map(str::to_owned);
    (
        text("/metadata/namespace").unwrap_or_else(|| home.to_owned()),
        text("/metadata/name").unwrap_or_default(),
    )
}

/// The texts of a map.
pub(super) fn texts(value: Option<&Value>) -> BTreeMap<String, String> {
    let fields = value.and_then(Value::as_object).into_iter().flatten();
    fields.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

/// Reads an object that its schema has nothing against.
///
/// # Errors
/// It cannot be read all the same; the text says why.
pub fn read_object(id: &ObjectId, json: &Value) -> Result<Object, String> {
    fn read<T: DeserializeOwned>(spec: Value) -> Result<T, String> {
        serde_json::from_value(spec).map_err(|error| error.to_string())
    }
    let spec = without_nulls(id.kind, json).get("spec").cloned().unwrap_or_default();
    let spec = match id.kind {
        Kind::DataSource => Spec::DataSource(Box::new(read(spec)?)),
        Kind::Dataset => Spec::Dataset(Box::new(read(spec)?)),
        Kind::Metric => Spec::Metric(Box::new(read(spec)?)),
        Kind::AlertRule => Spec::AlertRule(read(spec)?),
        Kind::Calendar => Spec::Calendar(read(spec)?),
        Kind::Channel => Spec::Channel(read(spec)?),
        Kind::Incident => return Err("incidents are made by Metricwright, not written".to_owned()),
    };
    Ok(Object {
        id: id.clone(),
        labels: texts(json.pointer("/metadata/labels")),
        annotations: texts(json.pointer("/metadata/annotations")),
        generation: json.pointer("/metadata/generation").and_then(Value::as_i64),
        spec,
    })
}
