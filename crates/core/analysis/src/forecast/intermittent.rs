//! Demand that is mostly nothing: how much, and how often (J. D. Croston 1972), with the chance of any updated at every step, so
//! that what is no longer wanted fades (R. H. Teunter, A. A. Syntetos and M. Z. Babai, European Journal of Operational
//! Research 2011).

use super::minimise::minimise;
use super::{Method, Past};

/// The mean demand a step, from the size of demands and their chance, each smoothed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Intermittent;

impl Method for Intermittent {
    fn name(&self) -> &'static str {
        "intermittent demand"
    }

    fn forecast(&mut self, past: &Past, horizon: usize) -> Option<Vec<f64>> {
        let known: Vec<f64> = past.values.iter().copied().filter(|value| value.is_finite()).collect();
        let first = *known.iter().find(|value| **value != 0.0)?;
        let chance = known.iter().filter(|value| **value != 0.0).count() as f64 / known.len() as f64;
        let start = Demand { size: first, chance };
        let (gains, _) = minimise(&[0.1, 0.1], &[0.1, 0.1], 60, |gains| start.follow(&known, gains).1);
        let (end, _) = start.follow(&known, &gains);
        Some(vec![end.size * end.chance; horizon])
    }
}

#[derive(Debug, Clone, Copy)]
struct Demand {
    size: f64,
    chance: f64,
}

impl Demand {
    /// The state after the values, and the sum of squared errors on the way.
    fn follow(mut self, values: &[f64], gains: &[f64]) -> (Self, f64) {
        let mut gains = gains.iter().map(|gain| gain.clamp(0.01, 0.5));
        let (on_size, on_chance) = (gains.next().unwrap_or(0.1), gains.next().unwrap_or(0.1));
        let mut squares = 0.0;
        for value in values {
            squares += (value - self.size * self.chance).powi(2);
            let happened = if *value == 0.0 { 0.0 } else { 1.0 };
            self.size += happened * on_size * (value - self.size);
            self.chance += on_chance * (happened - self.chance);
        }
        (self, squares)
    }
}

/// Whether at least half of the known values are 0, and none is below.
pub fn is_intermittent(values: &[f64]) -> bool {
    let known = values.iter().filter(|value| value.is_finite());
    let zeros = known.clone().filter(|value| **value == 0.0).count();
    let count = known.clone().count();
    zeros < count && 2 * zeros >= count && known.clone().all(|value| *value >= 0.0)
}

#[cfg(test)]
mod tests {
    use super::{Demand, is_intermittent};

    #[test]
    fn size_and_chance_by_hand() {
        let (end, squares) = Demand { size: 4.0, chance: 0.5 }.follow(&[0.0, 6.0], &[0.5, 0.2]);
        assert!((end.size - 5.0).abs() < 1e-12 && (end.chance - (0.4 + 0.2 * 0.6)).abs() < 1e-12);
        assert!((squares - (4.0 + (6.0 - 1.6_f64).powi(2))).abs() < 1e-12);
    }

    #[test]
    fn half_of_nothing_is_intermittent() {
        assert!(
            is_intermittent(&[0.0, 3.0, f64::NAN])
                && !is_intermittent(&[0.0; 3])
                && !is_intermittent(&[0.0, -1.0])
        );
    }
}
