//! How rare a statistic is among those of the same series: a conformal rank where there is enough to rank with, an
//! extrapolated tail beyond.

use serde::{Deserialize, Serialize};

/// Bins per side: a quarter of an octave each, from 1/16 to 2^18.
const BINS: usize = 88;
/// Exponent and two leading bits of the mantissa of 1/16, the lower edge of bin 0.
const FIRST: u64 = (1023 - 4) << 2;
/// The tail begins where this share of all rows is beyond, …
const TAIL_SHARE: f64 = 0.005;
/// … or this many rows, if that is more.
const TAIL_ROWS: f64 = 8.0;
/// How many exceedances the prior tail index counts for.
const PRIOR_EXCEEDANCES: f64 = 15.0;
/// How many rows the prior distribution counts for.
const PRIOR_ROWS: f64 = 15.0;
/// The tail is fitted anew after this many rows, earlier while few are known.
const REFIT: f64 = 16.0;

/// The trailing distribution of a signed statistic, each side by itself, with exponential forgetting.
///
/// The probability of a value is its conformal rank among the earlier ones (Vovk et al. 2005; as in Laxhammar and
/// Falkman 2014, online) up to the threshold where only `TAIL_SHARE` is left, and a Pareto tail with Hill's index beyond
/// (peaks over threshold, Siffer et al., KDD 2017), both drawn towards what is expected beforehand while little is known. A histogram with bins of a quarter octave stands for the values: constant time, constant memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tail {
    above: Side,
    below: Side,
    rows: f64,
    since_fit: f64,
    keep: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Side {
    bins: Vec<f32>,
    /// Where the tail begins.
    threshold: f64,
    /// −log10 of the probability to be beyond the threshold.
    beyond: f64,
    /// Hill's tail index.
    index: f64,
    /// The index taken before anything is seen.
    prior: f64,
}

impl Tail {
    /// One that remembers about `memory` rows and takes the tail index `prior` before it has seen anything.
    pub(super) fn new(memory: f64, prior: f64) -> Self {
        let mut tail = Self {
            above: Side::new(prior),
            below: Side::new(prior),
            rows: 0.0,
            since_fit: 0.0,
            keep: 1.0 - 1.0 / memory,
        };
        tail.fit();
        tail
    }

    /// −log10 of the two-sided probability of a value at least as far out as this one.
    pub(super) fn surprise(&self, value: f64) -> f64 {
        let side = if value >= 0.0 { &self.above } else { &self.below };
        (side.surprise(value.abs(), self.rows) - std::f64::consts::LOG10_2).max(0.0)
    }

    /// Takes in a value that counts for `weight` rows.
    pub(super) fn learn(&mut self, value: f64, weight: f64) {
        let side = if value >= 0.0 { &mut self.above } else { &mut self.below };
        side.learn(value.abs(), weight);
        self.rows += weight;
        self.since_fit += 1.0;
        if self.since_fit >= REFIT.min(self.rows / REFIT) {
            self.fit();
        }
    }

    fn fit(&mut self) {
        let kept = self.keep.powf(self.since_fit);
        self.rows *= kept;
        self.since_fit = 0.0;
        self.above.fit(self.rows, kept);
        self.below.fit(self.rows, kept);
    }
}

impl Side {
    fn new(prior: f64) -> Self {
        Self { bins: vec![0.0; BINS], threshold: 1.0, beyond: 0.0, index: prior, prior }
    }

    fn learn(&mut self, size: f64, weight: f64) {
        if let Some(bin) = self.bins.get_mut(bin(size)) {
            #[allow(clippy::cast_possible_truncation, reason = "a weight between 0 and 1")]
            let weight = weight as f32;
            *bin += weight;
        }
    }

    fn surprise(&self, size: f64, rows: f64) -> f64 {
        if size > self.threshold {
            return self.beyond + (size.min(edge(BINS)) / self.threshold).log10() / self.index;
        }
        let at = bin(size);
        let part = (edge(at + 1) - size) / (edge(at + 1) - edge(at));
        let own = self.bins.get(at).copied().map_or(0.0, f64::from) * part.clamp(0.0, 1.0);
        -((own + self.from(at + 1) + 0.5) / (rows + 1.0)).min(0.5).log10()
    }

    /// Rows in a bin and those beyond it.
    fn from(&self, bin: usize) -> f64 {
        f64::from(sum(self.bins.get(bin..).unwrap_or_default()))
    }

    fn fit(&mut self, rows: f64, kept: f64) {
        #[allow(clippy::cast_possible_truncation, reason = "a share between 0 and 1")]
        let kept = kept as f32;
        self.bins.iter_mut().for_each(|bin| *bin *= kept);
        let wanted = (TAIL_SHARE * rows).max(TAIL_ROWS);
        let (mut count, mut logarithms, mut start) = (0.0, 0.0, BINS);
        for (place, rows) in self.bins.iter().enumerate().skip(bin(1.0)).rev() {
            start = place;
            if *rows > 0.0 {
                count += f64::from(*rows);
                logarithms += f64::from(*rows) * middle(place).ln();
            }
            if count >= wanted {
                break;
            }
        }
        self.threshold = edge(start);
        let excess = logarithms - count * self.threshold.ln();
        self.index = (excess + PRIOR_EXCEEDANCES * self.prior) / (count + PRIOR_EXCEEDANCES);
        self.beyond =
            -((count + PRIOR_ROWS * student_above(self.threshold)) / (rows + PRIOR_ROWS)).min(0.5).log10();
    }
}

/// The bin of a size.
fn bin(size: f64) -> usize {
    usize::try_from((size.to_bits() >> 50).saturating_sub(FIRST)).map_or(BINS - 1, |bin| bin.min(BINS - 1))
}

/// The lower edge of a bin.
fn edge(bin: usize) -> f64 {
    f64::from_bits((FIRST + bin as u64) << 50)
}

fn middle(bin: usize) -> f64 {
    f64::midpoint(edge(bin), edge(bin + 1))
}

/// The sum, in eight lanes at once.
fn sum(values: &[f32]) -> f32 {
    let (lanes, rest) = values.as_chunks::<8>();
    let mut sums = [0.0_f32; 8];
    for lane in lanes {
        sums.iter_mut().zip(lane).for_each(|(sum, value)| *sum += value);
    }
    sums.iter().chain(rest).sum()
}

/// The probability that Student's t with four degrees of freedom is above `x`.
fn student_above(x: f64) -> f64 {
    let ratio = x / (4.0 + x * x).sqrt();
    0.5 * (1.0 - 1.5 * ratio * (1.0 - ratio * ratio / 3.0)).max(1e-12)
}

#[cfg(test)]
mod tests {
    use super::{BINS, Tail, bin, edge, student_above};

    #[test]
    fn bins_are_a_quarter_of_an_octave_or_a_little_more() {
        assert_eq!(bin(0.0), 0);
        assert_eq!(bin(1.0), 16);
        assert_eq!(bin(1.24), 16);
        assert_eq!(bin(1.25), 17);
        assert_eq!(bin(f64::INFINITY), BINS - 1);
        assert!((edge(16) - 1.0).abs() < 1e-12 && (edge(20) - 2.0).abs() < 1e-12);
    }

    #[test]
    fn students_tail_is_that_of_tables() {
        assert!((student_above(2.132) - 0.05).abs() < 1e-4);
        assert!((student_above(4.604) - 0.005).abs() < 1e-5);
    }

    #[test]
    fn what_was_seen_often_is_no_surprise_and_what_was_never_seen_is() {
        let mut tail = Tail::new(1e4, 0.25);
        for row in 0..1000 {
            tail.learn(f64::from(row % 10) / 10.0, 1.0);
        }
        assert!(tail.surprise(0.45) < 0.5);
        assert!(tail.surprise(5.0) > 2.5);
        assert!(tail.surprise(50.0) > tail.surprise(5.0) + 2.0);
        assert!(tail.surprise(-5.0) > tail.surprise(5.0) - 0.3);
        assert!(tail.surprise(1e300).is_finite());
    }

    #[test]
    fn a_tail_that_is_seen_to_be_heavy_surprises_less() {
        let (mut light, mut heavy) = (Tail::new(1e4, 0.25), Tail::new(1e4, 0.25));
        for row in 1..2000_u32 {
            let quantile = f64::from(row) / 2000.0;
            light.learn(-(1.0 - quantile).ln(), 1.0);
            heavy.learn((1.0 - quantile).powf(-1.0) - 1.0, 1.0);
        }
        assert!(light.surprise(30.0) > heavy.surprise(30.0) + 1.0);
    }
}
