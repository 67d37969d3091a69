//! How far the truth may lie from a forecast: quantiles of the errors that were made before, in units that fit the step and
//! the level (split conformal prediction, V. Vovk et al. 2005, on rolling origins, C. Xu and Y. Xie, EnbPI, 2021).

/// An error that was made: how many steps ahead (from 1), what was foreseen, what came.
#[derive(Debug, Clone, Copy)]
pub struct Miss {
    /// Steps ahead, from 1.
    pub ahead: usize,
    /// What was foreseen.
    pub foreseen: f64,
    /// What came.
    pub actual: f64,
}

/// How errors grow with the step ahead and with the level, and how large they are in these units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    growth: f64,
    power: f64,
    /// The level below which errors shrink no more.
    floor: f64,
    /// The mean absolute error in these units.
    size: f64,
    /// How many errors that tell something of their own it was found from.
    evidence: f64,
}

/// How errors may grow with the step ahead, and with the level: to these powers of them.
const GROWTHS: [f64; 5] = [0.0, 0.15, 0.3, 0.5, 0.75];
const POWERS: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];
/// What is usual, and how much a third away from it must explain, in nats.
const USUAL_GROWTH: f64 = 0.3;
const USUAL_POWER: f64 = 0.75;
/// How many errors of one origin tell something of their own: they go together.
const EVIDENCE_PER_ORIGIN: f64 = 6.0;

impl Spread {
    /// Learns from the misses of so many origins: the units are those in which the misses are most likely if their sizes are
    /// exponential, unless that explains less than what is unusual costs. None without a miss.
    pub fn learn(misses: &[Miss], origins: usize) -> Option<Self> {
        if misses.is_empty() {
            return None;
        }
        let level = misses.iter().map(|miss| miss.foreseen.abs()).sum::<f64>() / misses.len() as f64;
        let positive = misses.iter().all(|miss| miss.foreseen >= 0.0) && level > 0.0;
        let powers = if positive { POWERS.as_slice() } else { &[0.0] };
        let pairs = powers.iter().flat_map(|power| GROWTHS.iter().map(move |growth| (*power, *growth)));
        let fitted = pairs.map(|(power, growth)| {
            let floor = (0.02 * level).max(f64::MIN_POSITIVE);
            let evidence = EVIDENCE_PER_ORIGIN * origins.max(1) as f64;
            Self { growth, power, floor, size: 0.0, evidence }.fit(misses)
        });
        let likely = fitted.filter(|(cost, _)| cost.is_finite()).min_by(|a, b| a.0.total_cmp(&b.0));
        likely.map(|(_, spread)| spread)
    }

    /// With the mean size of the misses, and how unlikely they are.
    fn fit(mut self, misses: &[Miss]) -> (f64, Self) {
        let (mut logarithms, mut sizes) = (0.0, 0.0);
        for miss in misses {
            let unit = self.unit(miss.ahead, miss.foreseen);
            logarithms += unit.ln();
            sizes += (miss.actual - miss.foreseen).abs() / unit;
        }
        let count = misses.len() as f64;
        self.size = sizes / count;
        let unusual =
            2.0 * ((self.growth - USUAL_GROWTH) / 0.3).powi(2) + ((self.power - USUAL_POWER) / 0.3).powi(2);
        (count * self.size.max(f64::MIN_POSITIVE).ln() + logarithms + unusual, self)
    }

    fn unit(&self, ahead: usize, foreseen: f64) -> f64 {
        let level = foreseen.abs().max(self.floor) / self.floor;
        (ahead as f64).powf(self.growth) * level.powf(self.power)
    }

    /// How far from a forecast of `foreseen`, `ahead` steps ahead, the truth lies with the probability `share` (0-1, below 1)
    /// at most: the quantile of a next exponential value whose mean is known from so much evidence (that of K. S. Lomax 1954).
    pub fn reach(&self, ahead: usize, foreseen: f64, share: f64) -> f64 {
        let tail = (1.0 - share.clamp(0.0, 0.999_999)).powf(-1.0 / self.evidence);
        self.evidence * (tail - 1.0) * self.size * self.unit(ahead, foreseen)
    }
}

#[cfg(test)]
mod tests {
    use super::{Miss, Spread};

    #[test]
    fn misses_in_proportion_to_the_level_give_bands_in_proportion() {
        let miss = |place: u32| {
            let foreseen = 10.0 * f64::from(1 + place % 7);
            Miss { ahead: 1, foreseen, actual: foreseen * (1.0 + 0.1 * (f64::from(place % 5) - 2.0)) }
        };
        let spread = Spread::learn(&(0..200).map(miss).collect::<Vec<_>>(), 10).unwrap();
        assert!((spread.reach(1, 80.0, 0.8) / spread.reach(1, 10.0, 0.8) - 8.0).abs() < 1e-9);
        // the mean relative miss is .12; with the evidence of 60 errors 80 % lie within 60 (5^(1/60) - 1) of it
        assert!((spread.reach(1, 10.0, 0.8) - 1.2 * 60.0 * (5.0_f64.powf(1.0 / 60.0) - 1.0)).abs() < 1e-9);
    }

    #[test]
    fn no_miss_teaches_nothing_and_no_error_a_point() {
        assert!(Spread::learn(&[], 3).is_none());
        let exact = Miss { ahead: 1, foreseen: 5.0, actual: 5.0 };
        assert!(Spread::learn(&[exact; 4], 1).unwrap().reach(1, 5.0, 0.95).abs() < 1e-9);
    }
}
