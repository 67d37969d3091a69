//! The objects as written, before anything is resolved.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use metricwright_api::alert_rule::AlertRuleSpec;
use metricwright_api::calendar::CalendarSpec;
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
pub enum Spec {
    /// A place where data is.
    DataSource(Box<DataSourceSpec>),
    /// A typed table.
    Dataset(Box<DatasetSpec>),
    /// One definition.
    Metric(Box<MetricSpec>),
    /// When somebody must know.
    AlertRule(AlertRuleSpec),
    /// What is known about days before they come.
    Calendar(CalendarSpec),
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
            Self::Calendar(_) => Kind::Calendar,
            Self::Channel(_) => Kind::Channel,
        }
    }
}

/// All objects, the labels of their namespaces, and the columns that sources showed. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    objects: Arc<BTreeMap<ObjectId, Arc<Object>>>,
    /// Stands in place of the object of its identity, or beside all others.
    instead: Option<Arc<Object>>,
    namespaces: Arc<BTreeMap<String, Arc<BTreeMap<String, String>>>>,
    columns: Arc<BTreeMap<ObjectId, Arc<Vec<ColumnInfo>>>>,
}

impl Inventory {
    /// An inventory without objects.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in an object, in place of one of the same identity.
    pub fn insert(&mut self, object: Object) {
        self.settle();
        Arc::make_mut(&mut self.objects).insert(object.id.clone(), Arc::new(object));
    }

    /// Takes an object out.
    pub fn remove(&mut self, id: &ObjectId) {
        self.settle();
        Arc::make_mut(&mut self.objects).remove(id);
        Arc::make_mut(&mut self.columns).remove(id);
    }

    /// The same objects with one in place of that of its identity. It costs nothing however many there are.
    #[must_use]
    pub fn with(&self, object: Object) -> Self {
        let mut next = self.clone();
        next.settle();
        next.instead = Some(Arc::new(object));
        next
    }

    /// Puts what stands in place of another among the others.
    fn settle(&mut self) {
        if let Some(object) = self.instead.take() {
            Arc::make_mut(&mut self.objects).insert(object.id.clone(), object);
        }
    }

    /// One object.
    pub fn get(&self, id: &ObjectId) -> Option<&Arc<Object>> {
        self.instead.as_ref().filter(|object| object.id == *id).or_else(|| self.objects.get(id))
    }

    /// Every object, in order of kind, namespace and name.
    pub fn objects(&self) -> impl Iterator<Item = &Arc<Object>> {
        self.between(Bound::Unbounded)
    }

    /// The objects from one identity on, in order.
    fn between(&self, first: Bound<ObjectId>) -> impl Iterator<Item = &Arc<Object>> {
        let instead = self.instead.as_ref().filter(|object| match &first {
            Bound::Included(first) => object.id >= *first,
            Bound::Excluded(first) => object.id > *first,
            Bound::Unbounded => true,
        });
        let (until, after) = match instead {
            Some(object) => {
                let after = (Bound::Excluded(object.id.clone()), Bound::Unbounded);
                (Bound::Excluded(object.id.clone()), Some(self.objects.range(after)))
            }
            None => (Bound::Unbounded, None),
        };
        let before = self.objects.range((first, until)).map(|(_, object)| object);
        before.chain(instead).chain(after.into_iter().flatten().map(|(_, object)| object))
    }

    /// The objects of a kind, in order of namespace and name.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Arc<Object>> {
        let first = ObjectId::new(kind, "", "");
        self.between(Bound::Included(first)).take_while(move |object| object.id.kind == kind)
    }

    /// The objects of a kind in one namespace, in order of name.
    pub fn of_kind_in(&self, kind: Kind, namespace: &str) -> impl Iterator<Item = &Arc<Object>> {
        let first = ObjectId::new(kind, namespace, "");
        self.between(Bound::Included(first))
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
        Arc::make_mut(&mut self.namespaces).insert(namespace.to_owned(), Arc::new(labels));
        true
    }

    /// The columns that the source shows of a dataset; none before it was looked at.
    pub fn columns(&self, dataset: &ObjectId) -> Option<&[ColumnInfo]> {
        self.columns.get(dataset).map(|columns| columns.as_slice())
    }

    /// Takes in the columns that the source shows of a dataset.
    pub fn set_columns(&mut self, dataset: &ObjectId, columns: Vec<ColumnInfo>) {
        Arc::make_mut(&mut self.columns).insert(dataset.clone(), Arc::new(columns));
    }
}
