//! How good forecasts were, in numbers that compare over metrics.

use super::Foreseen;
use crate::stats::mean;

/// What a backtest tells of a method. `NaN` where nothing was known to compare with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Accuracy {
    /// The mean absolute error in units of that of the seasonal naive forecast one step ahead on the history (R. J. Hyndman
    /// and A. B. Koehler 2006); below 1 is better than it.
    pub mase: f64,
    /// The sum of absolute errors as a share of the sum of absolute values.
    pub wape: f64,
    /// The mean error, foreseen less actual, in the units of `mase`.
    pub bias: f64,
    /// The share of values inside the band.
    pub coverage: f64,
}

/// Compares what was foreseen, and its first band, with what came; `history` and its season of `period` values set the scale.
pub fn accuracy(foreseen: &[Foreseen], actual: &[f64], history: &[f64], period: usize) -> Accuracy {
    let known: Vec<(&Foreseen, f64)> =
        foreseen.iter().zip(actual.iter().copied()).filter(|(_, actual)| actual.is_finite()).collect();
    let unit = scale(history, period);
    let errors: Vec<f64> = known.iter().map(|(step, actual)| step.mean - actual).collect();
    let absolute: f64 = errors.iter().map(|error| error.abs()).sum();
    let inside = |step: &Foreseen, actual: f64| {
        step.bands.first().is_some_and(|band| (band.low..=band.high).contains(&actual))
    };
    let hits: Vec<f64> =
        known.iter().map(|(step, actual)| f64::from(u8::from(inside(step, *actual)))).collect();
    Accuracy {
        mase: absolute / errors.len() as f64 / unit,
        wape: absolute / known.iter().map(|(_, actual)| actual.abs()).sum::<f64>(),
        bias: mean(&errors) / unit,
        coverage: mean(&hits),
    }
}

/// The mean absolute change over one season; over one step where that is 0 or the history too short.
fn scale(history: &[f64], period: usize) -> f64 {
    let over = |lag: usize| {
        let later = history.get(lag..).unwrap_or(&[]);
        let changes: Vec<f64> = history
            .iter()
            .zip(later)
            .map(|(a, b)| (b - a).abs())
            .filter(|change| change.is_finite())
            .collect();
        mean(&changes)
    };
    let season = over(period.max(1));
    if season > 0.0 { season } else { over(1) }
}

#[cfg(test)]
mod tests {
    use super::accuracy;
    use crate::forecast::{Band, Foreseen};

    #[test]
    fn the_numbers_by_hand() {
        let step = |mean: f64| Foreseen { mean, bands: vec![Band { low: mean - 1.5, high: mean + 1.5 }] };
        let found =
            accuracy(&[step(11.0), step(8.0), step(5.0)], &[10.0, 10.0, f64::NAN], &[1.0, 2.0, 5.0, 4.0], 2);
        // the changes over two steps are 4 and 2
        assert_eq!((found.mase, found.wape, found.bias, found.coverage), (0.5, 0.15, -0.5 / 3.0, 0.5));
        assert!(accuracy(&[], &[], &[], 1).mase.is_nan());
    }
}
