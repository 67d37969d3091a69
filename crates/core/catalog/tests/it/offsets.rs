//! Inputs that are read some time before the window asked for.

use metricwright_api::Grain;
use metricwright_api::Kind::Metric;
use metricwright_catalog::resolved::Component;

use crate::support::{findings, metric, shop};

const MORE: &str = "Metric growth {derived: {expr: revenue / before - 1, inputs: [{metric: revenue, as: before, offset: {by: 1w}}]}}\n";

#[test]
fn the_same_aggregate_at_two_times_is_two_components_of_one_scan() {
    let growth = metric(&shop(MORE), "growth");
    assert_eq!(growth.components.len(), 2);
    let [before, now] = growth.components.as_slice() else { panic!("{:?}", growth.components) };
    assert_eq!(now.scan_key, before.scan_key);
    assert_ne!(now.key, before.key);
    assert_eq!(before.words(), "sum(amount) filter (where paid) 7d back");
    assert_eq!(growth.unit.as_deref(), Some("Fraction"));
}

#[test]
fn how_far_back_is_part_of_the_meaning_and_how_it_is_written_is_not() {
    let hash = |offset: &str| {
        let spec = format!(
            "Metric m {{derived: {{expr: b, inputs: [{{metric: revenue, as: b, {offset}}}]}}, schedule: {{grains: [Hour]}}}}"
        );
        metric(&shop(&spec), "m").definition_hash.clone()
    };
    let week = hash("offset: {by: 1w}");
    assert_eq!(hash("offset: {by: 7d, align: Date}"), week);
    assert_eq!(hash("offset: {by: 1y}"), hash("offset: {by: 12mo}"));
    for other in ["offset: {by: 8d}", "offset: {by: 1w, align: Weekday}", "offset: {by: 168h}"] {
        assert_ne!(hash(other), week, "{other}");
    }
}

#[test]
fn offsets_of_inputs_of_inputs_add_up_and_filters_stay() {
    let catalog = shop(&format!(
        "{MORE}Metric far {{derived: {{expr: g, inputs: [{{metric: growth, as: g, filter: \"channel = 'x'\", offset: {{by: 1mo}}}}]}}}}"
    ));
    let words: Vec<String> = metric(&catalog, "far").components.iter().map(Component::words).collect();
    let one = "sum(amount) filter (where channel = 'x' and paid) 1mo back";
    assert_eq!(words, [format!("{one} 7d back"), one.to_owned()]);
}

#[test]
fn an_offset_that_leads_to_no_whole_window_is_refused() {
    let faults = |offset: &str, grains: &str| {
        let spec = format!(
            "Metric m {{derived: {{expr: b, inputs: [{{metric: revenue, as: b, offset: {{{offset}}}}}]}}, schedule: {{grains: [{grains}]}}}}"
        );
        findings(&shop(&spec), Metric, "m")
    };
    for (offset, grains) in [
        ("by: 6h", "Hour"),
        ("by: 1d", "Hour, Day"),
        ("by: 14d", "Week"),
        ("by: 1mo", "Hour, Day, Month"),
        ("by: 6mo", "Quarter"),
        ("by: 1y", "Hour, Day, Week, Month, Quarter, Year"),
    ] {
        assert_eq!(faults(offset, grains), [""; 0], "{offset} {grains}");
    }
    for (offset, grain, word) in [
        ("by: 6h", "Day", "days or longer"),
        ("by: 1d", "Week", "weeks or years"),
        ("by: 1mo", "Week", "weeks or years"),
        ("by: 1w", "Month", "months or years"),
        ("by: 1mo", "Quarter", "by threes"),
        ("by: 6mo", "Year", "years"),
    ] {
        let found = faults(offset, grain);
        let fits = found.len() == 1
            && found[0].starts_with("GRAIN_MISMATCH at spec.schedule.grains")
            && found[0].contains(word);
        assert!(fits, "{offset} {grain}: {found:?}");
    }
    // Of a metric made of such a metric, too, and where a question asks for another grain.
    let catalog = shop(&format!(
        "{MORE}Metric user {{derived: {{expr: growth * 2}}, schedule: {{grains: [Day, Month]}}}}"
    ));
    let found = findings(&catalog, Metric, "user");
    assert!(found[0].starts_with("GRAIN_MISMATCH at spec.schedule.grains"), "{found:?}");
    assert!(metric(&catalog, "growth").misfit(Grain::Quarter).is_some());
}
