//! The engines give what the reference says, for generated rows in every grain and several zones.

use std::fmt::Write;
use std::sync::Arc;

use jiff::Timestamp;
use metricwright_api::Grain;
use metricwright_catalog::Catalog;
use metricwright_catalog::resolved::ResolvedMetric;
use metricwright_query::{Cell, Query, Scan, combine, plan, read, statement};
use metricwright_source::Source;
use metricwright_testkit::reference::{Question, Tables, Values, compare, evaluate};

use super::hosts::Host;
use super::{catalog, metric, shop};

const METRICS: &[(&str, &str)] = &[
    ("orders", "count(*)"),
    ("completed", "count(*) filter (where status = 'completed')"),
    ("revenue", "sum(net) filter (where status = 'completed')"),
    ("stores", "count(distinct store_id)"),
    ("mean", "avg(net)"),
    ("extremes", "max(net) - min(net)"),
    ("big-share", "count(*) filter (where store.format = 'big') / count(*)"),
    ("mixed", "sum(case when items > 2 or status is null then items * 2 else -items end)"),
    ("named", "count(*) filter (where channel like '%n_' and store.region not in ('north'))"),
    ("many", "sum_boolean(items > 2) filter (where status = 'completed')"),
    ("median", "median(net)"),
    ("high", "percentile(net, 0.9) filter (where status = 'completed' and items > 0)"),
    ("opening", "first(net)"),
    ("closing", "last(items) filter (where status = 'completed') - first(items)"),
    ("spread", "percentile(items, 1) - percentile(items, 0.25)"),
    ("visitors", "visits: sum(visitors)"),
    ("conversion", "completed over visitors"),
    (
        "online-share",
        "ratio: {numerator: {metric: revenue, filter: \"channel = 'online'\"}, denominator: {metric: revenue, filter: items > 0}}",
    ),
    (
        "north-conversion",
        "derived: {expr: c - 1, inputs: [{metric: conversion, as: c, filter: \"store.region = 'north' or channel is null\"}]}",
    ),
    (
        "since-yesterday",
        "derived: {expr: \"orders - coalesce(b, 0)\", inputs: [{metric: orders, as: b, offset: {by: 1d}}]}",
    ),
    (
        "median-growth",
        "derived: {expr: median / b - 1, inputs: [{metric: median, as: b, offset: {by: 8mo, align: Weekday}}]}",
    ),
    ("conversion-before", "derived: {expr: b, inputs: [{metric: conversion, as: b, offset: {by: 1y}}]}"),
    (
        "week-before",
        "derived: {expr: orders - b, inputs: [{metric: orders, as: b, offset: {by: 1w}, filter: items > 1}]}",
    ),
    (
        "twice-before",
        "derived: {expr: b, inputs: [{metric: week-before, as: b, offset: {by: 24h}}]}\n  schedule: {grains: [Hour]}",
    ),
    ("week-of-orders", "cumulative: {metric: orders, window: 7d}"),
    ("week-of-everything", "cumulative: {metric: mixed-bag, window: 1w}"),
    ("mixed-bag", "derived: {expr: extremes + mean * closing / stores + opening}"),
    ("month-of-visitors", "cumulative: {metric: visitors, toDate: Month}"),
    ("stores-to-date", "cumulative: {metric: stores, toDate: Quarter}"),
    ("stores-in-three-days", "cumulative: {metric: stores, window: 3d, periodAggregation: First}"),
    ("median-of-two-months", "cumulative: {metric: median, window: 2mo}"),
    ("ever", "cumulative: {metric: conversion, allTime: true}"),
    ("stores-ever", "cumulative: {metric: stores, allTime: true}"),
    ("opening-of-the-week", "cumulative: {metric: opening, toDate: Week}"),
    ("daily-revenue-so-far", "cumulative: {metric: revenue, toDate: Month, periodAggregation: Average}"),
    ("day-of-orders", "cumulative: {metric: orders, window: 24h}\n  schedule: {grains: [Hour]}"),
    (
        "week-against-week",
        "derived: {expr: w / b, inputs: [{metric: week-of-orders, as: w, filter: items > 0}, {metric: week-of-orders, as: b, offset: {by: 1w}}]}",
    ),
    (
        "last-of-the-day",
        "aggregate: {dataset: orders, function: Sum, expr: net, filter: items > 0, nonAdditive: {keep: Last}}",
    ),
    (
        "first-of-each-store",
        "aggregate: {dataset: orders, function: Sum, expr: items, nonAdditive: {keep: First, by: [store]}}",
    ),
    (
        "carried",
        "aggregate: {dataset: orders, function: Sum, expr: items, filter: items > 1, nonAdditive: {keep: Last, by: [store], carry: 4d}}",
    ),
    (
        "last-channel",
        "aggregate: {dataset: orders, function: Avg, expr: net, nonAdditive: {over: channel, keep: Last, by: [store.region]}}",
    ),
    (
        "largest-day-of-stores",
        "aggregate: {dataset: visits, function: Sum, expr: visitors, nonAdditive: {keep: Max, by: [store]}}",
    ),
    (
        "mean-day",
        "aggregate: {dataset: visits, function: Sum, expr: visitors, filter: visitors > 3, nonAdditive: {keep: Avg}}",
    ),
    (
        "least-of-regions",
        "aggregate: {dataset: orders, function: Sum, expr: net, nonAdditive: {over: store.region, keep: Min}}",
    ),
    ("again", "conversion: {base: completed, conversion: orders-with-items, entity: store, window: 3h}"),
    ("orders-with-items", "count(*) filter (where items > 0)"),
    (
        "again-on-the-channel",
        "conversion: {base: orders, conversion: completed, entity: store, window: 1d, calculate: Count, same: [channel, store.region]}",
    ),
    ("again-in-a-week", "cumulative: {metric: again, window: 7d}"),
    (
        "none-is-zero",
        "aggregate: {dataset: visits, function: Sum, expr: visitors, filter: visitors > 20}\n  missing: Zero",
    ),
    ("none-is-as-before", "aggregate: {dataset: orders, function: Median, expr: net}\n  missing: Previous"),
    (
        "stores-before",
        "derived: {expr: b, inputs: [{metric: stores-in-three-days, as: b, offset: {by: 1mo, align: Weekday}}]}",
    ),
];

/// Numbers that look random and are the same every time.
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    pub(super) fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[usize::try_from(self.below(choices.len() as u64)).unwrap()]
    }
}

/// Orders and visits around two changes of clocks in New York, with gaps.
fn write_rows(folder: &std::path::Path, seed: u64) {
    let mut numbers = Numbers(seed);
    let start: Timestamp = "2025-03-05T00:00:00Z".parse().unwrap();
    let mut orders = "order_id,at,store_id,channel,status,net,items\n".to_owned();
    for id in 0..600 {
        let hours = if id % 2 == 0 { numbers.below(240) } else { 5_800 + numbers.below(120) };
        let second = i64::try_from(hours * 3600 + numbers.below(3600)).unwrap();
        let at = Timestamp::from_second(start.as_second() + second).unwrap().to_string().replace('Z', "");
        let (store, items) = (numbers.below(6), numbers.below(5));
        let channel = numbers.one_of(&["online", "store", ""]);
        let status = numbers.one_of(&["completed", "completed", "cancelled", ""]);
        let net = if numbers.below(10) == 0 {
            String::new()
        } else {
            format!("{}.{}", numbers.below(500), numbers.below(100))
        };
        writeln!(orders, "{id},{at},{store},{channel},{status},{net},{items}").unwrap();
    }
    let mut visits = "day,store_id,channel,visitors\n".to_owned();
    for day in 1..=28 {
        if day % 5 != 0 {
            let (store, channel) = (numbers.below(6), numbers.one_of(&["online", "store"]));
            writeln!(visits, "2025-03-{day:02},{store},{channel},{}", numbers.below(40)).unwrap();
        }
    }
    let stores = "store_id,region,format\n0,north,big\n1,south,small\n2,,big\n3,north,small\n4,east,\n";
    for (name, text) in [("orders", orders), ("visits", visits), ("stores", stores.to_owned())] {
        std::fs::write(folder.join(format!("{name}.csv")), text).unwrap();
    }
}

/// What an engine makes of a metric.
pub(super) async fn engine(source: &dyn Source, catalog: &Catalog, query: &Query) -> Values {
    let mut scanned: Vec<(Scan, Vec<Cell>)> = Vec::new();
    for scan in plan(catalog, query).unwrap() {
        let statement = statement(&scan, source.dialect());
        let rows =
            source.run(&statement.sql).await.unwrap_or_else(|error| panic!("{error}\n{}", statement.sql));
        let cells = read(&scan, &statement.layout, &rows.rows).unwrap();
        scanned.push((scan, cells));
    }
    let known = std::collections::BTreeMap::new();
    let cells = combine(&query.metric, &query.by, &query.stretch(), &scanned, &known);
    cells.into_iter().map(|cell| ((cell.window.start, cell.slice.0), cell.value)).collect()
}

/// Whole windows of every grain and zone that is tested, with those a year after the first rows where an earlier window is read. By
/// the hour there are so many that a few weeks have to do.
fn range(metric: &ResolvedMetric, grain: Grain) -> (Timestamp, Timestamp) {
    let (from, to) = match (metric.is_of_window(), grain) {
        (true, _) => ("2024-12-31T12:00:00Z", "2026-01-01T12:00:00Z"),
        (false, Grain::Hour) => ("2025-03-06T12:00:00Z", "2025-03-20T12:00:00Z"),
        (false, _) => ("2024-12-31T12:00:00Z", "2026-04-01T12:00:00Z"),
    };
    (from.parse().unwrap(), to.parse().unwrap())
}

async fn agree(
    source: &dyn Source,
    catalog: &Catalog,
    metric: &Arc<ResolvedMetric>,
    tables: &Tables,
    grain: Grain,
    by: &[&str],
    as_of: Timestamp,
) {
    let (from, to) = range(metric, grain);
    let question = Question::total(grain, from, to).by(metric, by).unwrap().as_of(as_of);
    let expected = evaluate(metric, tables, &question).unwrap();
    let names = by.iter().map(|&name| name.to_owned()).collect();
    let query = Query { metric: metric.clone(), by: names, grain, from, to, as_of };
    let found = engine(source, catalog, &query).await;
    // A week that ends with the month or the hour asked for may have no row.
    assert!(!expected.is_empty() || !metric.is_of_window(), "{} {grain}", metric.id);
    if let Err(differences) = compare(&expected, &found) {
        panic!(
            "{} {grain} by {by:?} in {} as of {as_of}: {differences}",
            metric.id,
            metric.schedule.chronology.iana_name().unwrap_or("?")
        );
    }
}

/// Few zones and seeds, or with `METRICWRIGHT_SOAK` many.
fn cases() -> Vec<(&'static str, u64)> {
    if std::env::var_os("METRICWRIGHT_SOAK").is_none() {
        return vec![("America/New_York", 1)];
    }
    let zones = ["UTC", "Asia/Shanghai", "America/New_York", "Asia/Kathmandu"];
    zones.into_iter().flat_map(|zone| (1..=3).map(move |seed| (zone, seed))).collect()
}

/// What every metric of the shop comes to on a source, by each grain and several dimensions.
async fn every_metric_agrees(source: &dyn Source, zone: &str, tables: &Tables) {
    let catalog = catalog(&shop(zone, METRICS));
    // A moment inside windows of each grain, with rows before it.
    let running = "2025-03-11T15:30:00Z".parse().unwrap();
    for (name, _) in METRICS {
        let metric = metric(&catalog, name);
        for grain in Grain::ALL.into_iter().filter(|grain| metric.misfit(*grain).is_none()) {
            // What is made of other windows takes longer: the total and all members together have to do.
            let groupings: &[&[&str]] = if metric.is_of_window() {
                &[&[], &["channel"], &["store.region"], &["store", "channel"]]
            } else {
                &[&[], &["store", "channel"]]
            };
            for by in groupings.iter().copied() {
                agree(source, &catalog, &metric, tables, grain, by, Timestamp::MAX).await;
                if !metric.is_of_window() {
                    agree(source, &catalog, &metric, tables, grain, by, running).await;
                }
            }
        }
    }
}

/// The metrics of the shop on an engine, for rows in each zone.
async fn agrees(host: Host) {
    for (zone, seed) in cases() {
        let folder = tempfile::tempdir().unwrap();
        write_rows(folder.path(), seed);
        let tables = Tables::read_folder(folder.path()).unwrap();
        let source = host.source(folder.path()).await;
        every_metric_agrees(source.as_ref(), zone, &tables).await;
    }
}

#[tokio::test]
async fn postgres_gives_what_the_reference_says() {
    agrees(Host::postgres().await).await;
}

#[tokio::test]
async fn mariadb_gives_what_the_reference_says() {
    agrees(Host::mariadb().await).await;
}

#[tokio::test]
async fn sqlite_gives_what_the_reference_says() {
    agrees(Host::Sqlite).await;
}

#[tokio::test]
async fn files_give_what_the_reference_says() {
    agrees(Host::files()).await;
}
