//! Who refers to whom, read from the specs without resolving them.

use std::collections::BTreeMap;

use metricwright_api::{EntityType, Kind, ObjectId, Reference};
use metricwright_formula::{ParseMode, metrics, parse};

use crate::inventory::{Inventory, Object, Spec};

/// For each object, those that refer to it.
pub fn consumers(inventory: &Inventory) -> BTreeMap<ObjectId, Vec<ObjectId>> {
    let mut index: BTreeMap<ObjectId, Vec<ObjectId>> = BTreeMap::new();
    for object in inventory.objects() {
        for target in references(inventory, object) {
            let users = index.entry(target).or_default();
            if users.last() != Some(&object.id) {
                users.push(object.id.clone());
            }
        }
    }
    for users in index.values_mut() {
        users.sort();
        users.dedup();
    }
    index
}

/// The dataset of each namespace and entity that is Primary for it; none where two claim it.
pub fn primaries(inventory: &Inventory) -> BTreeMap<(String, String), ObjectId> {
    let mut index: BTreeMap<(String, String), Option<ObjectId>> = BTreeMap::new();
    for object in inventory.of_kind(Kind::Dataset) {
        let Spec::Dataset(spec) = &object.spec else { continue };
        for entity in spec.entities.iter().filter(|entity| entity.entity_type == EntityType::Primary) {
            index
                .entry((object.id.namespace.clone(), entity.name.clone()))
                .and_modify(|claimed| *claimed = None)
                .or_insert_with(|| Some(object.id.clone()));
        }
    }
    index.into_iter().filter_map(|(key, id)| Some((key, id?))).collect()
}

/// The objects that an object names.
pub fn references(inventory: &Inventory, object: &Object) -> Vec<ObjectId> {
    let home = object.id.namespace.as_str();
    let to = |kind: Kind, reference: &Reference| {
        let (namespace, name) = reference.resolve(home);
        ObjectId::new(kind, namespace, name)
    };
    match &object.spec {
        Spec::DataSource(_) | Spec::Channel(_) => Vec::new(),
        Spec::Dataset(spec) => vec![to(Kind::DataSource, &spec.source)],
        Spec::Metric(spec) => {
            let mut found = Vec::new();
            found.extend(spec.dataset.iter().map(|dataset| to(Kind::Dataset, dataset)));
            found.extend(spec.aggregate.iter().map(|aggregate| to(Kind::Dataset, &aggregate.dataset)));
            if let Some(ratio) = &spec.ratio {
                found.push(to(Kind::Metric, &ratio.numerator.metric));
                found.push(to(Kind::Metric, &ratio.denominator.metric));
            }
            if let Some(derived) = &spec.derived {
                found.extend(derived.inputs.iter().map(|input| to(Kind::Metric, &input.metric)));
                found.extend(named(&derived.expr, ParseMode::Derived, home));
            }
            found
        }
        Spec::AlertRule(spec) => {
            let mut found: Vec<_> = spec.metric.iter().map(|metric| to(Kind::Metric, metric)).collect();
            found.extend(spec.metrics.iter().flat_map(|m| &m.names).map(|metric| to(Kind::Metric, metric)));
            if let Some(selector) = &spec.selector {
                found.extend(selected(inventory, home, selector));
            }
            found.extend(spec.unless.iter().flat_map(|guard| named(guard, ParseMode::Guard, home)));
            found.extend(spec.notify.iter().map(|notify| to(Kind::Channel, &notify.channel)));
            found
        }
    }
}

/// The metrics of a namespace that a selector picks.
pub fn selected<'a>(
    inventory: &'a Inventory,
    namespace: &'a str,
    selector: &'a metricwright_api::shared::LabelMatch,
) -> impl Iterator<Item = ObjectId> + 'a {
    inventory
        .of_kind(Kind::Metric)
        .filter(move |object| object.id.namespace == namespace && selector.matches(&object.labels))
        .map(|object| object.id.clone())
}

fn named(text: &str, mode: ParseMode, home: &str) -> Vec<ObjectId> {
    let Ok(expr) = parse(text, mode) else { return Vec::new() };
    metrics(&expr)
        .into_iter()
        .map(|(name, _)| ObjectId::new(Kind::Metric, home, name.replace('_', "-")))
        .collect()
}
