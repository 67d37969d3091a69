//! One number per place in the season: classical decomposition.

/// How a season acts on the level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// It adds to the level; the indices sum to 0.
    Additive,
    /// It multiplies the level; the indices have the mean 1. Only for values above 0.
    Multiplicative,
}

impl Shape {
    /// The value without its index.
    pub fn remove(self, value: f64, index: f64) -> f64 {
        if self == Self::Additive { value - index } else { value / index }
    }

    /// The level with its index.
    pub fn apply(self, level: f64, index: f64) -> f64 {
        if self == Self::Additive { level + index } else { level * index }
    }
}

/// The index of each place in a season of `period` values, the first of which is that of the first value: the mean over the
/// seasons of what is left of a centred moving average over one season (classical decomposition, W. M. Persons 1919). None
/// below two whole seasons, below a period of 2, or if no place or a multiplicative index is usable. Missing values are
/// left out.
pub fn indices(values: &[f64], period: usize, shape: Shape) -> Option<Vec<f64>> {
    if period < 2 || values.len() < 2 * period {
        return None;
    }
    let level = centred_average(values, period);
    let (mut sums, mut counts) = (vec![0.0; period], vec![0.0; period]);
    for (cycle, smooth) in values.chunks(period).zip(level.chunks(period)) {
        for (((value, level), sum), count) in cycle.iter().zip(smooth).zip(&mut sums).zip(&mut counts) {
            let part = shape.remove(*value, *level);
            if part.is_finite() {
                *sum += part;
                *count += 1.0;
            }
        }
    }
    let neutral = if shape == Shape::Additive { 0.0 } else { 1.0 };
    let found: Vec<f64> = sums
        .iter()
        .zip(&counts)
        .map(|(sum, count)| if *count > 0.0 { sum / count } else { neutral })
        .collect();
    let centre = found.iter().sum::<f64>() / period as f64;
    let centred: Vec<f64> = found.iter().map(|index| shape.remove(*index, centre)).collect();
    let usable = |index: &f64| index.is_finite() && (shape == Shape::Additive || *index > 0.01);
    centred.iter().all(usable).then_some(centred)
}

/// The mean over one season around each value; an even period gives half a weight to both ends. Missing values are left out
/// of it; `NaN` where less than half of the season is known and at both ends.
fn centred_average(values: &[f64], period: usize) -> Vec<f64> {
    let half = period / 2;
    let mut out = vec![f64::NAN; values.len()];
    let width = 2 * half + 1;
    for (window, slot) in values.windows(width).zip(out.iter_mut().skip(half)) {
        let (mut sum, mut weights) = (0.0, 0.0);
        for (place, value) in window.iter().enumerate() {
            let end = place == 0 || place == width - 1;
            let weight = if end && period.is_multiple_of(2) { 0.5 } else { 1.0 };
            if value.is_finite() {
                sum += weight * value;
                weights += weight;
            }
        }
        if 2.0 * weights >= period as f64 {
            *slot = sum / weights;
        }
    }
    out
}

/// Whether values `period` apart are more alike than chance: the autocorrelation there lies outside the band that M. S.
/// Bartlett's formula gives at 90 %, the test of the M4 competition. False below three seasons.
pub fn is_seasonal(values: &[f64], period: usize) -> bool {
    if period < 2 || values.len() < 3 * period {
        return false;
    }
    let correlations = autocorrelations(values, period);
    let Some((at, before)) = correlations.split_last() else { return false };
    let squares: f64 = before.iter().map(|value| value * value).sum();
    at.abs() > 1.645 * ((1.0 + 2.0 * squares) / values.len() as f64).sqrt()
}

/// The autocorrelations at lags 1 to `most`; pairs with a missing value are left out. All 0 for constant values.
pub fn autocorrelations(values: &[f64], most: usize) -> Vec<f64> {
    let known: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let centre = crate::stats::mean(&known);
    let deviations: Vec<f64> =
        values.iter().map(|value| if value.is_finite() { value - centre } else { 0.0 }).collect();
    let total: f64 = deviations.iter().map(|value| value * value).sum();
    let at = |lag: usize| {
        let later = deviations.get(lag..).unwrap_or(&[]);
        let product: f64 = deviations.iter().zip(later).map(|(a, b)| a * b).sum();
        if total > 0.0 { product / total } else { 0.0 }
    };
    (1..=most).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::{Shape, indices, is_seasonal};

    #[test]
    fn the_indices_of_a_plain_season_are_found() {
        let additive: Vec<f64> = (0..16).map(|t| t as f64 + [1.0, -2.0, 3.0, -2.0][t % 4]).collect();
        let found = indices(&additive, 4, Shape::Additive).unwrap();
        for (index, expected) in found.iter().zip([1.0, -2.0, 3.0, -2.0]) {
            assert!((index - expected).abs() < 1e-12, "{found:?}");
        }
        let constant: Vec<f64> = (0..16).map(|t| 10.0 * [0.5, 1.0, 1.5, 1.0][t % 4]).collect();
        let found = indices(&constant, 4, Shape::Multiplicative).unwrap();
        for (index, expected) in found.iter().zip([0.5, 1.0, 1.5, 1.0]) {
            assert!((index - expected).abs() < 1e-12, "{found:?}");
        }
        assert!(is_seasonal(&constant, 4) && !is_seasonal(&constant[..8], 4));
    }

    #[test]
    fn values_that_cannot_be_divided_have_no_multiplicative_season() {
        assert_eq!(indices(&[0.0; 16], 4, Shape::Multiplicative).map(|found| found.len()), Some(4));
        let crossing: Vec<f64> = (0..16).map(|t| [1.0, -1.0, 0.0, 2.0][t % 4]).collect();
        assert_eq!(indices(&crossing, 4, Shape::Multiplicative), None);
        assert_eq!(indices(&[1.0; 7], 4, Shape::Additive), None);
        assert!(!is_seasonal(&[f64::NAN; 40], 4));
    }
}
