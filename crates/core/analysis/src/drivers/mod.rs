//! Which metric moves with which: leads and lags, tests of prediction, slices that behave alike, and regression.
//!
//! All of it is of association. That one series runs ahead of another makes it a warning; that it is the cause is not shown.

mod clusters;
mod granger;
mod leads;
mod regression;
mod tails;

pub use clusters::clusters;
pub use granger::{Granger, granger};
pub use leads::{Lead, leads};
pub use regression::{Coefficient, Regression, regression};

/// The probabilities of Benjamini and Hochberg (1995), adjusted for how many there are, in the order of entry.
pub fn adjusted(probabilities: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..probabilities.len()).collect();
    let value = |place: &usize| probabilities.get(*place).copied().unwrap_or(1.0);
    order.sort_by(|left, right| value(right).total_cmp(&value(left)));
    let mut found = vec![1.0; probabilities.len()];
    let mut least = 1.0_f64;
    for (above, place) in order.iter().enumerate() {
        let rank = (probabilities.len() - above) as f64;
        least = least.min(value(place) * probabilities.len() as f64 / rank);
        if let Some(slot) = found.get_mut(*place) {
            *slot = least;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::adjusted;

    #[test]
    fn adjusted_probabilities_are_those_of_the_paper() {
        // p.adjust(c(0.01, 0.04, 0.03, 0.5), "BH") of R
        let found = adjusted(&[0.01, 0.04, 0.03, 0.5]);
        let expected = [0.04, 0.053_333_333_333_333_33, 0.053_333_333_333_333_33, 0.5];
        assert!(found.iter().zip(expected).all(|(one, other)| (one - other).abs() < 1e-12), "{found:?}");
    }
}
