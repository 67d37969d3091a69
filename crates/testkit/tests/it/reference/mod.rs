//! The reference evaluator: against values worked out by hand, and against the engines it is there to check.

mod cases;
mod engines;
mod expressions;
mod generated;
mod hosts;
mod meaning;

use std::fmt::Write;
use std::sync::Arc;

use metricwright_api::{Kind, Level, ObjectId};
use metricwright_catalog::manifest::{SourceFile, load};
use metricwright_catalog::resolved::ResolvedMetric;
use metricwright_catalog::{Catalog, Inventory};

/// The catalogue of manifests in a text, which must be without fault.
fn catalog(manifests: &str) -> Catalog {
    let loaded = load(&[SourceFile { path: "test.yaml".to_owned(), text: manifests.to_owned() }]);
    assert!(loaded.findings.is_empty(), "{:?}", loaded.findings);
    let mut inventory = Inventory::new();
    for object in loaded.objects {
        inventory.insert(object.value);
    }
    let catalog = Catalog::new(Arc::new(inventory));
    let errors = catalog.all_diagnostics();
    assert!(errors.iter().all(|finding| finding.level != Level::Error), "{errors:?}");
    catalog
}

fn metric(catalog: &Catalog, name: &str) -> Arc<ResolvedMetric> {
    catalog.metric(&ObjectId::new(Kind::Metric, "default", name)).unwrap()
}

/// Manifests of a shop in a zone, with metrics by name: a formula over orders, one over visits (`visits: formula`), a
/// ratio of two others (`a over b`), or any other meaning as it is written in a spec (`ratio: {…}`);
/// lines after the first are further fields.
fn shop(zone: &str, metrics: &[(&str, &str)]) -> String {
    shop_with_calendar(zone, None, metrics)
}

/// The same, with the datasets counting by a calendar whose spec is given.
fn shop_with_calendar(zone: &str, calendar: Option<&str>, metrics: &[(&str, &str)]) -> String {
    let mut text = SHOP.replace("ZONE", zone);
    if let Some(spec) = calendar {
        text = text.replace("  source: shop\n", "  source: shop\n  calendar: days\n");
        text += "---\napiVersion: metricwright.dev/v1alpha1\nkind: Calendar\nmetadata: {name: days}\n";
        writeln!(text, "spec: {spec}").unwrap();
    }
    for (name, definition) in metrics {
        let (definition, more) = definition.split_once('\n').unwrap_or((definition, ""));
        let written = ["ratio: ", "derived: ", "cumulative: ", "conversion: ", "aggregate: "]
            .iter()
            .any(|kind| definition.starts_with(kind));
        let meaning = match definition.split_once(" over ") {
            _ if written => definition.to_owned(),
            Some((numerator, denominator)) => {
                format!(
                    "ratio: {{numerator: {{metric: {numerator}}}, denominator: {{metric: {denominator}}}}}"
                )
            }
            None => match definition.strip_prefix("visits: ") {
                Some(formula) => format!("dataset: visits\n  formula: \"{formula}\""),
                None => format!("dataset: orders\n  formula: \"{definition}\""),
            },
        };
        text += "---\napiVersion: metricwright.dev/v1alpha1\nkind: Metric\n";
        writeln!(text, "metadata: {{name: {name}}}\nspec:\n  {meaning}\n{more}").unwrap();
    }
    text
}

const SHOP: &str = r"
apiVersion: metricwright.dev/v1alpha1
kind: DataSource
metadata: {name: shop}
spec: {files: {path: .}}
---
apiVersion: metricwright.dev/v1alpha1
kind: Dataset
metadata: {name: orders}
spec:
  source: shop
  table: orders
  timezone: ZONE
  time: {column: at, storedAs: Instant}
  entities:
    - {name: order, type: Primary, expr: order_id}
    - {name: store, type: Foreign, expr: store_id}
    - {name: post, type: Foreign, expr: store_id}
    - {name: offer, type: Foreign, key: [store_id, channel]}
  times: [{name: paid, column: paid_at, storedAs: Instant}]
  dimensions: [{name: channel, conformed: channel}]
  columns:
    - {name: order_id, type: Int}
    - {name: at, type: DateTime}
    - {name: paid_at, type: DateTime}
    - {name: store_id, type: Int}
    - {name: channel, type: String}
    - {name: status, type: String}
    - {name: net, type: Float}
    - {name: items, type: Int}
---
apiVersion: metricwright.dev/v1alpha1
kind: Dataset
metadata: {name: stores}
spec:
  source: shop
  table: stores
  entities: [{name: store, type: Primary, expr: store_id}]
  dimensions: [{name: region}, {name: format}]
  columns:
    - {name: store_id, type: Int}
    - {name: region, type: String}
    - {name: format, type: String}
---
apiVersion: metricwright.dev/v1alpha1
kind: Dataset
metadata: {name: managers}
spec:
  source: shop
  table: managers
  validity: {from: since, to: until, storedAs: Date}
  entities: [{name: post, type: Primary, expr: store_id}]
  dimensions: [{name: manager}]
  columns:
    - {name: store_id, type: Int}
    - {name: since, type: Date}
    - {name: until, type: Date}
    - {name: manager, type: String}
---
apiVersion: metricwright.dev/v1alpha1
kind: Dataset
metadata: {name: offers}
spec:
  source: shop
  table: offers
  entities: [{name: offer, type: Primary, key: [store_id, channel]}]
  dimensions: [{name: tier}]
  columns:
    - {name: store_id, type: Int}
    - {name: channel, type: String}
    - {name: tier, type: String}
---
apiVersion: metricwright.dev/v1alpha1
kind: Dataset
metadata: {name: visits}
spec:
  source: shop
  table: visits
  timezone: ZONE
  time: {column: day, storedAs: Date}
  entities: [{name: store, type: Foreign, expr: store_id}]
  dimensions: [{name: channel, conformed: channel}]
  columns:
    - {name: day, type: Date}
    - {name: store_id, type: Int}
    - {name: channel, type: String}
    - {name: visitors, type: Int}
";
