//! Whether one value breaches.

use metricwright_analysis::rule::judge;
use metricwright_api::alert_rule::ChangeFrom;
use metricwright_catalog::resolved::{ChangeBound, ResolvedCondition};
use metricwright_formula::Value;

use crate::support::{seen, threshold};

fn change(below: Option<ChangeBound>, above: Option<ChangeBound>) -> Vec<ResolvedCondition> {
    vec![ResolvedCondition::Change { from: ChangeFrom::PreviousPeriod, below, above }]
}

/// The condition that holds for a value after an earlier one, and how far off the value is.
fn told(conditions: &[ResolvedCondition], value: f64, earlier: Option<f64>) -> Option<(String, f64)> {
    let mut slice = seen("A", None);
    slice.value = Value::Float(value);
    slice.earlier = vec![(ChangeFrom::PreviousPeriod, earlier.map_or(Value::Null, Value::Float))];
    judge(conditions, &slice).map(|breach| (breach.condition, breach.deviation))
}

#[test]
fn a_threshold_is_crossed_not_touched() {
    let low = [threshold("value < 0.8")];
    assert_eq!(told(&low, 0.8, None), None);
    assert_eq!(told(&low, 0.4, None), Some(("value < 0.8".to_owned(), 0.5)));
    let outside = [threshold("value < 10 or value > 20")];
    assert_eq!(told(&outside, 15.0, None), None);
    let from_the_nearer_bound = Some(("value < 10 or value > 20".to_owned(), 0.5));
    assert_eq!(told(&outside, 30.0, None), from_the_nearer_bound);
}

#[test]
fn a_relative_change_is_of_the_earlier_value() {
    let halved = change(Some(ChangeBound::Relative(-0.5)), None);
    assert_eq!(told(&halved, 50.0, Some(100.0)), None);
    assert_eq!(told(&halved, 49.0, Some(100.0)).unwrap().0, "change from the period before below -50%");
    // A loss that grows is a fall.
    assert!(told(&halved, -20.0, Some(-10.0)).is_some());
    assert_eq!(told(&halved, -5.0, Some(-10.0)), None);
}

#[test]
fn a_difference_counts_points() {
    let up = change(None, Some(ChangeBound::Difference(0.1)));
    assert_eq!(told(&up, 0.25, Some(0.2)), None);
    assert_eq!(told(&up, 0.35, Some(0.2)).unwrap().0, "change from the period before above +10pp");
}

#[test]
fn without_something_to_compare_with_nothing_breaches() {
    let halved = change(Some(ChangeBound::Relative(-0.5)), None);
    assert_eq!(told(&halved, 1.0, None), None, "the earlier value is missing");
    assert_eq!(told(&halved, 1.0, Some(0.0)), None, "a share of zero is nothing");
    assert!(judge(&[threshold("value < 1")], &seen("A", None)).is_none(), "a missing value");
}

#[test]
fn of_several_conditions_the_worst_is_told() {
    let both = [threshold("value < 90"), threshold("value < 40")];
    assert_eq!(told(&both, 30.0, None).unwrap().0, "value < 90");
}
