//! Values told from earlier ones: what is left of a season or a calendar goes on as it went on before.

use super::linear::Normal;
use super::{Method, Past};

/// The weight of coefficients against errors: that of one row.
const PENALTY: f64 = 1.0;
/// How many of the latest values coefficients are learned from at most.
const RECENT: usize = 800;

/// The next `horizon` values of a series (missing ones are `NaN`) by a regression on its own values at `lags` before, each
/// forecast taken for the value at its step. `penalty` is the weight of the coefficients' squares against that of the
/// errors, per known row of unit variance, so that few rows teach little. A missing earlier value counts as the mean. The
/// forecast returns to the mean as far as the coefficients let it. None where fewer rows than lags are known.
pub fn carry_on(values: &[f64], lags: &[usize], penalty: f64, horizon: usize) -> Option<Vec<f64>> {
    let longest = lags.iter().copied().max()?;
    let known: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let mean = crate::stats::mean(&known);
    let scale = crate::stats::deviation(&known);
    if scale.is_nan() || scale <= 0.0 || values.len() < longest + lags.len().min(20) {
        return scale.is_finite().then(|| vec![mean; horizon]);
    }
    let mut path: Vec<f64> =
        values.iter().map(|value| if value.is_finite() { (value - mean) / scale } else { 0.0 }).collect();
    let coefficients = fit(values, &path, lags, longest, penalty)?;
    for _ in 0..horizon {
        let next = lags
            .iter()
            .zip(&coefficients)
            .map(|(lag, coefficient)| coefficient * path.get(path.len() - lag).copied().unwrap_or(0.0))
            .sum::<f64>();
        path.push(next.clamp(-20.0, 20.0));
    }
    Some(path.iter().skip(values.len()).map(|value| mean + scale * value).collect())
}

fn fit(values: &[f64], scaled: &[f64], lags: &[usize], longest: usize, penalty: f64) -> Option<Vec<f64>> {
    let mut sums = Normal::new(lags.len());
    let mut row: Vec<f64> = Vec::with_capacity(lags.len());
    let first = longest.max(values.len().saturating_sub(RECENT));
    for (place, value) in values.iter().enumerate().skip(first) {
        let Some(target) = scaled.get(place).filter(|_| value.is_finite()) else { continue };
        row.clear();
        row.extend(lags.iter().map(|lag| scaled.get(place - lag).copied().unwrap_or(0.0)));
        sums.add_dense(&row, *target);
    }
    Some(sums.solve(&vec![penalty; lags.len()])?.coefficients)
}

/// The lags that matter for seasons of `periods` values: the nearest, and those around one turn of each season, as far as
/// a history of `count` values can teach them.
pub fn lags(count: usize, periods: &[usize]) -> Vec<usize> {
    let near = periods.first().map_or(4, |period| (*period).clamp(3, 25)).min(count / 8);
    let mut lags: Vec<usize> = (1..=near.max(1)).collect();
    for period in periods.iter().filter(|period| 3 * **period <= count) {
        lags.extend([period - 1, *period, period + 1]);
        if 5 * period <= count {
            lags.push(2 * period);
        }
    }
    lags.sort_unstable();
    lags.dedup();
    lags.retain(|lag| *lag > 0);
    lags
}

/// A series told from its own earlier values, or its changes from theirs.
#[derive(Debug, Clone)]
pub struct Autoregression {
    periods: Vec<usize>,
    difference: usize,
}

impl Autoregression {
    /// With seasons of so many values. `difference`: 0 for the values themselves, 1 for their changes, the length of a season
    /// for the changes since its last turn.
    pub fn new(periods: &[usize], difference: usize) -> Self {
        Self { periods: periods.to_vec(), difference }
    }
}

impl Method for Autoregression {
    fn name(&self) -> &'static str {
        match self.difference {
            0 => "autoregression",
            1 => "autoregression of changes",
            _ => "autoregression of seasonal changes",
        }
    }

    fn forecast(&mut self, past: &Past, horizon: usize) -> Option<Vec<f64>> {
        if self.difference == 0 {
            return carry_on(past.values, &lags(past.values.len(), &self.periods), PENALTY, horizon);
        }
        let later = past.values.get(self.difference..)?;
        let changes: Vec<f64> = past.values.iter().zip(later).map(|(before, after)| after - before).collect();
        let ahead = carry_on(&changes, &lags(changes.len(), &self.periods), PENALTY, horizon)?;
        let mut path = past.filled.to_vec();
        for change in ahead {
            path.push(path.get(path.len() - self.difference)? + change);
        }
        Some(path.split_off(past.filled.len()))
    }
}
