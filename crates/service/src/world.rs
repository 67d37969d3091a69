//! The world as a host sees it: the objects, what they resolve to, and what inspection showed of the data.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};
use metricwright_api::{Diagnostic, Kind, ObjectId};
use metricwright_catalog::resolved::ColumnInfo;
use metricwright_catalog::{Catalog, Inventory, Object};

/// Time after which a dataset in which all was well is inspected again: keys may begin to repeat, earlier rows may come.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_hours(1);
/// The same for one that had no row or a fault, which somebody is likely to mend.
const LOOK_AGAIN_SOON: SignedDuration = SignedDuration::from_mins(1);

/// What inspecting a dataset showed.
#[derive(Clone, Debug, Default)]
pub struct DatasetFacts {
    /// When it was inspected.
    pub inspected_at: Timestamp,
    /// What was inspected: relation, source and keys; other facts hold for another definition.
    pub fingerprint: String,
    /// The columns that the source shows.
    pub columns: Vec<ColumnInfo>,
    /// The moment of the first row; none where there is no row or no time column.
    pub first_row: Option<Timestamp>,
    /// Faults in the data, such as a key that repeats.
    pub faults: Vec<Diagnostic>,
    /// Whether what was found may change soon: a dataset that is still empty, or one with faults.
    pub unsettled: bool,
}

impl DatasetFacts {
    /// When to inspect the dataset again though nothing happened to its definition.
    pub fn look_again_at(&self) -> Timestamp {
        let wait = if self.unsettled { LOOK_AGAIN_SOON } else { LOOK_AGAIN };
        self.inspected_at.checked_add(wait).unwrap_or(Timestamp::MAX)
    }

    /// Whether both show the same of the dataset, whenever that was.
    fn same_findings(&self, other: &Self) -> bool {
        self.columns == other.columns && self.first_row == other.first_row && self.faults == other.faults
    }
}

/// Objects, their resolution and the facts, shared by everything that reconciles.
#[derive(Default)]
pub struct World {
    inner: RwLock<Inner>,
}

#[derive(Default)]
struct Inner {
    inventory: Arc<Inventory>,
    catalog: Option<Arc<Catalog>>,
    facts: BTreeMap<ObjectId, Arc<DatasetFacts>>,
    unanswered: BTreeMap<ObjectId, Diagnostic>,
    failures: BTreeMap<ObjectId, u32>,
    at_work: BTreeSet<ObjectId>,
}

/// While this is there, real work is done on an object: values are computed, a dataset is inspected for the first time,
/// messages are sent. Looking again at what has not changed is none.
pub struct AtWork<'a> {
    world: &'a World,
    id: ObjectId,
}

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.world.write().at_work.remove(&self.id);
    }
}

impl World {
    /// An empty world.
    pub fn new() -> Self {
        Self::default()
    }

    /// The objects as resolved now.
    pub fn catalog(&self) -> Arc<Catalog> {
        if let Some(catalog) = &self.inner.read().unwrap_or_else(PoisonError::into_inner).catalog {
            return catalog.clone();
        }
        let mut inner = self.write();
        let inventory = inner.inventory.clone();
        inner.catalog.get_or_insert_with(|| Arc::new(Catalog::new(inventory))).clone()
    }

    /// Takes in a new or changed object. Returns whether its definition changed.
    pub fn insert(&self, object: Object) -> bool {
        let mut inner = self.write();
        let same = inner
            .inventory
            .get(&object.id)
            .is_some_and(|known| known.spec == object.spec && known.labels == object.labels);
        Arc::make_mut(&mut inner.inventory).insert(object);
        // Annotations are read from the object itself, so an unchanged definition keeps the resolution.
        if same {
            let inventory = inner.inventory.clone();
            if let Some(catalog) = &inner.catalog {
                inner.catalog = Some(Arc::new(catalog.with_same_definitions(inventory)));
            }
            return false;
        }
        inner.catalog = None;
        true
    }

    /// Forgets an object.
    pub fn remove(&self, id: &ObjectId) {
        let mut inner = self.write();
        Arc::make_mut(&mut inner.inventory).remove(id);
        inner.facts.remove(id);
        inner.unanswered.remove(id);
        inner.catalog = None;
    }

    /// Puts a whole new set of objects in place of the old one, as a directory that was read again gives it.
    pub fn replace(&self, inventory: Inventory) {
        let mut inner = self.write();
        let mut inventory = inventory;
        inner.facts.retain(|id, _| inventory.get(id).is_some());
        inner.unanswered.retain(|id, _| inventory.get(id).is_some());
        for (id, facts) in &inner.facts {
            inventory.set_columns(id, facts.columns.clone());
        }
        inner.inventory = Arc::new(inventory);
        inner.catalog = None;
    }

    /// Takes in the labels of a namespace. Gives what may come out otherwise now: the objects of the namespace, whose
    /// references other namespaces may allow by label, and everything that depends on them.
    pub fn set_namespace_labels(&self, namespace: &str, labels: BTreeMap<String, String>) -> Vec<ObjectId> {
        let mut inner = self.write();
        if !Arc::make_mut(&mut inner.inventory).set_namespace_labels(namespace, labels) {
            return Vec::new();
        }
        inner.catalog = None;
        let objects = inner.inventory.objects().filter(|object| object.id.namespace == namespace);
        let mut touched: BTreeSet<ObjectId> = objects.map(|object| object.id.clone()).collect();
        drop(inner);
        let dependents: Vec<ObjectId> = touched.iter().flat_map(|id| self.dependents(id)).collect();
        touched.extend(dependents);
        touched.into_iter().collect()
    }

    /// One object.
    pub fn object(&self, id: &ObjectId) -> Option<Arc<Object>> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner).inventory.get(id).cloned()
    }

    /// The objects of a kind.
    pub fn of_kind(&self, kind: Kind) -> Vec<Arc<Object>> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        inner.inventory.of_kind(kind).cloned().collect()
    }

    /// Everything that may come out otherwise when this object changes: what refers to it, directly and
    /// through others. For a dataset the others of its namespace count too, whose joins may run through it;
    /// for a metric the rules that pick by label, which no reference tells.
    pub fn dependents(&self, id: &ObjectId) -> Vec<ObjectId> {
        let catalog = self.catalog();
        let same_namespace = |kind: Kind| {
            let all = catalog.inventory().of_kind(kind).map(|object| object.id.clone());
            all.filter(|other| other.namespace == id.namespace)
        };
        let mut next = vec![id.clone()];
        let mut found = BTreeSet::new();
        match id.kind {
            Kind::Dataset => next.extend(same_namespace(Kind::Dataset)),
            Kind::Metric => found.extend(same_namespace(Kind::AlertRule)),
            _ => {}
        }
        while let Some(id) = next.pop() {
            for consumer in catalog.consumers(&id) {
                if found.insert(consumer.clone()) {
                    next.push(consumer.clone());
                }
            }
        }
        found.into_iter().collect()
    }

    /// What inspection showed of a dataset.
    pub fn facts(&self, dataset: &ObjectId) -> Option<Arc<DatasetFacts>> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner).facts.get(dataset).cloned()
    }

    /// Takes in what inspection showed. Returns whether that differs from what was known.
    pub fn set_facts(&self, dataset: &ObjectId, facts: DatasetFacts) -> bool {
        let mut inner = self.write();
        let answered_again = inner.unanswered.remove(dataset).is_some();
        let known = inner.facts.get(dataset).cloned();
        if known.as_ref().is_none_or(|known| known.columns != facts.columns) {
            Arc::make_mut(&mut inner.inventory).set_columns(dataset, facts.columns.clone());
            inner.catalog = None;
        }
        let news = known.is_none_or(|known| !known.same_findings(&facts));
        inner.facts.insert(dataset.clone(), Arc::new(facts));
        answered_again || news
    }

    /// Why the last inspection of a dataset failed; none where it did not.
    pub fn unanswered(&self, dataset: &ObjectId) -> Option<Diagnostic> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner).unanswered.get(dataset).cloned()
    }

    /// Notes that the source did not answer an inspection. Returns whether that is news.
    pub fn set_unanswered(&self, dataset: &ObjectId, why: &Diagnostic) -> bool {
        self.write().unanswered.insert(dataset.clone(), why.clone()).as_ref() != Some(why)
    }

    /// Notes that real work is done on an object, until the answer is dropped.
    pub fn at_work(&self, id: &ObjectId) -> AtWork<'_> {
        self.write().at_work.insert(id.clone());
        AtWork { world: self, id: id.clone() }
    }

    /// Whether real work is done on an object.
    pub fn is_at_work(&self, id: &ObjectId) -> bool {
        self.inner.read().unwrap_or_else(PoisonError::into_inner).at_work.contains(id)
    }

    /// Notes that a run failed; gives how many failed in a row, and why the last one did.
    pub fn failed(&self, id: &ObjectId, error: &str) -> (u32, String) {
        let mut inner = self.write();
        let times = inner.failures.entry(id.clone()).or_default();
        *times += 1;
        (*times, error.to_owned())
    }

    /// Notes that a run succeeded.
    pub fn succeeded(&self, id: &ObjectId) {
        self.write().failures.remove(id);
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Inner> {
        self.inner.write().unwrap_or_else(PoisonError::into_inner)
    }
}
