//! The states of exponential smoothing and how a value moves them.

/// How the level moves by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    /// It stays.
    None,
    /// It goes on by the slope.
    Additive,
    /// It goes on by a slope that fades.
    Damped,
}

/// How the season acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seasonal {
    /// There is none.
    None,
    /// It adds to the level.
    Additive,
    /// It multiplies the level.
    Multiplicative,
}

/// One form of exponential smoothing. With single-source errors the form of the error does not change how states move, only
/// how likely the values are, so the two forms of it share all else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// Whether errors grow with the level.
    pub relative_error: bool,
    /// The trend.
    pub trend: Trend,
    /// The season.
    pub seasonal: Seasonal,
}

/// How fast states follow the values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gains {
    /// Of the level (0-1).
    pub level: f64,
    /// Of the slope (0 to that of the level).
    pub slope: f64,
    /// Of the season (0 to 1 less that of the level).
    pub season: f64,
    /// What is left of the slope after a step (0.8-1).
    pub damping: f64,
}

/// What is known after a value.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// The level.
    pub level: f64,
    /// Its change a step.
    pub slope: f64,
    /// The indices of the places of the season, the next one first; empty without a season.
    pub season: Vec<f64>,
}

/// How well a state foresaw values, one step ahead.
#[derive(Debug, Clone, Copy)]
pub struct Fit {
    /// The sum of squared errors (relative ones for a relative error).
    pub squares: f64,
    /// How many values were known.
    pub count: f64,
    /// The sum of the logarithms of what was foreseen, for a relative error, but for that of `product`: logarithms are dear,
    /// so one is taken of many factors.
    logarithms: f64,
    product: f64,
}

impl Fit {
    fn add(&mut self, error: f64, foreseen: f64, relative: bool) {
        self.count += 1.0;
        if !relative {
            self.squares += error * error;
            return;
        }
        self.squares += (error / foreseen).powi(2);
        self.product *= foreseen.abs();
        if !(1e-100..1e100).contains(&self.product) {
            self.logarithms += self.product.ln();
            self.product = 1.0;
        }
    }

    /// -2 log likelihood but for constants.
    pub fn deviance(&self) -> f64 {
        let logarithms = self.logarithms + self.product.ln();
        self.count * (self.squares / self.count).max(1e-18).ln() + 2.0 * logarithms
    }
}

impl State {
    /// Lets the values move the state, in order. Over a missing value the state goes on by itself.
    pub fn follow(&mut self, values: &[f64], form: Form, gains: Gains) -> Fit {
        let mut fit = Fit { squares: 0.0, count: 0.0, logarithms: 0.0, product: 1.0 };
        let mut season = std::mem::take(&mut self.season);
        let mut none = [if form.seasonal == Seasonal::Multiplicative { 1.0 } else { 0.0 }];
        let places: &mut [f64] = if season.is_empty() { &mut none } else { &mut season };
        for cycle in values.chunks(places.len()) {
            for (value, index) in cycle.iter().zip(places.iter_mut()) {
                self.slope *= gains.damping;
                self.level += self.slope;
                if !value.is_nan() {
                    let multiplied = form.seasonal == Seasonal::Multiplicative;
                    let foreseen = if multiplied { self.level * *index } else { self.level + *index };
                    fit.add(value - foreseen, foreseen, form.relative_error);
                    self.correct(value - foreseen, index, form, gains);
                }
            }
        }
        if !season.is_empty() {
            let next = values.len() % season.len();
            season.rotate_left(next);
        }
        self.season = season;
        fit
    }

    /// Shares an error between level, slope and the place of the season.
    fn correct(&mut self, error: f64, index: &mut f64, form: Form, gains: Gains) {
        let multiplied = form.seasonal == Seasonal::Multiplicative;
        let on_level = if multiplied { error / *index } else { error };
        let on_season = if multiplied { error / self.level } else { error };
        self.level += gains.level * on_level;
        self.slope += gains.slope * on_level;
        if form.seasonal != Seasonal::None {
            *index += gains.season * on_season;
        }
    }

    /// What is foreseen for the next `horizon` steps.
    pub fn path(&self, form: Form, damping: f64, horizon: usize) -> Vec<f64> {
        let (mut level, mut slope) = (self.level, self.slope);
        let mut step = |index: Option<&f64>| {
            slope *= damping;
            level += slope;
            match (form.seasonal, index) {
                (Seasonal::Additive, Some(index)) => level + index,
                (Seasonal::Multiplicative, Some(index)) => level * index,
                _ => level,
            }
        };
        let mut places = self.season.iter().cycle();
        (0..horizon).map(|_| step(places.next())).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, reason = "these numbers are exact in binary")]

    use super::{Form, Gains, Seasonal, State, Trend};

    #[test]
    fn holt_winters_by_hand() {
        let form = Form { relative_error: false, trend: Trend::Additive, seasonal: Seasonal::Additive };
        let gains = Gains { level: 0.5, slope: 0.1, season: 0.2, damping: 1.0 };
        let mut state = State { level: 10.0, slope: 1.0, season: vec![2.0, -2.0] };
        let fit = state.follow(&[14.0, f64::NAN, 15.0], form, gains);
        // foreseen 13, error 1: level 11.5, slope 1.1, season 2.2; missing: level 12.6; foreseen 13.7 + 2.2, error -.9
        assert!((fit.squares - (1.0 + 0.81)).abs() < 1e-12 && fit.count == 2.0);
        assert!((state.level - (13.7 - 0.45)).abs() < 1e-12 && (state.slope - 1.01).abs() < 1e-12);
        assert!((state.season[0] + 2.0).abs() < 1e-12 && (state.season[1] - (2.2 - 0.18)).abs() < 1e-12);
        let path = state.path(form, 1.0, 2);
        assert!(
            (path[0] - (13.25 + 1.01 - 2.0)).abs() < 1e-12 && (path[1] - (13.25 + 2.02 + 2.02)).abs() < 1e-12
        );
    }
}
