//! From an AdmissionReview to its answer.

use std::sync::Arc;

use metricwright_api::{Diagnostic, GROUP, Kind, ObjectId};
use metricwright_catalog::{Catalog, Review, review};
use serde_json::{Map, Value, json};

/// Most characters of a warning that the API server passes on whole.
const WARNING_LIMIT: usize = 256;
/// Most warnings in one answer; the API server cuts what is more than 4096 characters in all.
const WARNINGS: usize = 15;

/// Answers a review. What cannot be read as one is let pass: the reconciler says what is wrong with it.
pub fn answer(catalog: &Arc<Catalog>, request: &Value) -> Value {
    let request = request.get("request").unwrap_or(&Value::Null);
    let id = identity(request);
    let outcome = id.as_ref().map(|id| judge(catalog, id, request)).unwrap_or_default();
    let mut response = Map::new();
    response.insert("uid".to_owned(), request.get("uid").cloned().unwrap_or_default());
    response.insert("allowed".to_owned(), outcome.denied.is_empty().into());
    if let (Some(id), false) = (id, outcome.denied.is_empty()) {
        response.insert("status".to_owned(), refusal(&id, &outcome.denied));
    }
    let warnings = warnings(&outcome.warnings);
    if !warnings.is_empty() {
        response.insert("warnings".to_owned(), warnings.into());
    }
    json!({ "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response })
}

fn identity(request: &Value) -> Option<ObjectId> {
    let kind: Kind = request.pointer("/kind/kind")?.as_str()?.parse().ok()?;
    let text = |name: &str| request.get(name).and_then(Value::as_str).unwrap_or_default();
    // A name that is to be made from `generateName` is not known yet.
    let name = match text("name") {
        "" => request.pointer("/object/metadata/name").and_then(Value::as_str).unwrap_or("generated"),
        name => name,
    };
    Some(ObjectId::new(kind, text("namespace"), name))
}

/// An update that leaves the spec as it is passes, so that labels, finalizers and owners of an object that
/// was stored while nobody looked can still be changed; and so does one on an object that is being deleted.
fn judge(catalog: &Arc<Catalog>, id: &ObjectId, request: &Value) -> Review {
    let object = request.get("object").unwrap_or(&Value::Null);
    if id.kind == Kind::Incident || object.is_null() {
        return Review::default();
    }
    let mut outcome = review(catalog, id, object);
    let deleted = object.pointer("/metadata/deletionTimestamp").is_some_and(|time| !time.is_null());
    let before = request.pointer("/oldObject/spec");
    if deleted || (before.is_some() && before == object.get("spec")) {
        let denied = std::mem::take(&mut outcome.denied);
        outcome.warnings.splice(0..0, denied);
    }
    outcome
}

/// A Status with every finding: in words, and as causes, which kubectl prints as `The Metric "m" is invalid: FIELD:
/// CODE: …`, like the refusals of the API server itself.
fn refusal(id: &ObjectId, denied: &[Diagnostic]) -> Value {
    let lines: Vec<String> = denied.iter().map(ToString::to_string).collect();
    let causes: Vec<Value> = denied
        .iter()
        .map(|finding| {
            let message = format!("{}: {}; {}", finding.code, finding.reason, finding.remedy);
            json!({ "reason": finding.code, "field": finding.path, "message": message })
        })
        .collect();
    json!({
        "status": "Failure", "code": 422, "reason": "Invalid", "message": lines.join("\n"),
        "details": { "group": GROUP, "kind": id.kind.as_str(), "name": id.name, "causes": causes },
    })
}

fn warnings(findings: &[Diagnostic]) -> Vec<String> {
    let mut lines: Vec<String> =
        findings.iter().take(WARNINGS).map(|finding| short(&finding.to_string())).collect();
    if let Some(more) = findings.len().checked_sub(WARNINGS).filter(|more| *more > 0) {
        lines.push(format!("and {more} more; `metricwright check` shows them"));
    }
    lines
}

fn short(line: &str) -> String {
    if line.chars().count() <= WARNING_LIMIT {
        return line.to_owned();
    }
    line.chars().take(WARNING_LIMIT - 1).chain(['…']).collect()
}
