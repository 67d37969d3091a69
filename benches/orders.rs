//! Metrics over ten million orders beside the best queries that we could write by hand, on the same engine: the same values, and the
//! ratio of the times.
//!
//! ```text
//! METRICWRIGHT_ORDERS=DIR cargo bench --bench orders [-- NAME]
//! ```
//!
//! `DIR` holds the Parquet files of the retail generator (`--scale 10`); without it the bench says so and ends. Each question is asked
//! five times in turn, and medians are compared.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a bench that cannot go on may panic"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use metricwright_api::{Grain, Kind, ObjectId};
use metricwright_catalog::manifest::{SourceFile, load};
use metricwright_catalog::{Catalog, Inventory};
use metricwright_files::{FilesRuntime, FilesSettings, FilesSource};
use metricwright_formula::Value;
use metricwright_query::ask::Ask;
use metricwright_query::reading::FirstRows;
use metricwright_query::{read, statement};
use metricwright_source::{Limited, Limits, Source};

const ROUNDS: usize = 5;
const FROM: &str = "2024-03-01T00:00:00Z";
const TO: &str = "2025-11-01T00:00:00Z";

const MANIFESTS: &str = r#"
{kind: DataSource, metadata: {name: shop}, spec: {files: {path: .}}}
---
kind: Dataset
metadata: {name: orders}
spec:
  source: shop
  table: orders
  time: {column: ordered_at}
  entities:
    - {name: order, type: Foreign, expr: order_id}
    - {name: store, type: Foreign, expr: store_id}
    - {name: customer, type: Foreign, expr: customer_id}
  dimensions: [{name: channel, conformed: channel}]
  columns:
    - {name: order_id, type: Int}
    - {name: ordered_at, type: Instant}
    - {name: store_id, type: Int}
    - {name: customer_id, type: Int}
    - {name: channel, type: String}
    - {name: status, type: String}
    - {name: net_amount, type: Float}
---
kind: Dataset
metadata: {name: stores}
spec: {source: shop, table: stores, entities: [{name: store, type: Primary, expr: store_id}], dimensions: [{name: region}],
  columns: [{name: store_id, type: Int}, {name: region, type: String}]}
---
kind: Dataset
metadata: {name: customers}
spec: {source: shop, table: customers, entities: [{name: customer, type: Primary, expr: customer_id}], dimensions: [{name: segment}],
  columns: [{name: customer_id, type: Int}, {name: segment, type: String}]}
---
kind: Dataset
metadata: {name: traffic}
spec: {source: shop, table: traffic_daily, time: {column: date_day, storedAs: Date},
  entities: [{name: store, type: Foreign, expr: store_id}], dimensions: [{name: channel, conformed: channel}],
  columns: [{name: date_day, type: Date}, {name: store_id, type: Int}, {name: channel, type: String}, {name: visits, type: Int}]}
---
kind: Dataset
metadata: {name: returns}
spec: {source: shop, table: returns, time: {column: returned_on, storedAs: Date}, entities: [{name: order, type: Foreign, expr: order_id}],
  columns: [{name: order_id, type: Int}, {name: returned_on, type: Date}, {name: quantity, type: Int}]}
---
kind: Dataset
metadata: {name: order-days}
spec: {source: shop, query: "SELECT order_id, order_date, status FROM orders", time: {column: order_date, storedAs: Date},
  entities: [{name: order, type: Foreign, expr: order_id}],
  columns: [{name: order_id, type: Int}, {name: order_date, type: Date}, {name: status, type: String}]}
---
{kind: Metric, metadata: {name: revenue}, spec: {dataset: orders, formula: "sum(net_amount) filter (where status = 'completed')"}}
---
{kind: Metric, metadata: {name: orders}, spec: {dataset: orders, formula: "count(*) filter (where status = 'completed')"}}
---
{kind: Metric, metadata: {name: visits}, spec: {dataset: traffic, formula: "sum(visits)"}}
---
{kind: Metric, metadata: {name: order-value}, spec: {ratio: {numerator: {metric: revenue}, denominator: {metric: orders}}}}
---
{kind: Metric, metadata: {name: conversion-rate}, spec: {derived: {expr: "orders / nullif(visits, 0)"}}}
---
{kind: Metric, metadata: {name: growth}, spec: {derived: {expr: "revenue / before - 1", inputs: [{metric: revenue, as: before, offset: {by: 1w}}]}}}
---
{kind: Metric, metadata: {name: rolling}, spec: {cumulative: {metric: revenue, window: 7d}}}
---
{kind: Metric, metadata: {name: month-to-date}, spec: {cumulative: {metric: revenue, toDate: Month}}}
---
{kind: Metric, metadata: {name: customers}, spec: {dataset: orders, formula: "count(distinct customer_id)"}}
---
{kind: Metric, metadata: {name: ordered}, spec: {dataset: order-days, formula: "count(*) filter (where status = 'completed')"}}
---
{kind: Metric, metadata: {name: returned}, spec: {dataset: returns, formula: "count(*)"}}
---
{kind: Metric, metadata: {name: return-rate}, spec: {conversion: {base: ordered, conversion: returned, entity: order, window: 30d}}}
"#;

/// A question, and how a person would ask it: rows of the window's start, members, and the value.
struct Case {
    name: &'static str,
    metric: &'static str,
    by: &'static [&'static str],
    grain: Grain,
    sql: &'static str,
}

const REVENUE_BY_DAY: &str = "daily AS (SELECT date_trunc('day', ordered_at) AS d, sum(net_amount) AS v FROM orders \
    WHERE ordered_at >= timestamp '2024-02-01T00:00:00Z' AND ordered_at < timestamp '2025-11-01T00:00:00Z' AND status = 'completed' GROUP BY 1)";

const CASES: &[Case] = &[
    Case {
        name: "simple",
        metric: "revenue",
        by: &["channel"],
        grain: Grain::Day,
        sql: "SELECT date_trunc('day', ordered_at) AS d, channel, sum(net_amount) FILTER (WHERE status = 'completed') AS v \
              FROM orders WHERE {range} GROUP BY 1, 2",
    },
    Case {
        name: "ratio",
        metric: "order-value",
        by: &["channel"],
        grain: Grain::Week,
        sql: "SELECT date_trunc('week', ordered_at) AS d, channel, sum(net_amount) FILTER (WHERE status = 'completed') / \
              nullif(count(*) FILTER (WHERE status = 'completed'), 0) AS v FROM orders \
              WHERE ordered_at >= timestamp '2024-02-26T00:00:00Z' AND ordered_at < timestamp '2025-11-03T00:00:00Z' GROUP BY 1, 2",
    },
    Case {
        name: "two facts",
        metric: "conversion-rate",
        by: &["channel"],
        grain: Grain::Day,
        sql: "WITH o AS (SELECT date_trunc('day', ordered_at) AS d, channel, count(*) FILTER (WHERE status = 'completed') AS n \
              FROM orders WHERE {range} GROUP BY 1, 2), t AS (SELECT CAST(date_day AS timestamp) AS d, channel, sum(visits) AS n \
              FROM traffic_daily WHERE date_day >= date '2024-03-01' AND date_day < date '2025-11-01' GROUP BY 1, 2) \
              SELECT o.d, o.channel, CAST(o.n AS double) / nullif(t.n, 0) AS v FROM o JOIN t \
              ON CAST(o.d AS timestamp) = t.d AND o.channel = t.channel",
    },
    Case {
        name: "offset of a week",
        metric: "growth",
        by: &[],
        grain: Grain::Day,
        sql: "WITH {daily} SELECT a.d, a.v / b.v - 1 AS v FROM daily AS a JOIN daily AS b ON b.d = a.d - INTERVAL '7 days' \
              WHERE a.d >= timestamp '2024-03-01T00:00:00Z'",
    },
    Case {
        name: "rolling 7 days",
        metric: "rolling",
        by: &[],
        grain: Grain::Day,
        sql: "WITH {daily}, rolled AS (SELECT d, sum(v) OVER (ORDER BY d ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS v FROM daily) \
              SELECT d, v FROM rolled WHERE d >= timestamp '2024-03-01T00:00:00Z'",
    },
    Case {
        name: "month to date",
        metric: "month-to-date",
        by: &[],
        grain: Grain::Day,
        sql: "WITH {daily}, rolled AS (SELECT d, sum(v) OVER (PARTITION BY date_trunc('month', d) ORDER BY d) AS v FROM daily) \
              SELECT d, v FROM rolled WHERE d >= timestamp '2024-03-01T00:00:00Z'",
    },
    Case {
        name: "distinct customers",
        metric: "customers",
        by: &[],
        grain: Grain::Month,
        sql: "SELECT date_trunc('month', ordered_at) AS d, count(DISTINCT customer_id) AS v FROM orders WHERE {range} GROUP BY 1",
    },
    Case {
        name: "3-way join",
        metric: "revenue",
        by: &["store.region", "customer.segment"],
        grain: Grain::Month,
        sql: "SELECT date_trunc('month', ordered_at) AS d, s.region, c.segment, sum(net_amount) FILTER (WHERE status = 'completed') AS v \
              FROM orders AS o LEFT JOIN stores AS s ON o.store_id = s.store_id LEFT JOIN customers AS c ON o.customer_id = c.customer_id \
              WHERE {range} GROUP BY 1, 2, 3",
    },
    Case {
        name: "conversion",
        metric: "return-rate",
        by: &[],
        grain: Grain::Month,
        sql: "WITH b AS (SELECT order_id, order_date FROM orders WHERE status = 'completed' AND order_date >= date '2024-03-01' \
              AND order_date < date '2025-11-01'), r AS (SELECT DISTINCT b.order_id FROM b JOIN returns AS r ON r.order_id = b.order_id \
              AND r.returned_on >= b.order_date AND r.returned_on < b.order_date + INTERVAL '30 days') \
              SELECT date_trunc('month', CAST(b.order_date AS timestamp)) AS d, CAST(count(r.order_id) AS double) / count(*) AS v \
              FROM b LEFT JOIN r ON r.order_id = b.order_id GROUP BY 1",
    },
];

type Rows = BTreeMap<(i64, Vec<String>), f64>;

fn main() {
    let Some(folder) = std::env::var_os("METRICWRIGHT_ORDERS").map(PathBuf::from) else {
        println!(
            "skipped: METRICWRIGHT_ORDERS names no folder of orders; make one with the retail generator, --scale 10"
        );
        return;
    };
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let engine = FilesRuntime::new(&FilesSettings::default()).unwrap();
        let limits = Limits::from_spec(None).unwrap();
        let source = Limited::new(FilesSource::new(&folder, ".", engine), limits);
        let catalog = catalog();
        println!("{:<20} {:>10} {:>10} {:>7}  values", "question", "ours", "by hand", "ratio");
        for case in CASES
            .iter()
            .filter(|case| wanted.as_ref().is_none_or(|wanted| case.name.contains(wanted.as_str())))
        {
            compare(&source, &catalog, case).await;
        }
    });
}

fn catalog() -> Catalog {
    let text = MANIFESTS.replace("kind: D", "apiVersion: metricwright.dev/v1alpha1\nkind: D");
    let text = text.replace(
        "{apiVersion: metricwright.dev/v1alpha1\nkind",
        "{apiVersion: metricwright.dev/v1alpha1, kind",
    );
    let text = text.replace("{kind: Metric", "{apiVersion: metricwright.dev/v1alpha1, kind: Metric");
    let loaded = load(&[SourceFile { path: "bench.yaml".into(), text }]);
    assert!(loaded.findings.is_empty(), "{:?}", loaded.findings);
    let mut inventory = Inventory::new();
    for object in loaded.objects {
        inventory.insert(object.value);
    }
    Catalog::new(Arc::new(inventory))
}

async fn compare(source: &dyn Source, catalog: &Catalog, case: &Case) {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let mut differ = String::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let found = asked(source, catalog, case).await;
        ours.push(began.elapsed().as_secs_f64());
        let began = Instant::now();
        let expected = by_hand(source, case).await;
        theirs.push(began.elapsed().as_secs_f64());
        differ = difference(&found, &expected);
    }
    let (ours, theirs) = (median(&mut ours), median(&mut theirs));
    println!("{:<20} {ours:>9.3}s {theirs:>9.3}s {:>7.2}  {differ}", case.name, ours / theirs);
}

async fn asked(source: &dyn Source, catalog: &Catalog, case: &Case) -> Rows {
    let metric = catalog.metric(&ObjectId::new(Kind::Metric, "default", case.metric)).unwrap();
    let ask = Ask {
        metrics: vec![metric],
        by: case.by.iter().map(|&name| name.to_owned()).collect(),
        grain: Some(case.grain),
        from: FROM.parse().unwrap(),
        to: TO.parse().unwrap(),
        as_of: Timestamp::MAX,
        compare: Vec::new(),
        share: false,
        rank: false,
    };
    let mut scanned = Vec::new();
    for scan in ask.scans(catalog).unwrap() {
        let statement = statement(&scan, source.dialect());
        let rows = source.run(&statement.sql).await.unwrap();
        let cells = read(&scan, &statement.layout, &rows.rows).unwrap();
        scanned.push((scan, cells));
    }
    let answer = ask.answer(&scanned, &FirstRows::new());
    let mut all = Rows::new();
    for row in &answer.rows {
        let members = row.slice.display();
        let members = case.by.iter().map(|&name| members.get(name).cloned().unwrap_or_default()).collect();
        let Some(value) = row.metrics.first().and_then(|answer| answer.value.as_f64()) else { continue };
        all.insert((row.window.start.as_second(), members), value);
    }
    all
}

async fn by_hand(source: &dyn Source, case: &Case) -> Rows {
    let range =
        "ordered_at >= timestamp '2024-03-01T00:00:00Z' AND ordered_at < timestamp '2025-11-01T00:00:00Z'";
    let sql = case.sql.replace("{range}", range).replace("{daily}", REVENUE_BY_DAY);
    let rows = source.run(&sql).await.unwrap_or_else(|error| panic!("{}: {error}", case.name)).rows;
    let mut all = Rows::new();
    for row in rows {
        let second = match row.first() {
            Some(Value::Instant(at)) => at.as_second(),
            Some(Value::DateTime(at)) => {
                at.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_second()
            }
            other => panic!("{other:?} is no window"),
        };
        let members = row[1..row.len() - 1].iter().map(ToString::to_string).collect();
        if let Some(value) = row[row.len() - 1].as_f64() {
            all.insert((second, members), value);
        }
    }
    all
}

/// Whether two answers are the same, and where they differ first.
fn difference(found: &Rows, expected: &Rows) -> String {
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0);
    for (key, value) in expected {
        match found.get(key) {
            Some(found) if near(*found, *value) => {}
            other => return format!("DIFFER at {key:?}: {other:?} is not {value}"),
        }
    }
    if found.len() > expected.len() {
        return format!("DIFFER: {} values, not {}", found.len(), expected.len());
    }
    format!("{} equal", expected.len())
}

fn median(seconds: &mut [f64]) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}
