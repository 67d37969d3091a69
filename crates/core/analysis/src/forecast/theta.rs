//! The dynamic optimised Theta model (J. A. Fiorucci, T. R. Pellegrini, F. Louzada, F. Petropoulos and A. B. Koehler,
//! International Journal of Forecasting 2016): exponential smoothing plus a share of the line through all values so far, both
//! found by least squares, on values without their season.

use super::minimise::minimise;
use super::{Method, Past};
use crate::season::indices::{Shape, indices, is_seasonal};

const EVALUATIONS: usize = 120;

/// The model with at most one season.
#[derive(Debug, Default)]
pub struct Theta {
    season: Option<usize>,
    place: Option<Vec<f64>>,
}

impl Theta {
    /// With a season of so many values, used where the values show it.
    pub fn new(season: Option<usize>) -> Self {
        Self { season, place: None }
    }
}

impl Method for Theta {
    fn name(&self) -> &'static str {
        "theta"
    }

    fn forecast(&mut self, past: &Past, horizon: usize) -> Option<Vec<f64>> {
        let values = past.filled;
        let (shape, season) = self.season_of(values);
        let adjusted: Vec<f64> = values
            .iter()
            .zip(season.iter().cycle())
            .map(|(value, index)| shape.remove(*value, *index))
            .collect();
        let level = level_path(&adjusted, &mut self.place, horizon)?;
        let ahead = season.iter().cycle().skip(values.len() % season.len());
        Some(level.iter().zip(ahead).map(|(level, index)| shape.apply(*level, *index)).collect())
    }
}

impl Theta {
    fn season_of(&self, values: &[f64]) -> (Shape, Vec<f64>) {
        let shape =
            if values.iter().all(|value| *value > 0.0) { Shape::Multiplicative } else { Shape::Additive };
        let neutral = if shape == Shape::Additive { 0.0 } else { 1.0 };
        let found = self
            .season
            .filter(|period| is_seasonal(values, *period))
            .and_then(|period| indices(values, period, shape));
        (shape, found.unwrap_or_else(|| vec![neutral]))
    }
}

/// The next values of a series without a season. `place` keeps the optimum for the next time.
fn level_path(values: &[f64], place: &mut Option<Vec<f64>>, horizon: usize) -> Option<Vec<f64>> {
    let lines = Lines::of(values);
    let first = *values.first()?;
    let spread = crate::stats::deviation(values).max(first.abs() * 1e-6).max(f64::MIN_POSITIVE);
    let parameters = |place: &[f64]| {
        let mut place = place.iter().copied();
        let mut next = || place.next().unwrap_or(0.0);
        Parameters {
            smoothing: next().clamp(0.01, 0.99),
            theta: next().clamp(1.0, 50.0),
            level: first + spread * next(),
        }
    };
    let cost = |place: &[f64]| lines.squares(values, &parameters(place));
    let (start, evaluations) = match place {
        Some(before) => (before.clone(), EVALUATIONS / 2),
        None => (vec![0.5, 2.0, 0.0], EVALUATIONS),
    };
    let (best, _) = minimise(&start, &[-0.2, 1.0, 0.2], evaluations, cost);
    let path = lines.path(values, &parameters(&best), horizon);
    *place = Some(best);
    path.iter().all(|value| value.is_finite()).then_some(path)
}

struct Parameters {
    smoothing: f64,
    theta: f64,
    level: f64,
}

/// Intercept and slope of the least-squares line through the values up to each, found step by step.
struct Lines {
    lines: Vec<(f64, f64)>,
    mean: f64,
}

impl Lines {
    fn of(values: &[f64]) -> Self {
        let mut line = Line::default();
        let lines = values.iter().map(|value| line.add(*value)).collect();
        Self { lines, mean: line.mean }
    }

    /// The sum of squared errors one step ahead, from the second value on: the first line has no slope yet.
    fn squares(&self, values: &[f64], parameters: &Parameters) -> f64 {
        let mut walk = Walk::new(parameters);
        let mut sum = 0.0;
        let mut foreseen = None;
        for (value, line) in values.iter().zip(&self.lines) {
            if let Some(foreseen) = foreseen {
                let error: f64 = value - foreseen;
                sum += error * error;
            }
            foreseen = Some(walk.step(*value, *line));
        }
        sum
    }

    /// The next values, each taken for the value at its step.
    fn path(&self, values: &[f64], parameters: &Parameters, horizon: usize) -> Vec<f64> {
        let mut walk = Walk::new(parameters);
        let mut next = parameters.level;
        for (value, line) in values.iter().zip(&self.lines) {
            next = walk.step(*value, *line);
        }
        let (intercept, slope) = self.lines.last().copied().unwrap_or_default();
        let mut line = Line { count: values.len() as f64, mean: self.mean, slope, intercept };
        let mut path = Vec::with_capacity(horizon);
        for _ in 0..horizon {
            path.push(next);
            let (intercept, slope) = line.add(next);
            next = walk.step(next, (intercept, slope));
        }
        path
    }
}

/// The line through the values so far, at times 1, 2, …
#[derive(Debug, Default, Clone)]
struct Line {
    count: f64,
    mean: f64,
    slope: f64,
    intercept: f64,
}

impl Line {
    fn add(&mut self, value: f64) -> (f64, f64) {
        self.count += 1.0;
        let time = self.count;
        if time > 1.0 {
            self.slope = ((time - 2.0) * self.slope + 6.0 * (value - self.mean) / time) / (time + 1.0);
        }
        self.mean += (value - self.mean) / time;
        self.intercept = self.mean - self.slope * (time + 1.0) / 2.0;
        (self.intercept, self.slope)
    }
}

/// Smoothing and what is left of the weight of the first level.
struct Walk {
    smoothing: f64,
    share: f64,
    level: f64,
    left: f64,
}

impl Walk {
    fn new(parameters: &Parameters) -> Self {
        let share = 1.0 - 1.0 / parameters.theta;
        Self { smoothing: parameters.smoothing, share, level: parameters.level, left: 1.0 }
    }

    /// Takes a value and the line up to it in, and foresees the next.
    fn step(&mut self, value: f64, (intercept, slope): (f64, f64)) -> f64 {
        self.level += self.smoothing * (value - self.level);
        self.left *= 1.0 - self.smoothing;
        let after = self.left * (1.0 - self.smoothing);
        self.level + self.share * (self.left * intercept + (1.0 - after) / self.smoothing * slope)
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, Lines, Parameters};

    #[test]
    fn the_line_step_by_step_is_the_least_squares_line() {
        let mut line = Line::default();
        let found = [3.0, 5.0, 7.0, 9.0].map(|value| line.add(value));
        assert!(
            found[1..]
                .iter()
                .all(|(intercept, slope)| (intercept - 1.0).abs() < 1e-12 && (slope - 2.0).abs() < 1e-12)
        );
        let mut line = Line::default();
        let (intercept, slope) = [1.0, 4.0, 2.0].map(|value| line.add(value))[2];
        assert!((slope - 0.5).abs() < 1e-12 && (intercept - (7.0 / 3.0 - 1.0)).abs() < 1e-12);
    }

    #[test]
    fn a_straight_line_goes_on_straight() {
        let values: Vec<f64> = (1..=20).map(|t| 10.0 + 3.0 * f64::from(t)).collect();
        let lines = Lines::of(&values);
        let path = lines.path(&values, &Parameters { smoothing: 0.9, theta: 40.0, level: 13.0 }, 3);
        assert!((path[2] - 79.0).abs() < 1.0, "{path:?}");
    }
}
