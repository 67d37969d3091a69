//! What the API server would say against the metadata of an object.

use metricwright_api::{Code, Diagnostic, Kind, ObjectId};
use metricwright_formula::suggest;
use serde_json::{Map, Value};

/// Fields of metadata that people write.
const WRITTEN: [&str; 7] =
    ["name", "namespace", "labels", "annotations", "finalizers", "ownerReferences", "generateName"];
/// Fields of metadata that the API server writes.
const SERVED: [&str; 8] = [
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
    "selfLink",
];

/// Checks names, labels and annotations.
pub fn metadata_findings(id: &ObjectId, object: &Value) -> Vec<Diagnostic> {
    let empty = Map::new();
    let fields = match object.get("metadata") {
        None | Some(Value::Null) => &empty,
        Some(Value::Object(fields)) => fields,
        Some(_) => {
            return vec![finding(
                id,
                Code::InvalidValue,
                "metadata",
                "metadata is a map".into(),
                "write `name:` in it",
            )];
        }
    };
    let mut findings = unknown(id, fields);
    findings.extend(name(id, fields.get("name")));
    findings.extend(namespace(id, fields.get("namespace")));
    for part in ["labels", "annotations"] {
        match fields.get(part) {
            None | Some(Value::Null) => {}
            Some(Value::Object(entries)) => findings.extend(pairs(id, part, entries)),
            Some(_) => {
                let reason = format!("{part} are a map of texts");
                findings.push(finding(
                    id,
                    Code::InvalidValue,
                    format!("metadata.{part}"),
                    reason,
                    "write `key: value`",
                ));
            }
        }
    }
    findings
}

fn finding(id: &ObjectId, code: Code, path: impl Into<String>, reason: String, remedy: &str) -> Diagnostic {
    Diagnostic::error(code, id, path, reason, remedy)
}

fn unknown(id: &ObjectId, fields: &Map<String, Value>) -> Vec<Diagnostic> {
    let known = |field: &str| WRITTEN.contains(&field) || SERVED.contains(&field);
    let unknown = fields.keys().filter(|field| !known(field));
    unknown
        .map(|field| {
            let remedy = match suggest(field, WRITTEN) {
                Some(close) => format!("did you mean `{close}`?"),
                None => "what belongs to the object itself stands under `spec`".to_owned(),
            };
            let path = format!("metadata.{field}");
            finding(id, Code::UnknownField, path, format!("there is no field `{field}`"), &remedy)
        })
        .collect()
}

/// Names follow the rules of Kubernetes; those of metrics are names in formulas, too.
fn name(id: &ObjectId, name: Option<&Value>) -> Option<Diagnostic> {
    let at =
        |reason: String, remedy: &str| Some(finding(id, Code::InvalidName, "metadata.name", reason, remedy));
    let name = match name {
        None | Some(Value::Null) => return at("the object has no name".into(), "give `metadata.name`"),
        Some(Value::String(name)) => name,
        Some(other) => return at(format!("`{other}` is no text"), "put the name in quotes"),
    };
    let metric = is_label(name) && name.starts_with(|c: char| c.is_ascii_lowercase());
    match id.kind {
        Kind::Metric if !metric => at(
            format!("`{name}` cannot be the name of a metric"),
            "use 1 to 63 of a-z, 0-9 and `-`, beginning with a letter and not ending with `-`",
        ),
        _ if !is_subdomain(name) => at(
            format!("`{name}` cannot be a name"),
            "use 1 to 253 of a-z, 0-9, `-` and `.`, each part beginning and ending with a letter or digit",
        ),
        _ => None,
    }
}

fn namespace(id: &ObjectId, namespace: Option<&Value>) -> Option<Diagnostic> {
    let remedy = "use 1 to 63 of a-z, 0-9 and `-`, beginning and ending with a letter or digit";
    match namespace {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) if is_label(name) => None,
        Some(other) => {
            let shown = other.as_str().map_or_else(|| other.to_string(), str::to_owned);
            let reason = format!("`{shown}` cannot be a namespace");
            Some(finding(id, Code::InvalidName, "metadata.namespace", reason, remedy))
        }
    }
}

fn pairs(id: &ObjectId, part: &str, entries: &Map<String, Value>) -> Vec<Diagnostic> {
    let check = |(key, value): (&String, &Value)| {
        let path = format!("metadata.{part}[{key}]");
        let at = |reason: String, remedy: &str| {
            Some(finding(id, Code::InvalidValue, path.clone(), reason, remedy))
        };
        if !is_qualified(key) {
            return at(
                format!("`{key}` cannot be a key"),
                "use letters, digits, `-`, `_` and `.`, after `domain/` if need be",
            );
        }
        match value {
            Value::String(text) if part == "labels" && !is_label_value(text) => at(
                format!("`{text}` cannot be the value of a label"),
                "use up to 63 letters, digits, `-`, `_` and `.`, or an annotation",
            ),
            Value::String(_) => None,
            _ => at("the value is no text".into(), "put it in quotes"),
        }
    };
    entries.iter().filter_map(check).collect()
}

/// A label of RFC 1123.
fn is_label(text: &str) -> bool {
    text.len() <= 63 && text.bytes().all(|byte| plain(byte) || byte == b'-') && ends(text, plain)
}

/// A subdomain of RFC 1123.
fn is_subdomain(text: &str) -> bool {
    let part = |part: &str| part.bytes().all(|byte| plain(byte) || byte == b'-') && ends(part, plain);
    text.len() <= 253 && text.split('.').all(part)
}

/// A key of labels and annotations.
fn is_qualified(key: &str) -> bool {
    let (prefix, name) = key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    prefix.is_none_or(is_subdomain) && !name.is_empty() && is_label_value(name)
}

fn is_label_value(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    text.is_empty()
        || text.len() <= 63 && text.bytes().all(inner) && ends(text, |byte| byte.is_ascii_alphanumeric())
}

fn plain(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn ends(text: &str, fits: impl Fn(u8) -> bool) -> bool {
    text.bytes().next().is_some_and(&fits) && text.bytes().next_back().is_some_and(&fits)
}
