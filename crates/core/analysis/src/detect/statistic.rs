//! What is watched over several rows: means, cumulated sums and likeness to the season, each with the distribution of its own
//! earlier values, so that all speak of probabilities.

use serde::{Deserialize, Serialize};

use super::tail::Tail;

/// Statistics over several rows move less than one row; this brings them to where the bins of tails are fine.
const SPREAD: f64 = 2.0;
/// The tail index before any is seen: tails of means are lighter than those of single rows.
const TAIL_INDEX: f64 = 0.2;
/// What a deviation has to be above, in scales, to be summed up, …
const SLACK: f64 = 1.0;
/// … the most that a row adds, …
const ADDS: f64 = 4.0;
/// … and the most that is summed up, so that the end of a long deviation is noticed.
const SUM: f64 = 40.0;

/// An exponentially weighted mean (Roberts, Technometrics 1959).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Mean {
    value: f64,
    gain: f64,
    tail: Tail,
}

impl Mean {
    /// One over about this many rows.
    pub(super) fn new(rows: f64, memory: f64) -> Self {
        Self { value: 0.0, gain: 1.0 - (-1.0 / rows).exp(), tail: Tail::new(memory, TAIL_INDEX) }
    }

    /// Takes in a row; −log10 of the probability of such a mean.
    pub(super) fn observe(&mut self, value: f64) -> f64 {
        self.value += self.gain * (value - self.value);
        self.tail.surprise(SPREAD * self.value)
    }

    /// Whether it is above zero.
    pub(super) fn is_above(&self) -> bool {
        self.value > 0.0
    }

    /// Lets the mean of the last row teach its distribution, counting for `weight` rows.
    pub(super) fn learn(&mut self, weight: f64) {
        self.tail.learn(SPREAD * self.value, weight);
    }
}

/// Cumulated sums of deviations up and down (Page, Biometrika 1954): small ones that stay add up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Cusum {
    up: f64,
    down: f64,
    /// Rows since the larger sum began.
    rows: u32,
    tail: Tail,
}

impl Cusum {
    pub(super) fn new(memory: f64) -> Self {
        Self { up: 0.0, down: 0.0, rows: 0, tail: Tail::new(memory, TAIL_INDEX) }
    }

    /// Takes in a deviation in scales; −log10 of the probability of such a sum.
    pub(super) fn observe(&mut self, deviation: f64) -> f64 {
        let deviation = deviation.clamp(-ADDS, ADDS);
        self.up = (self.up + deviation - SLACK).clamp(0.0, SUM);
        self.down = (self.down - deviation - SLACK).clamp(0.0, SUM);
        let goes_on = self.value() != 0.0;
        self.rows = if goes_on { self.rows.saturating_add(1) } else { 0 };
        self.tail.surprise(self.value())
    }

    /// Rows over which the deviation has added up.
    pub(super) fn rows(&self) -> u32 {
        self.rows
    }

    /// Lets the sum of the last row teach its distribution, counting for `weight` rows.
    pub(super) fn learn(&mut self, weight: f64) {
        self.tail.learn(self.value(), weight);
    }

    fn value(&self) -> f64 {
        if self.up > self.down { self.up } else { -self.down }
    }
}

/// How much the deviations of the last season are like the season itself: whether it has grown or shrunk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Likeness {
    level: f64,
    power: f64,
    gain: f64,
    mean: Mean,
}

impl Likeness {
    pub(super) fn new(period: f64, memory: f64) -> Self {
        let mean = Mean::new(period, memory);
        Self { level: 0.0, power: 0.0, gain: mean.gain, mean }
    }

    /// Takes in what the season is here and the deviation from it; −log10 of the probability of such a likeness.
    pub(super) fn observe(&mut self, season: f64, deviation: f64) -> f64 {
        self.level += self.gain * (season - self.level);
        let season = season - self.level;
        self.power += self.gain * (season * season - self.power);
        let direction = if self.power > 0.0 { season / self.power.sqrt() } else { 0.0 };
        self.mean.observe(deviation * direction)
    }

    /// Lets the likeness of the last row teach its distribution, counting for `weight` rows.
    pub(super) fn learn(&mut self, weight: f64) {
        self.mean.learn(weight);
    }
}

#[cfg(test)]
mod tests {
    use super::{Cusum, Likeness};

    #[test]
    fn what_stays_adds_up_and_what_alternates_does_not() {
        let mut cusum = Cusum::new(1e4);
        for row in 0..100 {
            cusum.observe(if row % 2 == 0 { 1.9 } else { -1.9 });
        }
        assert!(cusum.value().abs() < 1.0);
        for _ in 0..10 {
            cusum.observe(-1.5);
        }
        assert!((cusum.value() + 5.0).abs() < 1.0, "{}", cusum.value());
        (0..100).for_each(|_| _ = cusum.observe(-100.0));
        assert!((cusum.value() + 40.0).abs() < 1e-9);
    }

    #[test]
    fn a_season_that_grows_is_unlike_noise() {
        let mut likeness = Likeness::new(24.0, 1e4);
        let season = |row: u32| 5.0 * (f64::from(row) * std::f64::consts::TAU / 24.0).sin();
        for row in 0..500 {
            likeness.observe(season(row), if row % 2 == 0 { 1.0 } else { -1.0 });
            likeness.learn(1.0);
        }
        let grown = (0..24).map(|row| likeness.observe(season(row), 0.5 * season(row))).fold(0.0, f64::max);
        assert!(grown > 2.5, "{grown}");
    }
}
