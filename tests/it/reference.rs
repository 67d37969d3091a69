//! Every metric of the example against a slow evaluator that knows no SQL.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use metricwright::local::{LocalSecrets, read_manifests};
use metricwright_api::{Grain, Kind, ObjectId};
use metricwright_catalog::manifest::load;
use metricwright_catalog::resolved::ResolvedMetric;
use metricwright_catalog::{Catalog, Inventory};
use metricwright_formula::{ParseMode, Value, parse};
use metricwright_query::window::window_at;
use metricwright_query::{Query, combine, plan, read, statement};
use metricwright_service::SourcePool;
use metricwright_testkit::databases::write_sqlite;
use metricwright_testkit::reference::{
    Question, Row, Table, Tables, Values, compare, distinct, evaluate, join, select, with_column,
};

use tempfile::TempDir;

use crate::support::retail;

/// The example on an engine, and what it is held against.
struct Example {
    catalog: Catalog,
    sources: SourcePool,
    tables: Tables,
    _folder: Option<TempDir>,
}

impl Example {
    /// On the files it comes with.
    fn on_files(zone: &str) -> Self {
        let sources = SourcePool::new(retail(), no_secrets()).unwrap();
        let catalog = catalog(&[("timezone: UTC", &format!("timezone: {zone}"))]);
        Self { catalog, sources, tables: tables(since()), _folder: None }
    }

    /// On a SQLite database with the same rows.
    async fn on_sqlite(zone: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let all = Tables::read_folder(&retail().join("data")).unwrap();
        let named = TABLES.map(|name| (name, all.table(name)));
        write_sqlite(&folder.path().join("shop.db"), &named).await.unwrap();
        let catalog = catalog(&[
            ("timezone: UTC", &format!("timezone: {zone}")),
            ("files:\n    path: data/", "sqlite:\n    path: shop.db"),
        ]);
        let sources = SourcePool::new(folder.path().to_owned(), no_secrets()).unwrap();
        Self { catalog, sources, tables: tables(since()), _folder: Some(folder) }
    }

    fn metrics(&self) -> Vec<Arc<ResolvedMetric>> {
        let objects = self.catalog.inventory().of_kind(Kind::Metric);
        objects.map(|object| self.catalog.metric(&object.id).unwrap()).collect()
    }

    /// Computes a metric both ways.
    async fn check(&self, metric: &Arc<ResolvedMetric>, grain: Grain, by: &[&str]) {
        let zone = &metric.schedule.chronology;
        let from = window_at(grain, zone, since()).end;
        let to = window_at(grain, zone, UNTIL.parse().unwrap()).start;
        let query = Query {
            metric: metric.clone(),
            by: by.iter().map(ToString::to_string).collect(),
            grain,
            from,
            to,
            as_of: Timestamp::MAX,
        };
        let found = computed(&self.catalog, &self.sources, &query).await;
        let mut question = Question::total(grain, from, to);
        if !by.is_empty() {
            question = question.by(metric, by).unwrap();
        }
        let expected = evaluate(metric, &self.tables, &question).unwrap();
        let name = &metric.id.name;
        assert!(expected.values().any(|value| !value.is_null()), "{name} by {by:?} has no value at all");
        compare(&expected, &found)
            .unwrap_or_else(|differences| panic!("{name} {grain} by {by:?}: {differences}"));
    }
}

/// What a source makes of a question.
pub async fn computed(catalog: &Catalog, sources: &SourcePool, query: &Query) -> Values {
    let mut scanned = Vec::new();
    for scan in plan(catalog, query).unwrap() {
        let source = sources.open(catalog, &scan.dataset.source).unwrap();
        let statement = statement(&scan, source.dialect());
        let rows =
            source.run(&statement.sql).await.unwrap_or_else(|error| panic!("{error}\n{}", statement.sql));
        let cells = read(&scan, &statement.layout, &rows.rows).unwrap();
        scanned.push((scan, cells));
    }
    let cells = combine(&query.metric, &query.by, &query.stretch(), &scanned, &BTreeMap::new());
    cells.into_iter().map(|cell| ((cell.window.start, cell.slice.0), cell.value)).collect()
}

fn no_secrets() -> Arc<LocalSecrets> {
    Arc::default()
}

/// The tables of the example.
pub const TABLES: [&str; 8] =
    ["customers", "inventory_daily", "order_items", "orders", "returns", "skus", "stores", "traffic_daily"];

/// The example's definitions, with some words replaced.
fn catalog(replaced: &[(&str, &str)]) -> Catalog {
    let mut files = read_manifests(&[retail()]).unwrap().files;
    for (from, to) in replaced {
        assert!(files.iter().any(|file| file.text.contains(from)), "the example has no {from:?} any more");
        for file in &mut files {
            file.text = file.text.replace(from, to);
        }
    }
    let mut inventory = Inventory::new();
    for object in load(&files).objects {
        inventory.insert(object.value);
    }
    Catalog::new(Arc::new(inventory))
}

/// The rows that the example's queries stand for, made without SQL, from `from` on.
fn tables(from: Timestamp) -> Tables {
    let all = Tables::read_folder(&retail().join("data")).unwrap();
    let since = |rows: &[Row], column: &str| -> Table {
        let late = |row: &&Row| match &row[column] {
            Value::DateTime(at) => at.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp() >= from,
            Value::Instant(at) => *at >= from,
            Value::Date(day) => day.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp() >= from,
            other => panic!("{column} holds {other:?}"),
        };
        rows.iter().filter(late).cloned().collect()
    };
    let dataset = |name: &str| ObjectId::new(Kind::Dataset, "default", name);
    let every_order = distinct(all.table("orders"));
    let orders = since(&every_order, "ordered_at");
    let heads = select(&orders, &["order_id", "ordered_at", "store_id", "channel", "status"]);
    let lines = join(&distinct(all.table("order_items")), &heads, "order_id");
    let lines = join(&lines, &select(all.table("skus"), &["sku_id", "unit_cost"]), "sku_id");
    let cost = parse("quantity * unit_cost", ParseMode::Row).unwrap();
    let lines = with_column(&lines, "cost_amount", &cost).unwrap();
    let places = select(&every_order, &["order_id", "store_id", "channel"]);
    let returns = join(&since(all.table("returns"), "returned_on"), &places, "order_id");
    let traffic = since(all.table("traffic_daily"), "date_day");
    let inventory = since(all.table("inventory_daily"), "date_day");
    all.with_dataset(&dataset("orders"), orders)
        .with_dataset(&dataset("order-lines"), lines)
        .with_dataset(&dataset("returns"), returns)
        .with_dataset(&dataset("traffic"), traffic)
        .with_dataset(&dataset("inventory"), inventory)
}

/// The first moment of the rows compared: some weeks, or with `METRICWRIGHT_SOAK` everything.
pub fn since() -> Timestamp {
    let soak = std::env::var_os("METRICWRIGHT_SOAK").is_some();
    if soak { "2023-12-31T00:00:00Z" } else { "2025-09-29T00:00:00Z" }.parse().unwrap()
}

pub const UNTIL: &str = "2025-11-02T00:00:00Z";

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_equals_the_evaluator_by_each_grain_and_dimension() {
    let example = Example::on_files("UTC");
    for metric in example.metrics() {
        for grain in [Grain::Day, Grain::Week, Grain::Month] {
            example.check(&metric, grain, &[]).await;
            for dimension in &metric.dimensions {
                example.check(&metric, grain, &[&dimension.name]).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_equals_the_evaluator_where_days_begin_in_shanghai() {
    let example = Example::on_files("Asia/Shanghai");
    for metric in example.metrics() {
        assert_eq!(metric.schedule.chronology.iana_name(), Some("Asia/Shanghai"));
        example.check(&metric, Grain::Day, &[]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_equals_the_evaluator_on_a_database_too() {
    let example = Example::on_sqlite("Asia/Shanghai").await;
    for metric in example.metrics() {
        for grain in [Grain::Day, Grain::Week, Grain::Month] {
            example.check(&metric, grain, &[]).await;
        }
        for dimension in &metric.dimensions {
            example.check(&metric, Grain::Day, &[&dimension.name]).await;
        }
    }
}
