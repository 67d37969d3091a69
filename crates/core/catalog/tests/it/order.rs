//! The order in which objects come, and in which they are asked for, changes nothing.

use std::time::Instant;

use metricwright_api::ObjectId;
use metricwright_catalog::{Catalog, Object};
use proptest::prelude::*;

use crate::support::{SHOP, inventory, objects, words};

/// Metrics and rules that refer to each other at random, to things that are faulty, and to nothing.
fn definitions() -> impl Strategy<Value = Vec<Object>> {
    let name = || (0..8_usize).prop_map(|index| format!("m{index}"));
    let spec = prop_oneof![
        Just("{dataset: sales, formula: sum(amount)}".to_owned()),
        Just("{dataset: sales, formula: sum(nothing)}".to_owned()),
        Just("{dataset: visits, formula: sum(visitors) / count(*), dimensions: [store, way_in]}".to_owned()),
        name().prop_map(|a| format!("{{derived: {{expr: {a} * 2 + revenue}}}}")),
        (name(), name()).prop_map(|(a, b)| format!("{{derived: {{expr: {a} - {b}}}}}")),
        (name(), name()).prop_map(|(a, b)| format!(
            "{{ratio: {{numerator: {{metric: {a}}}, denominator: {{metric: {b}}}}}}}"
        )),
    ];
    let metric = (name(), spec).prop_map(|(name, spec)| format!("Metric {name} {spec}\n"));
    let rule = (name(), name(), name()).prop_map(|(rule, metric, guard)| {
        format!(
            "AlertRule r{rule} {{metric: {metric}, grain: Day, severity: Warning, anyOf: [{{threshold: value < 1}}], \
             unless: metric({guard}) < 3}}\n"
        )
    });
    let distinct = |texts: Vec<String>| {
        let head = |text: &str| text.split(" {").next().unwrap_or_default().to_owned();
        let mut seen = std::collections::BTreeSet::new();
        texts.into_iter().filter(|text| seen.insert(head(text))).collect::<String>()
    };
    (prop::collection::vec(metric, 0..10), prop::collection::vec(rule, 0..4)).prop_map(
        move |(metrics, rules)| {
            let text = distinct(metrics) + &distinct(rules);
            objects(SHOP).into_iter().chain(objects(&text)).collect()
        },
    )
}

fn told(catalog: &Catalog, order: &[ObjectId]) -> Vec<(ObjectId, Vec<String>)> {
    let mut all: Vec<_> = order
        .iter()
        .map(|id| (id.clone(), catalog.diagnostics(id).iter().map(words).collect::<Vec<_>>()))
        .collect();
    all.sort();
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn findings_do_not_depend_on_order(
        (objects, shuffled) in definitions().prop_flat_map(|objects| (Just(objects.clone()), Just(objects).prop_shuffle())),
    ) {
        let ids: Vec<ObjectId> = objects.iter().map(|object| object.id.clone()).collect();
        let other_ids: Vec<ObjectId> = shuffled.iter().map(|object| object.id.clone()).collect();
        let one = Catalog::new(inventory(objects));
        let other = Catalog::new(inventory(shuffled));
        prop_assert_eq!(told(&one, &ids), told(&other, &other_ids));
        for id in &ids {
            prop_assert_eq!(one.consumers(id), other.consumers(id));
        }
    }
}

/// Shown, not held to: `make bench` measures the release build.
#[test]
fn two_thousand_metrics_resolve() {
    let mut text = String::from(SHOP);
    for index in 0..2_000 {
        text += &match index % 4 {
            0 => format!(
                "Metric m{index} {{dataset: sales, formula: sum(amount) filter (where items > {index})}}\n"
            ),
            1 => format!(
                "Metric m{index} {{dataset: visits, formula: count(*) filter (where visitors > {index})}}\n"
            ),
            2 => format!("Metric m{index} {{derived: {{expr: m{} + 1}}}}\n", index - 2),
            _ => format!(
                "Metric m{index} {{ratio: {{numerator: {{metric: m{}}}, denominator: {{metric: m{}}}}}}}\n",
                index - 3,
                index - 2
            ),
        };
    }
    let catalog = Catalog::new(inventory(objects(&text)));
    let begun = Instant::now();
    let found = catalog.all_diagnostics();
    println!("2,000 metrics resolved in {:.0?}", begun.elapsed());
    assert!(found.is_empty(), "{}", words(&found[0]));
}
