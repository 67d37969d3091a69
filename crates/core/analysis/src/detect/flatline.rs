//! How rare it is that values stay the same for so long.

use serde::{Deserialize, Serialize};

use super::tail::Tail;

/// Runs that must have ended before a run can surprise: a series that never moved is not news.
const RUNS: f64 = 20.0;
/// What a priori is known of repeats: so many, in so many rows.
const PRIOR_REPEATS: f64 = 0.3;
const PRIOR_ROWS: f64 = 10.0;
/// The tail index of lengths of runs before any is seen: some states last much longer than others.
const LENGTH_INDEX: f64 = 0.4;
/// Repeats from which the lengths of earlier runs are asked too.
const MANY_REPEATS: f64 = 20.0;
/// Where this share of rows repeats, runs are everyday, and their evidence counts less by `EVERYDAY_DISCOUNT` tens.
const EVERYDAY: f64 = 0.1;
const EVERYDAY_DISCOUNT: f64 = 0.5;

/// The run of equal values that goes on, against the runs before: a geometric law where repeats are chance (values with
/// many digits), the lengths of the runs themselves where they are not (counts, states).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Flatline {
    last: Option<f64>,
    length: f64,
    rows: f64,
    runs: f64,
    lengths: Tail,
}

impl Flatline {
    pub(super) fn new(memory: f64) -> Self {
        Self { last: None, length: 0.0, rows: 0.0, runs: 0.0, lengths: Tail::new(memory, LENGTH_INDEX) }
    }

    /// Takes in a finite value; −log10 of the probability of a run as long as the one it is part of.
    #[allow(clippy::float_cmp, reason = "equal to the last bit is what is asked")]
    pub(super) fn observe(&mut self, value: f64) -> f64 {
        if self.last == Some(value) {
            self.length += 1.0;
            return self.surprise();
        }
        if self.last.is_some() {
            self.lengths.learn(self.length, 1.0);
            self.rows += self.length;
            self.runs += 1.0;
        }
        self.last = Some(value);
        self.length = 1.0;
        0.0
    }

    fn surprise(&self) -> f64 {
        if self.runs < RUNS {
            return 0.0;
        }
        let repeats = self.rows - self.runs;
        let chance = -(self.length - 1.0) * ((repeats + PRIOR_REPEATS) / (self.rows + PRIOR_ROWS)).log10();
        let known =
            if repeats > MANY_REPEATS { chance.min(self.lengths.surprise(self.length)) } else { chance };
        if repeats > EVERYDAY * self.rows { (known - EVERYDAY_DISCOUNT).max(0.0) } else { known }
    }
}

#[cfg(test)]
mod tests {
    use super::Flatline;

    #[test]
    fn three_equal_values_are_news_only_where_values_differ() {
        let mut measured = Flatline::new(1e4);
        let mut counted = Flatline::new(1e4);
        for row in 0..300 {
            measured.observe(f64::from(row).sin());
            counted.observe(f64::from((row * row) % 3));
        }
        let last = |flatline: &mut Flatline| (0..3).map(|_| flatline.observe(7.25)).last().unwrap();
        assert!(last(&mut measured) > 4.0);
        assert!(last(&mut counted) < 2.0);
    }

    #[test]
    fn what_never_moved_is_no_news() {
        let mut flatline = Flatline::new(1e4);
        assert!((0..5000).all(|_| flatline.observe(0.0) == 0.0));
    }
}
