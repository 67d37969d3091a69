//! How likely a metric is to cross a bound in the next hours, and when.
//!
//! What is usual at each place of the season is taken out, what is left is carried on by an autoregression, and around that
//! path lie the paths of errors that were made before. The share of them that cross is the
//! probability: no distribution is assumed, and what goes together over the steps stays together (the idea of EnbPI, C. Xu
//! and Y. Xie, ICML 2021, for whole paths).

use super::linear::Normal;
use crate::stats::mean;

/// How far what is left of a value counts, in deviations.
const REACH: f64 = 5.0;
/// The weight of the coefficients, as that of so many rows.
const PENALTY: f64 = 3.0;
/// The least deviation at a place of the season, as a share of the mean one.
const LEAST_SCALE: f64 = 0.05;

/// A straight line through values, by least squares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    level: f64,
    slope: f64,
}

impl Line {
    /// Through the known values; none where fewer than two are known. Its time 0 is the last value.
    pub fn through(values: &[f64]) -> Option<Self> {
        let last = values.len() as f64 - 1.0;
        let known = values.iter().enumerate().filter(|(_, value)| value.is_finite());
        let (times, values): (Vec<f64>, Vec<f64>) =
            known.map(|(at, value)| (at as f64 - last, *value)).unzip();
        let (time, value) = (mean(&times), mean(&values));
        let products: f64 = times.iter().zip(&values).map(|(t, v)| (t - time) * (v - value)).sum();
        let squares: f64 = times.iter().map(|t| (t - time).powi(2)).sum();
        let slope = products / squares;
        slope.is_finite().then_some(Self { level: value - slope * time, slope })
    }

    /// Its value so many steps after the last.
    pub fn at(&self, after: f64) -> f64 {
        self.level + self.slope * after
    }
}

/// What is known of a metric from a window of whole turns of its season.
#[derive(Debug, Clone)]
pub struct Watch {
    line: Line,
    /// The mean and the deviation at each place of the season, the first being that of the first value of the window and, as
    /// the window has whole turns, of the first after it.
    usual: Vec<(f64, f64)>,
    lags: Vec<usize>,
    coefficients: Vec<f64>,
    /// What is left of the window's values.
    rest: Vec<f64>,
    /// The errors of the next steps from each place of the window where all of them are known.
    misses: Vec<Vec<f64>>,
}

/// The chance of crossing a bound.
#[derive(Debug, Clone, PartialEq)]
pub struct Crossing {
    /// Within the steps looked at (0-1).
    pub probability: f64,
    /// First at each step.
    pub first: Vec<f64>,
}

impl Crossing {
    /// How many steps from now half of the paths that cross at all have crossed; none where none does.
    pub fn time(&self) -> Option<usize> {
        let mut passed = 0.0;
        let reached = |chance: &f64| {
            passed += chance;
            2.0 * passed >= self.probability
        };
        (self.probability > 0.0).then(|| self.first.iter().position(reached)).flatten().map(|place| place + 1)
    }
}

impl Watch {
    /// Learns from a window of whole turns of a season of `period` values, of which `day` make a day, to look `ahead` steps
    /// ahead. None where the window is no whole number of turns above one, or too little of it is known.
    pub fn learn(window: &[f64], period: usize, day: usize, ahead: usize) -> Option<Self> {
        let turns = window.len().checked_div(period)?;
        if turns < 2 || turns * period != window.len() || day == 0 {
            return None;
        }
        let line = Line::through(window)?;
        let last = window.len() as f64 - 1.0;
        let free: Vec<f64> =
            window.iter().enumerate().map(|(at, value)| value - line.at(at as f64 - last)).collect();
        let usual = usual(&free, period)?;
        // what is left of a mean of few values is smaller than of the true one
        let few = turns as f64 / (turns as f64 - 1.0);
        let rest: Vec<f64> = free
            .iter()
            .zip(usual.iter().cycle())
            .map(|(value, (mean, scale))| few * (value - mean) / scale)
            .collect();
        let lags = vec![1, 2, 3, day.max(4)];
        let coefficients = coefficients(&rest, &lags)?;
        let mut watch = Self { line, usual, lags, coefficients, rest, misses: vec![] };
        watch.misses = watch.past_misses(ahead);
        Some(watch)
    }

    /// How likely the values cross above one of `bounds`, one a step ahead from the first, given the values `since` the
    /// window. `inside` is for how many values none has crossed; a crossing counts only after `calm` of them.
    pub fn crossing(&self, since: &[f64], bounds: &[f64], inside: usize, calm: usize) -> Crossing {
        let mut rest = self.rest.clone();
        for (after, value) in since.iter().enumerate() {
            let (centre, scale) = self.expected(after);
            rest.push((value - centre) / scale);
        }
        let path = self.carry_on(&rest, bounds.len());
        let bounds: Vec<f64> = bounds
            .iter()
            .enumerate()
            .map(|(step, bound)| {
                let (centre, scale) = self.expected(since.len() + step);
                (bound - centre) / scale
            })
            .collect();
        let (mut first, mut count) = (vec![0.0; bounds.len()], 0.0);
        for misses in &self.misses {
            count += 1.0;
            let steps = path.iter().zip(misses).zip(&bounds);
            let crossed = steps.map(|((path, miss), bound)| path + miss > *bound).position(|crossed| crossed);
            if let Some(step) = crossed.filter(|step| inside + step >= calm)
                && let Some(chance) = first.get_mut(step)
            {
                *chance += 1.0;
            }
        }
        let first: Vec<f64> =
            first.iter().map(|chance| if count > 0.0 { chance / count } else { 0.0 }).collect();
        Crossing { probability: first.iter().sum(), first }
    }

    /// What is usual so many steps after the window, and the deviation from it.
    fn expected(&self, after: usize) -> (f64, f64) {
        let (mean, scale) = self.usual.get(after % self.usual.len()).copied().unwrap_or((0.0, 1.0));
        (self.line.at(after as f64 + 1.0) + mean, scale)
    }

    fn carry_on(&self, rest: &[f64], ahead: usize) -> Vec<f64> {
        let longest = self.lags.iter().copied().max().unwrap_or(1);
        let from = rest.len().saturating_sub(longest);
        let mut recent: Vec<f64> = rest.iter().skip(from).map(|value| held(*value)).collect();
        let known = recent.len();
        for _ in 0..ahead {
            let past =
                self.lags.iter().map(|lag| recent.len().checked_sub(*lag).and_then(|at| recent.get(at)));
            let next =
                past.zip(&self.coefficients).map(|(value, weight)| value.unwrap_or(&0.0) * weight).sum();
            recent.push(next);
        }
        recent.split_off(known)
    }

    fn past_misses(&self, ahead: usize) -> Vec<Vec<f64>> {
        let longest = self.lags.iter().copied().max().unwrap_or(1);
        let at = |origin: usize| {
            let path = self.carry_on(self.rest.get(..origin)?, ahead);
            let actual = self.rest.get(origin..origin + ahead)?;
            let misses: Vec<f64> =
                actual.iter().zip(&path).map(|(actual, foreseen)| actual - foreseen).collect();
            misses.iter().all(|miss| miss.is_finite()).then_some(misses)
        };
        (longest..self.rest.len()).filter_map(at).collect()
    }
}

fn held(value: f64) -> f64 {
    if value.is_finite() { value.clamp(-REACH, REACH) } else { 0.0 }
}

/// The mean at each place of the season, and the deviation there, smoothed with its neighbours'.
fn usual(free: &[f64], period: usize) -> Option<Vec<(f64, f64)>> {
    let places: Vec<(f64, f64)> = (0..period)
        .map(|place| {
            let known: Vec<f64> =
                free.iter().skip(place).step_by(period).copied().filter(|value| value.is_finite()).collect();
            (mean(&known), crate::stats::deviation(&known))
        })
        .collect();
    let known: Vec<f64> = places.iter().map(|(_, scale)| *scale).filter(|scale| scale.is_finite()).collect();
    let typical = mean(&known);
    if typical.is_nan() || typical <= 0.0 {
        return None;
    }
    let around = |place: usize| {
        let near = [place + period - 1, place, place, place + 1]
            .map(|near| places.get(near % period).map(|near| near.1));
        let near: Vec<f64> = near.into_iter().flatten().filter(|scale| scale.is_finite()).collect();
        if near.is_empty() { typical } else { mean(&near).max(LEAST_SCALE * typical) }
    };
    Some(
        places
            .iter()
            .enumerate()
            .map(|(place, (mean, _))| (if mean.is_finite() { *mean } else { 0.0 }, around(place)))
            .collect(),
    )
}

fn coefficients(rest: &[f64], lags: &[usize]) -> Option<Vec<f64>> {
    let longest = lags.iter().copied().max()?;
    let mut sums = Normal::new(lags.len());
    for (place, value) in rest.iter().enumerate().skip(longest).filter(|(_, value)| value.is_finite()) {
        let row: Vec<f64> =
            lags.iter().map(|lag| held(rest.get(place - lag).copied().unwrap_or(0.0))).collect();
        sums.add_dense(&row, held(*value));
    }
    Some(sums.solve(&vec![PENALTY; lags.len()])?.coefficients)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, reason = "these numbers are exact in binary")]

    use super::{Crossing, Line, Watch};

    /// A day of four values over six weeks of seven days, with noise that repeats every eleven values.
    fn window() -> Vec<f64> {
        (0..168_u32).map(|at| 10.0 * f64::from(at % 4) + f64::from(at * 7 % 11) * 0.2).collect()
    }

    #[test]
    fn a_bound_far_away_is_not_crossed_and_one_below_is_at_once() {
        let watch = Watch::learn(&window(), 28, 4, 3).unwrap();
        let far = watch.crossing(&[], &[1e3; 3], 50, 24);
        assert_eq!((far.probability, far.time()), (0.0, None));
        let near = watch.crossing(&[], &[-1e3; 3], 50, 24);
        assert_eq!((near.probability, near.time()), (1.0, Some(1)));
        assert_eq!(watch.crossing(&[], &[-1e3; 3], 3, 24).probability, 0.0);
    }

    #[test]
    fn half_of_the_paths_tell_the_time() {
        let crossing = Crossing { probability: 0.6, first: vec![0.1, 0.1, 0.2, 0.2] };
        assert_eq!(crossing.time(), Some(3));
    }

    #[test]
    fn too_little_is_not_learned_from() {
        assert!(Watch::learn(&window()[..30], 28, 4, 3).is_none());
        assert!(Watch::learn(&[f64::NAN; 56], 28, 4, 3).is_none());
        assert!(Watch::learn(&[1.0; 56], 28, 4, 3).is_none());
        assert!(Line::through(&[1.0]).is_none());
    }
}
