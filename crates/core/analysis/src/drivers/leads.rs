//! Which series runs ahead of which.

use crate::stats::adjusted;
use crate::stats::normal_below;

/// One series that runs ahead of another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lead {
    /// The place of the one ahead.
    pub from: usize,
    /// The place of the other.
    pub to: usize,
    /// By how many steps.
    pub lag: usize,
    /// The correlation of what is new in both at that lag.
    pub correlation: f64,
    /// The probability of so large a correlation at any lag by chance, adjusted for all pairs.
    pub adjusted: f64,
}

/// The pairs of series of which one runs ahead of the other by 1 to `lags` steps, the surest first. Series are on one
/// grid and equally long; gaps are `NaN`.
///
/// Each series is whitened by its own autoregression and the other one by the same filter (Box and Jenkins 1970), for two
/// series with seasons correlate at many lags without having to do with each other. Of each pair the largest correlation
/// counts, for all its lags, and the false discovery rate is held over all pairs.
pub fn leads(series: &[Vec<f64>], lags: usize, false_discoveries: f64) -> Vec<Lead> {
    let mut found = Vec::new();
    for (from, ahead) in series.iter().enumerate() {
        let filter = autoregression(&centred(ahead), lags.clamp(1, 48));
        let new = filtered(&centred(ahead), &filter);
        for (to, behind) in series.iter().enumerate().filter(|(to, _)| *to != from) {
            let answer = filtered(&centred(behind), &filter);
            if let Some((lag, correlation, chance)) = strongest(&new, &answer, lags) {
                found.push(Lead { from, to, lag, correlation, adjusted: chance });
            }
        }
    }
    let chances: Vec<f64> = found.iter().map(|lead| lead.adjusted).collect();
    for (lead, chance) in found.iter_mut().zip(adjusted(&chances)) {
        lead.adjusted = chance;
    }
    found.retain(|lead| lead.adjusted <= false_discoveries);
    found.sort_by(|left, right| {
        left.adjusted
            .total_cmp(&right.adjusted)
            .then(right.correlation.abs().total_cmp(&left.correlation.abs()))
    });
    found
}

/// The lag of the largest correlation, the correlation, and the probability of it among all lags by chance.
fn strongest(ahead: &[f64], behind: &[f64], lags: usize) -> Option<(usize, f64, f64)> {
    const LEAST_PAIRS: f64 = 20.0;
    let by_lag = (1..=lags).filter_map(|lag| {
        let (correlation, pairs) = correlation(ahead.iter().zip(behind.iter().skip(lag)));
        (correlation.is_finite() && pairs >= LEAST_PAIRS).then_some((
            lag,
            correlation,
            correlation.abs() * pairs.sqrt(),
        ))
    });
    let (lag, correlation, distance) = by_lag.max_by(|left, right| left.2.total_cmp(&right.2))?;
    let once = 2.0 * normal_below(-distance);
    Some((lag, correlation, (once * lags as f64).min(1.0)))
}

/// The correlation of pairs that are both there, and how many there are.
pub(super) fn correlation<'a>(pairs: impl Iterator<Item = (&'a f64, &'a f64)>) -> (f64, f64) {
    let (mut count, mut one, mut other, mut squares, mut other_squares, mut products) =
        (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for (x, y) in pairs.filter(|(x, y)| x.is_finite() && y.is_finite()) {
        count += 1.0;
        one += x;
        other += y;
        squares += x * x;
        other_squares += y * y;
        products += x * y;
    }
    let scale = ((squares - one * one / count) * (other_squares - other * other / count)).sqrt();
    ((products - one * other / count) / scale, count)
}

fn centred(values: &[f64]) -> Vec<f64> {
    let there: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let mean = crate::stats::mean(&there);
    values.iter().map(|value| if value.is_finite() { value - mean } else { f64::NAN }).collect()
}

/// The coefficients of the autoregression of the order with the least AIC (Levinson 1947, Durbin 1960).
fn autoregression(values: &[f64], most: usize) -> Vec<f64> {
    let most = most.min(values.len() / 5);
    let covariance = |lag: usize| -> f64 {
        values
            .iter()
            .zip(values.iter().skip(lag))
            .map(|(one, other)| one * other)
            .filter(|product| product.is_finite())
            .sum()
    };
    let covariances: Vec<f64> = (0..=most).map(covariance).collect();
    let count = values.iter().filter(|value| value.is_finite()).count() as f64;
    let Some(mut left) = covariances.first().copied().filter(|whole| *whole > 0.0) else { return Vec::new() };
    let mut coefficients: Vec<f64> = Vec::new();
    let (mut best, mut least) = (Vec::new(), count * left.ln());
    for (order, next) in covariances.iter().enumerate().skip(1) {
        let earlier = covariances.get(1..order).unwrap_or_default();
        let told: f64 = coefficients.iter().zip(earlier.iter().rev()).map(|(one, other)| one * other).sum();
        let reflection = (next - told) / left;
        let mirrored: Vec<f64> = coefficients.iter().rev().map(|value| reflection * value).collect();
        coefficients.iter_mut().zip(mirrored).for_each(|(value, other)| *value -= other);
        coefficients.push(reflection);
        left *= 1.0 - reflection * reflection;
        let criterion = count * left.max(f64::MIN_POSITIVE).ln() + 2.0 * order as f64;
        if criterion < least {
            least = criterion;
            best.clone_from(&coefficients);
        }
    }
    best
}

/// What an autoregression does not tell of each value from those before; nothing is known of the first ones.
fn filtered(values: &[f64], coefficients: &[f64]) -> Vec<f64> {
    let told = values.windows(coefficients.len() + 1).map(|window| {
        let Some((last, before)) = window.split_last() else { return f64::NAN };
        last - before
            .iter()
            .rev()
            .zip(coefficients)
            .map(|(value, coefficient)| value * coefficient)
            .sum::<f64>()
    });
    std::iter::repeat_n(f64::NAN, coefficients.len().min(values.len())).chain(told).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::leads;

    /// Numbers between -1 and 1 that repeat for a seed.
    pub(crate) fn noise(seed: u64, count: usize) -> Vec<f64> {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
        };
        (0..count).map(|_| next()).collect()
    }

    fn seasonal(noise: &[f64]) -> Vec<f64> {
        let mut last = 0.0;
        noise
            .iter()
            .enumerate()
            .map(|(hour, value)| {
                last = 0.6 * last + value;
                last + 3.0 * (hour as f64 * std::f64::consts::TAU / 24.0).sin()
            })
            .collect()
    }

    #[test]
    fn the_lead_is_found_with_its_lag_and_seasons_alone_are_none() {
        let (first, second) = (noise(1, 600), noise(2, 600));
        let ahead = seasonal(&first);
        let late: Vec<f64> = std::iter::repeat_n(0.0, 3).chain(ahead.iter().copied()).take(600).collect();
        let behind: Vec<f64> =
            late.iter().zip(noise(3, 600)).map(|(value, noise)| value + 0.5 * noise).collect();
        let found = leads(&[ahead, behind, seasonal(&second)], 12, 0.01);
        assert_eq!(found.iter().map(|lead| (lead.from, lead.to, lead.lag)).collect::<Vec<_>>(), [(0, 1, 3)]);
        assert!(found[0].correlation > 0.5);
    }

    #[test]
    fn what_is_empty_or_constant_leads_nothing() {
        assert_eq!(leads(&[vec![], vec![]], 5, 0.1), []);
        assert_eq!(leads(&[vec![1.0; 100], noise(1, 100), vec![f64::NAN; 100]], 5, 0.001), []);
    }
}
