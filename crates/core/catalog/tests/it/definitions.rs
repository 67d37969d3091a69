//! What definitions mean: components, units, hashes, schedules.

use metricwright_api::{Grain, Kind};
use metricwright_formula::canonical;

use crate::support::{findings, id, metric, shop};

/// The hash of a metric `m` of that spec.
fn hash(spec: &str) -> String {
    metric(&shop(&format!("Metric m {spec}")), "m").definition_hash.clone()
}

#[test]
fn short_and_long_forms_of_one_meaning_have_one_hash() {
    let short = hash("{dataset: sales, formula: sum(amount) filter (where paid)}");
    for same in [
        "{dataset: sales, formula: 'SUM( amount )  FILTER (WHERE paid)'}",
        "{aggregate: {dataset: sales, function: Sum, expr: amount, filter: paid}}",
        "{derived: {expr: revenue}}",
        "{dataset: sales, formula: sum(amount) filter (where paid), displayName: 营业额, description: x, owner: {team: a}, \
         format: '0.0', direction: HigherIsBetter, unit: CNY, schedule: {grains: [Hour], backfill: 1y}, dimensions: [store]}",
    ] {
        assert_eq!(hash(same), short, "{same}");
    }
}

#[test]
fn another_meaning_has_another_hash() {
    let one = hash("{dataset: sales, formula: sum(amount) filter (where paid)}");
    for other in [
        "{dataset: sales, formula: sum(amount)}",
        "{dataset: sales, formula: sum(cost) filter (where paid)}",
        "{dataset: sales, formula: avg(amount) filter (where paid)}",
        "{dataset: sales, formula: sum(amount) filter (where not paid)}",
        "{dataset: sales, formula: sum(amount) filter (where paid) * 2}",
    ] {
        assert_ne!(hash(other), one, "{other}");
    }
    let of = |more: &str| metric(&shop(more), "revenue").definition_hash.clone();
    let dataset = |change: &str| {
        format!(
            "Dataset sales {{source: shop, {change}, entities: [{{name: store, type: Foreign, expr: store_id}}], \
             dimensions: [{{name: channel}}]}}"
        )
    };
    let table = of(&dataset("table: sales, time: {column: at}"));
    for change in [
        "table: old_sales, time: {column: at}",
        "table: sales, time: {column: paid_at}",
        "table: sales, time: {column: at}, timezone: Asia/Shanghai",
        "query: SELECT DISTINCT * FROM sales, time: {column: at}",
    ] {
        assert_ne!(of(&dataset(change)), table, "{change}");
    }
}

#[test]
fn equal_parts_are_one_component() {
    let catalog = shop("Metric margin {dataset: sales, formula: (sum(amount) - sum(cost)) / sum(amount)}");
    let margin = metric(&catalog, "margin");
    assert_eq!(margin.components.len(), 2);
    assert_eq!(margin.unit.as_deref(), Some("Fraction"));
}

#[test]
fn metrics_of_metrics_come_down_to_components_of_datasets() {
    let catalog = shop(
        "Metric per-visitor {ratio: {numerator: {metric: revenue}, denominator: {metric: visitors}}}\n\
         Metric doubled {derived: {expr: per_visitor * 2}}",
    );
    let doubled = metric(&catalog, "doubled");
    assert_eq!(doubled.components.len(), 2);
    assert_eq!(doubled.unit.as_deref(), Some("CNY"));
    assert!(canonical(&doubled.value).contains("/ c1"), "{}", canonical(&doubled.value));
    let names: Vec<&str> = doubled.inputs.iter().map(|input| input.name.as_str()).collect();
    assert_eq!(names, ["per-visitor", "revenue", "visitors"]);
    // The slowest of its datasets says when a window is complete.
    assert_eq!(doubled.schedule.latency.to_string(), "6h");
    assert_eq!(doubled.schedule.grains, [Grain::Day]);
}

#[test]
fn a_metric_of_another_namespace_is_used_where_it_allows_it() {
    let other = |allowed: &str| {
        shop(&format!(
            "DataSource other/s {{files: {{path: data/}}}}\n\
             Dataset other/d {{source: s, table: t, time: {{column: at}}}}\n\
             Metric other/theirs {{dataset: d, formula: sum(x){allowed}}}\n\
             Metric ours {{derived: {{expr: t + 1, inputs: [{{metric: other/theirs, as: t}}]}}}}"
        ))
    };
    metric(&other(", allowedNamespaces: {from: All}"), "ours");
    let refused = findings(&other(""), Kind::Metric, "ours");
    assert!(refused[0].starts_with("REFERENCE_NOT_ALLOWED at spec.derived.inputs[0].metric"), "{refused:?}");
}

#[test]
fn users_of_an_object_are_known() {
    let catalog = shop(
        "Metric twice {derived: {expr: revenue * 2}}\n\
         AlertRule low {metric: revenue, grain: Day, anyOf: [{threshold: value < 1}], severity: Warning, \
         unless: metric(visitors) < 3}",
    );
    let users = |kind, name| -> Vec<String> {
        catalog.consumers(&id(kind, name)).iter().map(|user| user.name.clone()).collect()
    };
    assert_eq!(users(Kind::Metric, "revenue"), ["twice", "low"]);
    assert_eq!(users(Kind::Metric, "visitors"), ["low"]);
    assert_eq!(users(Kind::Dataset, "visits"), ["visitors"]);
    assert_eq!(users(Kind::DataSource, "shop"), ["cities", "customers", "sales", "stores", "visits"]);
    assert!(users(Kind::Metric, "twice").is_empty());
}
