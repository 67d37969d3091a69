use metricwright_api::{Kind, ObjectId};
use serde_json::json;

use super::{dataset, files, load, loaded, metric};
use crate::Spec;
use crate::manifest::{SourceFile, read_object, validate_object};

#[test]
fn objects_are_read_with_what_belongs_to_them() {
    let text = "# a comment\napiVersion: metricwright.dev/v1alpha1\nkind: Metric\nmetadata:\n  name: m\n  namespace: shop\n  labels: {team: sales}\n  annotations: {note: 好}\nspec: {dataset: d, formula: sum(x)}\n";
    let loaded = loaded(text);
    assert_eq!(loaded.findings, []);
    let object = &loaded.objects[0].value;
    assert_eq!(object.id, ObjectId::new(Kind::Metric, "shop", "m"));
    assert_eq!(object.labels["team"], "sales");
    assert_eq!(object.annotations["note"], "好");
    assert_eq!(object.generation, None);
}

#[test]
fn several_documents_lists_and_other_kinds_stand_together() {
    let one = metric("  dataset: d\n  formula: sum(x)\n");
    let other = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {on: [push], yes: no}\n";
    let list = "apiVersion: v1\nkind: List\nitems:\n  - apiVersion: metricwright.dev/v1alpha1\n    kind: Dataset\n    metadata: {name: d}\n    spec: {source: s, table: t}\n  - {apiVersion: v1, kind: ConfigMap}\n";
    let loaded = loaded(&format!("---\n{one}---\n---\n# nothing\n---\n{other}---\n{list}...\n"));
    assert_eq!(loaded.findings, []);
    let ids: Vec<_> = loaded.objects.iter().map(|object| object.value.id.to_string()).collect();
    assert_eq!(ids, ["Metric default/m", "Dataset default/d"]);
}

#[test]
fn json_reads_like_yaml() {
    let text = "{\n\t\"apiVersion\": \"metricwright.dev/v1alpha1\",\n\t\"kind\": \"Dataset\",\n\t\"metadata\": {\"name\": \"d\"},\n\t\"spec\": {\"source\": \"s\", \"table\": \"t\\u0061\\/b\", \"suspend\": false}\n}\n";
    let loaded = loaded(text);
    assert_eq!(loaded.findings, []);
    let Spec::Dataset(spec) = &loaded.objects[0].value.spec else { panic!("no dataset") };
    assert_eq!(spec.table.as_deref(), Some("ta/b"));
}

#[test]
fn files_of_kustomize_and_empty_files_are_passed_over() {
    let file = |path: &str, text: &str| SourceFile { path: path.into(), text: text.into() };
    let files = [
        file("base/kustomization.yaml", "resources: [a.yaml]"),
        file("empty.yaml", ""),
        file("c.yaml", "# only\n"),
    ];
    assert_eq!(load(&files).findings, []);
}

#[test]
fn aliases_stand_for_their_anchors() {
    let text = dataset(
        "  source: s\n  table: t\n  entities: [&e {name: store, type: Foreign}]\n  dimensions: [{name: region, expr: &x 'upper(region)'}, {name: area, expr: *x}]\n",
    );
    let loaded = loaded(&text);
    assert_eq!(loaded.findings, []);
    let Spec::Dataset(spec) = &loaded.objects[0].value.spec else { panic!("no dataset") };
    assert_eq!(spec.dimensions[1].expr.as_deref(), Some("upper(region)"));
}

#[test]
fn a_field_without_a_value_is_not_given() {
    let text = dataset("  source: s\n  table: t\n  query:\n  time: ~\n  suspend: null\n");
    let loaded = loaded(&text);
    assert_eq!(loaded.findings, []);
    let Spec::Dataset(spec) = &loaded.objects[0].value.spec else { panic!("no dataset") };
    assert_eq!((&spec.query, &spec.time, spec.suspend), (&None, &None, false));
}

#[test]
fn whole_floats_are_whole_numbers() {
    let text = metric("  dataset: d\n  formula: sum(x)\n  schedule: {maxSlices: 1e3}\n");
    let loaded = loaded(&text);
    assert_eq!(loaded.findings, []);
    let Spec::Metric(spec) = &loaded.objects[0].value.spec else { panic!("no metric") };
    assert_eq!(spec.schedule.as_ref().and_then(|schedule| schedule.max_slices), Some(1000));
}

#[test]
fn secrets_and_namespaces_are_read_and_secrets_stay_unsaid() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: shop}\nstringData: {url: 'https://x/token'}\ndata: {key: c2VjcmV0}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {tier: gold}}\n";
    let loaded = loaded(text);
    assert_eq!(loaded.findings, []);
    assert_eq!(loaded.namespaces["shop"]["tier"], "gold");
    let secret = &loaded.secrets[0];
    assert_eq!((secret.namespace.as_str(), secret.name.as_str()), ("shop", "s"));
    assert_eq!(
        (secret.texts["url"].as_str(), secret.encoded["key"].as_str()),
        ("https://x/token", "c2VjcmV0")
    );
    assert_eq!(format!("{loaded:?}").matches("token").count(), 0);
}

#[test]
fn findings_are_in_order_of_file_and_place() {
    let bad = dataset("  source: 1\n  table: 2\n");
    let files = files(&[&bad, &bad.replace("name: d", "name: e")]);
    let places: Vec<_> = load(&files).findings.iter().map(|f| (f.file.clone(), f.line)).collect();
    assert_eq!(
        places,
        [("a.yaml".into(), 6), ("a.yaml".into(), 7), ("b.yaml".into(), 6), ("b.yaml".into(), 7)]
    );
}

#[test]
fn an_object_of_the_cluster_is_checked_without_a_file() {
    let id = ObjectId::new(Kind::AlertRule, "shop", "r");
    let mut object = json!({
        "apiVersion": "metricwright.dev/v1alpha1", "kind": "AlertRule",
        "metadata": {"name": "r", "namespace": "shop", "generation": 3, "uid": "u", "managedFields": []},
        "spec": {"metric": "m", "severity": "Warning", "anyOf": [{"threshold": "value < 1"}]},
        "status": {"anything": true},
    });
    assert_eq!(validate_object(&id, &object), []);
    assert_eq!(read_object(&id, &object).unwrap().generation, Some(3));
    object["spec"]["anyOf"][0]["treshold"] = json!("x");
    let findings = validate_object(&id, &object);
    assert_eq!(
        findings[0].to_string(),
        "UNKNOWN_FIELD at spec.anyOf[0].treshold: there is no field `treshold`; did you mean `threshold`?"
    );
    for odd in
        [json!(null), json!([]), json!("x"), json!({"spec": 1}), json!({"metadata": {"labels": {"a": null}}})]
    {
        assert!(!validate_object(&id, &odd).is_empty(), "{odd}");
        assert!(read_object(&id, &odd).is_err(), "{odd}");
    }
}
