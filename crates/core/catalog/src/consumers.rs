//! Who refers to whom, read from the specs without resolving them.

use std::collections::{BTreeMap, BTreeSet};

use metricwright_api::metric::{Derived, MetricSpec};
use metricwright_api::{EntityType, Kind, ObjectId, Reference};
use metricwright_formula::{ParseMode, metrics, parse};

use crate::inventory::{Inventory, Object, Spec};

/// For each object, those that refer to it.
pub fn consumers(inventory: &Inventory) -> BTreeMap<ObjectId, Vec<ObjectId>> {
    let mut index: BTreeMap<ObjectId, Vec<ObjectId>> = BTreeMap::new();
    for object in inventory.objects() {
        for target in references(inventory, object) {
            index.entry(target).or_default().push(object.id.clone());
        }
    }
    for users in index.values_mut() {
        users.sort();
        users.dedup();
    }
    index
}

/// A dataset that has an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The dataset.
    pub dataset: ObjectId,
    /// Whether it has one row an entity.
    pub primary: bool,
}

/// The datasets of each namespace and entity, in order.
pub fn holders(inventory: &Inventory) -> BTreeMap<(String, String), Vec<Holder>> {
    let mut index: BTreeMap<(String, String), Vec<Holder>> = BTreeMap::new();
    for object in inventory.of_kind(Kind::Dataset) {
        let Spec::Dataset(spec) = &object.spec else { continue };
        for entity in &spec.entities {
            let holders = index.entry((object.id.namespace.clone(), entity.name.clone())).or_default();
            let primary = entity.entity_type == EntityType::Primary;
            holders.push(Holder { dataset: object.id.clone(), primary });
        }
    }
    index
}

/// The objects that an object names.
pub fn references(inventory: &Inventory, object: &Object) -> Vec<ObjectId> {
    let home = object.id.namespace.as_str();
    let to = |kind: Kind, reference: &Reference| named(kind, reference, home);
    match &object.spec {
        Spec::DataSource(_) | Spec::Channel(_) => Vec::new(),
        Spec::Calendar(spec) => spec.include.iter().map(|included| to(Kind::Calendar, included)).collect(),
        Spec::Dataset(spec) => {
            let calendar = spec.calendar.iter().map(|calendar| to(Kind::Calendar, calendar));
            std::iter::once(to(Kind::DataSource, &spec.source)).chain(calendar).collect()
        }
        Spec::Metric(spec) => {
            let aggregated = spec.dataset.iter().chain(spec.aggregate.iter().map(|given| &given.dataset));
            let calendar = spec.calendar.iter().map(|calendar| to(Kind::Calendar, calendar));
            let datasets = aggregated.map(|dataset| to(Kind::Dataset, dataset));
            let plans = spec.targets.iter().filter_map(|target| target.metric.as_ref());
            let plans = plans.map(|plan| to(Kind::Metric, plan));
            datasets.chain(calendar).chain(plans).chain(inputs(spec, home)).collect()
        }
        Spec::AlertRule(spec) => {
            let mut found: Vec<_> = spec.metric.iter().map(|metric| to(Kind::Metric, metric)).collect();
            found.extend(spec.metrics.iter().flat_map(|m| &m.names).map(|metric| to(Kind::Metric, metric)));
            if let Some(selector) = &spec.selector {
                found.extend(selected(inventory, home, selector));
            }
            let guard = spec.unless.as_ref().map(|guard| written(guard, ParseMode::Guard));
            found.extend(guard.unwrap_or_default().iter().map(|name| own_metric(name, home)));
            found.extend(spec.notify.iter().map(|notify| to(Kind::Channel, &notify.channel)));
            found
        }
    }
}

/// The metrics that a metric of namespace `home` is made of, as written.
pub fn inputs(spec: &MetricSpec, home: &str) -> Vec<ObjectId> {
    let mut found = Vec::new();
    if let Some(ratio) = &spec.ratio {
        found.extend(
            [&ratio.numerator, &ratio.denominator].map(|side| named(Kind::Metric, &side.metric, home)),
        );
    }
    found.extend(spec.cumulative.iter().map(|given| named(Kind::Metric, &given.metric, home)));
    if let Some(given) = &spec.conversion {
        found.extend([&given.base, &given.conversion].map(|metric| named(Kind::Metric, metric, home)));
    }
    if let Some(derived) = &spec.derived {
        found.extend(derived.inputs.iter().map(|input| named(Kind::Metric, &input.metric, home)));
        let aliases: BTreeSet<String> = aliases(derived, home).collect();
        let bare = written(&derived.expr, ParseMode::Derived);
        found.extend(bare.iter().filter(|name| !aliases.contains(*name)).map(|name| own_metric(name, home)));
    }
    found
}

/// The names that the inputs of a derived metric have in its expression, in order.
pub fn aliases<'a>(derived: &'a Derived, home: &'a str) -> impl Iterator<Item = String> + 'a {
    derived.inputs.iter().map(move |input| match &input.alias {
        Some(alias) => alias.clone(),
        None => input.metric.resolve(home).1.replace('-', "_"),
    })
}

/// The metric of namespace `home` that an expression writes with `_` for `-`.
pub fn own_metric(written: &str, home: &str) -> ObjectId {
    ObjectId::new(Kind::Metric, home, written.replace('_', "-"))
}

/// The metrics of a namespace that a selector picks.
pub fn selected<'a>(
    inventory: &'a Inventory,
    namespace: &'a str,
    selector: &'a metricwright_api::shared::LabelMatch,
) -> impl Iterator<Item = ObjectId> + 'a {
    inventory
        .of_kind_in(Kind::Metric, namespace)
        .filter(move |object| selector.matches(&object.labels))
        .map(|object| object.id.clone())
}

fn named(kind: Kind, reference: &Reference, home: &str) -> ObjectId {
    let (namespace, name) = reference.resolve(home);
    ObjectId::new(kind, namespace, name)
}

fn written(text: &str, mode: ParseMode) -> Vec<String> {
    let Ok(expr) = parse(text, mode) else { return Vec::new() };
    metrics(&expr).into_iter().map(|(name, _)| name.to_owned()).collect()
}
