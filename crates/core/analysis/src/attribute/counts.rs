//! The slices to blame where a ratio counts things: orders that failed of orders, clicks of views.
//!
//! Small counts say little about a ratio, so leaves are not compared one by one. A slice is judged by its events as a
//! whole, of the rarer outcome (failures of a success rate): those beyond what its own earlier rate led to expect, its
//! excess. A slice explains much if its excess is a large share of all excess (recall), and explains it well if most of
//! its events are excess (precision); it is worth their product, less a price for its width and for being named.

use super::Pair;
use std::collections::BTreeSet;

use super::cuboid::{Cuboid, Lattice};
use super::search::{Found, LEAST_GAIN};

/// Trials at the overall rate that each slice's earlier rate is shrunk with.
const PRIOR_TRIALS: f64 = 5.0;
/// What naming a slice costs, and naming one of all trials in addition.
const NAME_COST: f64 = 0.15;
const WIDTH_COST: f64 = 0.2;
/// A narrower slice that holds this share of a slice's excess is named in its place.
const NEARLY_ALL: f64 = 0.96;
/// How many slices are tried as the first of two.
const FIRSTS: usize = 40;

/// Events of the rarer outcome and trials of one leaf or slice.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    events: f64,
    trials: f64,
    events_before: f64,
    trials_before: f64,
}

impl Counts {
    fn add(&mut self, other: &Self, sign: f64) {
        self.events += sign * other.events;
        self.trials += sign * other.trials;
        self.events_before += sign * other.events_before;
        self.trials_before += sign * other.trials_before;
    }
}

#[derive(Debug, Clone, Copy)]
struct Choice {
    set: usize,
    group: usize,
    worth: f64,
    layers: usize,
}

/// Whether both sides of a ratio count things: no more successes than trials, and whole ones where it is measured.
pub(crate) fn counted(numerator: &Pair, denominator: &Pair) -> bool {
    let within = |above: &[f64], below: &[f64]| {
        above.iter().zip(below).all(|(above, below)| (0.0..=*below).contains(above))
    };
    let whole = |values: &[f64]| values.iter().all(|value| value.fract() == 0.0);
    within(&numerator.actual, &denominator.actual)
        && within(&numerator.baseline, &denominator.baseline)
        && whole(&numerator.actual)
        && whole(&denominator.actual)
}

/// The one or two slices that explain best why events are more or fewer than expected.
pub(crate) fn search(lattice: &Lattice, numerator: &Pair, denominator: &Pair) -> Vec<Found> {
    Search::new(lattice, numerator, denominator).run()
}

struct Search<'a> {
    lattice: &'a Lattice,
    leaves: Vec<Counts>,
    /// The counts of each group of each set.
    sums: Vec<Vec<Counts>>,
    total: Counts,
    /// 1 where events are more than expected, -1 where fewer.
    sign: f64,
    scale: f64,
}

impl<'a> Search<'a> {
    fn new(lattice: &'a Lattice, numerator: &Pair, denominator: &Pair) -> Self {
        let leaves = rarer(numerator, denominator);
        let mut total = Counts::default();
        for leaf in &leaves {
            total.add(leaf, 1.0);
        }
        let sums = lattice.cuboids.iter().map(|cuboid| summed(cuboid, &leaves)).collect();
        let sign =
            if total.events * total.trials_before < total.events_before * total.trials { -1.0 } else { 1.0 };
        let mut search = Self { lattice, leaves, sums, total, sign, scale: 1.0 };
        let raw = search.sums.iter().flatten().map(|counts| search.found(counts));
        search.scale = raw.fold(f64::MIN_POSITIVE, f64::max);
        search
    }

    fn run(&self) -> Vec<Found> {
        let mut firsts = self.choices(None);
        firsts.sort_by(|left, right| right.worth.total_cmp(&left.worth).then(left.layers.cmp(&right.layers)));
        let Some(best) = firsts.first().copied() else { return Vec::new() };
        let (mut worth, mut chosen) = (best.worth, vec![best]);
        for first in firsts.iter().take(FIRSTS) {
            let second = self.choices(Some(first)).into_iter().max_by(|left, right| {
                left.worth.total_cmp(&right.worth).then(right.layers.cmp(&left.layers))
            });
            if let Some(second) = second
                && first.worth + second.worth > worth
            {
                worth = first.worth + second.worth;
                chosen = vec![*first, second];
            }
        }
        chosen
            .iter()
            .map(|choice| self.narrowed(*choice))
            .filter_map(|choice| self.blamed(&choice))
            .filter(|found| found.evidence >= LEAST_GAIN)
            .collect()
    }

    /// The narrowest slice within a chosen one that holds nearly all of its excess: what it leaves out was not affected.
    fn narrowed(&self, choice: Choice) -> Choice {
        let (whole, mut least) = self.excess_and_trials(&choice);
        let mut best = choice;
        for part in self.parts(&choice) {
            let (held, trials) = self.excess_and_trials(&part);
            if held >= NEARLY_ALL * whole && trials < least {
                (least, best) = (trials, part);
            }
        }
        if best.set == choice.set { choice } else { self.narrowed(best) }
    }

    /// The slices of a slice by one dimension more.
    fn parts(&self, choice: &Choice) -> Vec<Choice> {
        let Some(whole) = self.lattice.cuboids.get(choice.set) else { return Vec::new() };
        let leaves = self.leaves_of(choice);
        let finer = self.lattice.cuboids.iter().enumerate().filter(|(_, cuboid)| {
            cuboid.dimensions.len() == whole.dimensions.len() + 1
                && whole.dimensions.iter().all(|dimension| cuboid.dimensions.contains(dimension))
        });
        finer
            .flat_map(|(set, cuboid)| {
                let groups = leaves.iter().filter_map(|leaf| cuboid.groups.get(*leaf as usize));
                let groups: BTreeSet<u32> = groups.copied().collect();
                let (worth, layers) = (choice.worth, cuboid.dimensions.len());
                groups.into_iter().map(move |group| Choice { set, group: group as usize, worth, layers })
            })
            .collect()
    }

    fn excess_and_trials(&self, choice: &Choice) -> (f64, f64) {
        let counts =
            self.sums.get(choice.set).and_then(|sums| sums.get(choice.group)).copied().unwrap_or_default();
        (self.sign * (counts.events - self.expected(&counts)), counts.trials)
    }

    /// All slices with their worth, over the leaves that another slice leaves open.
    fn choices(&self, taken: Option<&Choice>) -> Vec<Choice> {
        let taken = taken.map(|taken| self.leaves_of(taken)).unwrap_or_default();
        let mut choices = Vec::new();
        for (place, (set, sums)) in self.lattice.cuboids.iter().zip(&self.sums).enumerate() {
            let mut open = sums.clone();
            for leaf in &taken {
                let place = *leaf as usize;
                let count = set.groups.get(place).and_then(|group| open.get_mut(*group as usize));
                if let (Some(count), Some(leaf)) = (count, self.leaves.get(place)) {
                    count.add(leaf, -1.0);
                }
            }
            let layers = set.dimensions.len();
            choices.extend(open.iter().enumerate().map(|(group, counts)| Choice {
                set: place,
                group,
                worth: self.worth(counts),
                layers,
            }));
        }
        choices
    }

    fn worth(&self, counts: &Counts) -> f64 {
        self.found(counts) / self.scale - NAME_COST - WIDTH_COST * counts.trials / self.total.trials.max(1.0)
    }

    /// Excess times the share of events that are excess.
    fn found(&self, counts: &Counts) -> f64 {
        let expected = self.expected(counts);
        let excess = self.sign * (counts.events - expected);
        excess.max(0.0) * excess / counts.events.max(expected).max(1.0)
    }

    fn expected(&self, counts: &Counts) -> f64 {
        let overall = self.total.events_before / self.total.trials_before.max(1.0);
        counts.trials * (counts.events_before + PRIOR_TRIALS * overall)
            / (counts.trials_before + PRIOR_TRIALS)
    }

    fn leaves_of(&self, choice: &Choice) -> Vec<u32> {
        let Some(set) = self.lattice.cuboids.get(choice.set) else { return Vec::new() };
        let inside = (0_u32..).zip(&set.groups).filter(|(_, group)| **group as usize == choice.group);
        inside.map(|(leaf, _)| leaf).collect()
    }

    /// The slice with its evidence: the log likelihood ratio of its rate against the expected one (Poisson), less the
    /// log of the number of slices looked at.
    fn blamed(&self, choice: &Choice) -> Option<Found> {
        let set = self.lattice.cuboids.get(choice.set)?;
        let counts = self.sums.get(choice.set)?.get(choice.group)?;
        let expected = self.expected(counts).max(f64::MIN_POSITIVE);
        let own = if counts.events > 0.0 { counts.events * (counts.events / expected).ln() } else { 0.0 };
        let evidence = own - (counts.events - expected) - (self.lattice.slices() as f64).ln();
        Some(Found {
            dimensions: set.dimensions.clone(),
            leaves: self.leaves_of(choice),
            evidence,
            centre: counts.events / expected,
        })
    }
}

fn summed(cuboid: &Cuboid, leaves: &[Counts]) -> Vec<Counts> {
    let mut sums = vec![Counts::default(); cuboid.count];
    for (leaf, group) in leaves.iter().zip(&cuboid.groups) {
        if let Some(sum) = sums.get_mut(*group as usize) {
            sum.add(leaf, 1.0);
        }
    }
    sums
}

/// Counts of the rarer outcome of each leaf.
fn rarer(numerator: &Pair, denominator: &Pair) -> Vec<Counts> {
    let total = |values: &[f64]| values.iter().sum::<f64>();
    let failures = total(&numerator.baseline) * 2.0 > total(&denominator.baseline);
    let events = |above: f64, below: f64| if failures { below - above } else { above };
    let actual = numerator.actual.iter().zip(&denominator.actual);
    let baseline = numerator.baseline.iter().zip(&denominator.baseline);
    actual
        .zip(baseline)
        .map(|((above, below), (above_before, below_before))| Counts {
            events: events(*above, *below),
            trials: *below,
            events_before: events(*above_before, *below_before),
            trials_before: *below_before,
        })
        .collect()
}
