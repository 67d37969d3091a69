//! Forecasts that take no thought, which every other must beat.

use super::{Method, Past};

/// The last value at the same place of the season; without a season the last value.
#[derive(Debug, Clone, Copy)]
pub struct SeasonalNaive {
    period: usize,
}

impl SeasonalNaive {
    /// With a season of so many values; 1 for none.
    pub fn new(period: usize) -> Self {
        Self { period: period.max(1) }
    }
}

impl Method for SeasonalNaive {
    fn name(&self) -> &'static str {
        "seasonal naive"
    }

    fn forecast(&mut self, past: &Past, horizon: usize) -> Option<Vec<f64>> {
        let from = past.filled.len().checked_sub(self.period).or(past.filled.len().checked_sub(1))?;
        let season = past.filled.get(from..)?;
        Some(season.iter().cycle().take(horizon).copied().collect())
    }
}
