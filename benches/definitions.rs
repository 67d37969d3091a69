//! How long definitions take: reading and resolving many, and turning one question into SQL.
//!
//! Medians of several rounds, of the release build: `make bench`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a bench that cannot go on may panic")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use metricwright_api::{Grain, Kind, ObjectId};
use metricwright_catalog::manifest::{SourceFile, load};
use metricwright_catalog::{Catalog, Inventory};
use metricwright_query::dialect::DataFusionSql;
use metricwright_query::{Query, plan, statement};

const HEAD: &str = "\
apiVersion: metricwright.dev/v1alpha1
kind: DataSource
metadata: {name: shop}
spec: {files: {path: data/}}
---
apiVersion: metricwright.dev/v1alpha1
kind: Dataset
metadata: {name: stores}
spec:
  source: shop
  table: stores
  entities: [{name: store, type: Primary, expr: id}]
  dimensions: [{name: region}]
  columns: [{name: id, type: Int}, {name: region, type: String}]
---
apiVersion: metricwright.dev/v1alpha1
kind: Dataset
metadata: {name: sales}
spec:
  source: shop
  table: sales
  time: {column: at}
  entities: [{name: store, type: Foreign, expr: store_id}]
  dimensions: [{name: channel}]
  columns: [{name: at, type: Instant}, {name: store_id, type: Int}, {name: channel, type: String},
    {name: amount, type: Float, unit: CNY}, {name: items, type: Int, unit: Count}]
";

/// So many metrics: half over the dataset, half over other metrics.
fn manifests(metrics: usize) -> String {
    let mut text = HEAD.to_owned();
    for index in 0..metrics {
        let spec = match index % 4 {
            0 => format!("{{dataset: sales, formula: sum(amount) filter (where items > {index})}}"),
            1 => format!(
                "{{dataset: sales, formula: count(*) filter (where amount > {index}.5), dimensions: [store.region, channel]}}"
            ),
            2 => format!("{{derived: {{expr: m{} * 2 + 1}}}}", index - 2),
            _ => format!(
                "{{ratio: {{numerator: {{metric: m{}}}, denominator: {{metric: m{}}}}}}}",
                index - 3,
                index - 2
            ),
        };
        writeln!(
            text,
            "---\napiVersion: metricwright.dev/v1alpha1\nkind: Metric\nmetadata: {{name: m{index}}}\nspec: {spec}"
        )
        .unwrap();
    }
    text
}

fn catalog(text: &str) -> Catalog {
    let loaded = load(&[SourceFile { path: "bench.yaml".into(), text: text.to_owned() }]);
    assert!(loaded.findings.is_empty(), "{:?}", loaded.findings);
    let mut inventory = Inventory::new();
    for object in loaded.objects {
        inventory.insert(object.value);
    }
    Catalog::new(Arc::new(inventory))
}

/// The median of several rounds.
fn median(rounds: usize, mut work: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..rounds)
        .map(|_| {
            let begun = Instant::now();
            work();
            begun.elapsed()
        })
        .collect();
    times.sort();
    times.get(rounds / 2).copied().unwrap_or_default()
}

fn to_sql(catalog: &Catalog) -> usize {
    let metric = catalog.metric(&ObjectId::new(Kind::Metric, "default", "m3")).unwrap();
    let query = Query {
        metric,
        by: vec!["store.region".to_owned()],
        grain: Grain::Day,
        from: "2025-01-01T00:00:00Z".parse().unwrap(),
        to: "2025-02-01T00:00:00Z".parse().unwrap(),
        as_of: Timestamp::MAX,
    };
    plan(catalog, &query).unwrap().iter().map(|scan| statement(scan, &DataFusionSql).sql.len()).sum()
}

fn main() {
    let text = manifests(2_000);
    let whole = median(9, || {
        let catalog = catalog(&text);
        assert!(catalog.all_diagnostics().is_empty());
    });
    println!("2,000 metrics read, checked against the schema and resolved: {whole:.1?}");
    let loaded = catalog(&text);
    let resolved = median(9, || {
        let fresh = Catalog::new(Arc::new(loaded.inventory().clone()));
        assert!(fresh.all_diagnostics().is_empty());
    });
    println!("2,000 metrics resolved: {resolved:.1?}");
    let mut medians = Vec::new();
    for metrics in [20, 2_000] {
        let catalog = catalog(&manifests(metrics));
        assert!(catalog.all_diagnostics().is_empty());
        let one = median(2_001, || {
            black_box(to_sql(&catalog));
        });
        println!("one question to SQL among {metrics} metrics: {one:.1?}");
        medians.push(one.as_secs_f64());
    }
    if let [few, many] = medians.as_slice() {
        println!("growth from 20 to 2,000 metrics: {:.2}", many / few);
    }
}
