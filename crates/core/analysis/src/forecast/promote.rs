//! Whether another model may take the place of the one in use.

/// The most origins whose sign patterns are all tried.
const MOST: usize = 14;

/// The probability of a mean advantage of the candidate at least as large as the one seen if neither were better: the exact
/// test of paired differences by all changes of their signs (R. A. Fisher 1935). `current` and `candidate` are mean errors
/// at the same origins; pairs that are not finite are left out, and of more than 14 the last 14 count. 1 without a pair.
pub fn chance(current: &[f64], candidate: &[f64]) -> f64 {
    let mut gains: Vec<f64> =
        current.iter().zip(candidate).map(|(now, then)| now - then).filter(|gain| gain.is_finite()).collect();
    gains.drain(..gains.len().saturating_sub(MOST));
    let seen: f64 = gains.iter().sum();
    let slack = 1e-12 * gains.iter().map(|gain| gain.abs()).sum::<f64>();
    let patterns = 1_u32 << gains.len();
    let signed = |pattern: u32| -> f64 {
        gains.iter().enumerate().map(|(bit, gain)| if pattern >> bit & 1 == 1 { -gain } else { *gain }).sum()
    };
    let as_large = (0..patterns).filter(|pattern| signed(*pattern) >= seen - slack).count();
    as_large as f64 / f64::from(patterns)
}

/// Whether the candidate is promoted: it was better over at least `origins` origins, by more than chance at the level `level`.
pub fn promote(current: &[f64], candidate: &[f64], origins: usize, level: f64) -> bool {
    current.len().min(candidate.len()) >= origins && chance(current, candidate) <= level
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, reason = "these numbers are exact in binary")]

    use super::{chance, promote};

    #[test]
    fn better_at_each_of_five_origins_is_one_of_thirty_two() {
        let (current, candidate) = ([2.0, 3.0, 2.5, 2.2, 4.0], [1.0, 2.5, 2.0, 2.0, 3.0]);
        assert_eq!(chance(&current, &candidate), 1.0 / 32.0);
        assert!(promote(&current, &candidate, 5, 0.05) && !promote(&current, &candidate, 6, 0.05));
        assert_eq!(chance(&candidate, &current), 1.0);
    }

    #[test]
    fn no_difference_is_no_reason() {
        assert_eq!(chance(&[1.0; 4], &[1.0; 4]), 1.0);
        assert_eq!(chance(&[], &[]), 1.0);
        assert_eq!(chance(&[f64::NAN], &[1.0]), 1.0);
    }
}
