//! Dimensions as seen from a dataset: many-to-one joins over entities, found by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use metricwright_api::{Code, Kind};
use metricwright_formula::{Typed, suggest};

use super::dataset::primaries;
use super::expression::{OwnColumns, typed};
use super::reference::few;
use crate::catalog::Catalog;
use crate::inventory::Spec;
use crate::resolved::{Dimension, Hop, OwnDimension, ResolvedDataset};

/// Most joins one after another.
const MAX_HOPS: usize = 4;

/// Why a dimension cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreachable {
    /// What kind of fault it is.
    pub code: Code,
    /// Why.
    pub reason: String,
    /// What to do.
    pub remedy: String,
}

/// Everything that a dataset can be grouped by.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Ways by name; more than one way is an ambiguity, unless the first is direct.
    ways: BTreeMap<String, Vec<Dimension>>,
    /// Joins that cannot be made because the other dataset lives on another source.
    elsewhere: BTreeMap<String, String>,
}

impl Reach {
    /// Follows every join from a dataset.
    pub fn of(catalog: &Catalog, dataset: &Arc<ResolvedDataset>) -> Self {
        let mut reach = Self::default();
        reach.own(dataset);
        reach.follow(catalog, dataset, &[]);
        reach
    }

    /// The dimension of that name.
    pub fn find(
        &self,
        catalog: &Catalog,
        dataset: &ResolvedDataset,
        name: &str,
    ) -> Result<Dimension, Unreachable> {
        match self.ways.get(name).map(Vec::as_slice) {
            Some([one]) => Ok(one.clone()),
            Some([first, ..]) if first.path.len() <= 1 => Ok(first.clone()),
            Some(ways @ [_, _, ..]) => Err(ambiguous(dataset, name, ways)),
            _ => Err(self.missing(catalog, dataset, name)),
        }
    }

    /// The dimension that is the same as `identity`; the shortest way where there are several.
    pub fn same_as(&self, identity: &str) -> Option<&Dimension> {
        self.unambiguous().filter(|way| way.identity == identity).min_by_key(|way| way.path.len())
    }

    /// Every dimension with one clear way, in order of name.
    pub fn unambiguous(&self) -> impl Iterator<Item = &Dimension> {
        self.ways.values().filter_map(|ways| match ways.as_slice() {
            [one] => Some(one),
            [first, ..] if first.path.len() <= 1 => Some(first),
            _ => None,
        })
    }

    fn own(&mut self, dataset: &ResolvedDataset) {
        let primary = dataset.entities.iter().find(|entity| entity.primary);
        for own in &dataset.dimensions {
            let place = primary.map_or_else(
                || format!("dataset:{}/{}.{}", dataset.id.namespace, dataset.id.name, own.name),
                |entity| format!("entity:{}.{}", entity.name, own.name),
            );
            let identity = identity(own, &place);
            self.add(dimension(&own.name, &[], own, &identity));
            if let Some(entity) = primary {
                self.add(dimension(&format!("{}.{}", entity.name, own.name), &[], own, &identity));
            }
        }
        self.keys(dataset, &[]);
    }

    /// The keys of a dataset's entities; they need no join to the entity's own dataset.
    fn keys(&mut self, dataset: &ResolvedDataset, path: &[Hop]) {
        for entity in &dataset.entities {
            if path.last().is_some_and(|hop| hop.entity == entity.name) {
                continue;
            }
            self.add(Dimension {
                name: entity.name.clone(),
                path: path.to_vec(),
                expr: entity.key.clone(),
                identity: format!("entity:{}", entity.name),
                display_name: None,
            });
        }
    }

    fn follow(&mut self, catalog: &Catalog, dataset: &Arc<ResolvedDataset>, path: &[Hop]) {
        if path.len() >= MAX_HOPS {
            return;
        }
        for entity in dataset.entities.iter().filter(|entity| !entity.primary) {
            if path.iter().any(|hop| hop.entity == entity.name) {
                continue;
            }
            let Some(right) = catalog.primary_dataset(&dataset.id.namespace, &entity.name) else { continue };
            if right.source != dataset.source {
                self.elsewhere.insert(entity.name.clone(), right.source.name.clone());
                continue;
            }
            let Some(key) = right.entities.iter().find(|known| known.name == entity.name) else { continue };
            let mut longer = path.to_vec();
            longer.push(Hop {
                entity: entity.name.clone(),
                left_key: entity.key.clone(),
                dataset: right.clone(),
                right_key: key.key.clone(),
            });
            for own in &right.dimensions {
                let name = format!("{}.{}", entity.name, own.name);
                self.add(dimension(&name, &longer, own, &identity(own, &format!("entity:{name}"))));
            }
            self.keys(&right, &longer);
            self.follow(catalog, &right, &longer);
        }
    }

    fn add(&mut self, way: Dimension) {
        let ways = self.ways.entry(way.name.clone()).or_default();
        ways.push(way);
        ways.sort_by_key(|way| way.path.len());
    }

    fn missing(&self, catalog: &Catalog, dataset: &ResolvedDataset, name: &str) -> Unreachable {
        let at = &dataset.id.name;
        let entity = name.split('.').next().unwrap_or(name);
        if let Some(source) = self.elsewhere.get(entity) {
            return Unreachable {
                code: Code::UnknownDimension,
                reason: format!(
                    "`{name}` lives on the source `{source}`, and dataset `{at}` on `{}`",
                    dataset.source.name
                ),
                remedy:
                    "joins stay inside one source: bring the table there, or use a dimension of this source"
                        .to_owned(),
            };
        }
        if let Some(reason) = fans_out(catalog, dataset, entity) {
            let remedy = format!("aggregate the dataset that has the entity `{entity}` instead");
            return Unreachable { code: Code::JoinFansOut, reason, remedy };
        }
        let names: Vec<_> = self.ways.keys().map(String::as_str).collect();
        let remedy = match suggest(name, names.iter().copied()) {
            Some(close) => format!("did you mean `{close}`?"),
            None if names.is_empty() => format!("declare `entities` and `dimensions` on dataset `{at}`"),
            None => format!("dataset `{at}` can be grouped by {}", few(&names)),
        };
        let reason = format!("dataset `{at}` cannot reach a dimension `{name}`");
        Unreachable { code: Code::UnknownDimension, reason, remedy }
    }
}

/// Type and unit of a dimension.
pub fn dimension_type(dataset: &ResolvedDataset, dimension: &Dimension) -> Typed {
    let at = dimension.path.last().map_or(dataset, |hop| hop.dataset.as_ref());
    if let metricwright_formula::ExprKind::Column(path) = &dimension.expr.kind {
        return at.columns.get(&path.name).map_or_else(Typed::unknown, typed);
    }
    metricwright_formula::check(&dimension.expr, &OwnColumns(&at.columns))
        .unwrap_or_else(|_| Typed::unknown())
}

fn identity(own: &OwnDimension, otherwise: &str) -> String {
    own.conformed.as_ref().map_or_else(|| otherwise.to_owned(), |name| format!("conformed:{name}"))
}

fn dimension(name: &str, path: &[Hop], own: &OwnDimension, identity: &str) -> Dimension {
    Dimension {
        name: name.to_owned(),
        path: path.to_vec(),
        expr: own.expr.clone(),
        identity: identity.to_owned(),
        display_name: own.display_name.clone(),
    }
}

fn ambiguous(dataset: &ResolvedDataset, name: &str, ways: &[Dimension]) -> Unreachable {
    let paths: Vec<_> = ways
        .iter()
        .map(|way| {
            let hops: Vec<_> = way.path.iter().map(|hop| hop.entity.as_str()).collect();
            format!("{} → {}", dataset.id.name, hops.join(" → "))
        })
        .collect();
    Unreachable {
        code: Code::AmbiguousPath,
        reason: format!("`{name}` can be reached by more than one path: {}", paths.join("; ")),
        remedy: format!(
            "declare the entity on dataset `{}` itself, so that the direct way counts",
            dataset.id.name
        ),
    }
}

/// Says so when the entity could only be joined from the many to the one side backwards.
fn fans_out(catalog: &Catalog, dataset: &ResolvedDataset, entity: &str) -> Option<String> {
    let own = dataset.entities.iter().filter(|known| known.primary);
    for primary in own {
        let many = catalog.inventory().of_kind(Kind::Dataset).find(|object| {
            let Spec::Dataset(spec) = &object.spec else { return false };
            object.id.namespace == dataset.id.namespace
                && object.id != dataset.id
                && spec.entities.iter().any(|known| known.name == primary.name)
                && spec.entities.iter().any(|known| known.name == entity)
        })?;
        if primaries(catalog.inventory(), &dataset.id.namespace, entity).next().is_some() {
            return Some(format!(
                "dataset `{}` has one row a `{}`, and `{entity}` hangs on the many rows of `{}`: joining would repeat rows",
                dataset.id.name, primary.name, many.id.name
            ));
        }
    }
    None
}
