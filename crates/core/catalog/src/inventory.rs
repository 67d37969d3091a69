//! The objects as written, before anything is resolved.

use std::collections::BTreeMap;
use std::sync::Arc;

use metricwright_api::alert_rule::AlertRuleSpec;
use metricwright_api::channel::ChannelSpec;
use metricwright_api::data_source::DataSourceSpec;
use metricwright_api::dataset::DatasetSpec;
use metricwright_api::metric::MetricSpec;
use metricwright_api::{Kind, ObjectId};

use crate::resolved::ColumnInfo;

/// One object: who it is and what people wrote.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Which object.
    pub id: ObjectId,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
    /// The generation of the spec, where a cluster counts it.
    pub generation: Option<i64>,
    /// What people wrote.
    pub spec: Spec,
}

/// What people write, by kind. Incidents are made, not written.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "objects live behind an Arc, so the size is paid once")]
pub enum Spec {
    /// A place where data is.
    DataSource(DataSourceSpec),
    /// A typed table.
    Dataset(DatasetSpec),
    /// One definition.
    Metric(MetricSpec),
    /// When somebody must know.
    AlertRule(AlertRuleSpec),
    /// Where messages go.
    Channel(ChannelSpec),
}

impl Spec {
    /// The kind of the object.
    pub fn kind(&self) -> Kind {
        match self {
            Self::DataSource(_) => Kind::DataSource,
            Self::Dataset(_) => Kind::Dataset,
            Self::Metric(_) => Kind::Metric,
            Self::AlertRule(_) => Kind::AlertRule,
            Self::Channel(_) => Kind::Channel,
        }
    }
}

/// All objects, the labels of their namespaces, and the columns that sources showed. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    objects: BTreeMap<ObjectId, Arc<Object>>,
    namespaces: BTreeMap<String, Arc<BTreeMap<String, String>>>,
    columns: BTreeMap<ObjectId, Arc<Vec<ColumnInfo>>>,
}

impl Inventory {
    /// An inventory without objects.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in an object, in place of one of the same identity.
    pub fn insert(&mut self, object: Object) {
        self.objects.insert(object.id.clone(), Arc::new(object));
    }

    /// Takes an object out.
    pub fn remove(&mut self, id: &ObjectId) {
        self.objects.remove(id);
        self.columns.remove(id);
    }

    /// One object.
    pub fn get(&self, id: &ObjectId) -> Option<&Arc<Object>> {
        self.objects.get(id)
    }

    /// Every object, in order of kind, namespace and name.
    pub fn objects(&self) -> impl Iterator<Item = &Arc<Object>> {
        self.objects.values()
    }

    /// The objects of a kind, in order of namespace and name.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Arc<Object>> {
        let first = ObjectId::new(kind, "", "");
        self.objects.range(first..).map(|(_, object)| object).take_while(move |object| object.id.kind == kind)
    }

    /// The objects of a kind in one namespace, in order of name.
    pub fn of_kind_in(&self, kind: Kind, namespace: &str) -> impl Iterator<Item = &Arc<Object>> {
        let first = ObjectId::new(kind, namespace, "");
        self.objects
            .range(first..)
            .map(|(_, object)| object)
            .take_while(move |object| object.id.kind == kind && object.id.namespace == namespace)
    }

    /// The labels of a namespace; none where they are not known.
    pub fn namespace_labels(&self, namespace: &str) -> Option<&BTreeMap<String, String>> {
        self.namespaces.get(namespace).map(Arc::as_ref)
    }

    /// Takes in the labels of a namespace. Returns whether they differ from those known.
    pub fn set_namespace_labels(&mut self, namespace: &str, labels: BTreeMap<String, String>) -> bool {
        if self.namespace_labels(namespace) == Some(&labels) {
            return false;
        }
        self.namespaces.insert(namespace.to_owned(), Arc::new(labels));
        true
    }

    /// The columns that the source shows of a dataset; none before it was looked at.
    pub fn columns(&self, dataset: &ObjectId) -> Option<&[ColumnInfo]> {
        self.columns.get(dataset).map(|columns| columns.as_slice())
    }

    /// Takes in the columns that the source shows of a dataset.
    pub fn set_columns(&mut self, dataset: &ObjectId, columns: Vec<ColumnInfo>) {
        self.columns.insert(dataset.clone(), Arc::new(columns));
    }
}
