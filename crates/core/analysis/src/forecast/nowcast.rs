//! What a period that is still running will come to.

use super::{Band, Foreseen};
use crate::stats::quantile;

/// The total of the running period, of which the parts `so_far` are known, from whole periods `past` of equal parts (the
/// hours of days, the days of weeks). The rest was so many times what was known at this point in each of them, and may be so
/// again; where nothing is known yet, or was, the rest itself is taken. Bands hold the total with the probabilities `shares`.
/// None without a whole past period.
pub fn nowcast(past: &[Vec<f64>], so_far: &[f64], shares: &[f64]) -> Option<Foreseen> {
    let sum = |parts: &[f64]| parts.iter().filter(|part| part.is_finite()).sum::<f64>();
    let known = sum(so_far);
    let halves = past.iter().filter_map(|period| {
        let (before, after) = period.split_at_checked(so_far.len())?;
        Some((sum(before), sum(after)))
    });
    let mut totals: Vec<f64> = halves
        .map(
            |(before, after)| {
                if before > 0.0 && known > 0.0 { known + known * after / before } else { known + after }
            },
        )
        .filter(|total| total.is_finite())
        .collect();
    if totals.is_empty() {
        return None;
    }
    let count = totals.len() as f64;
    let band = |share: &f64, totals: &mut [f64]| {
        // the rank of a conformal quantile among so few
        let tail = (0.5 - share / 2.0) * (count - 1.0).max(0.0) / (count + 1.0);
        Band { low: quantile(totals, tail), high: quantile(totals, 1.0 - tail) }
    };
    let bands = shares.iter().map(|share| band(share, &mut totals)).collect();
    Some(Foreseen { mean: quantile(&mut totals, 0.5), bands })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, reason = "these numbers are exact in binary")]

    use super::nowcast;

    #[test]
    fn half_a_day_at_twice_the_usual_is_a_day_at_twice_the_usual() {
        let past = vec![vec![1.0, 3.0], vec![2.0, 6.0], vec![1.0, 4.0]];
        let found = nowcast(&past, &[4.0], &[0.8]).unwrap();
        assert_eq!(found.mean, 16.0);
        assert!(found.bands[0].low >= 16.0 && found.bands[0].high <= 20.0);
        assert_eq!(nowcast(&past, &[], &[]).unwrap().mean, 5.0);
        assert_eq!(nowcast(&past, &[4.0, 12.0], &[]).unwrap().mean, 16.0);
        assert!(nowcast(&[], &[4.0], &[]).is_none());
    }
}
