//! What leaves do that nothing happened to.

use super::search::{OUTLIER_DENSITY, normal_density};
use crate::stats;

/// How far leaves move for no reason: a normal law about a centre that all leaves share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Background {
    pub centre: f64,
    pub spread: f64,
    /// The share of leaves that follow no law.
    pub outliers: f64,
}

/// The share of leaves of a slice that stay as they were.
const STAYING: f64 = 0.01;

impl Background {
    /// The same with as many outliers as its flanks show. Leaves far out are no sign of them: something may have
    /// happened to those. Where flanks are clean, a table in fifty has one.
    pub fn with_outliers_of_flanks(self, deviations: &[f64]) -> Self {
        let scaled = deviations.iter().map(|value| (value - self.centre).abs() / self.spread);
        let flanks = scaled.filter(|distance| (3.5..5.0).contains(distance)).count() as f64;
        // of normal values 46 in 100,000 lie there
        let excess = flanks - 0.000_46 * deviations.len() as f64;
        Self { outliers: (excess.max(0.02) / (deviations.len() as f64 + 1.0)).min(0.02), ..self }
    }

    /// Whether a search would find the same against both.
    pub fn like(self, other: Self) -> bool {
        self.near(other, 0.05) && (self.outliers / other.outliers).ln().abs() < 0.5
    }

    fn near(self, other: Self, part: f64) -> bool {
        (self.centre - other.centre).abs() < part * self.spread
            && (self.spread / other.spread - 1.0).abs() < part
            && (self.outliers - other.outliers).abs() < part
    }

    /// The log density of a deviation where leaves have moved to `centre`, but for a few that stay, and outliers.
    pub fn log_density(self, value: f64, centre: f64, spread: f64) -> f64 {
        let moved = (1.0 - STAYING) * normal_density(value - centre, spread);
        let stay = STAYING * normal_density(value - self.centre, self.spread);
        ((1.0 - self.outliers) * (moved + stay) + self.outliers * OUTLIER_DENSITY).ln()
    }
}

/// Most rounds of the fit.
const ROUNDS: usize = 30;
/// Most leaves that are looked at for it; of more, every so many.
const SAMPLE: usize = 4096;
/// Below this, a difference is rounding.
const LEAST_SPREAD: f64 = 1e-3;

/// The background whose centre is found near `start`: normal values mixed with an unknown share of values from
/// anywhere, fitted by expectation maximisation (Dempster, Laird and Rubin 1977), so that leaves something happened to
/// do not widen it even where they are most of all.
pub(crate) fn fit(deviations: &[f64], start: f64) -> Background {
    let sample = sample(deviations);
    let mut distances: Vec<f64> = sample.iter().map(|value| (value - start).abs()).collect();
    // a tenth of standard normal values are nearer to 0 than 0.1257
    let spread = (stats::quantile(&mut distances, 0.1) / 0.1257).max(LEAST_SPREAD);
    widen(deviations, settle(&sample, Background { centre: start, spread, outliers: 0.2 }))
}

/// Takes the leaves within three spreads as the background until those stay the same: leaves that moved alike are no
/// values from anywhere, and where they are many the fit gives them a part of the background's flanks.
fn widen(deviations: &[f64], start: Background) -> Background {
    // the standard deviation of a normal law cut off at three of its own
    const CUT: f64 = 0.986_6;
    let mut found = start;
    for _ in 0..5 {
        let near = deviations
            .iter()
            .filter(|value| **value != 0.0 && (*value - found.centre).abs() <= 3.0 * found.spread);
        let (count, sum, squares) = near.fold((0.0, 0.0, 0.0), |(count, sum, squares), value| {
            (count + 1.0, sum + value, squares + value * value)
        });
        if count < 2.0 {
            break;
        }
        let centre: f64 = sum / count;
        let spread = ((squares / count - centre * centre).max(0.0).sqrt() / CUT).max(LEAST_SPREAD);
        let next = Background { centre, spread, ..found };
        let settled = next.near(found, 1e-4);
        found = next;
        if settled {
            break;
        }
    }
    found
}

/// The background found near another one.
pub(crate) fn refit(deviations: &[f64], start: Background) -> Background {
    widen(deviations, settle(&sample(deviations), start))
}

/// Some of the deviations. Those that are 0 to the last digit are left out: they come of values that hardly ever change,
/// and would let any move of the others look large.
fn sample(deviations: &[f64]) -> Vec<f64> {
    deviations.iter().copied().step_by(deviations.len() / SAMPLE + 1).filter(|value| *value != 0.0).collect()
}

fn settle(deviations: &[f64], start: Background) -> Background {
    let least = 0.5 / (deviations.len() as f64 + 1.0);
    let mut found = start;
    for _ in 0..ROUNDS {
        let (mut weight, mut sum, mut squares) = (0.0, 0.0, 0.0);
        for value in deviations {
            let inside = (1.0 - found.outliers) * normal_density(value - found.centre, found.spread);
            let part = inside / (inside + found.outliers * OUTLIER_DENSITY);
            weight += part;
            sum += part * value;
            squares += part * value * value;
        }
        if weight < 1.0 {
            break;
        }
        let centre = sum / weight;
        let spread = (squares / weight - centre * centre).max(0.0).sqrt().max(LEAST_SPREAD);
        let outliers = (1.0 - weight / deviations.len() as f64).clamp(least, 0.95);
        let next = Background { centre, spread, outliers };
        let settled = next.near(found, 0.002);
        found = next;
        if settled {
            break;
        }
    }
    found
}
