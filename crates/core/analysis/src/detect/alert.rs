//! From evidence to alerts: one alert for one event.

use serde::{Deserialize, Serialize};

/// Share of a season that has to pass below the bar before the next alert, and its bounds in rows.
const QUIET: f64 = 0.2;
const QUIET_ROWS: (f64, f64) = (3.0, 144.0);
/// An alert ends once the evidence is this much below the bar (hysteresis).
const LEAVE: f64 = 0.5;
/// While an alert goes on, evidence this much stronger is told again after the quiet time.
const WORSE: f64 = 0.5;

/// The time before that gets longer by this each time.
const BACK_OFF: u32 = 2;

/// Decides which rows alert.
///
/// A row alerts whose evidence is over the bar after a quiet time without any. While the alert goes on it is not repeated,
/// but told once more when, after the quiet time, it is three times less probable than what was told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Alerting {
    bar: f64,
    quiet: u32,
    since_over: u32,
    open: bool,
    told: f64,
    since_told: u32,
    patience: u32,
}

impl Alerting {
    /// `bar` is −log10 of the probability below which a row alerts, `period` the rows of a season.
    pub(super) fn new(bar: f64, period: f64) -> Self {
        let (least, most) = QUIET_ROWS;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 3 and 144")]
        let quiet = (QUIET * period).clamp(least, most) as u32;
        Self {
            bar,
            quiet,
            since_over: u32::MAX,
            open: false,
            told: 0.0,
            since_told: u32::MAX,
            patience: quiet,
        }
    }

    /// Whether a row with this evidence alerts.
    pub(super) fn observe(&mut self, surprise: f64) -> bool {
        self.since_over = self.since_over.saturating_add(1);
        self.since_told = self.since_told.saturating_add(1);
        let quiet_before = self.since_over > self.quiet;
        if surprise <= self.bar {
            if surprise < self.bar - LEAVE {
                self.open = false;
            }
            if !self.open && quiet_before {
                self.told = 0.0;
            }
            return false;
        }
        self.since_over = 0;
        let begins = !self.open && quiet_before;
        let worse = surprise > self.told + WORSE && self.since_told > self.patience;
        if begins || worse {
            self.patience = if begins { self.quiet } else { self.patience.saturating_mul(BACK_OFF) };
            self.open = true;
            self.told = surprise;
            self.since_told = 0;
        }
        begins || worse
    }
}

#[cfg(test)]
mod tests {
    use super::Alerting;

    fn drawn(evidence: &[f64]) -> String {
        let mut alerting = Alerting::new(3.0, 24.0);
        evidence.iter().map(|surprise| if alerting.observe(*surprise) { '!' } else { '.' }).collect()
    }

    #[test]
    fn an_event_is_told_once_and_again_when_it_gets_worse() {
        assert_eq!(drawn(&[0.0, 4.0, 4.0, 2.8, 4.0, 0.0]), ".!....");
        assert_eq!(drawn(&[0.0, 4.0, 6.0, 4.0, 4.0, 4.0, 6.0, 6.0]), ".!....!.");
        assert_eq!(drawn(&[4.0, 0.0, 0.0, 4.0]), "!...");
        assert_eq!(drawn(&[4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 4.0]), "!.....!");
    }
}
