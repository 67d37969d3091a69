//! Exponential smoothing as state space models, with the form chosen by information criterion (R. J. Hyndman, A. B. Koehler,
//! R. D. Snyder and S. Grose, International Journal of Forecasting 2002; the book of 2008).

mod fit;
mod state;

use super::{Method, Past};
use fit::Fitted;
pub use state::{Form, Seasonal, Trend};

/// The longest season that states are kept for; a longer one has more states than its values can teach.
const LONGEST: usize = 400;

/// How many of the latest values states are learned from, or how many seasons of them where that is more: what lies before
/// moves them no more.
const RECENT: usize = 360;
const RECENT_SEASONS: usize = 5;

/// How much longer a history may be than that on which the form was chosen.
const OUTGROWN: f64 = 1.25;

/// Exponential smoothing that chooses its form on the first history it sees, and again when that has outgrown the first.
#[derive(Debug, Default)]
pub struct Ets {
    season: Option<usize>,
    chosen: Option<(usize, Fitted)>,
}

impl Ets {
    /// With a season of so many values, or none.
    pub fn new(season: Option<usize>) -> Self {
        Self { season: season.filter(|period| (2..=LONGEST).contains(period)), chosen: None }
    }

    /// The form in use, once there is one.
    pub fn form(&self) -> Option<Form> {
        self.chosen.as_ref().map(|(_, fitted)| fitted.form)
    }
}

impl Method for Ets {
    fn name(&self) -> &'static str {
        "exponential smoothing"
    }

    fn forecast(&mut self, past: &Past, horizon: usize) -> Option<Vec<f64>> {
        let period = self.season.filter(|period| past.values.len() >= 2 * period).unwrap_or(1);
        let count = past.values.len();
        let values = past.values.get(count.saturating_sub(RECENT.max(RECENT_SEASONS * period))..)?;
        let outgrown = |at: usize| past.last && count as f64 > OUTGROWN * at as f64;
        let before = self.chosen.take().filter(|(at, fitted)| fitted.period == period && !outgrown(*at));
        let (at, fitted) = match before {
            Some((at, before)) if past.last => (at, fit::refit(values, &before)?),
            Some((at, before)) => (at, fit::follow(values, &before)?),
            None => (count, fit::choose(values, period)?),
        };
        let path = fitted.path(horizon);
        self.chosen = Some((at, fitted));
        path.iter().all(|value| value.is_finite()).then_some(path)
    }
}
