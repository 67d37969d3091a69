//! What is said of an object before it is stored: denied for itself alone, warned of among the others.

use std::sync::Arc;

use metricwright_api::{Kind, ObjectId};
use metricwright_catalog::{Catalog, Object, Review, review};
use serde_json::{Value, json};

use crate::support::{SHOP, id, inventory, objects, shop, words};

fn metric(name: &str, spec: &Value) -> (ObjectId, Value) {
    let json = json!({
        "apiVersion": "metricwright.dev/v1alpha1", "kind": "Metric",
        "metadata": { "name": name, "namespace": "default" }, "spec": spec,
    });
    (id(Kind::Metric, name), json)
}

fn codes(review: &Review) -> (Vec<&str>, Vec<&str>) {
    let codes = |findings: &[metricwright_api::Diagnostic]| {
        findings.iter().map(|finding| finding.code.as_str()).collect::<Vec<_>>()
    };
    (codes(&review.denied), codes(&review.warnings))
}

/// Specs of metrics, what is denied of each whatever there is, and what is warned of in the shop.
fn cases() -> Vec<(Value, &'static [&'static str], &'static [&'static str])> {
    vec![
        (json!({ "dataset": "sales", "formula": "sum(amount)" }), &[], &[]),
        (json!({ "dataset": "sales", "formula": "sum(amount" }), &["FORMULA_SYNTAX"], &[]),
        (json!({ "dataset": "sales", "formula": "sum(absolute(amount))" }), &["UNKNOWN_FUNCTION"], &[]),
        (json!({ "dataset": "sales", "formula": "sum(amount + 'a')" }), &["TYPE_MISMATCH"], &[]),
        (json!({ "dataset": "sales", "formula": "sum(amount)", "unit": "CNYY/" }), &["INVALID_VALUE"], &[]),
        // It takes the dataset to see these: another one may be on its way.
        (json!({ "dataset": "sales", "formula": "sum(channel)" }), &[], &["TYPE_MISMATCH"]),
        (json!({ "dataset": "sales", "formula": "sum(amuont)" }), &[], &["UNKNOWN_COLUMN"]),
        (json!({ "dataset": "sales", "formula": "sum(amount)", "unit": "USD" }), &[], &["UNIT_MISMATCH"]),
        (json!({ "dataset": "nowhere", "formula": "sum(amount)" }), &[], &["REFERENCE_NOT_FOUND"]),
        (json!({ "derived": { "expr": "m + 1" } }), &[], &["REFERENCE_CYCLE"]),
        (json!({ "derived": { "expr": "nobody + 1" } }), &[], &["UNKNOWN_METRIC"]),
    ]
}

#[test]
fn the_object_alone_decides_whether_it_is_denied() {
    let nobody = Arc::new(Catalog::new(inventory([])));
    let shop = Arc::new(shop(""));
    let mut others = Vec::new();
    for (spec, denied, warned) in cases() {
        let (id, json) = metric("m", &spec);
        let among = review(&shop, &id, &json);
        assert_eq!(review(&nobody, &id, &json).denied, among.denied, "{spec}");
        if codes(&among) != (denied.to_vec(), warned.to_vec()) {
            others.push(format!("{spec}: {:?}", codes(&among)));
        }
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
}

#[test]
fn a_field_that_only_the_cluster_knows_is_a_warning() {
    let (id, json) = metric("m", &json!({ "dataset": "sales", "formula": "sum(amount)", "laterField": "x" }));
    let outcome = review(&Arc::new(shop("")), &id, &json);
    assert_eq!(outcome.denied, []);
    let warned: Vec<String> = outcome.warnings.iter().map(words).collect();
    assert!(
        warned[0].starts_with("UNKNOWN_FIELD at spec.laterField: there is no field `laterField`; "),
        "{warned:?}"
    );
}

/// A catalogue with one object in place is the catalogue of all the objects with it, whatever was asked before.
#[test]
fn one_object_in_place_is_the_same_as_all_made_anew() {
    let changes = "
Dataset stores {source: shop, table: stores, entities: [{name: store, type: Primary, expr: id}],
  dimensions: [{name: area}], columns: [{name: id, type: Int}, {name: area, type: String}]}
Dataset returns {source: nowhere, table: returns}
DataSource shop {files: {path: data/}, suspend: true}
Metric revenue {dataset: sales, formula: sum(nothing)}
Metric margin {derived: {expr: revenue - 1}}
Metric aaa {dataset: sales, formula: sum(items)}
AlertRule low {metric: revenue, anyOf: [{threshold: value < 10}], slices: [store.region]}
AlertRule any {selector: {matchLabels: {set: shop}}, anyOf: [{threshold: value < 10}]}
Channel desk {webhook: {url: \"http://desk\"}}
";
    let more = "
Metric double {derived: {expr: revenue * 2}}
AlertRule low {metric: revenue, anyOf: [{threshold: value < 10}], notify: [{channel: desk}]}
";
    let all: Vec<Object> = objects(SHOP).into_iter().chain(objects(more)).collect();
    let beneath = Arc::new(Catalog::new(inventory(all.clone())));
    let before: Vec<_> = beneath.all_diagnostics().iter().map(words).collect();
    for object in objects(changes) {
        let anew = Catalog::new(inventory(all.iter().cloned().chain([object.clone()])));
        let placed = beneath.with(object.clone());
        let listed = |catalog: &Catalog| -> Vec<ObjectId> {
            catalog.inventory().objects().map(|object| object.id.clone()).collect()
        };
        assert_eq!(listed(&placed), listed(&anew), "{}", object.id);
        for kind in Kind::ALL {
            assert_eq!(placed.inventory().of_kind(kind).count(), anew.inventory().of_kind(kind).count());
        }
        let said = |catalog: &Catalog| catalog.all_diagnostics().iter().map(words).collect::<Vec<_>>();
        assert_eq!(said(&placed), said(&anew), "{}", object.id);
        assert_eq!(said(&beneath), before, "{} leaves no trace", object.id);
    }
}
