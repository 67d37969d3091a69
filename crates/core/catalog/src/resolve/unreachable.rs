//! Why a dimension cannot be used, and what to do about it.

use std::collections::{BTreeSet, VecDeque};

use metricwright_api::{Code, ObjectId};
use metricwright_formula::suggest;

use super::reference::few;
use crate::catalog::Catalog;
use crate::inventory::Spec;
use crate::resolved::{Dimension, ResolvedDataset};

/// Most ways that an ambiguity names.
const NAMED: usize = 3;

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

impl Unreachable {
    /// A fault with its words.
    pub fn new(code: Code, reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { code, reason: reason.into(), remedy: remedy.into() }
    }
}

/// No way has that name.
pub fn unknown(dataset: &ResolvedDataset, name: &str, known: &[&str]) -> Unreachable {
    let at = &dataset.id.name;
    let ending = format!(".{name}");
    let close = known.iter().find(|known| known.ends_with(&ending)).map(|known| (*known).to_owned());
    let remedy = match close.or_else(|| suggest(name, known.iter().copied())) {
        Some(close) => format!("did you mean `{close}`?"),
        None if known.is_empty() => format!("declare `entities` and `dimensions` on dataset `{at}`"),
        None => format!("dataset `{at}` can be grouped by {}", few(known)),
    };
    Unreachable::new(
        Code::UnknownDimension,
        format!("dataset `{at}` cannot reach a dimension `{name}`"),
        remedy,
    )
}

/// More than one way has that name, and none is nearer by right.
pub fn ambiguous(dataset: &ResolvedDataset, name: &str, ways: &[Dimension]) -> Unreachable {
    let path = |way: &Dimension| {
        let hops = way.path.iter().map(|hop| hop.entity.as_str());
        std::iter::once(dataset.id.name.as_str()).chain(hops).collect::<Vec<_>>().join(" → ")
    };
    let paths: Vec<_> = ways.iter().take(NAMED).map(path).collect();
    let entity = name.split('.').next().unwrap_or(name);
    Unreachable::new(
        Code::AmbiguousPath,
        format!("`{name}` can be reached by more than one path: {}", paths.join("; ")),
        format!(
            "declare the entity `{entity}` on dataset `{}` itself, so that the direct way counts",
            dataset.id.name
        ),
    )
}

/// The entity is described by no dataset, or by several.
pub fn not_one_primary(dataset: &ResolvedDataset, entity: &str, primaries: &[&ObjectId]) -> Unreachable {
    let names: Vec<_> = primaries.iter().map(|id| id.name.as_str()).collect();
    if names.is_empty() {
        return Unreachable::new(
            Code::UnknownDimension,
            format!("no dataset of `{}` is Primary for the entity `{entity}`", dataset.id.namespace),
            format!("group by its key `{entity}`, or declare a dataset with one row a `{entity}`"),
        );
    }
    Unreachable::new(
        Code::DuplicatePrimary,
        format!("more than one dataset is Primary for the entity `{entity}`: {}", few(&names)),
        "keep it Primary in one of them",
    )
}

/// The dataset that describes the entity has faults.
pub fn faulty(entity: &str, dataset: &ObjectId) -> Unreachable {
    let name = &dataset.name;
    Unreachable::new(
        Code::ReferenceInvalid,
        format!("Dataset `{name}`, which describes the entity `{entity}`, has faults of its own"),
        format!("mend `{name}` first"),
    )
}

/// The dataset that describes the entity lives on another source.
pub fn elsewhere(dataset: &ResolvedDataset, entity: &str, other: &ResolvedDataset) -> Unreachable {
    let source = |of: &ResolvedDataset| of.source.relative_to(&dataset.id.namespace);
    Unreachable::new(
        Code::UnknownDimension,
        format!(
            "dataset `{}`, which describes the entity `{entity}`, lives on the source `{}`, and dataset `{}` on `{}`",
            other.id.name,
            source(other),
            dataset.id.name,
            source(dataset)
        ),
        "joins stay inside one source: bring the table there, or use a dimension of this source",
    )
}

/// The key of the entity is made of several columns, which are no member.
pub fn composite(entity: &str) -> Unreachable {
    Unreachable::new(
        Code::UnknownDimension,
        format!("the key of the entity `{entity}` is made of several columns, and cannot be grouped by"),
        format!(
            "group by its dimensions, such as `{entity}.name`, or declare a dimension of one of the columns"
        ),
    )
}

/// Rows refer to the entity by more or fewer columns than describe it.
pub fn other_key(
    dataset: &ResolvedDataset,
    other: &ResolvedDataset,
    entity: &str,
    (own, others): (usize, usize),
) -> Unreachable {
    Unreachable::new(
        Code::UnknownDimension,
        format!(
            "the key of the entity `{entity}` has {own} parts in dataset `{}` and {others} in dataset `{}`",
            dataset.id.name, other.id.name
        ),
        "give the same parts in the same order in `key` of both",
    )
}

/// Says so when the entity can be reached only from one row to many.
pub fn fans_out(catalog: &Catalog, dataset: &ResolvedDataset, entity: &str) -> Option<Unreachable> {
    let path = against_the_arrow(catalog, &dataset.id, entity)?;
    Some(Unreachable::new(
        Code::JoinFansOut,
        format!("`{entity}` is reached only from one row to many, so joining would repeat rows: {path}"),
        format!(
            "aggregate a dataset that has the entity `{entity}`, or declare it on dataset `{}`",
            dataset.id.name
        ),
    ))
}

/// A dataset on the way, and the way as text.
struct Step {
    dataset: ObjectId,
    path: String,
    backward: bool,
}

/// The shortest way over entities, whichever way their arrows point, if it goes against one.
fn against_the_arrow(catalog: &Catalog, start: &ObjectId, wanted: &str) -> Option<String> {
    if catalog.holders(&start.namespace, wanted).is_empty() {
        return None;
    }
    let mut seen = BTreeSet::from([start.clone()]);
    let mut next =
        VecDeque::from([Step { dataset: start.clone(), path: start.name.clone(), backward: false }]);
    while let Some(step) = next.pop_front() {
        let object = catalog.inventory().get(&step.dataset)?;
        let Spec::Dataset(spec) = &object.spec else { return None };
        if spec.entities.iter().any(|entity| entity.name == wanted) {
            return step.backward.then(|| format!("{} → {wanted}", step.path));
        }
        for entity in &spec.entities {
            for holder in catalog.holders(&start.namespace, &entity.name) {
                if seen.insert(holder.dataset.clone()) {
                    let arrow = if holder.primary { " → " } else { &format!(" → {} ← ", entity.name) };
                    next.push_back(Step {
                        path: format!("{}{arrow}{}", step.path, holder.dataset.name),
                        backward: step.backward || !holder.primary,
                        dataset: holder.dataset.clone(),
                    });
                }
            }
        }
    }
    None
}
