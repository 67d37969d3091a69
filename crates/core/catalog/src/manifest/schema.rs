//! Checking objects against the schemas of their kinds, CEL rules included: what the API server would say,
//! said offline.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use kube_cel::{CompiledSchema, compile_schema, validate_compiled};
use metricwright_api::crds::crd;
use metricwright_api::{Code, Diagnostic, Kind, ObjectId};
use metricwright_formula::suggest;
use regex::Regex;
use serde_json::Value;

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

/// What the schema of its kind says against an object. Rules over several fields are looked at only where
/// each field for itself is right.
pub fn validate_object(id: &ObjectId, object: &Value) -> Vec<Diagnostic> {
    let Some(kind) = SCHEMAS.get(&id.kind) else { return Vec::new() };
    let mut check = Check { id, findings: Vec::new() };
    let spec = kind.schema.pointer("/properties/spec").unwrap_or(&Value::Null);
    match object.get("spec") {
        Some(value) => check.value(spec, value, "spec"),
        None if id.kind != Kind::Incident => {
            check.report(
                Code::MissingField,
                "spec",
                "there is no `spec`".into(),
                "say what the object is".into(),
            );
        }
        None => {}
    }
    if check.findings.is_empty()
        && let Err(errors) = validate_compiled(&kind.rules, object, None)
    {
        for error in errors.as_slice() {
            // The message of a rule says what to do.
            let path = error.field_path.trim_start_matches('.').to_owned();
            check.report(
                Code::SchemaRule,
                &path,
                "the fields do not go together".into(),
                error.message.clone(),
            );
        }
    }
    check.findings
}

struct Check<'a> {
    id: &'a ObjectId,
    findings: Vec<Diagnostic>,
}

impl Check<'_> {
    fn report(&mut self, code: Code, path: &str, reason: String, remedy: String) {
        self.findings.push(Diagnostic::error(code, self.id, path, reason, remedy));
    }

    fn value(&mut self, schema: &Value, value: &Value, path: &str) {
        if value.is_null() && schema.get("nullable") == Some(&Value::Bool(true)) {
            return;
        }
        let wanted = schema.get("type").and_then(Value::as_str).unwrap_or_default();
        match (wanted, value) {
            ("object", Value::Object(fields)) => self.object(schema, fields, path),
            ("array", Value::Array(items)) => self.array(schema, items, path),
            ("string", Value::String(text)) => self.text(schema, text, path),
            ("integer", Value::Number(number)) if number.is_i64() || number.is_u64() => {
                self.number(schema, number.as_f64(), path);
            }
            ("number", Value::Number(number)) => self.number(schema, number.as_f64(), path),
            ("boolean", Value::Bool(_)) | ("", _) => {}
            _ => {
                let reason = format!("{} is given where {} is wanted", name_of(value), article(wanted));
                let remedy = match (wanted, value) {
                    ("string", Value::Number(_) | Value::Bool(_)) => format!("put it in quotes: \"{value}\""),
                    _ => format!("write {}", article(wanted)),
                };
                self.report(Code::InvalidValue, path, reason, remedy);
            }
        }
    }

    fn object(&mut self, schema: &Value, fields: &serde_json::Map<String, Value>, path: &str) {
        let known = schema.get("properties").and_then(Value::as_object);
        let free = schema.get("additionalProperties");
        for (name, value) in fields {
            let place = format!("{path}.{name}");
            if let Some(schema) = known.and_then(|known| known.get(name)).or(free) {
                self.value(schema, value, &place);
                continue;
            }
            let names: Vec<&String> = known.map(|known| known.keys().collect()).unwrap_or_default();
            let remedy = match suggest(name, &names) {
                Some(close) => format!("did you mean `{close}`?"),
                None => format!("`{path}` has {}", crate::resolve::reference::few(&names)),
            };
            self.report(Code::UnknownField, &place, format!("there is no field `{name}`"), remedy);
        }
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        for name in required.filter_map(Value::as_str).filter(|name| !fields.contains_key(*name)) {
            let description = known
                .and_then(|known| known.get(name)?.get("description")?.as_str())
                .map(|text| text.lines().next().unwrap_or_default().to_owned());
            let remedy =
                description.map_or_else(|| format!("add `{name}`"), |text| format!("add `{name}`: {text}"));
            self.report(
                Code::MissingField,
                &format!("{path}.{name}"),
                format!("`{name}` is missing"),
                remedy,
            );
        }
        self.size(schema, fields.len(), ("minProperties", "maxProperties"), "entries", path);
    }

    fn array(&mut self, schema: &Value, items: &[Value], path: &str) {
        if let Some(of) = schema.get("items") {
            for (index, item) in items.iter().enumerate() {
                self.value(of, item, &format!("{path}[{index}]"));
            }
        }
        self.size(schema, items.len(), ("minItems", "maxItems"), "items", path);
    }

    fn text(&mut self, schema: &Value, text: &str, path: &str) {
        if let Some(allowed) = schema.get("enum").and_then(Value::as_array) {
            let allowed: Vec<&str> = allowed.iter().filter_map(Value::as_str).collect();
            if !allowed.contains(&text) {
                let remedy = match suggest(text, &allowed) {
                    Some(close) => format!("did you mean `{close}`?"),
                    None => format!("use one of {}", crate::resolve::reference::few(&allowed)),
                };
                self.report(Code::InvalidValue, path, format!("`{text}` is not allowed here"), remedy);
            }
        }
        self.size(schema, text.chars().count(), ("minLength", "maxLength"), "characters", path);
        let Some(pattern) = schema.get("pattern").and_then(Value::as_str) else { return };
        if Regex::new(pattern).is_ok_and(|regex| !regex.is_match(text)) {
            let about = schema.get("description").and_then(Value::as_str).unwrap_or_default();
            let about = about.lines().next().unwrap_or_default();
            let remedy = if about.is_empty() { format!("it must match {pattern}") } else { about.to_owned() };
            self.report(Code::InvalidValue, path, format!("`{text}` does not have the right form"), remedy);
        }
    }

    fn number(&mut self, schema: &Value, number: Option<f64>, path: &str) {
        let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
        let Some(number) = number else { return };
        if bound("minimum").is_some_and(|least| number < least)
            || bound("maximum").is_some_and(|most| number > most)
        {
            let show = |bound: Option<f64>| bound.map_or_else(|| "any".to_owned(), |bound| bound.to_string());
            let remedy =
                format!("write a number from {} to {}", show(bound("minimum")), show(bound("maximum")));
            self.report(Code::InvalidValue, path, format!("{number} is out of range"), remedy);
        }
    }

    fn size(&mut self, schema: &Value, size: usize, (least, most): (&str, &str), what: &str, path: &str) {
        let bound = |name: &str| schema.get(name).and_then(Value::as_u64);
        let size = size as u64;
        if bound(least).is_some_and(|least| size < least) {
            let remedy = format!("give at least {}", bound(least).unwrap_or_default());
            self.report(Code::InvalidValue, path, format!("there are only {size} {what}"), remedy);
        }
        if bound(most).is_some_and(|most| size > most) {
            let remedy = format!("give at most {}", bound(most).unwrap_or_default());
            self.report(Code::InvalidValue, path, format!("there are {size} {what}"), remedy);
        }
    }
}

fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

fn article(wanted: &str) -> &'static str {
    match wanted {
        "object" => "a map",
        "array" => "a list",
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        _ => "something else",
    }
}
