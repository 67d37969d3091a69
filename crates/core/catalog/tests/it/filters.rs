//! Conditions on the inputs of metrics made of metrics.

use metricwright_api::Kind::Metric;
use metricwright_catalog::Catalog;
use metricwright_formula::canonical;

use crate::support::{findings, metric, shop};

fn hash(catalog: &Catalog, name: &str) -> String {
    metric(catalog, name).definition_hash.clone()
}

/// The filters of a metric's components in normal form, each with the dimensions that it reaches.
fn filters(catalog: &Catalog, name: &str) -> Vec<String> {
    let metric = metric(catalog, name);
    let shown = metric.components.iter().map(|component| {
        let filter = component.aggregate.filter.as_ref().map(canonical).unwrap_or_default();
        let reached: Vec<&str> = component.references.keys().map(String::as_str).collect();
        format!("{}: {filter} [{}]", component.dataset.id.name, reached.join(", "))
    });
    shown.collect()
}

#[test]
fn a_filter_on_a_side_means_the_metric_of_those_rows() {
    let catalog = shop(
        "Metric online {dataset: sales, formula: \"sum(amount) filter (where paid and channel = 'online')\"}\n\
         Metric share {ratio: {numerator: {metric: online}, denominator: {metric: revenue}}}\n\
         Metric same {ratio: {numerator: {metric: revenue, filter: \"channel = 'online'\"}, denominator: {metric: revenue}}}\n\
         Metric too {derived: {expr: online / revenue, inputs: [{metric: revenue, as: online, filter: \"channel = 'online'\"}]}}\n\
         Metric other {ratio: {numerator: {metric: revenue}, denominator: {metric: revenue, filter: \"channel = 'online'\"}}}",
    );
    let share = hash(&catalog, "share");
    assert_eq!(hash(&catalog, "same"), share);
    // An input that the expression calls like a metric of the namespace is the input.
    assert_eq!(hash(&catalog, "too"), share);
    assert_ne!(hash(&catalog, "other"), share);
    assert_eq!(metric(&catalog, "same").unit.as_deref(), Some("Fraction"));
}

#[test]
fn conditions_reach_every_component_and_add_up() {
    let catalog = shop(
        "Metric mean {dataset: sales, formula: sum(amount) / count(*)}\n\
         Metric north {derived: {expr: mean, inputs: [{metric: mean, filter: \"store.region = 'north'\"}]}}\n\
         Metric paid-north {derived: {expr: north, inputs: [{metric: north, filter: paid}]}}",
    );
    let both = "sales: paid and store.region = 'north' [store.region]";
    assert_eq!(filters(&catalog, "paid-north"), [both, both]);
}

#[test]
fn components_that_become_equal_are_one() {
    let catalog = shop(
        "Metric split {dataset: sales, formula: sum(amount) filter (where paid) / sum(amount)}\n\
         Metric all-paid {derived: {expr: split, inputs: [{metric: split, filter: paid}]}}",
    );
    let metric = metric(&catalog, "all-paid");
    assert_eq!((metric.components.len(), canonical(&metric.value)), (1, "c0 / c0".to_owned()));
}

#[test]
fn over_several_datasets_each_has_its_own_word_for_a_dimension() {
    let catalog = shop(
        "Metric conversion {ratio: {numerator: {metric: revenue}, denominator: {metric: visitors}}}\n\
         Metric narrow {derived: {expr: c, inputs: [{metric: conversion, as: c, filter: \"channel = 'online' and \
         store.region = 'north' and store in (1, 2)\"}]}}",
    );
    let mut found = filters(&catalog, "narrow");
    found.sort();
    let expected = [
        "sales: channel = 'online' and paid and store.region = 'north' and store_id in (1, 2) [store.region]",
        "visits: store.region = 'north' and store_id in (1, 2) and way_in = 'online' [store.region]",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_key_behind_a_join_is_not_taken_for_a_column() {
    let catalog = shop(
        "Metric conversion {ratio: {numerator: {metric: revenue}, denominator: {metric: visitors}}}\n\
         Metric narrow {derived: {expr: c, inputs: [{metric: conversion, as: c, filter: city = 7}]}}",
    );
    assert_eq!(metric(&catalog, "narrow").components.len(), 2);
    for component in &metric(&catalog, "narrow").components {
        let way = &component.references["city.its key"];
        assert_eq!((way.path.len(), canonical(&way.expr).as_str()), (1, "city_id"));
    }
}

#[test]
fn each_fault_of_a_filter_stands_at_its_place() {
    let ratio = "{ratio: {numerator: {metric: revenue, filter: FILTER}, denominator: {metric: visitors}}}";
    let mixed = "{derived: {expr: c, inputs: [{metric: conversion, as: c, filter: FILTER}]}}";
    let cases = [
        (ratio, "paid and", "FORMULA_SYNTAX at spec.ratio.numerator.filter", ""),
        (ratio, "amuont > 1", "UNKNOWN_COLUMN at spec.ratio.numerator.filter", "did you mean `amount`?"),
        (ratio, "amount", "TYPE_MISMATCH at spec.ratio.numerator.filter", "a condition"),
        (ratio, "sum(amount) > 1", "AGGREGATE_MISPLACED at spec.ratio.numerator.filter", "one row at a time"),
        (ratio, "planet.name = 'x'", "UNKNOWN_DIMENSION at spec.ratio.numerator.filter", "planet.name"),
        (mixed, "device = 'phone'", "DIM_NOT_SHARED at spec.derived.inputs[0].filter", "`sales`"),
        (
            mixed,
            "customer.segment = 'a'",
            "JOIN_FANS_OUT at spec.derived.inputs[0].filter",
            "visits → store ← sales",
        ),
        (mixed, "amount > 1", "UNKNOWN_DIMENSION at spec.derived.inputs[0].filter", "every dataset"),
        (mixed, "channel > 1", "TYPE_MISMATCH at spec.derived.inputs[0].filter", "channel"),
    ];
    let mut wrong = String::new();
    for (spec, filter, wanted, word) in cases {
        let catalog = shop(&format!(
            "Metric conversion {{ratio: {{numerator: {{metric: revenue}}, denominator: {{metric: visitors}}}}}}\n\
             Metric faulty {}",
            spec.replace("FILTER", &format!("\"{filter}\""))
        ));
        let found = findings(&catalog, Metric, "faulty");
        if !found.iter().any(|finding| finding.starts_with(wanted) && finding.contains(word)) {
            wrong += &format!("{filter}\n  wanted {wanted}: … {word}\n  found  {found:?}\n");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
