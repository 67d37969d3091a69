//! The gains and first states that make values most likely, and the form that needs the fewest of them.

use super::state::{Fit, Form, Gains, Seasonal, State, Trend};
use crate::forecast::minimise::minimise;
use crate::season::indices::{Shape, indices};
use crate::stats::mean;

/// How often a likelihood is asked for a form that is fitted for the first time, and for one that is fitted again.
const EVALUATIONS: usize = 120;
const EVALUATIONS_AGAIN: usize = 70;

/// A form with its best gains and the state after the last value.
#[derive(Debug, Clone)]
pub(super) struct Fitted {
    pub form: Form,
    pub period: usize,
    /// The place of the optimum, in the terms of the search.
    place: Vec<f64>,
    damping: f64,
    state: State,
    criterion: f64,
}

impl Fitted {
    pub fn path(&self, horizon: usize) -> Vec<f64> {
        self.state.path(self.form, self.damping, horizon)
    }
}

/// Fits the form again, from where the optimum was on a shorter history.
pub(super) fn refit(values: &[f64], before: &Fitted) -> Option<Fitted> {
    fit(values, before.period, before.form, Some(&before.place))
}

/// The same form and gains on a longer history.
pub(super) fn follow(values: &[f64], before: &Fitted) -> Option<Fitted> {
    let start = Start::of(values, before.period, before.form)?;
    let (state, _) = start.follow(values, before.form, &before.place);
    Some(Fitted { state, ..before.clone() })
}

/// The form with the lowest corrected criterion of H. Akaike. Seasons and errors are compared without a trend first, then the
/// two best of them with trends: a few fits instead of the thirty of a full search.
pub(super) fn choose(values: &[f64], period: usize) -> Option<Fitted> {
    let positive = values.iter().all(|value| value.is_nan() || *value > 0.0);
    let mut fitted: Vec<Fitted> = error_and_season(positive, period > 1)
        .into_iter()
        .filter_map(|(relative_error, seasonal)| {
            fit(values, period, Form { relative_error, trend: Trend::None, seasonal }, None)
        })
        .collect();
    fitted.sort_by(|a, b| a.criterion.total_cmp(&b.criterion));
    let leaders: Vec<Form> = fitted.iter().take(2).map(|fitted| fitted.form).collect();
    for form in leaders {
        for trend in [Trend::Additive, Trend::Damped] {
            fitted.extend(fit(values, period, Form { trend, ..form }, None));
        }
    }
    fitted.into_iter().min_by(|a, b| a.criterion.total_cmp(&b.criterion))
}

/// An error that does not grow with a season that does makes forecasts unstable, so that pair is left out.
fn error_and_season(positive: bool, seasonal: bool) -> Vec<(bool, Seasonal)> {
    let mut pairs = vec![(false, Seasonal::None)];
    if positive {
        pairs.push((true, Seasonal::None));
    }
    if seasonal {
        pairs.push((false, Seasonal::Additive));
    }
    if seasonal && positive {
        pairs.push((true, Seasonal::Additive));
        pairs.push((true, Seasonal::Multiplicative));
    }
    pairs
}

fn fit(values: &[f64], period: usize, form: Form, from: Option<&[f64]>) -> Option<Fitted> {
    let start = Start::of(values, period, form)?;
    let (first, steps) = search_space(form);
    let evaluations = if from.is_some() { EVALUATIONS_AGAIN } else { EVALUATIONS };
    let narrow: Vec<f64> = steps.iter().map(|step| step * 0.3).collect();
    let deviance = |place: &[f64]| start.follow(values, form, place).1.deviance();
    let (place, cost) = match from {
        Some(from) => minimise(from, &narrow, evaluations, deviance),
        None => minimise(&first, &steps, evaluations, deviance),
    };
    let (state, fit) = start.follow(values, form, &place);
    let season = if form.seasonal == Seasonal::None { 0 } else { period };
    let parameters = (place.len() + season + 1) as f64;
    let room = fit.count - parameters - 1.0;
    let correction = if room > 0.0 { parameters * fit.count / room } else { f64::INFINITY };
    let criterion = cost + 2.0 * correction.max(parameters);
    let damping = gains(form, &place).damping;
    cost.is_finite().then_some(Fitted { form, period, place, damping, state, criterion })
}

/// Where the search begins and how far its first steps go: gains, damping, then the first level and slope in units of the
/// values' own spread.
fn search_space(form: Form) -> (Vec<f64>, Vec<f64>) {
    let (mut first, mut steps) = (vec![0.3], vec![0.25]);
    if form.seasonal != Seasonal::None {
        first.push(0.1);
        steps.push(0.15);
    }
    if form.trend != Trend::None {
        first.push(0.1);
        steps.push(0.15);
    }
    if form.trend == Trend::Damped {
        first.push(0.93);
        steps.push(0.04);
    }
    first.push(0.0);
    steps.push(0.5);
    if form.trend != Trend::None {
        first.push(0.0);
        steps.push(0.05);
    }
    (first, steps)
}

fn gains(form: Form, place: &[f64]) -> Gains {
    let mut place = place.iter().copied();
    let mut next = || place.next().unwrap_or(0.0);
    let level = next().clamp(1e-4, 0.9999);
    let season =
        if form.seasonal == Seasonal::None { 0.0 } else { next().clamp(1e-4, 0.9999) * (1.0 - level) };
    let slope = if form.trend == Trend::None { 0.0 } else { next().clamp(1e-4, 0.9999) * level };
    let damping = if form.trend == Trend::Damped { next().clamp(0.8, 0.98) } else { 1.0 };
    Gains { level, slope, season, damping }
}

/// The first state, by rule: indices of the first seasons, and a line through what they leave.
struct Start {
    state: State,
    spread: f64,
}

impl Start {
    fn of(values: &[f64], period: usize, form: Form) -> Option<Self> {
        let head = values.get(..values.len().min((4 * period).max(12)))?;
        let shape =
            if form.seasonal == Seasonal::Multiplicative { Shape::Multiplicative } else { Shape::Additive };
        let season = match form.seasonal {
            Seasonal::None => vec![],
            _ => indices(head, period, shape)?,
        };
        let adjusted: Vec<f64> = if season.is_empty() {
            head.to_vec()
        } else {
            head.iter()
                .zip(season.iter().cycle())
                .map(|(value, index)| shape.remove(*value, *index))
                .collect()
        };
        let (level, slope) = line(adjusted.get(..adjusted.len().min((2 * period).max(10)))?, form.trend)?;
        let spread = typical_step(&adjusted).max(level.abs() * 1e-6).max(f64::MIN_POSITIVE);
        Some(Self { state: State { level, slope, season }, spread })
    }

    fn follow(&self, values: &[f64], form: Form, place: &[f64]) -> (State, Fit) {
        let mut state = self.state.clone();
        let shifts = if form.trend == Trend::None { 1 } else { 2 };
        let mut shifts = place.iter().skip(place.len() - shifts);
        state.level += self.spread * shifts.next().unwrap_or(&0.0);
        state.slope += self.spread * shifts.next().unwrap_or(&0.0);
        let fit = state.follow(values, form, gains(form, place));
        (state, fit)
    }
}

/// The level just before the first value and the slope of the least-squares line; without a trend their mean.
fn line(values: &[f64], trend: Trend) -> Option<(f64, f64)> {
    let known = values.iter().enumerate().filter(|(_, value)| value.is_finite());
    let (times, values): (Vec<f64>, Vec<f64>) = known.map(|(at, value)| (at as f64, *value)).unzip();
    let (time, value) = (mean(&times), mean(&values));
    let products: f64 = times.iter().zip(&values).map(|(t, v)| (t - time) * (v - value)).sum();
    let squares: f64 = times.iter().map(|t| (t - time).powi(2)).sum();
    let slope = if squares > 0.0 && trend != Trend::None { products / squares } else { 0.0 };
    let level = value - slope * (time + 1.0);
    level.is_finite().then_some((level, slope))
}

/// The mean absolute step from one known value to the next.
fn typical_step(values: &[f64]) -> f64 {
    let step = |pair: &[f64]| if let [before, after] = pair { (after - before).abs() } else { f64::NAN };
    let steps: Vec<f64> = values.windows(2).map(step).filter(|step| step.is_finite()).collect();
    if steps.is_empty() { 0.0 } else { mean(&steps) }
}
