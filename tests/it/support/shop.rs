//! A small shop of a few weeks: a CSV file with a drop in it, and definitions on it.

use std::fmt::Write as _;
use std::path::Path;

/// Days of sales in two stores from 2025-01-01 on; store B sells nearly nothing on days 20 to 22.
pub fn write_sales(folder: &Path, days: i32) {
    std::fs::create_dir_all(folder).unwrap();
    let mut text = String::from("sold_at,store,amount\n");
    let first: jiff::civil::Date = "2025-01-01".parse().unwrap();
    for day in 0..days {
        let date = first.checked_add(jiff::Span::new().days(day)).unwrap();
        for (store, base) in [("A", 100), ("B", 80)] {
            let amount = if store == "B" && (20..=22).contains(&day) { 5 } else { base + day % 7 };
            writeln!(text, "{date}T10:00:00Z,{store},{amount}").unwrap();
        }
    }
    std::fs::write(folder.join("sales.csv"), text).unwrap();
}

/// Revenue by store, a rule that sees the drop, and a channel to `url`.
pub fn definitions(url: &str) -> String {
    format!(
        r#"
apiVersion: metricwright.dev/v1alpha1
kind: DataSource
metadata: {{name: shop}}
spec: {{files: {{path: data/}}}}
---
apiVersion: metricwright.dev/v1alpha1
kind: Dataset
metadata: {{name: sales}}
spec:
  source: shop
  table: sales
  time: {{column: sold_at, latency: 1h}}
  entities: [{{name: store, type: Foreign, expr: store}}]
---
apiVersion: metricwright.dev/v1alpha1
kind: Metric
metadata: {{name: revenue}}
spec: {{dataset: sales, formula: sum(amount), dimensions: [store], schedule: {{grains: [Day, Week]}}}}
---
apiVersion: metricwright.dev/v1alpha1
kind: Metric
metadata: {{name: tickets}}
spec: {{dataset: sales, formula: count(*), dimensions: [store]}}
---
apiVersion: metricwright.dev/v1alpha1
kind: Channel
metadata: {{name: pager}}
spec: {{webhook: {{url: "{url}"}}}}
---
apiVersion: metricwright.dev/v1alpha1
kind: AlertRule
metadata: {{name: drop}}
spec:
  metric: revenue
  slices: [store]
  grain: Day
  anyOf: [{{threshold: value < 50}}]
  unless: metric(tickets) < 1
  incidentRetention: 1y
  notify: [{{channel: pager}}]
"#
    )
}
