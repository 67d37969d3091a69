//! Dimensions that determine others, found in the data: every store lies in one region.

use super::{Dimension, Table};

/// One dimension that determines another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The finer dimension, by its place.
    pub from: usize,
    /// The coarser one: each member of the finer lies in one member of it.
    pub to: usize,
}

/// The functional dependencies between two dimensions. A dimension with a single member says nothing and is left out.
pub fn dependencies(table: &Table) -> Vec<Dependency> {
    let dimensions = table.dimensions();
    let mut found = Vec::new();
    for (from, fine) in dimensions.iter().enumerate() {
        for (to, coarse) in dimensions.iter().enumerate() {
            if from != to && coarse.members().len() > 1 && determines(fine, coarse) {
                found.push(Dependency { from, to });
            }
        }
    }
    found
}

fn determines(fine: &Dimension, coarse: &Dimension) -> bool {
    let mut known = vec![u32::MAX; fine.members().len()];
    fine.members().len() >= coarse.members().len()
        && fine.codes().iter().zip(coarse.codes()).all(|(from, to)| {
            known.get_mut(*from as usize).is_none_or(|known| {
                if *known == u32::MAX {
                    *known = *to;
                }
                *known == *to
            })
        })
}

#[cfg(test)]
mod tests {
    use super::{Dependency, dependencies};
    use crate::attribute::{Dimension, Measure, Pair, Table};

    #[test]
    fn a_store_determines_its_region_and_not_the_other_way_round() {
        let column = |name: &str, members: [&str; 4]| {
            let mut dimension = Dimension::new(name);
            for member in members {
                dimension.push(member);
            }
            dimension
        };
        let dimensions = vec![
            column("region", ["north", "north", "south", "south"]),
            column("store", ["n1", "n2", "s1", "s1"]),
            column("channel", ["app", "shop", "app", "shop"]),
            column("one", ["a", "a", "a", "a"]),
        ];
        let pair = Pair { actual: vec![1.0; 4], baseline: vec![1.0; 4] };
        let table = Table::new(dimensions, Measure::Additive(pair)).unwrap();
        assert_eq!(dependencies(&table), [Dependency { from: 1, to: 0 }]);
    }
}
