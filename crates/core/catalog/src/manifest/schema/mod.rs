//! Checking objects against the schemas of their kinds, CEL rules included: what the API server would say,
//! said offline.

mod fields;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use kube_cel::{CompiledSchema, ErrorKind, compile_schema, validate_compiled};
use metricwright_api::crds::crd;
use metricwright_api::{Code, Diagnostic, Kind, ObjectId};
use metricwright_formula::suggest;
use serde_json::Value;

use super::metadata::metadata_findings;
use fields::Fields;

/// Fields at the root of an object.
const ROOT: [&str; 5] = ["apiVersion", "kind", "metadata", "spec", "status"];

/// The schema of a kind, ready to check with.
struct KindSchema {
    schema: Value,
    rules: CompiledSchema,
}

static SCHEMAS: LazyLock<BTreeMap<Kind, KindSchema>> = LazyLock::new(|| {
    Kind::ALL
        .into_iter()
        .map(|kind| {
            let schema = serde_json::to_value(crd(kind)).unwrap_or_default();
            let schema =
                schema.pointer("/spec/versions/0/schema/openAPIV3Schema").cloned().unwrap_or_default();
            let rules = compile_schema(&schema);
            (kind, KindSchema { schema, rules })
        })
        .collect()
});

/// What the API server would say against an object: its metadata, its fields, and the rules over several
/// fields, which are looked at only where each field for itself is right. The status is not looked at.
pub fn validate_object(id: &ObjectId, object: &Value) -> Vec<Diagnostic> {
    let Some(kind) = SCHEMAS.get(&id.kind) else { return Vec::new() };
    let mut findings = unknown_at_root(id, object);
    findings.extend(metadata_findings(id, object));
    let object = without_nulls(id.kind, object);
    if let (Some(spec), Some(schema)) = (object.get("spec"), kind.schema.pointer("/properties/spec")) {
        findings.extend(Fields::check(id, schema, spec, "spec"));
    } else {
        let (reason, remedy) = ("there is no `spec`", "say under `spec` what the object is");
        findings.push(Diagnostic::error(Code::MissingField, id, "spec", reason, remedy));
    }
    if findings.is_empty() {
        findings = broken_rules(id, &kind.rules, &object);
    }
    findings
}

/// The object as the API server takes it: `field: null` is a field that is not given.
pub fn without_nulls(kind: Kind, object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(schema) = SCHEMAS.get(&kind) {
        drop_nulls(&mut object, &schema.schema);
    }
    object
}

fn drop_nulls(value: &mut Value, schema: &Value) {
    match value {
        Value::Object(fields) => {
            let of = |name: &str| schema.get("properties").and_then(|known| known.get(name));
            let free = schema.get("additionalProperties");
            fields.retain(|name, value| !value.is_null() || of(name).or(free).is_none());
            for (name, value) in fields {
                if let Some(schema) = of(name).or(free) {
                    drop_nulls(value, schema);
                }
            }
        }
        Value::Array(items) => {
            if let Some(schema) = schema.get("items") {
                for item in items {
                    drop_nulls(item, schema);
                }
            }
        }
        _ => {}
    }
}

fn unknown_at_root(id: &ObjectId, object: &Value) -> Vec<Diagnostic> {
    let fields = object.as_object().into_iter().flat_map(|fields| fields.keys());
    fields
        .filter(|field| !ROOT.contains(&field.as_str()))
        .map(|field| {
            let remedy = match suggest(field, ROOT) {
                Some(close) => format!("did you mean `{close}`?"),
                None => "what the object is stands under `spec`".to_owned(),
            };
            let reason = format!("there is no field `{field}`");
            Diagnostic::error(Code::UnknownField, id, field, reason, remedy)
        })
        .collect()
}

fn broken_rules(id: &ObjectId, rules: &CompiledSchema, object: &Value) -> Vec<Diagnostic> {
    let Err(errors) = validate_compiled(rules, object, None) else { return Vec::new() };
    let finding = |error: &kube_cel::ValidationError| {
        // The message of a rule says what to do.
        let (reason, remedy) = match error.kind {
            ErrorKind::ValidationFailure => {
                ("the fields do not go together".to_owned(), error.message.clone())
            }
            _ => (format!("the rule `{}` cannot be evaluated", error.rule), error.message.clone()),
        };
        Diagnostic::error(Code::SchemaRule, id, error.field_path.trim_start_matches('.'), reason, remedy)
    };
    errors.iter().map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_compiles() {
        for kind in SCHEMAS.values() {
            assert!(!kind.rules.has_errors(), "{:?}", kind.rules.compilation_errors());
        }
    }
}
