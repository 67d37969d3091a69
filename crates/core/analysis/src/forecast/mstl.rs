//! Several seasons by LOESS, the rest by exponential smoothing (K. Bandara, R. J. Hyndman and C. Bergmeir, MSTL, 2021).

use super::ets::Ets;
use super::{Method, Past};
use crate::season::stl::{Parts, decompose};

/// The last turn of each season goes on, on what smoothing without a season makes of the rest.
#[derive(Debug)]
pub struct Mstl {
    periods: Vec<usize>,
    rest: Ets,
}

impl Mstl {
    /// With seasons of so many values, shortest first.
    pub fn new(periods: &[usize]) -> Self {
        Self { periods: periods.to_vec(), rest: Ets::new(None) }
    }
}

impl Method for Mstl {
    fn name(&self) -> &'static str {
        "seasons by LOESS"
    }

    fn forecast(&mut self, past: &Past, horizon: usize) -> Option<Vec<f64>> {
        let Parts { seasons, .. } = decompose(past.filled, &self.periods);
        let mut adjusted = past.filled.to_vec();
        for season in &seasons {
            for (value, index) in adjusted.iter_mut().zip(season) {
                *value -= index;
            }
        }
        let mut path =
            self.rest.forecast(&Past { values: &adjusted, filled: &adjusted, last: past.last }, horizon)?;
        for (season, period) in seasons.iter().zip(&self.periods) {
            let turn = season.get(season.len().checked_sub(*period)?..)?;
            for (value, index) in path.iter_mut().zip(turn.iter().cycle()) {
                *value += index;
            }
        }
        Some(path)
    }
}
