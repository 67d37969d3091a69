//! Which slices are worth a close look, by sums alone.

use super::cuboid::{Cuboid, Lattice};

/// Least evidence by sums, in nats.
const LEAST: f64 = 5.0;
/// No leaf counts for more spreads than this.
const LEAF_LIMIT: f64 = 6.0;
/// Most leaves, of all slices together, that are looked at closely; those of the most evidence are.
const MOST_LEAVES: usize = 2_000_000;

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Sums {
    /// The evidence that the leaves moved together, were they normal.
    fn evidence(self) -> f64 {
        if self.count > 0.0 { self.sum * self.sum / (2.0 * self.count) } else { 0.0 }
    }

    /// The same by how much the leaves of the slice differ: of slices that overlap, those where all moved come first.
    fn order(self) -> f64 {
        let mean = self.sum / self.count;
        self.evidence() / (self.squares / self.count - mean * mean).max(1.0)
    }
}

struct Promising {
    cuboid: usize,
    group: usize,
    count: usize,
    order: f64,
}

/// The slices whose open leaves moved together, each with its set of dimensions and all its leaves. `moves` are in spreads
/// of the background.
pub(crate) fn promising<'a>(
    lattice: &'a Lattice,
    moves: &[f64],
    open: &[bool],
) -> Vec<(&'a Cuboid, Vec<u32>)> {
    let mut found = Vec::new();
    for (place, cuboid) in lattice.cuboids.iter().enumerate() {
        let sums = sums(cuboid, moves, open);
        let enough = sums.iter().enumerate().filter(|(_, sums)| sums.evidence() >= LEAST);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of leaves")]
        found.extend(enough.map(|(group, sums)| Promising {
            cuboid: place,
            group,
            count: sums.count as usize,
            order: sums.order(),
        }));
    }
    found.sort_by(|left, right| {
        right.order.total_cmp(&left.order).then((left.cuboid, left.group).cmp(&(right.cuboid, right.group)))
    });
    let mut leaves = 0;
    let within = found.iter().take_while(|one| {
        leaves += one.count;
        leaves <= MOST_LEAVES.max(one.count)
    });
    let kept = within.count();
    found.truncate(kept);
    found.sort_by_key(|one| (one.cuboid, one.group));
    found
        .chunk_by(|left, right| left.cuboid == right.cuboid)
        .flat_map(|group| gathered(lattice, group))
        .collect()
}

fn sums(cuboid: &Cuboid, moves: &[f64], open: &[bool]) -> Vec<Sums> {
    let mut sums = vec![Sums::default(); cuboid.count];
    for ((group, value), _) in cuboid.groups.iter().zip(moves).zip(open).filter(|(_, open)| **open) {
        if let Some(sums) = sums.get_mut(*group as usize) {
            let value = value.clamp(-LEAF_LIMIT, LEAF_LIMIT);
            sums.count += 1.0;
            sums.sum += value;
            sums.squares += value * value;
        }
    }
    sums
}

/// All leaves of some groups of one set of dimensions.
fn gathered<'a>(lattice: &'a Lattice, groups: &[Promising]) -> Vec<(&'a Cuboid, Vec<u32>)> {
    let Some(cuboid) = groups.first().and_then(|one| lattice.cuboids.get(one.cuboid)) else {
        return Vec::new();
    };
    let mut places = vec![usize::MAX; cuboid.count];
    for (place, one) in groups.iter().enumerate() {
        if let Some(slot) = places.get_mut(one.group) {
            *slot = place;
        }
    }
    let mut found: Vec<(&Cuboid, Vec<u32>)> =
        groups.iter().map(|one| (cuboid, Vec::with_capacity(one.count))).collect();
    for (leaf, group) in (0_u32..).zip(&cuboid.groups) {
        let place = places.get(*group as usize).copied().unwrap_or(usize::MAX);
        if let Some((_, leaves)) = found.get_mut(place) {
            leaves.push(leaf);
        }
    }
    found
}
