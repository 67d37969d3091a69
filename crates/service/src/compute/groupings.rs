//! Which groupings of a metric are kept.

use metricwright_api::{Kind, ObjectId};
use metricwright_catalog::Catalog;
use metricwright_catalog::resolved::ResolvedMetric;

/// The total, each dimension of the metric on its own, and the combinations that rules watch or guard by;
/// each as sorted names, each once.
pub fn groupings(catalog: &Catalog, metric: &ResolvedMetric) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = vec![Vec::new()];
    all.extend(metric.dimensions.iter().map(|dimension| vec![dimension.name.clone()]));
    for rule in catalog.consumers(&metric.id).iter().filter(|user| user.kind == Kind::AlertRule) {
        all.extend(watched(catalog, rule, &metric.id));
    }
    let mut kept: Vec<Vec<String>> = Vec::new();
    for grouping in all {
        if !kept.contains(&grouping) {
            kept.push(grouping);
        }
    }
    kept
}

fn watched(catalog: &Catalog, rule: &ObjectId, metric: &ObjectId) -> Vec<Vec<String>> {
    let Ok(rule) = catalog.rule(rule) else { return Vec::new() };
    let guards = rule.guard_metrics.values().any(|guard| guard.id == *metric);
    rule.targets
        .iter()
        .filter(|target| guards || target.metric.id == *metric)
        .map(|target| target.slices.clone())
        .collect()
}
