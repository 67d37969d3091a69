//! The rules of meaning, on tables that fit on a screen.

use std::collections::BTreeMap;

use jiff::Timestamp;
use metricwright_api::Grain;
use metricwright_testkit::reference::{
    Error, Question, Table, Tables, distinct, evaluate, join, read_file, select,
};

use super::{catalog, metric, shop};

const ORDERS: &str = "\
order_id,at,store_id,channel,status,net,items
1,2025-01-01T10:00:00,1,online,completed,10.5,1
2,2025-01-01T18:00:00,2,store,cancelled,20,2
3,2025-01-03T09:00:00,1,online,completed,1.5,0
4,2025-01-03T10:00:00,9,,completed,4,4
";
const STORES: &str = "store_id,region,format\n1,north,big\n2,south,small\n2,shadowed,small\n";
const VISITS: &str = "\
day,store_id,channel,visitors
2025-01-01,1,online,10
2025-01-01,2,store,30
2025-01-02,1,online,8
2025-01-03,1,online,0
";

fn read(csv: &str) -> Table {
    let file = tempfile::NamedTempFile::with_suffix(".csv").unwrap();
    std::fs::write(file.path(), csv).unwrap();
    read_file(file.path()).unwrap()
}

fn tables() -> Tables {
    let tables = Tables::new().with_table("orders", read(ORDERS));
    tables.with_table("stores", read(STORES)).with_table("visits", read(VISITS))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn january() -> Question {
    Question::total(Grain::Day, at("2025-01-01T00:00:00Z"), at("2025-02-01T00:00:00Z"))
}

/// The values of a definition, one `window slice=value` each; the day stands for its window.
fn answers(zone: &str, definition: &str, by: &[&str], question: Question) -> Vec<String> {
    let manifests =
        shop(zone, &[("orders", "count(*)"), ("visitors", "visits: sum(visitors)"), ("tested", definition)]);
    let tested = metric(&catalog(&manifests), "tested");
    let values = evaluate(&tested, &tables(), &question.by(&tested, by).unwrap()).unwrap();
    let line = |((window, slice), value): (&(Timestamp, BTreeMap<String, Option<String>>), _)| {
        let members: Vec<_> = slice.values().map(|member| member.as_deref().unwrap_or("-")).collect();
        let window = window.to_string().replace("2025-", "").replace("T00:00:00Z", "");
        format!("{window} {}={value}", members.join("+"))
    };
    values.iter().map(line).collect()
}

#[test]
fn an_empty_group_counts_zero_and_is_missing_for_the_rest() {
    let count = answers("UTC", "count(*) filter (where status = 'completed')", &["store.region"], january());
    assert_eq!(count, ["01-01 north=1", "01-01 south=0", "01-03 -=1", "01-03 north=1", "01-03 south=0"]);
    let sum = answers("UTC", "sum(net) filter (where status = 'completed')", &["store.region"], january());
    assert_eq!(
        sum,
        ["01-01 north=10.5", "01-01 south=null", "01-03 -=4.0", "01-03 north=1.5", "01-03 south=null"]
    );
}

#[test]
fn a_day_that_was_not_loaded_has_no_value_and_a_slice_none_before_its_first_row() {
    let total = answers("UTC", "count(*)", &[], january());
    assert_eq!(total, ["01-01 =2", "01-03 =2"]);
    let later = Question::total(Grain::Day, at("2025-01-02T00:00:00Z"), at("2025-01-04T00:00:00Z"));
    assert_eq!(answers("UTC", "count(*)", &["store"], later), ["01-03 1=1", "01-03 9=1"]);
}

#[test]
fn a_join_that_finds_nothing_and_a_null_column_are_the_member_none() {
    let by_both = answers("UTC", "count(*)", &["channel", "store.region"], january());
    assert_eq!(
        by_both,
        [
            "01-01 online+north=1",
            "01-01 store+south=1",
            "01-03 -+-=1",
            "01-03 online+north=1",
            "01-03 store+south=0"
        ]
    );
}

#[test]
fn a_filter_may_name_a_dimension_of_another_dataset() {
    let north = answers("UTC", "sum(items) filter (where store.region = 'north')", &[], january());
    assert_eq!(north, ["01-01 =1", "01-03 =0"]);
}

#[test]
fn datasets_meet_by_window_and_slice_and_division_by_zero_is_missing() {
    let conversion = answers("UTC", "orders over visitors", &["channel"], january());
    assert_eq!(
        conversion,
        [
            "01-01 online=0.1",
            "01-01 store=0.03333333333333333",
            // Visits are there, orders are not loaded.
            "01-02 online=null",
            "01-02 store=null",
            // An order without a channel, and no visit of that kind.
            "01-03 -=null",
            // No visitor at all.
            "01-03 online=null",
            "01-03 store=null",
        ]
    );
}

#[test]
fn a_filter_on_one_side_leaves_the_other_whole() {
    let share =
        "ratio: {numerator: {metric: orders, filter: \"channel = 'online'\"}, denominator: {metric: orders}}";
    assert_eq!(answers("UTC", share, &[], january()), ["01-01 =0.5", "01-03 =0.5"]);
    // What is left out of a slice's numerator still counts below the line.
    let by_store = answers("UTC", share, &["store"], january());
    assert_eq!(by_store, ["01-01 1=1.0", "01-01 2=0.0", "01-03 1=1.0", "01-03 2=null", "01-03 9=0.0"]);
    let conversion = "derived: {expr: o / v, inputs: [{metric: orders, as: o, filter: \"store.region = 'north'\"}, \
                      {metric: visitors, as: v, filter: \"store.region = 'north'\"}]}";
    assert_eq!(answers("UTC", conversion, &[], january()), ["01-01 =0.1", "01-02 =null", "01-03 =null"]);
}

#[test]
fn days_begin_where_the_zone_says() {
    let shanghai = answers("Asia/Shanghai", "count(*)", &[], january());
    assert_eq!(shanghai, ["2024-12-31T16:00:00Z =1", "01-01T16:00:00Z =1", "01-02T16:00:00Z =2"]);
    // Its date is the day, in whatever zone.
    let visits = answers("Asia/Shanghai", "visits: sum(visitors)", &[], january());
    assert_eq!(visits.first().map(String::as_str), Some("2024-12-31T16:00:00Z =40"));
}

#[test]
fn windows_are_whole_and_the_clock_hides_what_comes_after() {
    let week = Question::total(Grain::Week, at("2025-01-02T12:00:00Z"), at("2025-01-02T13:00:00Z"));
    assert_eq!(answers("UTC", "count(*)", &[], week), ["2024-12-30 =4"]);
    // The end is not included, not even its own window.
    let until = Question::total(Grain::Day, at("2025-01-01T00:00:00Z"), at("2025-01-03T00:00:00Z"));
    assert_eq!(answers("UTC", "count(*)", &[], until), ["01-01 =2"]);
    let as_of = january().as_of(at("2025-01-03T10:00:00Z"));
    assert_eq!(answers("UTC", "count(*)", &[], as_of), ["01-01 =2", "01-03 =1"]);
}

#[test]
fn what_a_query_stands_for_is_done_to_rows() {
    let orders = read(ORDERS);
    let twice = [orders.clone(), orders].concat();
    assert_eq!(distinct(&twice).len(), 4);
    assert_eq!(distinct(&select(&twice, &["status"])).len(), 2);
    // Store 2 is there twice, store 9 not at all.
    assert_eq!(join(&distinct(&twice), &read(STORES), "store_id").len(), 4);
}

#[test]
fn what_is_missing_from_the_question_is_named() {
    let orders = metric(&catalog(&shop("UTC", &[("orders", "count(*)")])), "orders");
    let error = evaluate(&orders, &Tables::new(), &january()).unwrap_err();
    assert_eq!(error, Error::NoTable { dataset: "orders".to_owned() });
    let error = january().by(&orders, &["weather"]).unwrap_err().to_string();
    assert!(error.contains("no dimension `weather`") && error.contains("store.region"), "{error}");
}
