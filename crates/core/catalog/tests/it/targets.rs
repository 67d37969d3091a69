//! Targets of metrics: which are set wrongly.

use metricwright_api::Kind;
use metricwright_catalog::resolved::TargetSource;

use crate::support::{id, metric, shop};

fn faults(targets: &str) -> Vec<String> {
    let catalog = shop(&format!("Metric m {{dataset: sales, formula: sum(amount), targets: [{targets}]}}"));
    let found = catalog.diagnostics(&id(Kind::Metric, "m"));
    found.iter().map(|finding| format!("{} at {}", finding.code, finding.path)).collect()
}

#[test]
fn periods_are_read_in_the_zone_of_the_metric() {
    let catalog = shop(
        "Metric m {dataset: sales, formula: sum(amount), timezone: Asia/Shanghai,
  targets: [{name: plan, period: Month, values: [{period: 2026-06, value: 5}, {period: 2026-06, slice: {channel: online}, value: 3}]}]}",
    );
    let plan = metric(&catalog, "m").targets[0].clone();
    let TargetSource::Values(values) = plan.source else { panic!("{plan:?}") };
    assert_eq!(values[0].at.to_string(), "2026-05-31T16:00:00Z");
    assert_eq!(values[1].slice["channel"], "online");
}

#[test]
fn targets_that_say_nothing_or_twice_are_found() {
    let one = |value: &str| faults(&format!("{{name: t, period: Month, values: [{value}]}}"));
    assert_eq!(one("{period: 2026-06, value: 1}"), [""; 0]);
    assert_eq!(one("{period: 2026-13, value: 1}"), ["INVALID_VALUE at spec.targets[0].values[0].period"]);
    assert_eq!(one("{period: yesterday, value: 1}"), ["INVALID_VALUE at spec.targets[0].values[0].period"]);
    assert_eq!(
        one("{period: 2026-06, value: 1}, {period: 2026-06-01, value: 2}"),
        ["INVALID_VALUE at spec.targets[0].values[1].period"]
    );
    assert_eq!(
        faults("{name: t, period: Month, metric: nothing}"),
        ["REFERENCE_NOT_FOUND at spec.targets[0].metric"]
    );
    assert_eq!(
        faults("{name: t, period: FiscalYear, metric: revenue}"),
        ["GRAIN_MISMATCH at spec.targets[0].period"]
    );
    assert_eq!(
        faults("{name: t, period: Month, kind: Level, splitBy: [channel], metric: revenue}"),
        ["NOT_SUPPORTED at spec.targets[0].splitBy"]
    );
}
