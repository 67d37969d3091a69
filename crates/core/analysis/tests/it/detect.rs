//! Anomalies as rows come in: what is found, and that it is found from the past only.

use metricwright_analysis::detect::{Detector, Judgement, Kind, Row, Settings};
use proptest::prelude::*;

fn hourly() -> Settings {
    Settings { step_seconds: 3600, seasons: vec![24, 168], warm_up: 336, missing_after: Some(3) }
}

/// Noise between -1 and 1 that is the same each time.
fn noise(row: usize) -> f64 {
    let mixed = (row as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

/// Twelve weeks of an hourly metric with a day in it.
fn ordinary() -> Vec<f64> {
    let hour = |row: usize| (row as f64 * std::f64::consts::TAU / 24.0).sin();
    (0..2016).map(|row| 100.0 + 20.0 * hour(row) + 3.0 * noise(row)).collect()
}

fn row(index: usize, value: f64) -> Row {
    Row { seconds: 3600 * i64::try_from(index).unwrap(), value, unusual: false }
}

fn judge(values: &[f64]) -> Vec<Judgement> {
    let mut detector = Detector::new(hourly());
    values.iter().enumerate().map(|(index, value)| detector.observe(row(index, *value))).collect()
}

fn alerts(values: &[f64]) -> Vec<(usize, Kind)> {
    let judged = judge(values).into_iter().enumerate();
    judged
        .filter(|(_, judgement)| judgement.alert)
        .map(|(index, judgement)| (index, judgement.kind))
        .collect()
}

/// The ordinary series with rows from 1500 changed.
fn changed(rows: usize, change: impl Fn(usize, f64) -> f64) -> Vec<f64> {
    let mut values = ordinary();
    values
        .iter_mut()
        .enumerate()
        .skip(1500)
        .take(rows)
        .for_each(|(index, value)| *value = change(index, *value));
    values
}

#[test]
fn an_ordinary_series_is_quiet() {
    assert_eq!(alerts(&ordinary()), []);
}

#[test]
fn each_kind_is_found_soon_and_told_by_its_name() {
    for (what, rows, within, kinds, change) in [
        ("spike", 1, 1, &[Kind::Spike][..], (|_, value| value + 30.0) as fn(usize, f64) -> f64),
        ("dip", 1, 1, &[Kind::Dip], |_, value| value - 30.0),
        ("shift", 72, 6, &[Kind::Shift], |_, value| value + 10.0),
        ("flat", 12, 6, &[Kind::Flat], |_, _| 95.0),
        ("variance", 48, 24, &[Kind::Variance, Kind::Spike, Kind::Dip], |index, value| {
            value + 12.0 * noise(index + 7)
        }),
        ("missing", 12, 4, &[Kind::Missing], |_, _| f64::NAN),
    ] {
        let found = alerts(&changed(rows, change));
        let (index, kind) = *found.first().unwrap_or_else(|| panic!("no {what}"));
        assert!((1500..1500 + within).contains(&index) && kinds.contains(&kind), "{what}: {found:?}");
    }
}

#[test]
fn one_event_is_one_alert_and_a_new_level_becomes_ordinary() {
    let found = alerts(&changed(516, |_, value| value + 60.0));
    assert!(found.len() <= 2 && found.iter().all(|(index, _)| (1500..1512).contains(index)), "{found:?}");
}

#[test]
fn a_deviation_on_an_unusual_day_needs_to_be_larger() {
    let values = changed(1, |_, value| value + 15.0);
    let score = |unusual: bool| {
        let mut detector = Detector::new(hourly());
        let judged = values.iter().enumerate().map(|(index, value)| {
            detector.observe(Row { unusual: unusual && index / 24 == 62, ..row(index, *value) })
        });
        judged.collect::<Vec<_>>()[1500].score
    };
    assert!(score(true) < score(false) - 1.0);
}

#[test]
fn missing_values_teach_nothing() {
    let mut values = ordinary();
    values.iter_mut().skip(1000).take(200).for_each(|value| *value = f64::NAN);
    let found = alerts(&values);
    assert_eq!(found, [(1002, Kind::Missing)]);
}

#[test]
fn a_stored_detector_is_small_however_long_the_series() {
    let mut detector = Detector::new(hourly());
    for (index, value) in ordinary().into_iter().enumerate() {
        detector.observe(row(index, value));
    }
    let stored = serde_json::to_string(&detector).unwrap().len();
    assert!(stored < 50_000, "{stored}");
}

/// Numbers as they come from files: ordinary, repeated, huge, missing, infinite.
fn values() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![
        5 => -100.0..100.0_f64,
        2 => (0_i32..3).prop_map(f64::from),
        1 => prop::num::f64::ANY,
    ];
    prop::collection::vec(value, 0..400)
}

fn settings() -> impl Strategy<Value = Settings> {
    let seasons = prop_oneof![
        Just(vec![]),
        Just(vec![7]),
        Just(vec![24, 168]),
        Just(vec![0, 1]),
        Just(vec![24, usize::MAX])
    ];
    (prop_oneof![Just(-1_i64), Just(60), Just(3600), Just(86_400)], seasons, 0_usize..60).prop_map(
        |(step_seconds, seasons, warm_up)| Settings {
            step_seconds,
            seasons,
            warm_up,
            missing_after: Some(2),
        },
    )
}

fn walk(detector: &mut Detector, values: &[f64], from: usize) -> Vec<String> {
    let step = |(index, value): (usize, &f64)| {
        let seconds = 1800 * i64::try_from(from + index).unwrap();
        format!("{:?}", detector.observe(Row { seconds, value: *value, unusual: index % 50 == 7 }))
    };
    values.iter().enumerate().map(step).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_comes_later_changes_nothing(values in values(), settings in settings(), cut in 0_usize..400) {
        let cut = cut.min(values.len());
        let whole = walk(&mut Detector::new(settings.clone()), &values, 0);
        let part = walk(&mut Detector::new(settings), &values[..cut], 0);
        prop_assert_eq!(&whole[..cut], &part[..]);
    }

    #[test]
    fn a_stored_detector_goes_on_as_if_it_had_never_stopped(values in values(), settings in settings(), cut in 0_usize..8) {
        let cut = (50 * cut).min(values.len() / 50 * 50);
        let mut detector = Detector::new(settings.clone());
        walk(&mut detector, &values[..cut], 0);
        let stored = serde_json::to_string(&detector).unwrap();
        let mut loaded: Detector = serde_json::from_str(&stored).unwrap();
        prop_assert!(loaded.goes_on(&settings));
        prop_assert_eq!(walk(&mut loaded, &values[cut..], cut), walk(&mut detector, &values[cut..], cut));
    }

    #[test]
    fn scores_are_finite_and_not_negative(values in values(), settings in settings()) {
        let mut detector = Detector::new(settings);
        for (index, value) in values.iter().enumerate() {
            let judged = detector.observe(row(index, *value));
            prop_assert!(judged.score >= 0.0 && judged.score.is_finite());
        }
    }
}
