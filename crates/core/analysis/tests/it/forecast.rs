//! What every forecast keeps to, whatever the values.

use metricwright_analysis::calendar::Calendar;
use metricwright_analysis::forecast::limits::Limits;
use metricwright_analysis::forecast::reconcile::{Node, reconcile};
use metricwright_analysis::forecast::{Forecast, Task, forecast};
use metricwright_analysis::stats::mean;
use proptest::prelude::*;

fn ask(values: &[f64], seasons: &[f64], horizon: usize) -> Option<Forecast> {
    let task = Task { values, seasons, horizon, axis: None, calendar: &Calendar::default() };
    forecast(&task, &[0.8, 0.95], Limits::of(values))
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => -1e3..1e3_f64,
        2 => Just(0.0),
        2 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY)],
        1 => prop_oneof![Just(1e12), Just(-1e12), Just(1e-12), Just(7.0)],
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_history_with_a_known_value_has_finite_steps_in_ordered_bands(
        values in prop::collection::vec(value(), 0..80),
        seasons in prop::sample::select(vec![vec![], vec![7.0], vec![4.0, 12.0], vec![7.0, 30.5]]),
        horizon in 1..20_usize,
    ) {
        let found = ask(&values, &seasons, horizon);
        prop_assert_eq!(found.is_some(), values.iter().any(|value| value.is_finite()));
        for step in found.into_iter().flat_map(|found| found.steps) {
            let (narrow, wide) = (step.bands[0], step.bands[1]);
            prop_assert!([wide.low, narrow.low, step.mean, narrow.high, wide.high].is_sorted(), "{:?}", step);
            prop_assert!(wide.low.is_finite() && wide.high.is_finite(), "{:?}", step);
        }
    }

    #[test]
    fn the_unit_of_the_values_does_not_matter(
        noise in prop::collection::vec(0.0..1.0_f64, 60..90),
        factor in prop::sample::select(vec![1e-6, 0.25, 1024.0, 1e9]),
    ) {
        let values: Vec<f64> = noise.iter().enumerate().map(|(at, noise)| 20.0 + (at % 7) as f64 + noise).collect();
        let scaled: Vec<f64> = values.iter().map(|value| value * factor).collect();
        let (plain, scaled) = (ask(&values, &[7.0], 7).unwrap(), ask(&scaled, &[7.0], 7).unwrap());
        for (a, b) in plain.steps.iter().zip(&scaled.steps) {
            prop_assert!((a.mean - b.mean / factor).abs() < 0.02 * a.mean, "{} is not {}", a.mean, b.mean / factor);
        }
    }

    #[test]
    fn reconciled_parts_lie_between_what_was_foreseen_of_them_and_of_the_whole(
        parts in prop::collection::vec(1.0..100.0_f64, 2..6),
        excess in -50.0..50.0_f64,
    ) {
        let mut nodes: Vec<Node> = parts
            .iter()
            .enumerate()
            .map(|(leaf, value)| Node { leaves: vec![leaf], foreseen: *value, variance: 1.0 })
            .collect();
        let whole = parts.iter().sum::<f64>() + excess;
        nodes.push(Node { leaves: (0..parts.len()).collect(), foreseen: whole, variance: 1.0 });
        let found = reconcile(&nodes, parts.len()).unwrap();
        let moved: Vec<f64> = found.iter().zip(&parts).map(|(after, before)| after - before).collect();
        prop_assert!((mean(&moved) - excess / (parts.len() as f64 + 1.0)).abs() < 1e-6);
    }
}

#[test]
fn a_plain_season_on_a_line_goes_on() {
    let shape = [5.0, 0.0, -3.0, 1.0, 4.0, -9.0, 2.0];
    let at = |t: usize| 100.0 + 0.5 * t as f64 + shape[t % 7];
    let values: Vec<f64> = (0..140).map(at).collect();
    let found = ask(&values, &[7.0], 14).unwrap();
    for (place, step) in found.steps.iter().enumerate() {
        assert!((step.mean - at(140 + place)).abs() < 0.8, "{} is not {}", step.mean, at(140 + place));
    }
}
