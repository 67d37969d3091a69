//! What is wrong is told with code, place, reason and remedy.

use metricwright_api::Kind::{self, AlertRule, Dataset, Metric};

use crate::support::{findings, metric, shop};

/// One more object, the finding that it gets, and a word of its reason or remedy.
const CASES: &[(Kind, &str, &str, &str)] = &[
    (Metric, "{dataset: salse, formula: sum(amount)}", "REFERENCE_NOT_FOUND at spec.dataset", "`sales`"),
    (
        Metric,
        "{dataset: sales, formula: sum(amuont)}",
        "UNKNOWN_COLUMN at spec.formula",
        "did you mean `amount`?",
    ),
    (Metric, "{dataset: sales, formula: amount}", "AGGREGATE_MISPLACED at spec.formula", "amount"),
    (Metric, "{dataset: sales, formula: sum(sum(amount))}", "AGGREGATE_MISPLACED at spec.formula", "sum"),
    (Metric, "{dataset: sales, formula: stddev(amount)}", "UNKNOWN_FUNCTION at spec.formula", "stddev"),
    (Metric, "{dataset: sales, formula: median(channel)}", "TYPE_MISMATCH at spec.formula", "channel"),
    (Metric, "{dataset: sales, formula: sum_boolean(items)}", "TYPE_MISMATCH at spec.formula", "items"),
    (
        Metric,
        "{aggregate: {dataset: sales, function: Percentile, expr: amount, percentile: 0.1234567}}",
        "INVALID_VALUE at spec.aggregate.percentile",
        "six digits",
    ),
    (Metric, "{dataset: sales, formula: sum(amount}", "FORMULA_SYNTAX at spec.formula", ")"),
    (Metric, "{dataset: sales, formula: sum(channel)}", "TYPE_MISMATCH at spec.formula", "channel"),
    (Metric, "{dataset: sales, formula: sum(amount) + sum(items)}", "UNIT_MISMATCH at spec.formula", "CNY"),
    (Metric, "{dataset: sales, formula: sum(amount), unit: USD}", "UNIT_MISMATCH at spec.unit", "CNY"),
    (
        Metric,
        "{dataset: sales, formula: sum(amount), unit: Yuans!}",
        "INVALID_VALUE at spec.unit",
        "ISO 4217",
    ),
    (Metric, "{dataset: stores, formula: count(*)}", "TIME_MISSING at spec.dataset", "time"),
    (
        Metric,
        "{dataset: sales, formula: sum(amount), dimensions: [colour]}",
        "UNKNOWN_DIMENSION at spec.dimensions[0]",
        "colour",
    ),
    (
        Metric,
        "{dataset: sales, formula: sum(amount), schedule: {cron: 61 * * * *}}",
        "INVALID_CRON at spec.schedule.cron",
        "61",
    ),
    (
        Metric,
        "{dataset: sales, formula: sum(amount), schedule: {timezone: Mars/Base}}",
        "UNKNOWN_ZONE at spec.schedule.timezone",
        "Mars/Base",
    ),
    (
        Metric,
        "{derived: {expr: revenu * 2}}",
        "UNKNOWN_METRIC at spec.derived.expr",
        "did you mean `revenue`?",
    ),
    (
        Metric,
        "{aggregate: {dataset: sales, function: Sum, expr: paid}}",
        "TYPE_MISMATCH at spec.aggregate.expr",
        "number",
    ),
    (
        Metric,
        "{aggregate: {dataset: sales, function: Count, filter: amount}}",
        "TYPE_MISMATCH at spec.aggregate.filter",
        "amount",
    ),
    (
        Metric,
        "{ratio: {numerator: {metric: revenue}, denominator: {metric: visitor}}}",
        "REFERENCE_NOT_FOUND at spec.ratio.denominator.metric",
        "`visitors`",
    ),
    (Dataset, "{source: shop, query: DELETE FROM sales}", "QUERY_NOT_READ_ONLY at spec.query", "SELECT"),
    (Dataset, "{source: shop, table: t, timezone: Moon/Far}", "UNKNOWN_ZONE at spec.timezone", "Moon/Far"),
    (Dataset, "{source: shap, table: t}", "REFERENCE_NOT_FOUND at spec.source", "`shop`"),
    (
        Dataset,
        "{source: shop, table: t, entities: [{name: e, type: Foreign, expr: b}], columns: [{name: a, type: Int}]}",
        "UNKNOWN_COLUMN at spec.entities[0].expr",
        "b",
    ),
    (
        AlertRule,
        "{metric: revenue, grain: Day, severity: Warning, anyOf: [{threshold: value}]}",
        "TYPE_MISMATCH at spec.anyOf[0].threshold",
        "condition",
    ),
    (
        AlertRule,
        "{metric: revenue, grain: Hour, severity: Warning, anyOf: [{threshold: value < 1}]}",
        "INVALID_CONDITION at spec.grain",
        "Hour",
    ),
    (
        AlertRule,
        "{metric: revenue, grain: Day, severity: Warning, anyOf: [{change: {from: PreviousPeriod, below: -5pp}}]}",
        "INVALID_CONDITION at spec.anyOf[0].change.below",
        "such as `-10%`",
    ),
    (
        AlertRule,
        "{metric: revenue, grain: Day, severity: Warning, slices: [device], anyOf: [{threshold: value < 1}]}",
        "UNKNOWN_DIMENSION at spec.slices[0]",
        "device",
    ),
    (
        AlertRule,
        "{metric: revenue, grain: Day, severity: Warning, anyOf: [{threshold: value < 1}], unless: metric(visits) < 3}",
        "UNKNOWN_METRIC at spec.unless",
        "visitors",
    ),
    (
        AlertRule,
        "{metric: revenue, grain: Day, severity: Warning, anyOf: [{threshold: value < 1}], notify: [{channel: pager}]}",
        "REFERENCE_NOT_FOUND at spec.notify[0].channel",
        "pager",
    ),
];

#[test]
fn each_fault_has_its_code_its_place_and_its_words() {
    let mut wrong = String::new();
    for (kind, spec, wanted, word) in CASES {
        let catalog = shop(&format!("{kind} faulty {spec}"));
        let found = findings(&catalog, *kind, "faulty");
        if !found.iter().any(|finding| finding.starts_with(wanted) && finding.contains(word)) {
            wrong += &format!("{spec}\n  wanted {wanted}: … {word}\n  found  {found:?}\n");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn a_faulty_object_is_mended_first_and_its_users_say_so() {
    let catalog = shop(
        "Metric broken {dataset: sales, formula: sum(nothing)}\n\
         Metric user {derived: {expr: broken + 1}}\n\
         AlertRule watcher {metric: broken, grain: Day, severity: Warning, anyOf: [{threshold: value < 1}]}",
    );
    for (kind, name) in [(Metric, "user"), (AlertRule, "watcher")] {
        let found = findings(&catalog, kind, name);
        assert!(
            found[0].starts_with("REFERENCE_INVALID") && found[0].contains("mend `broken` first"),
            "{found:?}"
        );
    }
}

#[test]
fn several_faults_of_one_definition_are_told_at_once() {
    let found =
        findings(&shop("Metric m {dataset: sales, formula: sum(a) + sum(b), dimensions: [c]}"), Metric, "m");
    assert!(found.len() >= 2, "{found:?}");
    let found = findings(&shop("Metric m {dataset: nowhere, formula: sum(}"), Metric, "m");
    assert!(found.len() == 2, "both the dataset and the formula are wrong: {found:?}");
}

/// Servers and SQLite have no sketch; a file's engine has one.
#[test]
fn estimates_need_an_engine_that_can() {
    let database = "DataSource shop {sqlite: {path: shop.db}}\n";
    for (metric, path) in [
        ("{dataset: sales, formula: approx_count_distinct(customer_id)}", "spec.formula"),
        (
            "{aggregate: {dataset: sales, function: ApproxCountDistinct, expr: customer_id}}",
            "spec.aggregate.function",
        ),
    ] {
        let metric = format!("Metric m {metric}");
        assert_eq!(findings(&shop(&metric), Metric, "m"), [] as [&str; 0]);
        let found = findings(&shop(&format!("{database}{metric}")), Metric, "m");
        assert!(
            found[0].starts_with(&format!("NOT_SUPPORTED at {path}: a source of the kind `sqlite` ")),
            "{found:?}"
        );
        assert!(found[0].contains("; count exactly: `count(distinct x)`"), "{found:?}");
    }
}

/// The short form and the long one mean the same.
#[test]
fn both_forms_of_an_aggregate_have_one_meaning() {
    for (formula, aggregate) in [
        ("median(amount)", "function: Median, expr: amount"),
        ("percentile(amount, 0.5)", "function: Median, expr: amount"),
        ("percentile(amount, 0.95)", "function: Percentile, expr: amount, percentile: 0.95"),
        ("count(*) filter (where paid)", "function: SumBoolean, expr: paid"),
        ("last(amount) filter (where paid)", "function: Last, expr: amount, filter: paid"),
        ("first(amount)", "function: First, expr: amount"),
    ] {
        let catalog = shop(&format!(
            "Metric short {{dataset: sales, formula: \"{formula}\"}}\nMetric long {{aggregate: {{dataset: sales, {aggregate}}}}}"
        ));
        let hash = |name| metric(&catalog, name).definition_hash.clone();
        assert_eq!(hash("short"), hash("long"), "{formula}");
    }
}
