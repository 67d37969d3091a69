//! Points, what they cover, and what is not written twice.

use std::time::Instant;

use metricwright_api::Grain;
use metricwright_formula::Value;
use metricwright_store::{CommitSummary, Store};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use sqlx::Connection;

use crate::support::{commit, coverage, day, days, metric, on_both, part, point, points};

on_both!(the_same_result_is_written_once_and_keeps_its_time);
async fn the_same_result_is_written_once_and_keeps_its_time(store: &dyn Store) {
    let computed = |on| vec![point("{}", 1, Value::Int(5), on), point("{}", 2, Value::Null, on)];
    assert_eq!(
        commit(store, vec![part("", 1, 3, computed(10))]).await,
        CommitSummary { written: 2, removed: 0 }
    );
    assert_eq!(commit(store, vec![part("", 1, 3, computed(20))]).await, CommitSummary::default());
    assert!(points(store, "").await.iter().all(|point| point.computed_at == day(10)));
}

on_both!(rounding_is_no_change_and_a_cent_is_one);
async fn rounding_is_no_change_and_a_cent_is_one(store: &dyn Store) {
    let write = async |value: f64, on| {
        commit(store, vec![part("", 1, 2, vec![point("{}", 1, Value::Float(value), on)])]).await.written
    };
    assert_eq!(write(0.1 + 0.2 + 0.3, 10).await, 1);
    assert_eq!(write(0.3 + 0.2 + 0.1, 11).await, 0);
    assert_eq!(points(store, "").await[0].value, Value::Float(0.1 + 0.2 + 0.3));
    assert_eq!(write(0.61, 12).await, 1);
}

on_both!(equal_values_of_other_components_are_a_change);
async fn equal_values_of_other_components_are_a_change(store: &dyn Store) {
    let of = |parts: [i64; 2]| {
        let mut ratio = point("{}", 1, Value::Float(0.5), 10);
        ratio.components = parts.map(Value::Int).to_vec();
        vec![part("", 1, 2, vec![ratio])]
    };
    assert_eq!(commit(store, of([1, 2])).await.written, 1);
    assert_eq!(commit(store, of([2, 4])).await.written, 1);
}

on_both!(what_is_computed_anew_takes_the_place_of_what_was_there_and_of_nothing_else);
async fn what_is_computed_anew_takes_the_place_of_what_was_there_and_of_nothing_else(store: &dyn Store) {
    let both =
        |value| vec![point("{\"s\":\"A\"}", 1, value, 10), point("{\"s\":\"B\"}", 2, Value::Int(2), 10)];
    commit(
        store,
        vec![part("", 1, 5, vec![point("{}", 1, Value::Int(1), 10)]), part("s", 1, 5, both(Value::Int(1)))],
    )
    .await;
    // Day 2 is computed again, and B has nothing there any more.
    let again = commit(store, vec![part("s", 2, 5, Vec::new())]).await;
    assert_eq!(again, CommitSummary { written: 0, removed: 1 });
    assert_eq!(points(store, "s").await.len(), 1);
    assert_eq!(points(store, "").await.len(), 1, "another grouping was touched");
}

on_both!(coverage_grows_together);
async fn coverage_grows_together(store: &dyn Store) {
    for (from, to) in [(1, 3), (10, 12), (5, 7), (3, 5)] {
        commit(store, vec![part("", from, to, Vec::new())]).await;
    }
    assert_eq!(coverage(store, "").await, [days(1, 7), days(10, 12)]);
    commit(store, vec![part("", 6, 11, Vec::new())]).await;
    assert_eq!(coverage(store, "").await, [days(1, 12)]);
    assert_eq!(coverage(store, "s").await, []);
}

on_both!(slices_are_known_by_their_first_window);
async fn slices_are_known_by_their_first_window(store: &dyn Store) {
    let rows = [("A", 3), ("A", 1), ("B", 2)].map(|(slice, on)| point(slice, on, Value::Int(1), 10)).to_vec();
    commit(store, vec![part("s", 1, 5, rows)]).await;
    let mut slices = store.slices(&metric("revenue"), "h1", Grain::Day, "s").await.unwrap();
    slices.sort();
    assert_eq!(slices, [("A".to_owned(), day(1)), ("B".to_owned(), day(2))]);
    assert!(
        store.slices(&metric("revenue"), "h2", Grain::Day, "s").await.unwrap().is_empty(),
        "another definition"
    );
}

on_both!(the_last_run_is_known);
async fn the_last_run_is_known(store: &dyn Store) {
    assert_eq!(store.last_run(&metric("revenue"), "h1").await.unwrap(), None);
    commit(store, vec![part("", 1, 2, Vec::new())]).await;
    let run = store.last_run(&metric("revenue"), "h1").await.unwrap().unwrap();
    assert_eq!((run.at, run.engine.as_str(), run.rows), (day(100), "files", 3));
}

on_both!(what_was_kept_long_enough_is_forgotten_and_counts_as_not_computed);
async fn what_was_kept_long_enough_is_forgotten_and_counts_as_not_computed(store: &dyn Store) {
    let days_of = |from, to| (from..to).map(|on| point("{}", on, Value::Int(on), 10)).collect();
    commit(store, vec![part("", 1, 5, days_of(1, 5)), part("s", 3, 8, days_of(3, 8))]).await;
    commit(store, vec![part("", 7, 9, days_of(7, 9))]).await;
    let forget = async |grain, before| store.forget(&metric("revenue"), grain, day(before)).await.unwrap();
    assert_eq!(forget(Grain::Week, 100).await, 0, "another grain");
    assert_eq!(store.forget(&metric("other"), Grain::Day, day(100)).await.unwrap(), 0, "another metric");
    assert_eq!(forget(Grain::Day, 4).await, 3 + 1);
    assert_eq!(points(store, "").await.len(), 1 + 2);
    assert_eq!(coverage(store, "").await, [days(4, 5), days(7, 9)]);
    assert_eq!(forget(Grain::Day, 7).await, 1 + 3);
    assert_eq!(coverage(store, "").await, [days(7, 9)]);
    assert_eq!(coverage(store, "s").await, [days(7, 8)]);
    assert_eq!(forget(Grain::Day, 7).await, 0);
}

#[tokio::test]
async fn years_that_hold_nothing_any_more_go_as_tables() {
    let url = crate::support::database().await;
    let store = crate::support::postgres_at(&url).await;
    let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
    let mut tables = async || -> Vec<String> {
        let names = "SELECT relname::text FROM pg_class WHERE relispartition AND relkind = 'r' ORDER BY 1";
        sqlx::query_scalar(names).fetch_all(&mut connection).await.unwrap()
    };
    // A day of 2023, one of 2024 and one of 2025.
    let days = [-500, -100, 5].map(|on| point("{}", on, Value::Int(1), 10)).to_vec();
    commit(&store, vec![part("", -500, 6, days)]).await;
    assert_eq!(tables().await, ["point_2023", "point_2024", "point_2025"]);
    assert_eq!(store.forget(&metric("revenue"), Grain::Day, day(-360)).await.unwrap(), 1);
    assert_eq!(tables().await, ["point_2024", "point_2025"]);
    // A late row of a year that has gone makes its table again.
    commit(&store, vec![part("", -500, -499, vec![point("{}", -500, Value::Int(1), 10)])]).await;
    assert_eq!(points(&store, "").await.len(), 3);
}

on_both!(points_of_metrics_that_are_gone_are_swept_after_their_time);
async fn points_of_metrics_that_are_gone_are_swept_after_their_time(store: &dyn Store) {
    commit(store, vec![part("", 1, 3, vec![point("{}", 1, Value::Int(1), 10)])]).await;
    let sweep = async |present: &[_], missing_before, now| {
        store.sweep_metrics(present, day(missing_before), day(now)).await.unwrap()
    };
    sweep(&[metric("revenue")], 93, 100).await;
    sweep(&[], 93, 100).await;
    assert_eq!(points(store, "").await.len(), 1, "it was swept at once");
    // It came back, so its time begins anew.
    sweep(&[metric("revenue")], 94, 101).await;
    sweep(&[], 98, 105).await;
    sweep(&[], 104, 111).await;
    assert_eq!(points(store, "").await.len(), 1, "it was swept before its time");
    sweep(&[], 106, 113).await;
    assert_eq!(points(store, "").await.len(), 0);
    assert_eq!(coverage(store, "").await, []);
}

fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Value::Float),
        (any::<i64>(), 0_u32..18)
            .prop_map(|(digits, scale)| Value::Decimal(rust_decimal::Decimal::new(digits, scale))),
        ".{0,20}".prop_map(Value::Text),
        (-100_000_i64..100_000)
            .prop_map(|second| Value::Instant(jiff::Timestamp::from_second(second).unwrap())),
        (0_i32..20_000)
            .prop_map(|days| Value::Date(jiff::civil::date(1990, 1, 1) + jiff::Span::new().days(days))),
    ]
}

on_both!(every_value_comes_back_as_it_was);
async fn every_value_comes_back_as_it_was(store: &dyn Store) {
    let rows = (values(), prop::collection::vec(values(), 0..5), "[^\u{0}]{0,20}");
    let mut runner = TestRunner::deterministic();
    for _ in 0..64 {
        let (value, components, slice) = rows.new_tree(&mut runner).unwrap().current();
        let mut row = point(&slice, 1, value, 10);
        row.components = components;
        commit(store, vec![part("s", 1, 2, vec![row.clone()])]).await;
        assert_eq!(points(store, "s").await, vec![row]);
    }
}

on_both!(a_text_may_hold_any_character);
async fn a_text_may_hold_any_character(store: &dyn Store) {
    let row = point("{}", 1, Value::Text("a\0b\u{10FFFF}".to_owned()), 10);
    commit(store, vec![part("", 1, 2, vec![row.clone()])]).await;
    assert_eq!(points(store, "").await, vec![row]);
}

on_both!(many_points_are_written_and_found_unchanged);
/// Times are shown, not held to.
async fn many_points_are_written_and_found_unchanged(store: &dyn Store) {
    let rows = |computed| {
        let slice = |index: i64| format!("{{\"s\":\"{}\"}}", index % 200);
        (0..40_000)
            .map(|index| point(&slice(index), index / 200, Value::Int(index), computed))
            .collect::<Vec<_>>()
    };
    let begun = Instant::now();
    assert_eq!(commit(store, vec![part("s", 0, 200, rows(1))]).await.written, 40_000);
    println!("40,000 points written in {:.1?}", begun.elapsed());
    let begun = Instant::now();
    assert_eq!(commit(store, vec![part("s", 0, 200, rows(2))]).await.written, 0);
    println!("40,000 points found unchanged in {:.1?}", begun.elapsed());
}
