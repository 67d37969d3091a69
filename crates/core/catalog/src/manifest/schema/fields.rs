//! Values against the part of a schema that speaks of one value each: types, fields, forms and sizes.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use metricwright_api::crds::crd;
use metricwright_api::{Code, Diagnostic, Kind, ObjectId};
use metricwright_formula::suggest;
use regex::Regex;
use serde_json::{Map, Value};

use crate::resolve::reference::few;

/// Every pattern of every schema, compiled once.
static PATTERNS: LazyLock<BTreeMap<String, Regex>> = LazyLock::new(|| {
    let mut patterns = BTreeMap::new();
    for kind in Kind::ALL {
        collect(&serde_json::to_value(crd(kind)).unwrap_or_default(), &mut patterns);
    }
    patterns
});

fn collect(schema: &Value, patterns: &mut BTreeMap<String, Regex>) {
    if let Some(pattern) = schema.get("pattern").and_then(Value::as_str)
        && let Ok(regex) = Regex::new(pattern)
    {
        patterns.insert(pattern.to_owned(), regex);
    }
    match schema {
        Value::Object(fields) => fields.values().for_each(|value| collect(value, patterns)),
        Value::Array(items) => items.iter().for_each(|item| collect(item, patterns)),
        _ => {}
    }
}

/// Looks through the fields of one object.
pub struct Fields<'a> {
    id: &'a ObjectId,
    findings: Vec<Diagnostic>,
}

impl<'a> Fields<'a> {
    /// What a schema says against a value at a path of an object.
    pub fn check(id: &'a ObjectId, schema: &Value, value: &Value, path: &str) -> Vec<Diagnostic> {
        let mut fields = Self { id, findings: Vec::new() };
        fields.value(schema, value, path);
        fields.findings
    }

    fn report(&mut self, code: Code, path: &str, reason: String, remedy: String) {
        self.findings.push(Diagnostic::error(code, self.id, path, reason, remedy));
    }

    fn invalid(&mut self, path: &str, reason: String, remedy: String) {
        self.report(Code::InvalidValue, path, reason, remedy);
    }

    fn value(&mut self, schema: &Value, value: &Value, path: &str) {
        let wanted = schema.get("type").and_then(Value::as_str).unwrap_or_default();
        match (wanted, value) {
            ("object", Value::Object(fields)) => self.object(schema, fields, path),
            ("array", Value::Array(items)) => self.array(schema, items, path),
            ("string", Value::String(text)) => self.text(schema, text, path),
            ("integer", Value::Number(number)) if number.is_i64() || number.is_u64() => {
                self.number(schema, value, path);
            }
            ("number", Value::Number(_)) => self.number(schema, value, path),
            ("boolean", Value::Bool(_)) | ("", _) => {}
            _ => {
                let reason = format!("{} is given where {} is wanted", name_of(value), article(wanted));
                self.invalid(path, reason, instead(wanted, value));
            }
        }
    }

    fn object(&mut self, schema: &Value, fields: &Map<String, Value>, path: &str) {
        let empty = Map::new();
        let known = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
        let free = schema.get("additionalProperties");
        for (name, value) in fields {
            match (known.get(name), free) {
                (Some(schema), _) => self.value(schema, value, &format!("{path}.{name}")),
                (None, Some(schema)) => self.value(schema, value, &format!("{path}[{name}]")),
                (None, None) => self.unknown(known, name, path),
            }
        }
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        for name in required.filter_map(Value::as_str).filter(|name| !fields.contains_key(*name)) {
            let about = known.get(name).map(about).unwrap_or_default();
            let remedy =
                if about.is_empty() { format!("add `{name}`") } else { format!("add `{name}`: {about}") };
            self.report(
                Code::MissingField,
                &format!("{path}.{name}"),
                format!("`{name}` is missing"),
                remedy,
            );
        }
        self.size(schema, fields.len(), ("minProperties", "maxProperties"), ("entry", "entries"), path);
    }

    fn unknown(&mut self, known: &Map<String, Value>, name: &str, path: &str) {
        let names: Vec<&String> = known.keys().collect();
        let remedy = match suggest(name, &names) {
            Some(close) => format!("did you mean `{close}`?"),
            None if names.is_empty() => format!("`{path}` has no fields"),
            None => format!("`{path}` has {}", few(&names)),
        };
        self.report(
            Code::UnknownField,
            &format!("{path}.{name}"),
            format!("there is no field `{name}`"),
            remedy,
        );
    }

    fn array(&mut self, schema: &Value, items: &[Value], path: &str) {
        let set = schema.get("x-kubernetes-list-type").and_then(Value::as_str) == Some("set");
        for (index, item) in items.iter().enumerate() {
            let place = format!("{path}[{index}]");
            if let Some(of) = schema.get("items") {
                self.value(of, item, &place);
            }
            if set && items.iter().take(index).any(|earlier| earlier == item) {
                let shown = item.as_str().map_or_else(|| item.to_string(), str::to_owned);
                self.invalid(&place, format!("`{shown}` is given twice"), "take one of them out".to_owned());
            }
        }
        self.size(schema, items.len(), ("minItems", "maxItems"), ("item", "items"), path);
    }

    fn text(&mut self, schema: &Value, text: &str, path: &str) {
        if let Some(allowed) = schema.get("enum").and_then(Value::as_array) {
            let allowed: Vec<&str> = allowed.iter().filter_map(Value::as_str).collect();
            if !allowed.contains(&text) {
                let remedy = match suggest(text, &allowed) {
                    Some(close) => format!("did you mean `{close}`?"),
                    None => format!("use one of {}", few(&allowed)),
                };
                self.invalid(path, format!("`{text}` is not allowed here"), remedy);
            }
        }
        let size = text.chars().count();
        self.size(schema, size, ("minLength", "maxLength"), ("character", "characters"), path);
        let Some(pattern) = schema.get("pattern").and_then(Value::as_str) else { return };
        // What is empty is told once, by its size.
        let told = size == 0 && schema.get("minLength").is_some();
        if !told && PATTERNS.get(pattern).is_some_and(|regex| !regex.is_match(text)) {
            let about = about(schema);
            let remedy = if about.is_empty() { format!("it must match {pattern}") } else { about };
            self.invalid(path, format!("`{}` does not have the right form", cut(text)), remedy);
        }
    }

    fn number(&mut self, schema: &Value, number: &Value, path: &str) {
        let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
        let (least, most) = (bound("minimum"), bound("maximum"));
        let Some(size) = number.as_f64() else { return };
        if least.is_none_or(|least| size >= least) && most.is_none_or(|most| size <= most) {
            return;
        }
        let remedy = match (least, most) {
            (Some(least), Some(most)) => format!("write a number from {least} to {most}"),
            (Some(least), None) => format!("write a number from {least} on"),
            (None, most) => format!("write a number up to {}", most.unwrap_or_default()),
        };
        self.invalid(path, format!("{number} is out of range"), remedy);
    }

    fn size(&mut self, schema: &Value, size: usize, bounds: (&str, &str), what: (&str, &str), path: &str) {
        let bound = |name: &str| schema.get(name).and_then(Value::as_u64);
        let said = |count: u64| format!("{count} {}", if count == 1 { what.0 } else { what.1 });
        let size = size as u64;
        if let Some(least) = bound(bounds.0).filter(|least| size < *least) {
            let reason =
                if size == 0 { "it is empty".to_owned() } else { format!("it has only {}", said(size)) };
            self.invalid(path, reason, format!("give at least {}", said(least)));
        }
        if let Some(most) = bound(bounds.1).filter(|most| size > *most) {
            self.invalid(path, format!("it has {}", said(size)), format!("give at most {}", said(most)));
        }
    }
}

/// What the schema says that a field is, in one paragraph.
fn about(schema: &Value) -> String {
    let text = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    text.split("\n\n").next().unwrap_or_default().replace('\n', " ")
}

/// The beginning of a text that may be long.
fn cut(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn instead(wanted: &str, value: &Value) -> String {
    match (wanted, value) {
        ("string", Value::Number(_)) => "put it in quotes".to_owned(),
        ("string", Value::Bool(_)) => {
            "put it in quotes: plain `true`, `yes`, `on`, `y` and their like are truth values in YAML"
                .to_owned()
        }
        ("object", Value::Null) => "write its fields below, indented".to_owned(),
        _ => format!("write {}", article(wanted)),
    }
}

fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a truth value",
        Value::Number(number) if number.is_f64() => "a fraction",
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
