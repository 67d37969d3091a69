//! Whether the past of one series tells of another what its own past does not.

use super::regression::regression;
use super::tails::fisher;

/// The result of the test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Granger {
    /// Fisher's F of the rows that are left without and with the other series.
    pub statistic: f64,
    /// The probability of so large a value by chance.
    pub probability: f64,
    /// The part of what is left without the other series that it explains, 0-1.
    pub explained: f64,
}

/// Tests whether the last `order` values of `ahead` help to tell `behind` beside its own (Granger, Econometrica 1969).
/// Rows with a gap are left out. None where rows are too few or nothing varies.
pub fn granger(ahead: &[f64], behind: &[f64], order: usize) -> Option<Granger> {
    let mut target = Vec::new();
    let mut columns = vec![Vec::new(); 2 * order];
    for (own, other) in behind.windows(order + 1).zip(ahead.windows(order + 1)) {
        let (Some((last, own)), Some((_, other))) = (own.split_last(), other.split_last()) else { continue };
        if last.is_finite() && own.iter().chain(other).all(|value| value.is_finite()) {
            target.push(*last);
            columns.iter_mut().zip(own.iter().chain(other)).for_each(|(column, value)| column.push(*value));
        }
    }
    let without = regression(columns.get(..order)?, &target)?.squares();
    let with = regression(&columns, &target)?.squares();
    let freedom = target.len().checked_sub(2 * order + 1).filter(|left| *left > 0 && order > 0)? as f64;
    let statistic = ((without - with) / order as f64) / (with / freedom);
    let probability = fisher(statistic, order as f64, freedom);
    probability.is_finite().then_some(Granger { statistic, probability, explained: 1.0 - with / without })
}

#[cfg(test)]
mod tests {
    use super::super::leads::tests::noise;
    use super::granger;

    #[test]
    fn what_follows_is_told_by_what_is_ahead_and_not_the_other_way_round() {
        let ahead = noise(5, 300);
        let late = std::iter::repeat_n(0.0, 2).chain(ahead.iter().copied());
        let behind: Vec<f64> = late.zip(noise(6, 300)).map(|(value, noise)| value + noise).collect();
        let forwards = granger(&ahead, &behind, 3).unwrap();
        let backwards = granger(&behind, &ahead, 3).unwrap();
        assert!(forwards.probability < 1e-9 && forwards.explained > 0.3, "{forwards:?}");
        assert!(backwards.probability > 0.01, "{backwards:?}");
    }

    #[test]
    fn too_little_is_not_tested() {
        assert_eq!(granger(&[1.0, 2.0], &[1.0, 2.0], 3), None);
        assert_eq!(granger(&[1.0; 50], &[2.0; 50], 1), None);
        assert_eq!(granger(&noise(1, 50), &noise(2, 50), 0), None);
    }
}
