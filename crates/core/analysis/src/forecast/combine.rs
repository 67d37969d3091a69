//! One forecast from several: a mean without its ends, in which those weigh more that erred less.

use super::backtest::Trial;

/// The weight of each method, from what it foresaw at the trials with known values after them: the least mean absolute error
/// of any divided by its own. A method that could not at one of them weighs as the worst; without trials all weigh the same.
pub fn weights(trials: &[Trial], values: &[f64], methods: usize) -> Vec<f64> {
    let mut errors = vec![(0.0, 0.0); methods];
    for trial in trials {
        let actual = values.get(trial.origin..).unwrap_or(&[]);
        for (path, (sum, count)) in trial.paths.iter().zip(&mut errors) {
            for (foreseen, actual) in
                path.iter().flatten().zip(actual).filter(|(_, actual)| actual.is_finite())
            {
                *sum += (foreseen - actual).abs();
                *count += 1.0;
            }
        }
    }
    let means: Vec<f64> = errors.iter().map(|(sum, count)| sum / count).collect();
    let known = || means.iter().copied().filter(|mean| mean.is_finite());
    let (best, worst) = (known().fold(f64::INFINITY, f64::min), known().fold(0.0, f64::max));
    if !(best.is_finite() && worst > 0.0) {
        return vec![1.0; methods];
    }
    let floor = worst * 1e-3;
    means
        .iter()
        .map(|mean| best.max(floor) / if mean.is_finite() { mean.max(floor) } else { worst })
        .collect()
}

/// The weighted trimmed mean of the paths at each step; none without a path.
pub fn combine(paths: &[Option<Vec<f64>>], weights: &[f64]) -> Option<Vec<f64>> {
    let used: Vec<(&Vec<f64>, f64)> =
        paths.iter().zip(weights).filter_map(|(path, weight)| Some((path.as_ref()?, *weight))).collect();
    let steps = used.iter().map(|(path, _)| path.len()).min()?;
    let at = |step: usize| {
        let mut values: Vec<(f64, f64)> =
            used.iter().filter_map(|(path, weight)| Some((*path.get(step)?, *weight))).collect();
        trimmed_mean(&mut values)
    };
    Some((0..steps).map(at).collect())
}

/// The share of the weight that is left out at each end.
const TRIM: f64 = 0.15;

/// The mean of weighted values without the ends of the weight.
fn trimmed_mean(values: &mut [(f64, f64)]) -> f64 {
    values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = values.iter().map(|(_, weight)| weight).sum();
    let (low, high) = (TRIM * total, (1.0 - TRIM) * total);
    let (mut below, mut sum, mut used) = (0.0_f64, 0.0, 0.0);
    for (value, weight) in values.iter() {
        let inside = (below + weight).min(high) - below.max(low);
        if inside > 0.0 {
            sum += inside * value;
            used += inside;
        }
        below += weight;
    }
    sum / used
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, reason = "these numbers are exact in binary")]

    use super::{Trial, combine, trimmed_mean, weights};

    #[test]
    fn the_ends_of_the_weight_are_left_out() {
        // .15 of 3 is .45 at each end: .55 of 1 and of 90, and the whole of 2
        let expected = (0.55 * 1.0 + 2.0 + 0.55 * 90.0) / 2.1;
        assert!((trimmed_mean(&mut [(90.0, 1.0), (1.0, 1.0), (2.0, 1.0)]) - expected).abs() < 1e-12);
        assert_eq!(trimmed_mean(&mut [(4.0, 9.0), (1.0, 1.0)]), 4.0);
        assert!(trimmed_mean(&mut []).is_nan());
    }

    #[test]
    fn a_method_that_erred_twice_as_much_weighs_half() {
        let trial = Trial { origin: 1, paths: vec![Some(vec![11.0, 9.0]), Some(vec![12.0, 8.0]), None] };
        let found = weights(&[trial], &[5.0, 10.0, 10.0], 3);
        assert_eq!(found, vec![1.0, 0.5, 0.5]);
        assert_eq!(weights(&[], &[1.0], 2), vec![1.0, 1.0]);
        assert_eq!(combine(&[None, Some(vec![1.0, 2.0])], &[1.0, 0.5]), Some(vec![1.0, 2.0]));
        assert_eq!(combine(&[None], &[1.0]), None);
    }
}
