//! Cumulative metrics, levels, conversions and invariants: what they resolve to, and what is said of faulty ones.

use metricwright_api::Grain;
use metricwright_api::Kind::Metric;
use metricwright_api::metric::Period;
use metricwright_catalog::frame::{Frame, Span};
use metricwright_catalog::resolved::Component;

use crate::support::{findings, metric, shop};

fn words(spec: &str) -> Vec<String> {
    metric(&shop(&format!("Metric m {spec}")), "m").components.iter().map(Component::words).collect()
}

fn one_fault(spec: &str) -> String {
    let found = findings(&shop(&format!("Metric m {spec}")), Metric, "m");
    assert_eq!(found.len(), 1, "{spec}: {found:?}");
    found.into_iter().next().unwrap()
}

#[test]
fn a_frame_is_put_on_every_component() {
    let revenue = "sum(amount) filter (where paid)";
    assert_eq!(words("{cumulative: {metric: revenue, window: 7d}}"), [format!("{revenue} over 7d")]);
    assert_eq!(words("{cumulative: {metric: revenue, toDate: Month}}"), [format!("{revenue} Month to date")]);
    let first = "{cumulative: {metric: revenue, allTime: true, periodAggregation: First}}";
    assert_eq!(words(first), [format!("{revenue} of all time on the first day")]);
}

#[test]
fn a_mean_over_a_stretch_is_that_of_all_rows() {
    let catalog = shop(
        "Metric mean {dataset: sales, formula: avg(amount)}\nMetric m {cumulative: {metric: mean, window: 7d}}",
    );
    let found: Vec<String> = metric(&catalog, "m").components.iter().map(Component::words).collect();
    assert_eq!(found, ["count(amount) over 7d", "sum(amount) over 7d"]);
}

#[test]
fn buckets_are_those_that_a_stretch_is_made_of() {
    let check = |span: Span, grain: Grain, expected: Grain| {
        assert_eq!(Frame { span, ..Frame::default() }.bucket(grain), expected, "{span:?} {grain}");
    };
    let trailing = |text: &str| Span::Trailing(text.parse().unwrap());
    check(trailing("14d"), Grain::Week, Grain::Week);
    check(trailing("10d"), Grain::Week, Grain::Day);
    // A year before the end of a week is no end of a week.
    check(trailing("1y"), Grain::Week, Grain::Day);
    check(trailing("3mo"), Grain::Month, Grain::Month);
    check(trailing("1mo"), Grain::Quarter, Grain::Day);
    check(trailing("7d"), Grain::Hour, Grain::Hour);
    check(Span::ToDate(Period::Month), Grain::Week, Grain::Day);
    check(Span::ToDate(Period::Year), Grain::Quarter, Grain::Quarter);
    check(Span::AllTime, Grain::Month, Grain::Month);
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let check = |spec: &str, start: &str, word: &str| {
        let found = one_fault(spec);
        assert!(found.starts_with(start) && found.contains(word), "{spec}: {found}");
    };
    let twice =
        "{cumulative: {metric: week, window: 7d}}\nMetric week {cumulative: {metric: revenue, window: 7d}}";
    check(twice, "NOT_SUPPORTED at spec.cumulative.metric", "cumulative already");
    let average = "{cumulative: {metric: top, toDate: Month, periodAggregation: Average}}\nMetric top {dataset: sales, formula: max(amount)}";
    check(average, "NOT_SUPPORTED at spec.cumulative.periodAggregation", "one sum or count");
    let hours = "{cumulative: {metric: revenue, window: 6h}, schedule: {grains: [Day]}}";
    check(hours, "GRAIN_MISMATCH at spec.schedule.grains", "in days or longer");
    let level =
        "{aggregate: {dataset: sales, function: Sum, expr: amount, nonAdditive: {keep: Last, by: [planet]}}}";
    check(level, "UNKNOWN_DIMENSION at spec.aggregate.nonAdditive.by[0]", "planet");
    let median = "{aggregate: {dataset: sales, function: Median, expr: amount, nonAdditive: {keep: Max}}}";
    check(median, "NOT_SUPPORTED at spec.aggregate.nonAdditive.keep", "percentile");
    let mean =
        "{aggregate: {dataset: sales, function: Avg, expr: amount, nonAdditive: {keep: Max, by: [store]}}}";
    check(mean, "NOT_SUPPORTED at spec.aggregate.nonAdditive.keep", "Sum or Count");
    let carried = "{derived: {expr: filled + 1}}\nMetric filled {aggregate: {dataset: sales, function: Sum, expr: amount}, missing: Previous}";
    check(carried, "NOT_SUPPORTED at spec.derived.expr", "window before");
    let no_count = "{conversion: {base: revenue, conversion: revenue, entity: store, window: 1d}}";
    check(no_count, "NOT_SUPPORTED at spec.conversion.base", "count(*)");
}

#[test]
fn invariants_name_the_value_and_what_it_is_made_of() {
    let spec = |condition: &str| {
        format!(
            "{{ratio: {{numerator: {{metric: revenue}}, denominator: {{metric: revenue}}}}, invariants: [\"{condition}\"]}}"
        )
    };
    let good = shop(&format!("Metric m {}", spec("numerator <= denominator and value <= 1")));
    assert_eq!(metric(&good, "m").invariants.len(), 1);
    for (condition, start) in [
        ("value", "TYPE_MISMATCH at spec.invariants[0]"),
        ("numerater > 1", "UNKNOWN_METRIC at spec.invariants[0]"),
        ("value >", "FORMULA_SYNTAX at spec.invariants[0]"),
    ] {
        let found = one_fault(&spec(condition));
        assert!(found.starts_with(start), "{condition}: {found}");
    }
}

#[test]
fn what_is_missing_is_part_of_the_meaning() {
    let hash = |missing: &str| {
        let spec =
            format!("Metric m {{aggregate: {{dataset: sales, function: Sum, expr: amount}}{missing}}}");
        metric(&shop(&spec), "m").definition_hash.clone()
    };
    assert_eq!(hash(""), hash(", missing: Keep"));
    assert_ne!(hash(""), hash(", missing: Zero"));
    assert_ne!(hash(", missing: Previous"), hash(", missing: Zero"));
}
