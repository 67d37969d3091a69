use serde_json::{Value, json};

use super::*;

/// Largest definition that leaves room in etcd and in `kubectl apply`'s annotation.
const MOST_BYTES: usize = 200 * 1024;

/// Calls `look` with the path and schema of every field below a part (`spec`, `status`) of every kind.
fn each_field(part: &str, look: &mut dyn FnMut(&str, &Value)) {
    for kind in Kind::ALL {
        let root = schema(kind);
        if let Some(schema) = root.pointer(&format!("/properties/{part}")) {
            walk(&format!("{kind}.{part}"), schema, look);
        }
    }
}

fn schema(kind: Kind) -> Value {
    let definition = serde_json::to_value(crd(kind)).unwrap();
    definition.pointer("/spec/versions/0/schema/openAPIV3Schema").unwrap().clone()
}

fn walk(path: &str, schema: &Value, look: &mut dyn FnMut(&str, &Value)) {
    look(path, schema);
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        walk(&format!("{path}.{name}"), property, look);
    }
    for (part, mark) in [("items", "[]"), ("additionalProperties", "{}")] {
        if schema[part].is_object() {
            walk(&format!("{path}{mark}"), &schema[part], look);
        }
    }
}

/// Paths of the fields below a part for which `faulty` holds.
fn faulty_fields(part: &str, faulty: impl Fn(&str, &Value) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    each_field(part, &mut |path, schema| {
        if faulty(path, schema) {
            found.push(path.to_owned());
        }
    });
    found
}

#[test]
fn every_kind_is_described_as_its_names_say() {
    for kind in Kind::ALL {
        let definition = crd(kind);
        let names = &definition.spec.names;
        assert_eq!(definition.spec.group, crate::GROUP);
        assert_eq!(definition.spec.versions[0].name, crate::VERSION);
        assert_eq!(names.kind, kind.as_str());
        assert_eq!(names.plural, kind.plural());
        assert_eq!(names.short_names, Some(vec![kind.short().to_owned()]));
        assert_eq!(names.categories, Some(vec!["metricwright".to_owned()]));
    }
}

#[test]
fn every_definition_is_small_yaml_that_reads_back() {
    for kind in Kind::ALL {
        let text = yaml(kind).unwrap();
        assert!(text.len() < MOST_BYTES, "{kind} has {} bytes", text.len());
        let back: CustomResourceDefinition = serde_yaml::from_str(&text).unwrap();
        assert_eq!(back, crd(kind));
    }
}

#[test]
fn every_schema_is_structural() {
    let forbidden =
        ["$ref", "anyOf", "oneOf", "allOf", "not", "nullable", "definitions", "patternProperties"];
    for part in ["spec", "status"] {
        let faulty = faulty_fields(part, |_, schema| {
            !schema["type"].is_string() || forbidden.iter().any(|word| schema.get(word).is_some())
        });
        assert!(faulty.is_empty(), "{faulty:?}");
    }
}

#[test]
fn every_format_is_one_that_the_api_server_knows() {
    for part in ["spec", "status"] {
        let faulty = faulty_fields(part, |_, schema| {
            schema["format"]
                .as_str()
                .is_some_and(|format| !["int32", "int64", "double", "date-time"].contains(&format))
        });
        assert!(faulty.is_empty(), "{faulty:?}");
    }
}

#[test]
fn every_text_list_and_map_of_a_spec_is_bounded() {
    let faulty = faulty_fields("spec", |_, schema| {
        let has = |word: &str| schema.get(word).is_some();
        match schema["type"].as_str() {
            Some("string") => {
                !(has("maxLength") || has("enum") || schema["pattern"].as_str().is_some_and(bounded))
            }
            Some("array") => !has("maxItems"),
            Some("object") if has("additionalProperties") => !has("maxProperties"),
            Some("integer" | "number") => !(has("minimum") && has("maximum")),
            _ => false,
        }
    });
    assert!(faulty.is_empty(), "{faulty:?}");
}

/// A pattern that is anchored and repeats nothing without end.
fn bounded(pattern: &str) -> bool {
    let open = pattern.replace("\\+", "").replace("[-+]", "");
    pattern.starts_with('^') && pattern.ends_with('$') && !open.contains(['*', '+']) && !open.contains(",}")
}

#[test]
fn every_list_of_a_status_is_bounded() {
    let faulty =
        faulty_fields("status", |_, schema| schema["type"] == "array" && schema.get("maxItems").is_none());
    assert!(faulty.is_empty(), "{faulty:?}");
}

#[test]
fn every_field_says_what_it_is_in_sentences() {
    for part in ["spec", "status"] {
        let faulty = faulty_fields(part, |path, schema| {
            let inner = path.ends_with(']') || path.ends_with('}');
            let text = schema["description"].as_str().unwrap_or_default();
            !inner && (!text.ends_with('.') || text.contains("[`") || text.len() > 600)
        });
        assert!(faulty.is_empty(), "{faulty:?}");
    }
}

#[test]
fn sets_hold_scalars_and_maps_have_their_required_keys() {
    for part in ["spec", "status"] {
        let faulty = faulty_fields(part, |_, schema| {
            let items = &schema["items"];
            match schema["x-kubernetes-list-type"].as_str() {
                Some("set") => !["string", "integer"].iter().any(|scalar| items["type"] == *scalar),
                Some("map") => {
                    let required = items["required"].as_array().cloned().unwrap_or_default();
                    let keys = schema["x-kubernetes-list-map-keys"].as_array().cloned().unwrap_or_default();
                    keys.is_empty() || !keys.iter().all(|key| required.contains(key))
                }
                _ => false,
            }
        });
        assert!(faulty.is_empty(), "{faulty:?}");
    }
}

#[test]
fn rules_say_what_to_do() {
    let mut rules = 0;
    for kind in Kind::ALL {
        walk(kind.as_str(), &schema(kind), &mut |path, schema| {
            for rule in schema["x-kubernetes-validations"].as_array().into_iter().flatten() {
                rules += 1;
                assert!(rule["message"].as_str().is_some_and(|text| !text.is_empty()), "{path}: {rule}");
            }
        });
    }
    assert!(rules >= 10, "only {rules} rules");
}

#[test]
fn variants_are_siblings_of_which_exactly_one_is_given() {
    let cases = [
        (Kind::DataSource, "/properties/spec", ["files", "sqlite", "postgres", "mysql"].as_slice()),
        (Kind::DataSource, "/properties/spec/properties/postgres", &["urlSecretRef", "server"]),
        (Kind::Dataset, "/properties/spec", &["table", "query"]),
        (
            Kind::Metric,
            "/properties/spec",
            &["formula", "aggregate", "ratio", "derived", "cumulative", "conversion"],
        ),
        (Kind::AlertRule, "/properties/spec", &["metric", "metrics", "selector"]),
        (Kind::AlertRule, "/properties/spec/properties/anyOf/items", &["threshold", "change"]),
        (Kind::Channel, "/properties/spec/properties/webhook", &["url", "urlSecretRef"]),
    ];
    for (kind, place, variants) in cases {
        let root = schema(kind);
        let schema = root.pointer(place).unwrap();
        let quoted: Vec<String> = variants.iter().map(|name| format!("`{name}`")).collect();
        let message = format!("give exactly one of {}", quoted.join(", "));
        let rules = schema["x-kubernetes-validations"].as_array().unwrap();
        assert!(rules.iter().any(|rule| rule["message"] == json!(message)), "{kind}: {message}");
        for name in variants {
            assert!(schema["properties"].get(name).is_some(), "{kind} has no {name}");
            assert!(!schema["required"].as_array().is_some_and(|names| names.contains(&json!(name))));
        }
    }
}

#[test]
fn printer_columns_read_fields_that_exist() {
    for kind in Kind::ALL {
        let root = schema(kind);
        for column in crd(kind).spec.versions[0].additional_printer_columns.as_ref().unwrap() {
            let path = column.json_path.trim_start_matches('.');
            let mut here = &root;
            for step in path.split('.').take_while(|step| !step.contains('?')) {
                let name = step.split('[').next().unwrap();
                if name == "metadata" {
                    break;
                }
                here = &here["properties"][name];
                assert!(here.is_object(), "{kind}: {path} stops at {name}");
                if step.contains('[') {
                    here = &here["items"];
                }
            }
        }
    }
}
