//! Which slices of a metric may alert, when many are looked at and few may be wrong.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::settings::Settings;

/// Share of the ticks with alerts that may be false.
const FALSE_SHARE: f64 = 0.1;
/// Ticks with alerts that are remembered.
const REMEMBERED: usize = 64;

/// The slices of a tick that alert by the procedure of Benjamini and Hochberg (JRSS B 1995): the largest set of which not
/// more than `share` is expected to be false. `surprises` are −log10 of probabilities, one for each slice; the answers come
/// in their order. It holds for slices that move together too (Benjamini and Yekutieli, Annals of Statistics 2001).
pub fn false_discovery_control(surprises: &[f64], share: f64) -> Vec<bool> {
    let mut ordered: Vec<f64> = surprises.iter().copied().filter(|surprise| !surprise.is_nan()).collect();
    ordered.sort_unstable_by(|a, b| b.total_cmp(a));
    let slices = surprises.len() as f64;
    let bar = ordered
        .iter()
        .zip(1_u32..)
        .filter(|(surprise, rank)| **surprise >= -(share * f64::from(*rank) / slices).log10())
        .map(|(surprise, _)| *surprise)
        .last();
    surprises.iter().map(|surprise| bar.is_some_and(|bar| *surprise >= bar)).collect()
}

/// False-discovery control over the slices of a metric and over time, so that a metric with a thousand slices is not a
/// thousand times as noisy as one without.
///
/// In each tick the slices are taken by [`false_discovery_control`]; the share that it may get wrong is that of LORD++
/// (Javanmard and Montanari, Annals of Statistics 2018; Ramdas et al., NIPS 2017): alerts earn what later ticks may spend, and
/// long quiet makes strict. It never gets stricter than the budget of a single series, so that silence is not learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Slices {
    least: f64,
    ticks: u32,
    /// Ticks with alerts, the latest last.
    alerted: VecDeque<u32>,
}

impl Slices {
    /// For a metric whose slices have these settings.
    pub fn new(settings: &Settings) -> Self {
        Self { least: 10_f64.powf(-settings.bar()), ticks: 0, alerted: VecDeque::new() }
    }

    /// Which slices may alert in this tick. `surprises` are the scores of their judgements, one for each slice that has a
    /// value; the answers come in their order.
    pub fn observe(&mut self, surprises: &[f64]) -> Vec<bool> {
        self.ticks = self.ticks.saturating_add(1);
        let alerts = false_discovery_control(surprises, self.share());
        if alerts.contains(&true) {
            self.alerted.push_back(self.ticks);
            if self.alerted.len() > REMEMBERED {
                self.alerted.pop_front();
            }
        }
        alerts
    }

    /// What this tick may spend.
    fn share(&self) -> f64 {
        let start = FALSE_SHARE / 2.0;
        let earned = self.alerted.iter().enumerate().map(|(place, tick)| {
            let earned = if place == 0 { FALSE_SHARE - start } else { FALSE_SHARE };
            earned * part(self.ticks.saturating_sub(*tick))
        });
        (start * part(self.ticks) + earned.sum::<f64>()).max(self.least)
    }
}

/// The part of a sum that is spent after so many ticks; all parts sum to less than 1.
fn part(ticks: u32) -> f64 {
    let ticks = f64::from(ticks.max(1));
    0.0722 * ticks.max(2.0).ln() / (ticks * ticks.ln().sqrt().exp())
}

#[cfg(test)]
mod tests {
    use super::{Slices, false_discovery_control, part};
    use crate::detect::Settings;

    fn surprises(probabilities: &[f64]) -> Vec<f64> {
        probabilities.iter().map(|probability: &f64| -probability.log10()).collect()
    }

    #[test]
    fn slices_are_taken_as_in_the_paper() {
        // the example of Benjamini and Hochberg (1995), section 3.2: the four smallest of fifteen at 5 %
        let tests = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
            0.6528, 0.7590, 1.0,
        ];
        let found = false_discovery_control(&surprises(&tests), 0.05);
        assert_eq!(found.iter().filter(|alert| **alert).count(), 4);
        assert!(found[..4].iter().all(|alert| *alert));
        assert!(false_discovery_control(&[], 0.05).is_empty());
        assert_eq!(false_discovery_control(&[f64::NAN, 9.0], 0.05), [false, true]);
    }

    #[test]
    fn what_is_spent_sums_to_no_more_than_there_is() {
        let sum: f64 = (1..1_000_000).map(part).sum();
        assert!((0.4..1.0).contains(&sum), "{sum}");
    }

    #[test]
    fn a_thousand_ordinary_slices_are_as_quiet_as_one() {
        let settings = Settings { step_seconds: 3600, seasons: vec![24], warm_up: 0, missing_after: None };
        let mut slices = Slices::new(&settings);
        let mut state = 7_u64;
        let mut uniform = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
        };
        let mut noisy = 0;
        for _ in 0..500 {
            let tick: Vec<f64> = (0..1000).map(|_| -uniform().log10()).collect();
            noisy += usize::from(slices.observe(&tick).contains(&true));
        }
        assert!(noisy <= 5, "{noisy}");
        let mut tick = vec![0.5; 1000];
        tick[3] = 9.0;
        assert_eq!(slices.observe(&tick).iter().position(|alert| *alert), Some(3));
    }
}
