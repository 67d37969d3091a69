//! A few definitions, and short words for what is asked of them.

use std::sync::Arc;

use metricwright_api::{Diagnostic, Kind, ObjectId};
use metricwright_catalog::manifest::{SourceFile, load};
use metricwright_catalog::resolved::ResolvedMetric;
use metricwright_catalog::{Catalog, Inventory, Object};

/// A shop: sales refer to stores and customers, stores lie in cities, and visits share the stores.
pub const SHOP: &str = "
DataSource shop {files: {path: data/}}
Dataset cities {source: shop, table: cities, entities: [{name: city, type: Primary, expr: id}],
  dimensions: [{name: country}], columns: [{name: id, type: Int}, {name: country, type: String}]}
Dataset stores {source: shop, table: stores,
  entities: [{name: store, type: Primary, expr: id}, {name: city, type: Foreign, expr: city_id}],
  dimensions: [{name: region, displayName: 大区}],
  columns: [{name: id, type: Int}, {name: city_id, type: Int}, {name: region, type: String}]}
Dataset customers {source: shop, table: customers, entities: [{name: customer, type: Primary, expr: id}],
  dimensions: [{name: segment}], columns: [{name: id, type: Int}, {name: segment, type: String}]}
Dataset sales {source: shop, table: sales, time: {column: at, latency: 2h},
  entities: [{name: sale, type: Primary, expr: id}, {name: store, type: Foreign, expr: store_id},
    {name: customer, type: Foreign, expr: customer_id}],
  dimensions: [{name: channel, conformed: channel}],
  columns: [{name: id, type: Int}, {name: at, type: Instant}, {name: store_id, type: Int}, {name: customer_id, type: Int},
    {name: channel, type: String}, {name: amount, type: Float, unit: CNY}, {name: cost, type: Float, unit: CNY},
    {name: items, type: Int, unit: Count}, {name: paid, type: Bool}]}
Dataset visits {source: shop, table: visits, time: {column: day, storedAs: Date, latency: 6h},
  entities: [{name: store, type: Foreign, expr: store_id}], dimensions: [{name: way_in, conformed: channel}, {name: device}],
  columns: [{name: day, type: Date}, {name: store_id, type: Int}, {name: way_in, type: String}, {name: device, type: String},
    {name: visitors, type: Int, unit: Count}]}
Metric revenue {dataset: sales, formula: sum(amount) filter (where paid), dimensions: [store, store.region, channel]}
Metric visitors {dataset: visits, formula: sum(visitors), dimensions: [store, way_in]}
";

/// Objects written as `Kind name {spec}`; lines that are indented go on. `Kind namespace/name` names another namespace.
pub fn objects(text: &str) -> Vec<Object> {
    let mut manifests: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        match (line.starts_with(' '), manifests.last_mut()) {
            (true, Some(last)) => *last += line,
            _ => manifests.push(line.to_owned()),
        }
    }
    let document = |line: &String| {
        let (head, spec) = line.split_once(" {").unwrap();
        let (kind, name) = head.split_once(' ').unwrap();
        let (namespace, name) = name.split_once('/').unwrap_or(("default", name));
        format!(
            "apiVersion: metricwright.dev/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}, namespace: {namespace}, labels: \
             {{set: shop}}}}\nspec: {{{spec}\n"
        )
    };
    let text = manifests.iter().map(document).collect::<Vec<_>>().join("---\n");
    let loaded = load(&[SourceFile { path: "test.yaml".into(), text: text.clone() }]);
    assert!(loaded.findings.is_empty(), "{:?}\n{text}", loaded.findings);
    loaded.objects.into_iter().map(|object| object.value).collect()
}

pub fn inventory(objects: impl IntoIterator<Item = Object>) -> Arc<Inventory> {
    let mut inventory = Inventory::new();
    for object in objects {
        inventory.insert(object);
    }
    Arc::new(inventory)
}

/// The shop with more definitions; a later one takes the place of an earlier one of its name.
pub fn shop(more: &str) -> Catalog {
    Catalog::new(inventory(objects(SHOP).into_iter().chain(objects(more))))
}

pub fn id(kind: Kind, name: &str) -> ObjectId {
    ObjectId::new(kind, "default", name)
}

pub fn metric(catalog: &Catalog, name: &str) -> Arc<ResolvedMetric> {
    catalog.metric(&id(Kind::Metric, name)).unwrap_or_else(|found| panic!("{name}: {found:?}"))
}

/// `CODE at path: reason; remedy` of the findings on an object.
pub fn findings(catalog: &Catalog, kind: Kind, name: &str) -> Vec<String> {
    catalog.diagnostics(&id(kind, name)).iter().map(words).collect()
}

pub fn words(finding: &Diagnostic) -> String {
    format!("{} at {}: {}; {}", finding.code, finding.path, finding.reason, finding.remedy)
}
