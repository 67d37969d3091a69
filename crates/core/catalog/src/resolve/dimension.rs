//! Dimensions as seen from a dataset: many-to-one joins over entities, found by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use metricwright_api::Code;
use metricwright_formula::{ExprKind, Typed, check};

use super::expression::{OwnColumns, typed};
use super::unreachable::{self, Unreachable};
use crate::catalog::Catalog;
use crate::resolved::{Dimension, Hop, OwnDimension, ResolvedDataset, ResolvedEntity};

/// Most joins one after another.
pub const MAX_HOPS: usize = 4;
/// Most ways to one entity that are followed; two are enough to be ambiguous.
const MAX_WAYS: usize = 4;

/// Everything that a dataset can be grouped by.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Ways by name, the shortest first.
    ways: BTreeMap<String, Vec<Dimension>>,
    /// Entities that were joined, and in how many ways.
    joined: BTreeMap<String, usize>,
    /// Why entities that rows refer to cannot be joined.
    blocked: BTreeMap<String, Unreachable>,
}

/// A dataset that was reached, and how.
struct Front {
    dataset: Arc<ResolvedDataset>,
    path: Vec<Hop>,
}

impl Reach {
    /// Follows every join from a dataset, the nearest first.
    pub fn of(catalog: &Catalog, dataset: &Arc<ResolvedDataset>) -> Self {
        let mut reach = Self::default();
        reach.own(dataset);
        // Going through the dataset's own entity would lead back to other rows of it.
        let own: Vec<&str> = primaries(dataset).map(|entity| entity.name.as_str()).collect();
        let mut fronts = vec![Front { dataset: dataset.clone(), path: Vec::new() }];
        for _ in 0..MAX_HOPS {
            fronts = fronts.iter().flat_map(|front| reach.step(catalog, front, &own)).collect();
        }
        for ways in reach.ways.values_mut() {
            ways.sort_by_key(|way| way.path.len());
        }
        reach
    }

    /// The dimension of that name.
    pub fn find(
        &self,
        catalog: &Catalog,
        dataset: &ResolvedDataset,
        name: &str,
    ) -> Result<Dimension, Unreachable> {
        let ways = self.ways.get(name).map(Vec::as_slice).unwrap_or_default();
        match clear(name, ways) {
            Some(way) => Ok(way.clone()),
            None if !ways.is_empty() => Err(unreachable::ambiguous(dataset, name, ways)),
            None => Err(self.missing(catalog, dataset, name)),
        }
    }

    /// The dimensions that are the same as `identity`, the nearest first.
    pub fn same_as(&self, identity: &str) -> Vec<&Dimension> {
        let mut same: Vec<_> = self.unambiguous().filter(|way| way.identity == identity).collect();
        same.sort_by_key(|way| way.path.len());
        same
    }

    /// Every dimension with one clear way, in order of name.
    pub fn unambiguous(&self) -> impl Iterator<Item = &Dimension> {
        self.ways.iter().filter_map(|(name, ways)| clear(name, ways))
    }

    fn own(&mut self, dataset: &ResolvedDataset) {
        for own in &dataset.dimensions {
            let identity = identity(dataset, own);
            self.add(dimension(own.name.clone(), &[], own, &identity));
            for entity in primaries(dataset) {
                self.add(dimension(format!("{}.{}", entity.name, own.name), &[], own, &identity));
            }
        }
        self.keys(dataset, &[]);
    }

    /// The keys of a dataset's entities; they need no join to the entity's own dataset.
    fn keys(&mut self, dataset: &ResolvedDataset, path: &[Hop]) {
        let came_over = path.last().map(|hop| hop.entity.as_str());
        for entity in dataset.entities.iter().filter(|entity| came_over != Some(entity.name.as_str())) {
            // A key of several columns is no member.
            let [key] = entity.key.as_slice() else {
                self.blocked
                    .entry(entity.name.clone())
                    .or_insert_with(|| unreachable::composite(&entity.name));
                continue;
            };
            self.add(Dimension {
                name: entity.name.clone(),
                path: path.to_vec(),
                expr: key.clone(),
                identity: format!("entity:{}", entity.name),
                display_name: None,
            });
        }
    }

    /// Joins what the rows of a dataset refer to.
    fn step(&mut self, catalog: &Catalog, front: &Front, own: &[&str]) -> Vec<Front> {
        let mut fronts = Vec::new();
        for entity in front.dataset.entities.iter().filter(|entity| !entity.primary) {
            let known =
                own.contains(&entity.name.as_str()) || front.path.iter().any(|hop| hop.entity == entity.name);
            if known || self.joined.get(&entity.name).is_some_and(|ways| *ways >= MAX_WAYS) {
                continue;
            }
            match hop(catalog, &front.dataset, entity) {
                Ok(hop) => {
                    *self.joined.entry(entity.name.clone()).or_default() += 1;
                    let next =
                        Front { dataset: hop.dataset.clone(), path: [&front.path[..], &[hop]].concat() };
                    self.joined_over(&entity.name, &next);
                    fronts.push(next);
                }
                Err(fault) => drop(self.blocked.insert(entity.name.clone(), fault)),
            }
        }
        fronts
    }

    fn joined_over(&mut self, entity: &str, front: &Front) {
        for own in &front.dataset.dimensions {
            let identity = identity(&front.dataset, own);
            self.add(dimension(format!("{entity}.{}", own.name), &front.path, own, &identity));
        }
        self.keys(&front.dataset, &front.path);
    }

    fn add(&mut self, way: Dimension) {
        self.ways.entry(way.name.clone()).or_default().push(way);
    }

    fn missing(&self, catalog: &Catalog, dataset: &ResolvedDataset, name: &str) -> Unreachable {
        let entity = name.split('.').next().unwrap_or(name);
        if let Some(fault) = self.blocked.get(entity) {
            return fault.clone();
        }
        let near = self.joined.contains_key(entity) || primaries(dataset).any(|own| own.name == entity);
        let fan = if near { None } else { unreachable::fans_out(catalog, dataset, entity) };
        fan.unwrap_or_else(|| {
            let known: Vec<&str> = self.ways.keys().map(String::as_str).collect();
            unreachable::unknown(dataset, name, &known)
        })
    }
}

/// The way that a name means: the dataset's own, then the join over its own entity, then the only one.
fn clear<'a>(name: &str, ways: &'a [Dimension]) -> Option<&'a Dimension> {
    let (first, others) = ways.split_first()?;
    let direct = first.path.is_empty() || (first.path.len() == 1 && name.contains('.'));
    (direct || others.is_empty()).then_some(first)
}

/// The join from a dataset whose rows refer to an entity to the one that describes it.
fn hop(catalog: &Catalog, left: &ResolvedDataset, entity: &ResolvedEntity) -> Result<Hop, Unreachable> {
    let primaries: Vec<_> = catalog
        .holders(&left.id.namespace, &entity.name)
        .iter()
        .filter(|holder| holder.primary)
        .map(|holder| &holder.dataset)
        .collect();
    let [id] = primaries.as_slice() else {
        return Err(unreachable::not_one_primary(left, &entity.name, &primaries));
    };
    let right = catalog.dataset(id).map_err(|_| unreachable::faulty(&entity.name, id))?;
    if right.source != left.source {
        return Err(unreachable::elsewhere(left, &entity.name, &right));
    }
    let key = right.entities.iter().find(|known| known.name == entity.name);
    let right_key = key.ok_or_else(|| unreachable::faulty(&entity.name, id))?.key.clone();
    if right_key.len() != entity.key.len() {
        return Err(unreachable::other_key(left, &right, &entity.name, (entity.key.len(), right_key.len())));
    }
    Ok(Hop { entity: entity.name.clone(), left_key: entity.key.clone(), dataset: right, right_key })
}

/// Type and unit of a dimension.
pub fn dimension_type(dataset: &ResolvedDataset, dimension: &Dimension) -> Typed {
    let at = dimension.path.last().map_or(dataset, |hop| hop.dataset.as_ref());
    if let ExprKind::Column(path) = &dimension.expr.kind {
        return at.columns.get(&path.name).map_or_else(Typed::unknown, typed);
    }
    check(&dimension.expr, &OwnColumns(&at.columns)).unwrap_or_else(|_| Typed::unknown())
}

fn primaries(dataset: &ResolvedDataset) -> impl Iterator<Item = &ResolvedEntity> {
    dataset.entities.iter().filter(|entity| entity.primary)
}

/// What a dimension that a dataset declares is, however it is reached.
fn identity(dataset: &ResolvedDataset, own: &OwnDimension) -> String {
    match (&own.conformed, primaries(dataset).next()) {
        (Some(name), _) => format!("conformed:{name}"),
        (None, Some(entity)) => format!("entity:{}.{}", entity.name, own.name),
        (None, None) => format!("dataset:{}/{}.{}", dataset.id.namespace, dataset.id.name, own.name),
    }
}

/// Whether dimensions of datasets of two namespaces are the same. Entities belong to one namespace.
pub fn same((left_home, left): (&str, &Dimension), (right_home, right): (&str, &Dimension)) -> bool {
    left.identity == right.identity && (left_home == right_home || !left.identity.starts_with("entity:"))
}

fn dimension(name: String, path: &[Hop], own: &OwnDimension, identity: &str) -> Dimension {
    Dimension {
        name,
        path: path.to_vec(),
        expr: own.expr.clone(),
        identity: identity.to_owned(),
        display_name: own.display_name.clone(),
    }
}

/// The code of a finding that says more than "there is none".
pub fn tells_more(code: Code) -> bool {
    matches!(code, Code::AmbiguousPath | Code::JoinFansOut | Code::ReferenceInvalid | Code::DuplicatePrimary)
}
