//! Upstream: what a metric is made of, down to its sources, with the columns that are read.

use std::collections::{BTreeMap, BTreeSet};

use metricwright_api::{Condition, Kind, ObjectId};
use metricwright_catalog::resolved::{CONVERTED, Component, Dimension, Events, ResolvedMetric};
use metricwright_catalog::{Catalog, references};
use metricwright_formula::{Expr, columns};
use metricwright_query::plan::grouping;
use serde::{Deserialize, Serialize};

/// Whether an object is Ready.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ready {
    /// Its condition `Ready` is True.
    True,
    /// Its condition `Ready` is False.
    False,
    /// It has no such condition yet.
    #[default]
    Unknown,
    /// There is no such object.
    Missing,
}

impl Ready {
    /// What is said of an object that is not there.
    pub fn missing() -> (Self, String) {
        (Self::Missing, "it is not there".to_owned())
    }

    /// What a condition `Ready` says, with its message.
    pub fn of(condition: Option<&Condition>) -> (Self, String) {
        match condition {
            None => (Self::Unknown, "nobody has looked at it yet".to_owned()),
            Some(condition) => {
                let ready = match condition.status.as_str() {
                    "True" => Self::True,
                    "False" => Self::False,
                    _ => Self::Unknown,
                };
                (ready, condition.message.clone())
            }
        }
    }
}

/// The condition `Ready` of an object and its message, as a host knows it.
pub type Readiness<'a> = &'a (dyn Fn(&ObjectId) -> (Ready, String) + Sync);

/// An object and what it reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Upstream {
    /// Which object.
    pub object: ObjectId,
    /// Whether it is Ready.
    pub ready: Ready,
    /// Why it is not; empty where it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Of a dataset: the columns that are read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Whether what it reads is left out: it is listed elsewhere in the tree already, or the tree is too deep.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// What it reads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<Upstream>,
}

/// Most levels of a tree: readers of JSON bound its depth, too.
const DEEPEST: usize = 32;

/// The tree of what an object reads. `by` names the dimensions whose columns count, too. Each object's inputs are listed
/// once, so that shared inputs and circles stay small.
pub fn upstream(catalog: &Catalog, id: &ObjectId, by: &[String], readiness: Readiness<'_>) -> Upstream {
    Walk { catalog, by, readiness, seen: BTreeSet::new() }.node(id, Vec::new(), 0)
}

struct Walk<'a> {
    catalog: &'a Catalog,
    by: &'a [String],
    readiness: Readiness<'a>,
    seen: BTreeSet<ObjectId>,
}

impl Walk<'_> {
    fn node(&mut self, id: &ObjectId, columns: Vec<String>, depth: usize) -> Upstream {
        let object = self.catalog.inventory().get(id).cloned();
        let (ready, message) = (self.readiness)(id);
        let message = if ready == Ready::True { String::new() } else { message };
        let mut node =
            Upstream { object: id.clone(), ready, message, columns, cut: false, inputs: Vec::new() };
        let Some(object) = object else { return node };
        let mut inputs: BTreeSet<ObjectId> =
            references(self.catalog.inventory(), &object).into_iter().filter(is_read).collect();
        let read = self.columns_of(id);
        inputs.extend(read.keys().cloned());
        if !inputs.is_empty() && (depth >= DEEPEST || !self.seen.insert(id.clone())) {
            node.cut = true;
            return node;
        }
        let columns = |input| read.get(input).map(|columns| columns.iter().cloned().collect());
        node.inputs = inputs
            .iter()
            .map(|input| self.node(input, columns(input).unwrap_or_default(), depth + 1))
            .collect();
        node
    }

    /// The columns that a metric of one dataset reads; none for a metric of metrics, whose inputs tell.
    fn columns_of(&self, id: &ObjectId) -> BTreeMap<ObjectId, BTreeSet<String>> {
        if id.kind != Kind::Metric {
            return BTreeMap::new();
        }
        match self.catalog.metric(id) {
            Ok(metric) if metric.inputs.is_empty() => columns_read(self.catalog, &metric, self.by),
            _ => BTreeMap::new(),
        }
    }
}

/// A channel is told, not read.
fn is_read(id: &ObjectId) -> bool {
    matches!(id.kind, Kind::Metric | Kind::Dataset | Kind::DataSource)
}

/// The columns that a metric reads of each dataset, with those of the dimensions `by`.
pub fn columns_read(
    catalog: &Catalog,
    metric: &ResolvedMetric,
    by: &[String],
) -> BTreeMap<ObjectId, BTreeSet<String>> {
    let mut read = Read::default();
    for component in &metric.components {
        read.component(component);
    }
    for dimension in grouping(catalog, metric, by).unwrap_or_default() {
        for (component, way) in metric.components.iter().zip(&dimension.ways) {
            read.way(&component.dataset.id, way);
        }
    }
    read.0
}

#[derive(Default)]
struct Read(BTreeMap<ObjectId, BTreeSet<String>>);

impl Read {
    fn component(&mut self, component: &Component) {
        let dataset = &component.dataset;
        self.0
            .entry(dataset.id.clone())
            .or_default()
            .extend(dataset.time.iter().map(|time| time.column.clone()));
        let snapshot =
            component.snapshot.iter().flat_map(|snapshot| snapshot.over.iter().chain(&snapshot.by));
        for part in component.aggregate.argument.iter().chain(&component.aggregate.filter).chain(snapshot) {
            self.named(&dataset.id, part, &component.references);
        }
        for events in component.conversion.iter().flat_map(|conversion| conversion.sides()) {
            self.events(events);
        }
    }

    fn events(&mut self, events: &Events) {
        let dataset = &events.dataset;
        let time = dataset.time.iter().map(|time| time.column.clone());
        self.0.entry(dataset.id.clone()).or_default().extend(time);
        if let Some(filter) = &events.filter {
            self.named(&dataset.id, filter, &events.references);
        }
        for key in &events.keys {
            self.way(&dataset.id, key);
        }
    }

    /// What an expression names: dimensions that are known by name, and columns.
    fn named(&mut self, dataset: &ObjectId, expr: &Expr, references: &BTreeMap<String, Dimension>) {
        for (path, _) in columns(expr).into_iter().filter(|(path, _)| path.name != CONVERTED) {
            match references.get(&path.to_string()) {
                Some(way) => self.way(dataset, way),
                None => self.column(dataset, &path.name),
            }
        }
    }

    /// The keys of every join on the way, and what is read at its end.
    fn way(&mut self, from: &ObjectId, way: &Dimension) {
        let mut here = from.clone();
        for hop in &way.path {
            hop.left_key.iter().for_each(|key| self.expression(&here, key));
            here = hop.dataset.id.clone();
            hop.right_key.iter().for_each(|key| self.expression(&here, key));
            if let Some(validity) = &hop.dataset.validity {
                self.column(&here, &validity.from);
                self.column(&here, &validity.to);
            }
        }
        self.expression(&here, &way.expr);
    }

    fn expression(&mut self, dataset: &ObjectId, expr: &Expr) {
        for (path, _) in columns(expr) {
            self.column(dataset, &path.name);
        }
    }

    fn column(&mut self, dataset: &ObjectId, name: &str) {
        self.0.entry(dataset.clone()).or_default().insert(name.to_owned());
    }
}
