//! The objects resolved together. Resolution is lazy and remembered: asking for one object resolves what
//! it refers to, and nothing else.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use metricwright_api::{Diagnostic, Kind, ObjectId};

use crate::consumers::consumers;
use crate::inventory::Inventory;
use crate::resolve::dimension::{Reach, Unreachable};
use crate::resolve::{channel, data_source, dataset, metric, rule};
use crate::resolved::{Dimension, ResolvedDataset, ResolvedMetric, ResolvedRule, SharedDimension};

/// What resolving gave: the thing, or the findings that stand against it.
pub type Resolved<T> = Result<Arc<T>, Arc<Vec<Diagnostic>>>;

/// The objects of an inventory, resolved on demand.
pub struct Catalog {
    inventory: Arc<Inventory>,
    datasets: Memo<ResolvedDataset>,
    metrics: Memo<ResolvedMetric>,
    rules: Memo<ResolvedRule>,
    reaches: Mutex<HashMap<ObjectId, Arc<Reach>>>,
    consumers: OnceLock<BTreeMap<ObjectId, Vec<ObjectId>>>,
    primaries: OnceLock<BTreeMap<(String, String), ObjectId>>,
}

type Memo<T> = Mutex<HashMap<ObjectId, Resolved<T>>>;

impl Catalog {
    /// Takes an inventory; nothing is resolved yet.
    pub fn new(inventory: Arc<Inventory>) -> Self {
        Self {
            inventory,
            datasets: Memo::default(),
            metrics: Memo::default(),
            rules: Memo::default(),
            reaches: Mutex::default(),
            consumers: OnceLock::new(),
            primaries: OnceLock::new(),
        }
    }

    /// The same resolution for an inventory in which only annotations and generations differ.
    #[must_use]
    pub fn with_same_definitions(&self, inventory: Arc<Inventory>) -> Self {
        Self {
            inventory,
            datasets: Mutex::new(lock(&self.datasets).clone()),
            metrics: Mutex::new(lock(&self.metrics).clone()),
            rules: Mutex::new(lock(&self.rules).clone()),
            reaches: Mutex::new(lock(&self.reaches).clone()),
            consumers: self.consumers.clone(),
            primaries: self.primaries.clone(),
        }
    }

    /// The objects as written.
    pub fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// A dataset.
    ///
    /// # Errors
    /// Findings on its definition; an empty list when there is no such dataset.
    pub fn dataset(&self, id: &ObjectId) -> Resolved<ResolvedDataset> {
        if let Some(known) = lock(&self.datasets).get(id) {
            return known.clone();
        }
        let outcome = match self.inventory.get(id) {
            Some(object) => dataset::dataset(&self.inventory, object),
            None => Err(Vec::new()),
        };
        remember(&self.datasets, id, outcome)
    }

    /// A metric.
    ///
    /// # Errors
    /// Findings on its definition; an empty list when there is no such metric.
    pub fn metric(&self, id: &ObjectId) -> Resolved<ResolvedMetric> {
        self.metric_within(id, &mut Vec::new())
    }

    /// A metric that others, from the outermost on, are being resolved for.
    pub(crate) fn metric_within(
        &self,
        id: &ObjectId,
        asking: &mut Vec<ObjectId>,
    ) -> Resolved<ResolvedMetric> {
        if let Some(known) = lock(&self.metrics).get(id) {
            return known.clone();
        }
        if let Some(from) = asking.iter().position(|above| above == id) {
            let circle: Vec<ObjectId> = asking.iter().skip(from).cloned().collect();
            for member in &circle {
                drop(remember(&self.metrics, member, Err(vec![metric::cycle(member, &circle)])));
            }
            return self.metric_within(id, &mut Vec::new());
        }
        asking.push(id.clone());
        let outcome = match self.inventory.get(id) {
            Some(object) => metric::metric(self, object, asking),
            None => Err(Vec::new()),
        };
        asking.pop();
        remember(&self.metrics, id, outcome)
    }

    /// A rule.
    ///
    /// # Errors
    /// Findings on its definition; an empty list when there is no such rule.
    pub fn rule(&self, id: &ObjectId) -> Resolved<ResolvedRule> {
        if let Some(known) = lock(&self.rules).get(id) {
            return known.clone();
        }
        let outcome = match self.inventory.get(id) {
            Some(object) => rule::rule(self, object),
            None => Err(Vec::new()),
        };
        remember(&self.rules, id, outcome)
    }

    /// The findings on one object.
    pub fn diagnostics(&self, id: &ObjectId) -> Vec<Diagnostic> {
        let found = match id.kind {
            Kind::Dataset => self.dataset(id).err(),
            Kind::Metric => self.metric(id).err(),
            Kind::AlertRule => self.rule(id).err(),
            Kind::DataSource => {
                return self.inventory.get(id).map(|o| data_source::findings(o)).unwrap_or_default();
            }
            Kind::Channel => return self.inventory.get(id).map(|o| channel::findings(o)).unwrap_or_default(),
            Kind::Incident => None,
        };
        found.map(|findings| findings.to_vec()).unwrap_or_default()
    }

    /// The findings on every object, in order of the objects.
    pub fn all_diagnostics(&self) -> Vec<Diagnostic> {
        self.inventory.objects().flat_map(|object| self.diagnostics(&object.id)).collect()
    }

    /// The objects that refer to this one, in order.
    pub fn consumers(&self, id: &ObjectId) -> &[ObjectId] {
        let index = self.consumers.get_or_init(|| consumers(&self.inventory));
        index.get(id).map(Vec::as_slice).unwrap_or_default()
    }

    /// How a dataset reaches a dimension.
    ///
    /// # Errors
    /// There is no way, or more than one; see [`Unreachable`].
    pub fn dimension(&self, dataset: &Arc<ResolvedDataset>, name: &str) -> Result<Dimension, Unreachable> {
        self.reach(dataset).find(self, dataset, name)
    }

    /// How a metric as a whole can be grouped by a dimension.
    ///
    /// # Errors
    /// A component cannot reach it, or has only another dimension of that name.
    pub fn shared_dimension(
        &self,
        metric: &ResolvedMetric,
        name: &str,
    ) -> Result<SharedDimension, Unreachable> {
        metric::shared_dimension(self, &metric.components, name)
    }

    /// Type and unit of a dimension as seen from a dataset.
    pub fn dimension_type(dataset: &ResolvedDataset, way: &Dimension) -> metricwright_formula::Typed {
        crate::resolve::dimension::dimension_type(dataset, way)
    }

    /// The dataset of a namespace that has one row for each of an entity; none where two claim it.
    pub(crate) fn primary_dataset(&self, namespace: &str, entity: &str) -> Option<Arc<ResolvedDataset>> {
        let index = self.primaries.get_or_init(|| crate::consumers::primaries(&self.inventory));
        let id = index.get(&(namespace.to_owned(), entity.to_owned()))?;
        self.dataset(id).ok()
    }

    /// Everything that a dataset can be grouped by.
    pub(crate) fn reach(&self, dataset: &Arc<ResolvedDataset>) -> Arc<Reach> {
        if let Some(known) = lock(&self.reaches).get(&dataset.id) {
            return known.clone();
        }
        let reach = Arc::new(Reach::of(self, dataset));
        lock(&self.reaches).insert(dataset.id.clone(), reach.clone());
        reach
    }
}

fn lock<T>(memo: &Mutex<T>) -> MutexGuard<'_, T> {
    memo.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps the first outcome: what a circle was found to be is not overwritten while its members unwind.
fn remember<T>(memo: &Memo<T>, id: &ObjectId, outcome: Result<T, Vec<Diagnostic>>) -> Resolved<T> {
    let outcome = outcome.map(Arc::new).map_err(Arc::new);
    lock(memo).entry(id.clone()).or_insert(outcome).clone()
}
