//! The objects resolved together. Resolution is lazy and remembered: asking for one object resolves what
//! it refers to, and nothing else.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use metricwright_api::{Diagnostic, Kind, ObjectId};

use crate::calendar::ResolvedCalendar;
use crate::consumers::{Holder, consumers, holders, inputs};
use crate::inventory::{Inventory, Object, Spec};
use crate::resolve::dimension::Reach;
use crate::resolve::expression::Place;
use crate::resolve::narrow::{narrowed, without};
use crate::resolve::unreachable::Unreachable;
use crate::resolve::{calendar, channel, circle, data_source, dataset, metric, rule, shared};
use crate::resolved::{Dimension, ResolvedDataset, ResolvedMetric, ResolvedRule, SharedDimension};

/// What resolving gave: the thing, or the findings that stand against it.
pub type Resolved<T> = Result<Arc<T>, Arc<Vec<Diagnostic>>>;

/// The objects of an inventory, resolved on demand.
pub struct Catalog {
    inventory: Arc<Inventory>,
    /// The catalogue that this one differs from by one object, and that object's kind.
    beneath: Option<(Arc<Catalog>, Kind)>,
    calendars: Memo<ResolvedCalendar>,
    datasets: Memo<ResolvedDataset>,
    metrics: Memo<ResolvedMetric>,
    rules: Memo<ResolvedRule>,
    reaches: Mutex<HashMap<ObjectId, Arc<Reach>>>,
    consumers: OnceLock<BTreeMap<ObjectId, Vec<ObjectId>>>,
    holders: OnceLock<BTreeMap<(String, String), Vec<Holder>>>,
}

type Memo<T> = Mutex<HashMap<ObjectId, Resolved<T>>>;

impl Catalog {
    /// Takes an inventory; nothing is resolved yet.
    pub fn new(inventory: Arc<Inventory>) -> Self {
        Self {
            inventory,
            beneath: None,
            calendars: Memo::default(),
            datasets: Memo::default(),
            metrics: Memo::default(),
            rules: Memo::default(),
            reaches: Mutex::default(),
            consumers: OnceLock::new(),
            holders: OnceLock::new(),
        }
    }

    /// The same resolution for an inventory in which only annotations and generations differ.
    #[must_use]
    pub fn with_same_definitions(&self, inventory: Arc<Inventory>) -> Self {
        Self {
            inventory,
            beneath: self.beneath.clone(),
            calendars: Mutex::new(lock(&self.calendars).clone()),
            datasets: Mutex::new(lock(&self.datasets).clone()),
            metrics: Mutex::new(lock(&self.metrics).clone()),
            rules: Mutex::new(lock(&self.rules).clone()),
            reaches: Mutex::new(lock(&self.reaches).clone()),
            consumers: self.consumers.clone(),
            holders: self.holders.clone(),
        }
    }

    /// This catalogue with one object in place of that of its identity. What the object cannot change is
    /// resolved here and remembered once, so that asking about one object costs what it refers to and no more.
    #[must_use]
    pub fn with(self: &Arc<Self>, object: Object) -> Self {
        let kind = object.id.kind;
        let inventory = Arc::new(self.inventory.with(object));
        Self { beneath: Some((self.clone(), kind)), ..Self::new(inventory) }
    }

    /// The catalogue beneath, where the object that differs cannot change anything of this kind.
    fn unchanged(&self, kind: Kind) -> Option<&Arc<Self>> {
        let (beneath, differs) = self.beneath.as_ref()?;
        let above = match differs {
            Kind::Calendar => &[Kind::Calendar, Kind::Dataset, Kind::Metric, Kind::AlertRule][..],
            Kind::DataSource | Kind::Dataset => &[Kind::Dataset, Kind::Metric, Kind::AlertRule][..],
            Kind::Metric => &[Kind::Metric, Kind::AlertRule],
            Kind::AlertRule | Kind::Channel | Kind::Incident => &[Kind::AlertRule],
        };
        (!above.contains(&kind)).then_some(beneath)
    }

    /// The objects as written.
    pub fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// A calendar.
    ///
    /// # Errors
    /// Findings on its definition; an empty list when there is no such calendar.
    pub fn calendar(&self, id: &ObjectId) -> Resolved<ResolvedCalendar> {
        if let Some(beneath) = self.unchanged(Kind::Calendar) {
            return beneath.calendar(id);
        }
        if let Some(known) = lock(&self.calendars).get(id) {
            return known.clone();
        }
        let outcome = match self.inventory.get(id) {
            Some(object) => calendar::calendar(self, object),
            None => Err(Vec::new()),
        };
        remember(&self.calendars, id, outcome)
    }

    /// A dataset.
    ///
    /// # Errors
    /// Findings on its definition; an empty list when there is no such dataset.
    pub fn dataset(&self, id: &ObjectId) -> Resolved<ResolvedDataset> {
        if let Some(beneath) = self.unchanged(Kind::Dataset) {
            return beneath.dataset(id);
        }
        if let Some(known) = lock(&self.datasets).get(id) {
            return known.clone();
        }
        let outcome = match self.inventory.get(id) {
            Some(object) => dataset::dataset(self, object),
            None => Err(Vec::new()),
        };
        remember(&self.datasets, id, outcome)
    }

    /// A metric.
    ///
    /// # Errors
    /// Findings on its definition; an empty list when there is no such metric.
    pub fn metric(&self, id: &ObjectId) -> Resolved<ResolvedMetric> {
        if let Some(beneath) = self.unchanged(Kind::Metric) {
            return beneath.metric(id);
        }
        if let Some(known) = lock(&self.metrics).get(id) {
            return known.clone();
        }
        for group in circle::order(id, |id| self.unresolved_inputs(id)) {
            self.resolve_group(&group);
        }
        let known = lock(&self.metrics).get(id).cloned();
        known.unwrap_or_else(|| Err(Arc::default()))
    }

    /// The metrics that a metric is made of; none where it is resolved already.
    fn unresolved_inputs(&self, id: &ObjectId) -> Vec<ObjectId> {
        if lock(&self.metrics).contains_key(id) {
            return Vec::new();
        }
        let Some(Spec::Metric(spec)) = self.inventory.get(id).map(|object| &object.spec) else {
            return Vec::new();
        };
        let mut named = inputs(spec, &id.namespace);
        named.retain(|input| self.inventory.get(input).is_some());
        named
    }

    /// Resolves a metric whose inputs are resolved, or finds fault with a circle of them.
    fn resolve_group(&self, group: &circle::Group) {
        let Some(id) = group.single() else {
            for (member, finding) in group.findings() {
                drop(remember(&self.metrics, &member, Err(vec![finding])));
            }
            return;
        };
        if lock(&self.metrics).contains_key(id) {
            return;
        }
        let outcome = match self.inventory.get(id) {
            Some(object) => metric::metric(self, object),
            None => Err(Vec::new()),
        };
        drop(remember(&self.metrics, id, outcome));
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

    /// Whether a source's definition holds.
    ///
    /// # Errors
    /// Findings on its definition; an empty list when there is no such source.
    pub fn source(&self, id: &ObjectId) -> Result<(), Vec<Diagnostic>> {
        self.stands(id, data_source::findings)
    }

    /// Whether a channel's definition holds.
    ///
    /// # Errors
    /// Findings on its definition; an empty list when there is no such channel.
    pub fn channel(&self, id: &ObjectId) -> Result<(), Vec<Diagnostic>> {
        self.stands(id, channel::findings)
    }

    fn stands(&self, id: &ObjectId, findings: fn(&Object) -> Vec<Diagnostic>) -> Result<(), Vec<Diagnostic>> {
        let found = findings(self.inventory.get(id).ok_or_else(Vec::new)?);
        if found.is_empty() { Ok(()) } else { Err(found) }
    }

    /// The findings on one object: what makes it unusable, or else what somebody should look at.
    pub fn diagnostics(&self, id: &ObjectId) -> Vec<Diagnostic> {
        match id.kind {
            Kind::DataSource => self.source(id).err().unwrap_or_default(),
            Kind::Channel => self.channel(id).err().unwrap_or_default(),
            Kind::Calendar => faults(self.calendar(id)),
            Kind::Dataset => faults(self.dataset(id)),
            Kind::Metric => faults(self.metric(id)),
            Kind::AlertRule => match self.rule(id) {
                Ok(rule) => rule::warnings(&rule),
                Err(found) => found.to_vec(),
            },
            Kind::Incident => Vec::new(),
        }
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
        shared::shared_dimension(self, &metric.components, name)
    }

    /// The metric with only the rows that meet a condition.
    ///
    /// # Errors
    /// The condition is no row condition over what all datasets of the metric have; findings stand at `place`.
    pub fn filtered(
        &self,
        metric: &Arc<ResolvedMetric>,
        condition: &str,
        place: &str,
    ) -> Result<Arc<ResolvedMetric>, Vec<Diagnostic>> {
        let place = Place { object: &metric.id, path: place };
        narrowed(self, place, metric.clone(), Some(&condition.to_owned()))
    }

    /// The metric without the rows of some members of a dimension.
    ///
    /// # Errors
    /// The datasets of the metric do not share the dimension; findings stand at `place`.
    pub fn without(
        &self,
        metric: &ResolvedMetric,
        dimension: &str,
        members: &[Option<String>],
        place: &str,
    ) -> Result<Arc<ResolvedMetric>, Vec<Diagnostic>> {
        without(self, Place { object: &metric.id, path: place }, metric, dimension, members)
    }

    /// Type and unit of a dimension as seen from a dataset.
    pub fn dimension_type(dataset: &ResolvedDataset, way: &Dimension) -> metricwright_formula::Typed {
        crate::resolve::dimension::dimension_type(dataset, way)
    }

    /// The datasets of a namespace that have an entity, in order.
    pub(crate) fn holders(&self, namespace: &str, entity: &str) -> &[Holder] {
        if let Some(beneath) = self.unchanged(Kind::Dataset) {
            return beneath.holders(namespace, entity);
        }
        let index = self.holders.get_or_init(|| holders(&self.inventory));
        index.get(&(namespace.to_owned(), entity.to_owned())).map(Vec::as_slice).unwrap_or_default()
    }

    /// Everything that a dataset can be grouped by.
    pub(crate) fn reach(&self, dataset: &Arc<ResolvedDataset>) -> Arc<Reach> {
        if let Some(beneath) = self.unchanged(Kind::Dataset) {
            return beneath.reach(dataset);
        }
        if let Some(known) = lock(&self.reaches).get(&dataset.id) {
            return known.clone();
        }
        let reach = Arc::new(Reach::of(self, dataset));
        lock(&self.reaches).insert(dataset.id.clone(), reach.clone());
        reach
    }
}

fn faults<T>(resolved: Resolved<T>) -> Vec<Diagnostic> {
    resolved.err().map(|found| found.to_vec()).unwrap_or_default()
}

fn lock<T>(memo: &Mutex<T>) -> MutexGuard<'_, T> {
    memo.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps the first outcome, so that everybody shares one.
fn remember<T>(memo: &Memo<T>, id: &ObjectId, outcome: Result<T, Vec<Diagnostic>>) -> Resolved<T> {
    let outcome = outcome.map(Arc::new).map_err(Arc::new);
    lock(memo).entry(id.clone()).or_insert(outcome).clone()
}
