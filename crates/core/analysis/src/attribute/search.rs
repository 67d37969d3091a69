//! The smallest set of slices that explains how leaves moved.
//!
//! Each leaf has one number, its deviation. Leaves that nothing happened to follow the [`Background`]; those of a slice
//! to blame moved alike. The search takes the slice whose own law describes its leaves best in comparison with the
//! background, less what it costs to name it, removes its leaves, and goes on while that pays: a minimum description
//! length (Rissanen 1978) by greedy steps. The layer comes out by itself: a slice of a slice loses leaves, and a
//! slice that is too wide pays for leaves that did not move.

use super::background::Background;
use super::cuboid::Lattice;
use super::screen::promising;
use crate::stats;

/// The density of deviations (-2 to 2) that follow no law.
pub(crate) const OUTLIER_DENSITY: f64 = 0.25;
/// What each dimension beyond the first costs.
const DIMENSION_COST: f64 = 0.5;
/// What it costs that other slices explain a part of the leaves of a slice.
const OVERLAP_COST: f64 = 2.0;
/// Least evidence of a slice to blame.
pub(crate) const LEAST_GAIN: f64 = 3.0;

/// Most slices of an answer: more explain nothing to anybody.
const MOST_SLICES: usize = 20;

pub(crate) fn normal_density(distance: f64, spread: f64) -> f64 {
    let scaled = distance / spread;
    (-0.5 * scaled * scaled).exp() / (spread * (2.0 * std::f64::consts::PI).sqrt())
}

/// A slice to blame.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub dimensions: Vec<usize>,
    /// All its leaves.
    pub leaves: Vec<u32>,
    /// Nats by which it describes its leaves better than the background does, its cost taken off.
    pub evidence: f64,
    /// Where its leaves moved to.
    pub centre: f64,
}

struct Candidate {
    dimensions: Vec<usize>,
    leaves: Vec<u32>,
    cost: f64,
    gain: f64,
    centre: f64,
    spread: f64,
}

/// What a search knows of the leaves.
pub(crate) struct Search<'a> {
    lattice: &'a Lattice,
    deviations: &'a [f64],
    background: Background,
    /// Log density of each leaf under the background, or under the law of the slice that explains it.
    explained: Vec<f64>,
    open: Vec<bool>,
}

impl<'a> Search<'a> {
    pub fn new(lattice: &'a Lattice, deviations: &'a [f64], background: Background) -> Self {
        let log_density = |value: &f64| background.log_density(*value, background.centre, background.spread);
        let explained = deviations.iter().map(log_density).collect();
        Self { lattice, deviations, background, explained, open: vec![true; deviations.len()] }
    }

    /// Log density of all leaves under the background alone.
    pub fn background_evidence(&self) -> f64 {
        self.explained.iter().sum()
    }

    /// The slices to blame, in the order in which they were found.
    pub fn run(mut self) -> Vec<Found> {
        let mut found = Vec::new();
        loop {
            let before = found.len();
            let mut candidates = self.screen();
            while found.len() < MOST_SLICES
                && let Some(best) = take_best(&mut candidates)
            {
                let best = refined(best, &mut candidates);
                let touched = self.accept(&best);
                found.push(Found {
                    dimensions: best.dimensions,
                    leaves: best.leaves,
                    evidence: best.gain,
                    centre: best.centre,
                });
                self.reconsider(&mut candidates, &touched);
            }
            if found.len() == before {
                return found;
            }
        }
    }

    fn is_open(&self, leaf: u32) -> bool {
        self.open.get(leaf as usize).copied().unwrap_or(false)
    }

    fn reconsider(&self, candidates: &mut Vec<Candidate>, touched: &[bool]) {
        let concerned = |candidate: &Candidate| {
            candidate.leaves.iter().any(|leaf| touched.get(*leaf as usize).copied().unwrap_or(false))
        };
        for candidate in candidates.iter_mut().filter(|candidate| concerned(candidate)) {
            self.judge(candidate);
        }
        candidates.retain(|candidate| candidate.gain >= LEAST_GAIN);
    }

    /// The slices whose leaves moved together by a cheap estimate, judged.
    fn screen(&self) -> Vec<Candidate> {
        let Background { centre, spread, .. } = self.background;
        let moves: Vec<f64> = self.deviations.iter().map(|value| (value - centre) / spread).collect();
        let sets = (self.lattice.cuboids.len().max(1) as f64).ln();
        let mut candidates = Vec::new();
        for (cuboid, leaves) in promising(self.lattice, &moves, &self.open) {
            let layers = cuboid.dimensions.len().saturating_sub(1) as f64;
            let cost = sets + (cuboid.count as f64).ln() + DIMENSION_COST * layers;
            let dimensions = cuboid.dimensions.clone();
            let mut candidate = Candidate { dimensions, leaves, cost, gain: 0.0, centre: 0.0, spread: 0.0 };
            self.judge(&mut candidate);
            if candidate.gain >= LEAST_GAIN {
                candidates.push(candidate);
            }
        }
        candidates
    }

    /// How much better one law for the leaves of a slice describes them than the background, over the leaves that no
    /// slice before it explains. Leaves that another slice explains better make it dearer.
    fn judge(&self, candidate: &mut Candidate) {
        let open = candidate.leaves.iter().filter(|leaf| self.is_open(**leaf));
        let mut values: Vec<f64> =
            open.filter_map(|leaf| self.deviations.get(*leaf as usize).copied()).collect();
        if values.is_empty() {
            candidate.gain = f64::NEG_INFINITY;
            return;
        }
        let centre = stats::median(&mut values);
        let spread = self.spread(&mut values, centre);
        let law = self.background;
        let (mut gain, mut foreign) = (0.0, 0_u32);
        for leaf in &candidate.leaves {
            let place = *leaf as usize;
            let (Some(value), Some(explained), Some(open)) =
                (self.deviations.get(place), self.explained.get(place), self.open.get(place))
            else {
                continue;
            };
            let alike = law.log_density(*value, centre, spread);
            if *open {
                gain += alike - explained;
            } else if alike < *explained {
                foreign += 1;
            }
        }
        let size = candidate.leaves.len() as f64;
        let overlap = OVERLAP_COST * (size / (size - f64::from(foreign))).ln();
        candidate.gain = gain - candidate.cost - overlap;
        candidate.centre = centre;
        candidate.spread = spread;
    }

    /// Notes that a slice explains its leaves, those too that a slice before it explained less well.
    /// Gives the leaves of the slice.
    fn accept(&mut self, best: &Candidate) -> Vec<bool> {
        let law = self.background;
        let mut touched = vec![false; self.open.len()];
        for leaf in &best.leaves {
            let place = *leaf as usize;
            let (Some(value), Some(explained), Some(open)) =
                (self.deviations.get(place), self.explained.get_mut(place), self.open.get_mut(place))
            else {
                continue;
            };
            let alike = law.log_density(*value, best.centre, best.spread);
            *explained = if *open { alike } else { explained.max(alike) };
            *open = false;
            if let Some(touched) = touched.get_mut(place) {
                *touched = true;
            }
        }
        touched
    }

    /// The spread of a slice's own law: between what its leaves show and the background's, the more its own the more
    /// leaves it has.
    fn spread(&self, values: &mut [f64], centre: f64) -> f64 {
        const PRIOR_LEAVES: f64 = 4.0;
        for value in &mut *values {
            *value = (*value - centre).abs();
        }
        let count = values.len() as f64;
        let own = 1.4826 * stats::median(values);
        let prior = self.background.spread.powi(2);
        ((count * own * own + PRIOR_LEAVES * prior) / (count + PRIOR_LEAVES)).max(prior).sqrt()
    }
}

/// The parts of a slice by one finer set of dimensions that are worth something.
struct Parts<'a> {
    dimensions: &'a [usize],
    gain: f64,
    leaves: usize,
    count: usize,
}

/// More parts than this are no shorter description, and those that make up more than this share of a slice are it.
const MOST_PARTS: usize = 3;
const LARGEST_PART: f64 = 0.7;

fn take_best(candidates: &mut Vec<Candidate>) -> Option<Candidate> {
    let place = (0..candidates.len()).max_by(|left, right| {
        let gain =
            |place: &usize| candidates.get(*place).map_or(f64::NEG_INFINITY, |candidate| candidate.gain);
        gain(left).total_cmp(&gain(right)).then(right.cmp(left))
    })?;
    let best = candidates.swap_remove(place);
    (best.gain >= LEAST_GAIN).then_some(best)
}

/// The best slice, or the best of its own slices by further dimensions where those of one set together are worth more
/// than it: a slice of which some parts moved and some did not is not to blame as a whole.
fn refined(best: Candidate, candidates: &mut Vec<Candidate>) -> Candidate {
    let within = |other: &Candidate| {
        other.dimensions.len() > best.dimensions.len()
            && best.dimensions.iter().all(|dimension| other.dimensions.contains(dimension))
            && other.leaves.first().is_some_and(|leaf| best.leaves.binary_search(leaf).is_ok())
    };
    let mut sets: Vec<Parts<'_>> = Vec::new();
    for other in candidates.iter().filter(|other| within(other)) {
        let (gain, leaves) = (other.gain, other.leaves.len());
        match sets.iter_mut().find(|parts| parts.dimensions == other.dimensions) {
            Some(parts) => {
                parts.gain += gain;
                parts.leaves += leaves;
                parts.count += 1;
            }
            None => sets.push(Parts { dimensions: &other.dimensions, gain, leaves, count: 1 }),
        }
    }
    let size = best.leaves.len() as f64;
    let apart = |parts: &Parts<'_>| {
        parts.gain > best.gain && parts.count <= MOST_PARTS && (parts.leaves as f64) < LARGEST_PART * size
    };
    let finer = sets.into_iter().filter(apart).max_by(|left, right| left.gain.total_cmp(&right.gain));
    let Some(dimensions) = finer.map(|parts| parts.dimensions.to_vec()) else { return best };
    let parts =
        candidates.iter().enumerate().filter(|(_, other)| other.dimensions == dimensions && within(other));
    let Some(place) =
        parts.max_by(|left, right| left.1.gain.total_cmp(&right.1.gain)).map(|(place, _)| place)
    else {
        return best;
    };
    let part = candidates.swap_remove(place);
    candidates.push(best);
    part
}
