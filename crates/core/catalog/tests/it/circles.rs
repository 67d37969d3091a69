//! Metrics that lead back to themselves, and long chains that do not.

use std::fmt::Write as _;

use metricwright_api::Kind;

use crate::support::{findings, metric, shop};

/// Metrics `m0 → m1 → … → m0`.
fn ring(length: usize) -> String {
    let mut text = String::new();
    for index in 0..length {
        writeln!(text, "Metric m{index} {{derived: {{expr: m{} + 1}}}}", (index + 1) % length).unwrap();
    }
    text
}

#[test]
fn every_member_of_a_circle_is_told_its_way_back() {
    for length in [1, 2, 5] {
        let catalog = shop(&ring(length));
        for index in 0..length {
            let found = findings(&catalog, Kind::Metric, &format!("m{index}"));
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].starts_with("REFERENCE_CYCLE at spec"), "{found:?}");
            let way: Vec<String> =
                (index..=index + length).map(|member| format!("m{}", member % length)).collect();
            assert!(found[0].contains(&way.join(" → ")), "{found:?}");
        }
    }
}

#[test]
fn what_leads_into_a_circle_is_no_member_of_it() {
    let catalog = shop(&(ring(2) + "Metric user {derived: {expr: m0 * 2}}"));
    let found = findings(&catalog, Kind::Metric, "user");
    assert!(found[0].starts_with("REFERENCE_INVALID") && found[0].contains("mend `m0` first"), "{found:?}");
}

#[test]
fn a_ratio_closes_a_circle_too() {
    let catalog = shop(
        "Metric share {ratio: {numerator: {metric: part}, denominator: {metric: revenue}}}\n\
         Metric part {derived: {expr: share * 3}}",
    );
    assert!(findings(&catalog, Kind::Metric, "share")[0].starts_with("REFERENCE_CYCLE"));
}

#[test]
fn a_long_chain_is_refused_where_it_is_too_deep_and_overflows_no_stack() {
    let mut text = String::from("Metric c0 {derived: {expr: revenue + 1}}\n");
    for index in 1..3000 {
        writeln!(text, "Metric c{index} {{derived: {{expr: c{} + 1}}}}", index - 1).unwrap();
    }
    let catalog = shop(&text);
    metric(&catalog, "c1");
    let found = findings(&catalog, Kind::Metric, "c2999");
    assert_eq!(found.len(), 1, "{found:?}");
    let first =
        (0..3000).find(|index| !findings(&catalog, Kind::Metric, &format!("c{index}")).is_empty()).unwrap();
    let found = findings(&catalog, Kind::Metric, &format!("c{first}"));
    assert!(found[0].starts_with("FORMULA_TOO_COMPLEX"), "{found:?}");
}
