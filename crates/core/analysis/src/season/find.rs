//! Seasons that a series shows by itself.

use super::indices::autocorrelations;
use super::stl::smooth;
use super::whole;
use crate::series::fill::fill;
use crate::stats::{mean, robust_deviation};

/// The share of the variance, without the trend, that a season must explain on values it has not seen.
const WORTH: f64 = 0.1;

/// The lengths in `candidates` (in steps; shortest first) that help to foresee the values: the usual value at the place of
/// the season, learned from all turns but the last two, or but the last of two, must explain a tenth of what varies in
/// those. A longer season is asked for what the shorter ones leave. None is a valid answer.
pub fn confirmed(values: &[f64], candidates: &[f64]) -> Vec<f64> {
    let mut rest = without_trend(values);
    let mut found = Vec::new();
    for length in candidates {
        if let Some(profile) = helps(&rest, whole(*length)) {
            for (value, usual) in rest.iter_mut().zip(profile.iter().cycle()) {
                *value -= usual;
            }
            found.push(*length);
        }
    }
    found
}

/// Lengths that stand out in the autocorrelations, strongest first: peaks above twice their standard error that are no
/// multiple of a stronger one. For series whose step says nothing of their seasons.
pub fn candidates(values: &[f64], most: usize) -> Vec<usize> {
    let rest = without_trend(values);
    let correlations = autocorrelations(&rest, most.min(values.len() / 3) + 1);
    let least = 2.0 / (values.len().max(1) as f64).sqrt();
    let peak = |(before, near): (usize, &[f64])| {
        let [left, middle, right] = near else { return None };
        (middle > left && middle >= right && *middle > least).then_some((before + 2, *middle))
    };
    let mut peaks: Vec<(usize, f64)> = correlations.windows(3).enumerate().filter_map(peak).collect();
    peaks.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut found: Vec<usize> = Vec::new();
    for (period, _) in peaks {
        if !found.iter().any(|shorter| period % shorter == 0) {
            found.push(period);
        }
    }
    found
}

/// How many robust deviations a value counts at most.
const REACH: f64 = 4.0;

fn without_trend(values: &[f64]) -> Vec<f64> {
    let trend = smooth(&fill(values, 1), (values.len() / 3) | 1);
    let rest: Vec<f64> = values.iter().zip(&trend).map(|(value, trend)| value - trend).collect();
    let mut known: Vec<f64> = rest.iter().copied().filter(|rest| rest.is_finite()).collect();
    let reach = REACH * robust_deviation(&mut known);
    // where most values are the same, that says nothing of how far others may lie
    if reach > 0.0 { rest.iter().map(|rest| rest.clamp(-reach, reach)).collect() } else { rest }
}

/// The profile of a season, if it explains values it was not learned from.
fn helps(rest: &[f64], period: usize) -> Option<Vec<f64>> {
    let turns = rest.len().checked_div(period).filter(|turns| period > 1 && *turns > 1)?;
    let kept = if turns > 2 { 2 } else { 1 };
    let (early, late) = rest.split_at(rest.len() - kept * period);
    let learned = profile(early, period);
    let shifted = learned.iter().cycle().skip(early.len() % period);
    let pairs = || late.iter().zip(shifted.clone()).filter(|(value, _)| value.is_finite());
    let centre = known_mean(early);
    let before: f64 = pairs().map(|(value, _)| (value - centre).powi(2)).sum();
    let after: f64 = pairs().map(|(value, usual)| (value - usual).powi(2)).sum();
    (after < (1.0 - WORTH) * before).then(|| profile(rest, period))
}

/// The mean at each place; 0 where none is known.
fn profile(values: &[f64], period: usize) -> Vec<f64> {
    (0..period).map(|place| known_mean(values.iter().skip(place).step_by(period))).collect()
}

/// The mean of what is known; 0 of nothing.
fn known_mean<'a>(values: impl IntoIterator<Item = &'a f64>) -> f64 {
    let known: Vec<f64> = values.into_iter().copied().filter(|value| value.is_finite()).collect();
    if known.is_empty() { 0.0 } else { mean(&known) }
}

#[cfg(test)]
mod tests {
    use super::{candidates, confirmed};

    fn noise(at: usize) -> f64 {
        ((at * at * 7919 % 1009) as f64 / 1009.0 - 0.5) * 2.0
    }

    #[test]
    fn two_seasons_are_confirmed_and_a_third_is_not() {
        let week = [4.0, 0.0, -4.0, 0.0, 8.0, -4.0, -4.0];
        let values: Vec<f64> =
            (0..700).map(|at| week[at % 7] + if at % 28 < 14 { 3.0 } else { -3.0 } + noise(at)).collect();
        assert_eq!(confirmed(&values, &[5.0, 7.0, 28.0]), vec![7.0, 28.0]);
        assert_eq!(candidates(&values, 40).first(), Some(&28));
    }

    #[test]
    fn noise_and_nothing_have_no_season() {
        let values: Vec<f64> = (0..300).map(noise).collect();
        assert_eq!(confirmed(&values, &[7.0, 30.0]), Vec::<f64>::new());
        assert_eq!(confirmed(&[], &[7.0]), Vec::<f64>::new());
        assert_eq!(confirmed(&[2.0; 50], &[7.0]), Vec::<f64>::new());
        assert_eq!(candidates(&[1.0; 4], 40), Vec::<usize>::new());
    }
}
