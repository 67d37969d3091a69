//! What values can be at all.

use super::{Band, Foreseen};

/// The bounds of a metric's values.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Limits {
    /// No value lies below.
    pub low: Option<f64>,
    /// No value lies above.
    pub high: Option<f64>,
    /// Values are whole numbers: bands end on them. What is expected may lie between two.
    pub whole: bool,
}

impl Limits {
    /// What the values of a history suggest: nothing below 0 where nothing was below 0.
    pub fn of(values: &[f64]) -> Self {
        let mut known = values.iter().filter(|value| value.is_finite());
        Self { low: known.all(|value| *value >= 0.0).then_some(0.0), ..Self::default() }
    }

    /// The value, moved to the nearest bound where it lies outside.
    pub fn hold(&self, value: f64) -> f64 {
        let above = self.low.map_or(value, |low| value.max(low));
        self.high.map_or(above, |high| above.min(high))
    }

    /// A step within the bounds.
    pub fn apply(&self, step: &Foreseen) -> Foreseen {
        let band = |band: &Band| {
            let (low, high) = (self.hold(band.low), self.hold(band.high));
            if self.whole { Band { low: low.floor(), high: high.ceil() } } else { Band { low, high } }
        };
        Foreseen { mean: self.hold(step.mean), bands: step.bands.iter().map(band).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Band, Foreseen};
    use super::Limits;

    #[test]
    fn a_share_stays_between_none_and_all() {
        let limits = Limits { low: Some(0.0), high: Some(1.0), whole: false };
        let step = Foreseen { mean: 1.2, bands: vec![Band { low: -0.5, high: 1.5 }] };
        assert_eq!(limits.apply(&step), Foreseen { mean: 1.0, bands: vec![Band { low: 0.0, high: 1.0 }] });
    }

    #[test]
    fn bands_of_counts_end_on_counts() {
        let limits = Limits { whole: true, ..Limits::of(&[3.0, f64::NAN, 0.0]) };
        let step = Foreseen { mean: 2.4, bands: vec![Band { low: -1.2, high: 4.1 }] };
        assert_eq!(limits.apply(&step).bands, vec![Band { low: 0.0, high: 5.0 }]);
        assert_eq!(Limits::of(&[-1.0]).low, None);
    }
}
