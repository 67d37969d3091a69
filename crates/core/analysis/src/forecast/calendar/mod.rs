//! A regression on what is known of days before they come: weekday, time of year, holidays with days around them, month end;
//! on a level that moves; with autoregressive errors. The terms are those of dynamic harmonic regression (R. J. Hyndman and G.
//! Athanasopoulos, Forecasting: principles and practice, 2021, ch. 10) and of Prophet (S. J. Taylor and B. Letham, 2018); how
//! far each kind of term may go is learned from the series (empirical Bayes, D. J. C. MacKay 1992).

mod columns;
mod fit;
mod marks;

use super::autoregression::{carry_on, lags};
use super::scale::Scale;
use super::{Method, Past, Task};
use columns::{Design, Entry};
use fit::Fit;

/// The weight of the coefficients of the errors, as that of so many rows.
const ERROR_PENALTY: f64 = 3.0;
/// How many robust deviations an error is carried on with at most.
const ERROR_REACH: f64 = 4.0;
/// How much wider bands become on marked days at most.
const MOST_CAUTION: f64 = 4.0;

/// The regression of one series.
#[derive(Debug)]
pub struct CalendarRegression {
    design: Design,
    periods: Vec<usize>,
    scale: Scale,
    fit: Fit,
}

impl CalendarRegression {
    /// Its name, for people.
    pub const NAME: &str = "calendar regression";

    /// For a series and its horizon; none where neither dates nor a long season are known. `scale` says whether what is
    /// known of days multiplies the values or adds to them.
    pub fn new(task: &Task, periods: &[usize], scale: Scale) -> Option<Self> {
        let design = Design::of(task)?;
        let fit = Fit::new(&design);
        Some(Self { design, periods: periods.to_vec(), scale, fit })
    }

    /// The values as they would be without marks and outliers, as told by the history last seen. `NaN` stays.
    pub fn plain(&self, values: &[f64]) -> Vec<f64> {
        let reach = ERROR_REACH * self.fit.deviation;
        let plain = |(value, row): (&f64, &Vec<Entry>)| {
            let (value, expected) = (self.scale.to(*value), self.fit.value(row));
            let held = if value.is_nan() { value } else { value.clamp(expected - reach, expected + reach) };
            self.scale.back(held - self.fit.part(row, self.design.known))
        };
        values.iter().zip(&self.design.rows).map(plain).collect()
    }

    /// What is known of the days from `origin` on does to their values, on the regression's scale.
    pub fn effects(&self, origin: usize) -> Vec<f64> {
        self.design.rows.iter().skip(origin).map(|row| self.fit.part(row, self.design.known)).collect()
    }

    /// How much more a value from `origin` on strays than others: on marked days as much as on those of `values`, the history
    /// before; 1 on others.
    pub fn caution(&self, values: &[f64], origin: usize) -> Vec<f64> {
        let is_marked = |row: &Vec<Entry>| row.last().is_some_and(|(column, _)| *column >= self.design.marks);
        let (mut marked, mut others) = (vec![], vec![]);
        for (value, row) in values.iter().zip(&self.design.rows).filter(|(value, _)| value.is_finite()) {
            let rest = (self.scale.to(*value) - self.fit.value(row)).abs();
            if is_marked(row) { &mut marked } else { &mut others }.push(rest);
        }
        let factor = crate::stats::mean(&marked) / crate::stats::mean(&others);
        let factor = if factor.is_finite() { factor.clamp(1.0, MOST_CAUTION) } else { 1.0 };
        self.design.rows.iter().skip(origin).map(|row| if is_marked(row) { factor } else { 1.0 }).collect()
    }

    /// The scale of the effects.
    pub fn scale(&self) -> Scale {
        self.scale
    }
}

impl Method for CalendarRegression {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn forecast(&mut self, past: &Past, horizon: usize) -> Option<Vec<f64>> {
        let values: Vec<f64> = past.values.iter().map(|value| self.scale.to(*value)).collect();
        let count = values.len();
        self.fit.learn(&self.design, &values, past.last)?;
        let fitted: Vec<f64> =
            self.design.rows.iter().take(count + horizon).map(|row| self.fit.value(row)).collect();
        let reach = ERROR_REACH * self.fit.deviation;
        let error = |(value, fitted): (&f64, &f64)| (value - fitted).clamp(-reach, reach);
        let errors: Vec<f64> = values.iter().zip(&fitted).map(error).collect();
        let ahead = carry_on(&errors, &lags(count, &self.periods), ERROR_PENALTY, horizon)?;
        Some(
            fitted
                .iter()
                .skip(count)
                .zip(ahead)
                .map(|(fitted, error)| self.scale.back(fitted + error))
                .collect(),
        )
    }
}
