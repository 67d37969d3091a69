//! Season and trend by LOESS (R. B. Cleveland, W. S. Cleveland, J. E. McRae and I. Terpenning, Journal of Official
//! Statistics 1990), and the same for several seasons in turn (K. Bandara, R. J. Hyndman and C. Bergmeir, MSTL, 2021).

use super::whole;

/// A series taken apart: values = trend + Σ seasons + rest.
#[derive(Debug, Clone)]
pub struct Parts {
    /// One a season, in the order asked.
    pub seasons: Vec<Vec<f64>>,
    /// What moves slowly.
    pub trend: Vec<f64>,
}

/// Takes `values` (finite, no gaps) apart by seasons of `periods`, shortest first. A season with fewer than two whole turns
/// comes back as zeros.
pub fn decompose(values: &[f64], periods: &[usize]) -> Parts {
    let mut seasons = vec![vec![0.0; values.len()]; periods.len()];
    let mut trend = vec![0.0; values.len()];
    let mut rest = values.to_vec();
    let rounds = if periods.len() > 1 { 2 } else { 1 };
    for _ in 0..rounds {
        for (turn, (season, period)) in seasons.iter_mut().zip(periods).enumerate() {
            if *period < 2 || values.len() < 2 * period {
                continue;
            }
            add(&mut rest, season, 1.0);
            (*season, trend) = stl(&rest, *period, 11 + 4 * turn);
            add(&mut rest, season, -1.0);
        }
    }
    if periods.iter().all(|period| *period < 2 || values.len() < 2 * period) {
        trend = smooth(values, odd(values.len() / 4));
    }
    Parts { seasons, trend }
}

fn add(to: &mut [f64], from: &[f64], factor: f64) {
    for (sum, value) in to.iter_mut().zip(from) {
        *sum += factor * value;
    }
}

fn odd(width: usize) -> usize {
    (width | 1).max(3)
}

/// One season and the trend: two rounds of the inner loop of STL.
fn stl(values: &[f64], period: usize, width: usize) -> (Vec<f64>, Vec<f64>) {
    let trend_width = odd(whole((1.5 * period as f64 / (1.0 - 1.5 / width as f64)).ceil()));
    let mut trend = vec![0.0; values.len()];
    let mut season = vec![0.0; values.len()];
    for _ in 0..2 {
        let free: Vec<f64> = values.iter().zip(&trend).map(|(value, trend)| value - trend).collect();
        let cycles = smooth_cycles(&free, period, width);
        let low = smooth(&low_pass(&cycles, period), odd(period));
        let inner = cycles.iter().skip(period);
        for ((slot, cycle), low) in season.iter_mut().zip(inner).zip(&low) {
            *slot = cycle - low;
        }
        let adjusted: Vec<f64> = values.iter().zip(&season).map(|(value, season)| value - season).collect();
        trend = smooth(&adjusted, trend_width);
    }
    (season, trend)
}

/// Each place of the season smoothed over its turns, and carried on by one turn at both ends.
fn smooth_cycles(values: &[f64], period: usize, width: usize) -> Vec<f64> {
    let mut out = vec![0.0; values.len() + 2 * period];
    for place in 0..period {
        let turns: Vec<f64> = values.iter().skip(place).step_by(period).copied().collect();
        let places = (0..turns.len() + 2).map(|at| loess(&turns, width, at as f64 - 1.0));
        for (slot, value) in out.iter_mut().skip(place).step_by(period).zip(places) {
            *slot = value;
        }
    }
    out
}

/// Moving averages over the season twice and over three: what is left is longer than the season.
fn low_pass(values: &[f64], period: usize) -> Vec<f64> {
    moving(&moving(&moving(values, period), period), 3)
}

fn moving(values: &[f64], width: usize) -> Vec<f64> {
    let mut sum: f64 = values.iter().take(width).sum();
    let mut out = Vec::with_capacity(values.len());
    out.push(sum / width as f64);
    for (leaving, coming) in values.iter().zip(values.iter().skip(width)) {
        sum += coming - leaving;
        out.push(sum / width as f64);
    }
    out
}

/// LOESS at each place; for a wide window at every tenth of it, with straight lines between.
pub fn smooth(values: &[f64], width: usize) -> Vec<f64> {
    let jump = (width / 10).max(1);
    let last = values.len().saturating_sub(1);
    let mut out = Vec::with_capacity(values.len());
    let mut from = loess(values, width, 0.0);
    let mut at = 0;
    while at < last {
        let next = (at + jump).min(last);
        let to = loess(values, width, next as f64);
        let gap = (next - at) as f64;
        out.extend((0..next - at).map(|step| from + (to - from) * step as f64 / gap));
        (at, from) = (next, to);
    }
    if !values.is_empty() {
        out.push(from);
    }
    out
}

/// The local line at a place (it may lie outside), of the `width` nearest values weighted by the tricube of their distance.
fn loess(values: &[f64], width: usize, at: f64) -> f64 {
    let count = values.len();
    let used = width.min(count);
    let first = whole((at - (used as f64 - 1.0) / 2.0).clamp(0.0, (count - used) as f64));
    let near = values.get(first..first + used).unwrap_or(&[]);
    let ends = (at - first as f64).abs().max((at - (first + used) as f64 + 1.0).abs());
    // a window wider than the series is as if the series went on at the same density
    let reach = (ends + (width - used) as f64 / 2.0).max(1.0) * 1.001;
    let (mut weights, mut times, mut squares, mut sum, mut products) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (place, value) in near.iter().enumerate() {
        let time = (first + place) as f64 - at;
        let distance = (time / reach).abs();
        let cube = 1.0 - distance * distance * distance;
        let weight = cube * cube * cube;
        weights += weight;
        times += weight * time;
        squares += weight * time * time;
        sum += weight * value;
        products += weight * time * value;
    }
    let centre = times / weights;
    let variance = squares / weights - centre * centre;
    let mean = sum / weights;
    if variance <= 1e-9 * reach * reach {
        mean
    } else {
        mean - centre * (products / weights - centre * mean) / variance
    }
}

#[cfg(test)]
mod tests {
    use super::{decompose, loess, smooth};

    #[test]
    fn a_line_is_smoothed_to_itself_and_carried_on() {
        let line: Vec<f64> = (0..30).map(|t| 2.0 + 0.5 * f64::from(t)).collect();
        assert!(smooth(&line, 9).iter().zip(&line).all(|(a, b)| (a - b).abs() < 1e-9));
        assert!((loess(&line, 7, 30.0) - 17.0).abs() < 1e-9 && (loess(&line, 99, -1.0) - 1.5).abs() < 1e-9);
    }

    #[test]
    fn two_seasons_on_a_line_are_told_apart() {
        let day = |t: usize| [3.0, -1.0, -2.0, 0.0][t % 4];
        let week = |t: usize| if t % 28 < 20 { 1.0 } else { -2.5 };
        let values: Vec<f64> = (0..280).map(|t| 50.0 + 0.1 * t as f64 + day(t) + week(t)).collect();
        let parts = decompose(&values, &[4, 28]);
        for (at, value) in values.iter().enumerate() {
            let rest = value - parts.trend[at] - parts.seasons[0][at] - parts.seasons[1][at];
            assert!(rest.abs() < 0.6, "{rest} at {at}");
        }
    }
}
