//! Bands corrected by what came: wider after misses, narrower after hits (I. Gibbs and E. Candès, Adaptive conformal inference
//! under distribution shift, NeurIPS 2021, on the width as in A. Angelopoulos and others, Conformal PID control, 2023).

use serde::{Deserialize, Serialize};

use super::Band;

/// How fast the width follows, in logarithms of it a unit of coverage.
const GAIN: f64 = 0.1;
/// How many times wider or narrower bands may become.
const MOST: f64 = 4.0;

/// The state of the correction of one band of one series; a few bytes that a store keeps.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Online {
    share: f64,
    width: f64,
}

impl Online {
    /// For bands that should hold the truth with the probability `share` (0-1).
    pub fn new(share: f64) -> Self {
        Self { share, width: 1.0 }
    }

    /// The band around `mean`, corrected.
    pub fn correct(&self, mean: f64, band: Band) -> Band {
        Band { low: mean + self.width * (band.low - mean), high: mean + self.width * (band.high - mean) }
    }

    /// Learns whether the corrected band held what came. In the long run the share of hits becomes the one asked for, whatever
    /// the series does, as long as the width stays within its bounds.
    pub fn learn(&mut self, band: Band, actual: f64) {
        if actual.is_finite() {
            let missed = if (band.low..=band.high).contains(&actual) { 0.0 } else { 1.0 };
            let step = GAIN * (missed - (1.0 - self.share));
            self.width = (self.width * step.exp()).clamp(1.0 / MOST, MOST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Band, Online};

    #[test]
    fn bands_too_narrow_by_half_become_right() {
        let mut online = Online::new(0.8);
        let mut hits = 0;
        for at in 0..2_000_u32 {
            // uniform on -1..1: the right band is .8 wide to each side
            let actual = f64::from(at * 7_919 % 2_003) / 1_001.0 - 1.0;
            let band = online.correct(0.0, Band { low: -0.4, high: 0.4 });
            online.learn(band, actual);
            hits += u32::from(actual.abs() <= band.high && at >= 1_000);
        }
        assert!((780..=820).contains(&hits), "{hits} of 1000");
    }

    #[test]
    fn a_missing_value_teaches_nothing_and_the_state_can_be_stored() {
        let mut online = Online::new(0.95);
        online.learn(Band { low: 0.0, high: 1.0 }, f64::NAN);
        assert_eq!(online, Online::new(0.95));
        let stored = serde_json::to_string(&online).unwrap();
        assert_eq!(serde_json::from_str::<Online>(&stored).unwrap(), online);
    }
}
