//! What is usual at this hour of this weekday.

use super::autoregression::{carry_on, lags};
use super::{Method, Past};

/// What the last turn weighs more than the one before.
const FRESHNESS: f64 = 1.3;
/// The weight of the coefficients of what is left, as that of so many rows.
const PENALTY: f64 = 3.0;

/// The mean at each place of the longest season, later turns weighing more, and an autoregression of what it leaves.
#[derive(Debug, Clone)]
pub struct Profile {
    periods: Vec<usize>,
}

impl Profile {
    /// With seasons of so many values, shortest first.
    pub fn new(periods: &[usize]) -> Self {
        Self { periods: periods.to_vec() }
    }
}

impl Method for Profile {
    fn name(&self) -> &'static str {
        "profile of the season"
    }

    fn forecast(&mut self, past: &Past, horizon: usize) -> Option<Vec<f64>> {
        let count = past.values.len();
        let period = *self.periods.last().filter(|period| 2 * **period <= count)?;
        let usual = usual(past.values, period)?;
        let rest: Vec<f64> =
            past.values.iter().zip(usual.iter().cycle()).map(|(value, usual)| value - usual).collect();
        let ahead = carry_on(&rest, &lags(count, &self.periods), PENALTY, horizon)?;
        let next = usual.iter().cycle().skip(count % period);
        Some(next.zip(ahead).map(|(usual, rest)| usual + rest).collect())
    }
}

/// The weighted mean at each place of a season of `period` values, the first of which is that of the first value. A place
/// that was never known takes the mean of all.
fn usual(values: &[f64], period: usize) -> Option<Vec<f64>> {
    let mut sums = vec![(0.0, 0.0); period];
    for turn in values.chunks(period) {
        for (value, (sum, weight)) in turn.iter().zip(&mut sums) {
            *sum /= FRESHNESS;
            *weight /= FRESHNESS;
            if value.is_finite() {
                *sum += value;
                *weight += 1.0;
            }
        }
    }
    let (sum, weight) =
        sums.iter().fold((0.0, 0.0), |(sum, weight), place| (sum + place.0, weight + place.1));
    let mean = sum / weight;
    mean.is_finite()
        .then(|| sums.iter().map(|(sum, weight)| if *weight > 0.0 { sum / weight } else { mean }).collect())
}

#[cfg(test)]
mod tests {
    use super::usual;

    #[test]
    fn later_turns_weigh_more() {
        let found = usual(&[1.0, 5.0, 2.0, f64::NAN], 2).unwrap();
        assert!(
            (found[0] - (1.0 / 1.3 + 2.0) / (1.0 / 1.3 + 1.0)).abs() < 1e-12
                && (found[1] - 5.0).abs() < 1e-12
        );
        assert_eq!(usual(&[f64::NAN; 4], 2), None);
    }
}
