//! The engines give what the reference says, for generated rows in every grain and several zones.

use std::fmt::Write;
use std::sync::Arc;

use jiff::Timestamp;
use metricwright_api::Grain;
use metricwright_api::data_source::TlsMode;
use metricwright_catalog::Catalog;
use metricwright_catalog::resolved::ResolvedMetric;
use metricwright_files::{FilesRuntime, FilesSettings, FilesSource};
use metricwright_query::{Cell, Query, Scan, combine, plan, read, statement};
use metricwright_source::{
    Limited, Limits, MySqlSource, PostgresSource, ServerSettings, Source, SqliteSource,
};
use metricwright_testkit::databases::{
    MariaDb, MariaDbOptions, Postgres, PostgresOptions, load, write_sqlite,
};
use metricwright_testkit::reference::{Question, Tables, Values, compare, evaluate};

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
async fn engine(source: &dyn Source, catalog: &Catalog, query: &Query) -> Values {
    let mut scanned: Vec<(Scan, Vec<Cell>)> = Vec::new();
    for scan in plan(catalog, query).unwrap() {
        let statement = statement(&scan, source.dialect());
        let rows =
            source.run(&statement.sql).await.unwrap_or_else(|error| panic!("{error}\n{}", statement.sql));
        let cells = read(&scan, &statement.layout, &rows.rows).unwrap();
        scanned.push((scan, cells));
    }
    let cells = combine(&query.metric, &query.by, &scanned, &std::collections::BTreeMap::new());
    cells.into_iter().map(|cell| ((cell.window.start, cell.slice.0), cell.value)).collect()
}

async fn agree(
    source: &dyn Source,
    catalog: &Catalog,
    metric: &Arc<ResolvedMetric>,
    tables: &Tables,
    grain: Grain,
    by: &[&str],
) {
    // Whole windows of every grain and zone that is tested.
    let (from, to) = ("2024-12-31T12:00:00Z".parse().unwrap(), "2026-01-01T12:00:00Z".parse().unwrap());
    let question = Question::total(grain, from, to).by(metric, by).unwrap();
    let expected = evaluate(metric, tables, &question).unwrap();
    let names = by.iter().map(|&name| name.to_owned()).collect();
    let query = Query { metric: metric.clone(), by: names, grain, from, to, as_of: Timestamp::MAX };
    let found = engine(source, catalog, &query).await;
    assert!(!expected.is_empty());
    if let Err(differences) = compare(&expected, &found) {
        panic!(
            "{} {grain} by {by:?} in {}: {differences}",
            metric.id,
            metric.schedule.zone.iana_name().unwrap_or("?")
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
    for (name, _) in METRICS {
        let metric = metric(&catalog, name);
        for grain in Grain::ALL {
            for by in [&[][..], &["channel"], &["store.region"], &["store", "channel"]] {
                agree(source, &catalog, &metric, tables, grain, by).await;
            }
        }
    }
}

/// The rows of a case, as tables.
fn rows(seed: u64) -> Tables {
    let folder = tempfile::tempdir().unwrap();
    write_rows(folder.path(), seed);
    Tables::read_folder(folder.path()).unwrap()
}

/// Loads the tables of a case.
async fn load_into(url: &str, tables: &Tables) {
    let named = ["orders", "visits", "stores"].map(|name| (name, tables.table(name)));
    load(url, &named).await.unwrap();
}

#[tokio::test]
async fn postgres_gives_what_the_reference_says() {
    let server = Postgres::launch(PostgresOptions::default()).await.unwrap();
    let url = server.url("postgres");
    let settings = ServerSettings::from_url(&url, &["postgres"]).unwrap();
    let settings = ServerSettings { tls: TlsMode::Disable, ..settings };
    let limits = Limits::default();
    let source = Limited::new(PostgresSource::new(settings, limits.statement_timeout), limits);
    for (zone, seed) in cases() {
        let tables = rows(seed);
        load_into(&url, &tables).await;
        every_metric_agrees(&source, zone, &tables).await;
    }
}

#[tokio::test]
async fn mariadb_gives_what_the_reference_says() {
    let server = MariaDb::launch(MariaDbOptions::default()).await.unwrap();
    let url = server.url("shop");
    let settings = ServerSettings::from_url(&url, &["mysql"]).unwrap();
    let settings = ServerSettings { tls: TlsMode::Disable, ..settings };
    let limits = Limits::default();
    let source = Limited::new(MySqlSource::new(settings, limits.statement_timeout), limits);
    for (zone, seed) in cases() {
        let tables = rows(seed);
        load_into(&url, &tables).await;
        every_metric_agrees(&source, zone, &tables).await;
    }
}

#[tokio::test]
async fn sqlite_gives_what_the_reference_says() {
    for (zone, seed) in cases() {
        let (tables, folder) = (rows(seed), tempfile::tempdir().unwrap());
        let named = ["orders", "visits", "stores"].map(|name| (name, tables.table(name)));
        write_sqlite(&folder.path().join("shop.db"), &named).await.unwrap();
        let sqlite = SqliteSource::new(folder.path(), "shop.db", 2);
        let source = Limited::new(sqlite, Limits::from_spec(None).unwrap());
        every_metric_agrees(&source, zone, &tables).await;
    }
}

#[tokio::test]
async fn files_give_what_the_reference_says() {
    let runtime = FilesRuntime::new(&FilesSettings::default()).unwrap();
    for (zone, seed) in cases() {
        let folder = tempfile::tempdir().unwrap();
        write_rows(folder.path(), seed);
        let tables = Tables::read_folder(folder.path()).unwrap();
        let files = FilesSource::new(folder.path(), ".", runtime.clone());
        let source = Limited::new(files, Limits::from_spec(None).unwrap());
        every_metric_agrees(&source, zone, &tables).await;
    }
}
