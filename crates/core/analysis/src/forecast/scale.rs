//! The scale a method works on.

use super::{Method, Past};

/// Whether what moves a series adds to it or multiplies it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scale {
    /// It adds.
    Linear,
    /// It multiplies: sums of logarithms. Only for values above 0.
    Logarithmic,
}

impl Scale {
    /// The value on this scale.
    pub fn to(self, value: f64) -> f64 {
        if self == Self::Linear { value } else { value.ln() }
    }

    /// The value back on its own.
    pub fn back(self, value: f64) -> f64 {
        if self == Self::Linear { value } else { value.exp() }
    }
}

/// A method that works on logarithms, for series whose season and noise grow with the level. Only for values above 0.
#[derive(Debug)]
pub struct Logarithmic<M>(pub M);

impl<M: Method> Method for Logarithmic<M> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn forecast(&mut self, past: &Past, horizon: usize) -> Option<Vec<f64>> {
        if past.filled.iter().any(|value| *value <= 0.0) {
            return None;
        }
        let [values, filled] = [past.values, past.filled]
            .map(|values| values.iter().map(|value| value.ln()).collect::<Vec<_>>());
        let path = self.0.forecast(&Past { values: &values, filled: &filled, last: past.last }, horizon)?;
        Some(path.iter().map(|value| value.exp()).collect())
    }
}
