//! From a table to the slices to blame, with what each contributes.

use super::background::{Background, fit, refit};
use super::cuboid::Lattice;
use super::search::{Found, Search};
use super::{Dependency, Effects, Measure, Pair, Table, counts, dependencies};
use crate::stats;

/// A slice to blame, and what speaks for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Cause {
    /// The slice: the places of a dimension and of a member of it, by dimension.
    pub terms: Vec<(usize, u32)>,
    /// Log likelihood ratio against nothing having happened to it, less the price of having searched, in nats.
    pub evidence: f64,
    /// What its leaves contribute to the change by their own values or ratios. A leaf of two causes counts to the first.
    pub by_rate: f64,
    /// What they contribute by their weights.
    pub by_mix: f64,
    /// How many leaves that is.
    pub leaves: usize,
}

impl Cause {
    /// What the slice contributes to the change.
    pub fn contribution(&self) -> f64 {
        self.by_rate + self.by_mix
    }
}

/// Which change of the leaves was traced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Traced {
    /// Relative deviations of an additive measure.
    Values,
    /// Relative deviations of a ratio.
    Ratios,
    /// Relative deviations of the denominator: weights moved, ratios did not.
    Weights,
    /// Events of the rarer outcome of a counted ratio.
    Events,
}

/// Why a metric is not what it was. The contributions of the causes and the rest sum to the change.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The metric.
    pub actual: f64,
    /// What it is compared with.
    pub baseline: f64,
    /// The slices to blame in the order in which they were found; none where nothing local is to blame.
    pub causes: Vec<Cause>,
    /// What all other leaves contribute.
    pub rest: f64,
    /// What all leaves contribute by their own values or ratios; the other part of the change is that of weights.
    pub by_rate: f64,
    /// What was traced.
    pub traced: Traced,
    /// Slices of more dimensions were not searched.
    pub layers: usize,
    /// Dimensions that determine others; slices by both were not searched, for they are slices by the finer.
    pub dependencies: Vec<Dependency>,
}

impl Explanation {
    /// The change of the metric.
    pub fn change(&self) -> f64 {
        self.actual - self.baseline
    }

    /// The part of the change that the causes contribute; above 1 where the rest went the other way; none without a change.
    pub fn share(&self) -> Option<f64> {
        let share = self.causes.iter().map(Cause::contribution).sum::<f64>() / self.change();
        share.is_finite().then_some(share)
    }
}

/// Explains a change: the fewest slices that describe what happened to the leaves.
///
/// Additive metrics by relative deviations of leaves, ratios of counts by their rarer events, other ratios by relative
/// deviations of leaf ratios or of their weights, whichever carries more of the change.
pub fn explain(table: &Table) -> Explanation {
    let dependencies = dependencies(table);
    let lattice = Lattice::of(table, &dependencies);
    let effects = Effects::of(table);
    let (traced, found) = match table.measure() {
        Measure::Additive(pair) => (Traced::Values, moved(&lattice, &additive(pair))),
        Measure::Ratio { numerator, denominator } if counts::counted(numerator, denominator) => {
            (Traced::Events, counts::search(&lattice, numerator, denominator))
        }
        Measure::Ratio { numerator, denominator } => {
            let by_rate = moved(&lattice, &ratio(numerator, denominator));
            let by_mix = moved(&lattice, &additive(denominator));
            if carried(&by_mix, &effects.mix) > carried(&by_rate, &effects.rate) {
                (Traced::Weights, by_mix)
            } else {
                (Traced::Ratios, by_rate)
            }
        }
    };
    let (causes, rest) = contributions(table, &effects, found);
    let Effects { actual, baseline, rate, .. } = effects;
    let by_rate = rate.iter().sum();
    Explanation { actual, baseline, causes, rest, by_rate, traced, layers: lattice.layers, dependencies }
}

/// The size of what slices contribute by one kind of effect.
fn carried(found: &[Found], effects: &[f64]) -> f64 {
    let leaves = found.iter().flat_map(|found| &found.leaves);
    leaves.filter_map(|leaf| effects.get(*leaf as usize)).sum::<f64>().abs()
}

fn contributions(table: &Table, effects: &Effects, found: Vec<Found>) -> (Vec<Cause>, f64) {
    let mut own: Vec<(f64, f64)> = effects.rate.iter().copied().zip(effects.mix.iter().copied()).collect();
    let causes = found
        .into_iter()
        .map(|found| {
            let (mut by_rate, mut by_mix) = (0.0, 0.0);
            for leaf in &found.leaves {
                if let Some(effect) = own.get_mut(*leaf as usize) {
                    by_rate += effect.0;
                    by_mix += effect.1;
                    *effect = (0.0, 0.0);
                }
            }
            let (terms, leaves) = (terms(table, &found), found.leaves.len());
            Cause { terms, evidence: found.evidence, by_rate, by_mix, leaves }
        })
        .collect();
    (causes, own.iter().map(|(rate, mix)| rate + mix).sum())
}

fn terms(table: &Table, found: &Found) -> Vec<(usize, u32)> {
    let Some(leaf) = found.leaves.first() else { return Vec::new() };
    let code = |place: usize| table.dimensions().get(place)?.codes().get(*leaf as usize).copied();
    found.dimensions.iter().filter_map(|place| Some((*place, code(*place)?))).collect()
}

/// The slices whose leaves moved apart from the others. The background is about 0 where enough leaves stay there, and
/// else wherever the description of all leaves is the shortest: a move that all share is nobody's.
fn moved(lattice: &Lattice, deviations: &[f64]) -> Vec<Found> {
    const MOST_OF_ALL: f64 = 0.85;
    let still = fit(deviations, 0.0);
    if still.centre.abs() <= still.spread && still.outliers < MOST_OF_ALL {
        return judged(lattice, deviations, still).0;
    }
    let about_median = fit(deviations, stats::median(&mut deviations.to_vec()));
    let (first, second) = (judged(lattice, deviations, still), judged(lattice, deviations, about_median));
    if second.1 > first.1 { second.0 } else { first.0 }
}

/// The slices against a background, and the evidence for both together. The background is fitted again to the leaves that
/// no slice explains for as long as both together are described the better.
fn judged(lattice: &Lattice, deviations: &[f64], first: Background) -> (Vec<Found>, f64) {
    const ROUNDS: usize = 4;
    let mut background = first.with_outliers_of_flanks(deviations);
    let mut result = searched(lattice, deviations, background);
    for _ in 1..ROUNDS {
        let rest = left(deviations, &result.0, background);
        let next = refit(&rest, background).with_outliers_of_flanks(&rest);
        if rest.len() * 8 <= deviations.len() || next.like(background) {
            break;
        }
        let again = searched(lattice, deviations, next);
        if again.1 <= result.1 {
            break;
        }
        (background, result) = (next, again);
    }
    result
}

fn searched(lattice: &Lattice, deviations: &[f64], background: Background) -> (Vec<Found>, f64) {
    let search = Search::new(lattice, deviations, background);
    let alone = search.background_evidence();
    let found = search.run();
    let evidence = alone + found.iter().map(|found| found.evidence).sum::<f64>();
    (found, evidence)
}

/// The deviations of leaves that no slice explains. A slice that moved less than leaves do by chance is no sign that it
/// did, but that the background is off.
fn left(deviations: &[f64], found: &[Found], background: Background) -> Vec<f64> {
    let mut open = vec![true; deviations.len()];
    let apart = found.iter().filter(|found| (found.centre - background.centre).abs() >= background.spread);
    for leaf in apart.flat_map(|found| &found.leaves) {
        if let Some(open) = open.get_mut(*leaf as usize) {
            *open = false;
        }
    }
    deviations.iter().zip(open).filter_map(|(value, open)| open.then_some(*value)).collect()
}

/// The difference in relation to the mean size of both sides, -2 to 2.
fn relative(actual: f64, baseline: f64) -> f64 {
    let size = actual.abs() + baseline.abs();
    if size == 0.0 { 0.0 } else { 2.0 * (actual - baseline) / size }
}

fn additive(pair: &Pair) -> Vec<f64> {
    pair.actual.iter().zip(&pair.baseline).map(|(actual, baseline)| relative(*actual, *baseline)).collect()
}

fn ratio(numerator: &Pair, denominator: &Pair) -> Vec<f64> {
    let rate = |above: f64, below: f64| if below == 0.0 { 0.0 } else { above / below };
    let actual = numerator.actual.iter().zip(&denominator.actual).map(|(above, below)| rate(*above, *below));
    let baseline =
        numerator.baseline.iter().zip(&denominator.baseline).map(|(above, below)| rate(*above, *below));
    actual.zip(baseline).map(|(actual, baseline)| relative(actual, baseline)).collect()
}
