//! How a metric stands against a target.

use jiff::Timestamp;
use metricwright_api::Direction;
use metricwright_api::metric::TargetKind;

use crate::window::Window;

/// A value against what it is to reach.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// What is to be reached.
    pub target: f64,
    /// What is reached by now; none where there is no value.
    pub actual: Option<f64>,
    /// How much of the target is reached: 1 is all of it; above 1 is better than the target, whichever way is good. None for a target
    /// of zero.
    pub attainment: Option<f64>,
    /// What is reached less the target.
    pub gap: Option<f64>,
    /// What should be reached by now, of a period that fills up.
    pub expected: Option<f64>,
    /// What is reached over what should be by now: 1 is on pace.
    pub pace: Option<f64>,
    /// How much is needed on each day that is left, of a period that is not over.
    pub needed_per_day: Option<f64>,
}

/// What is known of a period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Period {
    /// The period.
    pub window: Window,
    /// The clock.
    pub now: Timestamp,
    /// The share of the period's total that should be there by now, 0 to 1.
    pub share: f64,
}

impl Period {
    /// How many days of it are left, parts of days included.
    fn days_left(&self) -> f64 {
        let left = self.window.end.duration_since(self.now.max(self.window.start)).as_secs_f64();
        (left / 86_400.0).max(0.0)
    }

    /// The share that has passed of a period that fills evenly.
    pub fn elapsed(window: &Window, now: Timestamp) -> f64 {
        let length = window.end.duration_since(window.start).as_secs_f64();
        let passed = now.duration_since(window.start).as_secs_f64();
        if length > 0.0 { (passed / length).clamp(0.0, 1.0) } else { 1.0 }
    }
}

/// How a value stands against a target.
pub fn standing(
    (kind, direction): (TargetKind, Option<Direction>),
    target: f64,
    actual: Option<f64>,
    period: &Period,
) -> Standing {
    let fills = kind == TargetKind::Total;
    // Where lower is better a value of half the target is twice as good.
    let lower = direction == Some(Direction::LowerIsBetter);
    let over = |part: f64, whole: f64| {
        let (part, whole) = if lower { (whole, part) } else { (part, whole) };
        (whole != 0.0).then(|| part / whole)
    };
    let expected = fills.then_some(target * period.share);
    let days = period.days_left();
    Standing {
        target,
        actual,
        attainment: actual.and_then(|actual| over(actual, target)),
        gap: actual.map(|actual| actual - target),
        expected,
        pace: actual.zip(expected).and_then(|(actual, expected)| over(actual, expected)),
        needed_per_day: (fills && days > 0.0).then(|| (target - actual.unwrap_or(0.0)) / days),
    }
}

/// Splits a whole by shares, so that the parts add up to it: what rounding leaves over goes to the largest part. Without any positive
/// share it is split evenly.
pub fn split(whole: f64, shares: &[f64]) -> Vec<f64> {
    let positive = |share: &f64| if share.is_finite() { share.max(0.0) } else { 0.0 };
    let total: f64 = shares.iter().map(positive).sum();
    let even = 1.0 / shares.len() as f64;
    let part = |share: &f64| whole * if total > 0.0 { positive(share) / total } else { even };
    let mut parts: Vec<f64> = shares.iter().map(part).collect();
    let rest = whole - parts.iter().sum::<f64>();
    if let Some(largest) = parts.iter_mut().max_by(|a, b| a.abs().total_cmp(&b.abs())) {
        *largest += rest;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn april(now: &str) -> Period {
        let window = Window { start: at("2025-04-01T00:00:00Z"), end: at("2025-05-01T00:00:00Z") };
        let now = at(now);
        Period { window, now, share: Period::elapsed(&window, now) }
    }

    #[test]
    fn a_period_that_fills_up_has_a_pace() {
        let found = standing((TargetKind::Total, None), 300.0, Some(90.0), &april("2025-04-11T00:00:00Z"));
        let expected = Standing {
            target: 300.0,
            actual: Some(90.0),
            attainment: Some(0.3),
            gap: Some(-210.0),
            expected: Some(100.0),
            pace: Some(0.9),
            needed_per_day: Some(10.5),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn a_period_that_is_over_needs_nothing_more() {
        let found = standing((TargetKind::Total, None), 300.0, Some(330.0), &april("2025-06-11T00:00:00Z"));
        assert_eq!((found.attainment, found.pace, found.needed_per_day), (Some(1.1), Some(1.1), None));
    }

    #[test]
    fn a_level_has_no_pace_and_lower_may_be_better() {
        let low = (TargetKind::Level, Some(Direction::LowerIsBetter));
        let found = standing(low, 0.02, Some(0.04), &april("2025-04-11T00:00:00Z"));
        assert_eq!((found.attainment, found.pace, found.needed_per_day), (Some(0.5), None, None));
        let missing = standing(low, 0.0, None, &april("2025-04-11T00:00:00Z"));
        assert_eq!((missing.attainment, missing.gap), (None, None));
    }

    #[test]
    fn parts_add_up_to_the_whole() {
        assert_eq!(split(100.0, &[1.0, 3.0]), [25.0, 75.0]);
        assert_eq!(split(90.0, &[0.0, f64::NAN, -1.0]), [30.0, 30.0, 30.0]);
        let parts = split(0.1, &[1.0; 7]);
        assert!((parts.iter().sum::<f64>() - 0.1).abs() < 1e-17);
        assert!(split(1.0, &[]).is_empty());
    }
}
