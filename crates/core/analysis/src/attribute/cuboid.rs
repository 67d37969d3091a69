//! Sets of dimensions, and the leaves grouped by their members in them.

use super::{Dependency, Table};

/// Most dimensions that name a slice.
const LAYERS: usize = 4;
/// Most entries of all groupings together; fewer layers are looked at where there would be more. 200 MB.
const ENTRIES: usize = 50_000_000;

/// The leaves of a table grouped by the dimensions of one set.
#[derive(Debug)]
pub(crate) struct Cuboid {
    /// The dimensions, ascending.
    pub dimensions: Vec<usize>,
    /// The group of each leaf, numbered without gaps.
    pub groups: Vec<u32>,
    /// How many groups there are.
    pub count: usize,
}

/// All sets of dimensions that are looked at.
#[derive(Debug)]
pub(crate) struct Lattice {
    /// The sets, each after those of which it is a refinement by a later dimension.
    pub cuboids: Vec<Cuboid>,
    /// The most dimensions in a set.
    pub layers: usize,
}

impl Lattice {
    /// The sets of up to four dimensions of which none determines another: a slice by a store and its region has the
    /// leaves of the slice by the store.
    pub fn of(table: &Table, dependencies: &[Dependency]) -> Self {
        let layers = (1..=LAYERS.min(table.dimensions().len())).rev();
        let entries = |layers| names(table, dependencies, layers).len().saturating_mul(table.leaves());
        let layers = layers.into_iter().find(|layers| entries(*layers) <= ENTRIES).unwrap_or(1);
        let mut cuboids: Vec<Cuboid> = Vec::new();
        let root = Cuboid { dimensions: Vec::new(), groups: vec![0; table.leaves()], count: 1 };
        for name in names(table, dependencies, layers) {
            let Some((last, parent)) = name.split_last() else { continue };
            let Some(dimension) = table.dimensions().get(*last) else { continue };
            let parent = cuboids.iter().rev().find(|cuboid| cuboid.dimensions == parent).unwrap_or(&root);
            let (groups, count) =
                refine(&parent.groups, parent.count, dimension.codes(), dimension.members().len());
            cuboids.push(Cuboid { dimensions: name, groups, count });
        }
        Self { cuboids, layers }
    }

    /// How many slices there are.
    pub fn slices(&self) -> usize {
        self.cuboids.iter().map(|cuboid| cuboid.count).sum()
    }
}

/// The sets of up to `layers` independent dimensions, each after its own beginnings.
fn names(table: &Table, dependencies: &[Dependency], layers: usize) -> Vec<Vec<usize>> {
    let tied = |one: usize, other: usize| {
        dependencies
            .iter()
            .any(|found| (found.from, found.to) == (one, other) || (found.to, found.from) == (one, other))
    };
    let mut names: Vec<Vec<usize>> = Vec::new();
    let mut open = vec![Vec::new()];
    while let Some(name) = open.pop() {
        let from = name.last().map_or(0, |last: &usize| last + 1);
        if name.len() < layers {
            for next in (from..table.dimensions().len())
                .rev()
                .filter(|next| !name.iter().any(|one| tied(*one, *next)))
            {
                open.push(name.iter().copied().chain([next]).collect());
            }
        }
        if !name.is_empty() {
            names.push(name);
        }
    }
    names
}

/// Groups numbered from 0 without gaps: leaves are together if they were before and share a member.
pub(crate) fn refine(
    parents: &[u32],
    parent_count: usize,
    codes: &[u32],
    members: usize,
) -> (Vec<u32>, usize) {
    let keys = parents.iter().zip(codes).map(|(parent, code)| *parent as usize * members + *code as usize);
    let space = parent_count.saturating_mul(members);
    if space <= 8 * parents.len() + 65_536 {
        number_dense(keys, space)
    } else {
        number_sparse(keys.collect())
    }
}

fn number_dense(keys: impl Iterator<Item = usize>, space: usize) -> (Vec<u32>, usize) {
    let mut numbers = vec![u32::MAX; space];
    let mut count = 0;
    let groups = keys
        .map(|key| {
            let Some(number) = numbers.get_mut(key) else { return 0 };
            if *number == u32::MAX {
                *number = count;
                count += 1;
            }
            *number
        })
        .collect();
    (groups, count as usize)
}

fn number_sparse(keys: Vec<usize>) -> (Vec<u32>, usize) {
    let mut distinct = keys.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let number = |key| u32::try_from(distinct.partition_point(|other| *other < key)).unwrap_or(u32::MAX);
    (keys.into_iter().map(number).collect(), distinct.len())
}
