//! How datasets reach dimensions: along entities, many to one.

use metricwright_api::Kind;

use crate::support::{findings, id, metric, shop};

/// What a metric of sales can be grouped by, or why not: `way by way` or `CODE: reason; remedy`.
fn by(more: &str, dataset: &str, name: &str) -> String {
    let catalog = shop(more);
    let dataset = catalog.dataset(&id(Kind::Dataset, dataset)).unwrap();
    match catalog.dimension(&dataset, name) {
        Ok(way) => way.path.iter().map(|hop| hop.dataset.id.name.clone()).collect::<Vec<_>>().join(" > "),
        Err(fault) => format!("{}: {}; {}", fault.code, fault.reason, fault.remedy),
    }
}

#[test]
fn one_hop_and_several_hops_are_found() {
    assert_eq!(by("", "sales", "channel"), "");
    assert_eq!(by("", "sales", "store.region"), "stores");
    assert_eq!(by("", "sales", "city.country"), "stores > cities");
    assert_eq!(by("", "sales", "customer.segment"), "customers");
    // The key is here already.
    assert_eq!(by("", "sales", "store"), "");
}

#[test]
fn two_ways_are_named_and_neither_is_taken() {
    let warehouses = "Dataset customers {source: shop, table: customers, \
        entities: [{name: customer, type: Primary, expr: id}, {name: city, type: Foreign, expr: home_id}], \
        dimensions: [{name: segment}], columns: [{name: id, type: Int}, {name: home_id, type: Int}, {name: segment, type: String}]}";
    let found = by(warehouses, "sales", "city.country");
    assert!(found.starts_with("AMBIGUOUS_PATH"), "{found}");
    assert!(
        found.contains("sales → store → city") && found.contains("sales → customer → city"),
        "it does not name both ways: {found}"
    );
}

#[test]
fn a_join_that_would_repeat_rows_is_refused() {
    let found = by("", "stores", "sale.channel");
    assert!(found.starts_with("JOIN_FANS_OUT"), "{found}");
}

#[test]
fn what_is_not_there_is_met_with_what_is() {
    let found = by("", "sales", "store.regoin");
    assert!(
        found.starts_with("UNKNOWN_DIMENSION") && found.contains("did you mean `store.region`?"),
        "{found}"
    );
}

#[test]
fn what_belongs_to_an_entity_is_asked_for_by_its_name() {
    let found = by("", "sales", "region");
    assert!(
        found.starts_with("UNKNOWN_DIMENSION") && found.contains("did you mean `store.region`?"),
        "{found}"
    );
}

#[test]
fn two_primaries_of_one_entity_are_a_fault() {
    let catalog = shop(
        "Dataset more-stores {source: shop, table: more, entities: [{name: store, type: Primary, expr: id}], \
         columns: [{name: id, type: Int}]}",
    );
    let found = findings(&catalog, Kind::Dataset, "more-stores");
    assert!(found[0].starts_with("DUPLICATE_PRIMARY at spec.entities[0]"), "{found:?}");
}

#[test]
fn datasets_share_dimensions_of_an_entity_or_of_one_conformed_name() {
    let catalog =
        shop("Metric per-visitor {ratio: {numerator: {metric: revenue}, denominator: {metric: visitors}}}");
    let shared = metric(&catalog, "per-visitor");
    let names: Vec<&str> = shared.dimensions.iter().map(|dimension| dimension.name.as_str()).collect();
    assert!(names.contains(&"store") && names.contains(&"channel"), "{names:?}");
    assert!(!names.contains(&"device") && !names.contains(&"customer.segment"), "{names:?}");
    assert_eq!(shared.display_name_of("store.region"), "大区");
    let refused = catalog.shared_dimension(&shared, "device").unwrap_err();
    assert_eq!(refused.code.as_str(), "DIM_NOT_SHARED", "{}", refused.reason);
}

#[test]
fn joins_stay_inside_one_source() {
    let catalog = shop(
        "DataSource elsewhere {files: {path: more/}}\n\
         Dataset customers {source: elsewhere, table: customers, entities: [{name: customer, type: Primary, expr: id}], \
         dimensions: [{name: segment}], columns: [{name: id, type: Int}, {name: segment, type: String}]}",
    );
    let sales = catalog.dataset(&id(Kind::Dataset, "sales")).unwrap();
    let fault = catalog.dimension(&sales, "customer.segment").unwrap_err();
    assert!(fault.reason.contains("elsewhere") && fault.reason.contains("shop"), "{}", fault.reason);
}

const OFFERS: &str = "
Dataset offers {source: shop, table: offers, entities: [{name: offer, type: Primary, key: [store_id, channel]}], dimensions: [{name: tier}],
  columns: [{name: store_id, type: Int}, {name: channel, type: String}, {name: tier, type: String}]}
Dataset deals {source: shop, table: deals, time: {column: at}, entities: [{name: offer, type: Foreign, key: [KEY]}],
  columns: [{name: at, type: Instant}, {name: store_id, type: Int}, {name: channel, type: String}]}
";

#[test]
fn keys_of_several_columns_are_joined_part_by_part() {
    let offers = |key: &str| OFFERS.replace("KEY", key);
    assert_eq!(by(&offers("store_id, channel"), "deals", "offer.tier"), "offers");
    let alone = by(&offers("store_id, channel"), "deals", "offer");
    assert!(alone.starts_with("UNKNOWN_DIMENSION") && alone.contains("made of several columns"), "{alone}");
    let other = by(&offers("store_id"), "deals", "offer.tier");
    assert!(other.contains("has 1 parts in dataset `deals` and 2 in dataset `offers`"), "{other}");
}

#[test]
fn rows_are_dated_by_the_time_that_is_named() {
    let text = "
Dataset parcels {source: shop, table: parcels, time: {column: ordered_at}, times: [{name: shipped, column: shipped_at, latency: 3d}],
  columns: [{name: ordered_at, type: Instant}, {name: shipped_at, type: Instant}]}
Metric ordered {dataset: parcels, formula: count(*)}
Metric shipped {dataset: parcels, time: shipped, formula: count(*)}
Metric sent {aggregate: {dataset: parcels, function: Count, time: sihpped}}
";
    let catalog = shop(text);
    let (ordered, shipped) = (metric(&catalog, "ordered"), metric(&catalog, "shipped"));
    let column = |metric: &metricwright_catalog::resolved::ResolvedMetric| {
        metric.components[0].dataset.time.as_ref().unwrap().column.clone()
    };
    assert_eq!([column(&ordered), column(&shipped)], ["ordered_at", "shipped_at"]);
    assert_ne!(ordered.components[0].scan_key, shipped.components[0].scan_key);
    assert_eq!(shipped.schedule.latency.to_string(), "3d");
    let found = findings(&catalog, Kind::Metric, "sent");
    assert_eq!(
        found,
        [
            "TIME_MISSING at spec.aggregate.time: dataset `parcels` has no time `sihpped` in `times`; did you mean `shipped`?"
        ]
    );
}

#[test]
fn what_cannot_hold_for_a_time_is_found() {
    let catalog = shop(
        "Dataset facts {source: shop, table: facts, validity: {from: since, to: untill, storedAs: Local},
  columns: [{name: since, type: DateTime}, {name: until, type: DateTime}]}",
    );
    let codes: Vec<String> = catalog
        .diagnostics(&id(Kind::Dataset, "facts"))
        .iter()
        .map(|finding| format!("{} at {}", finding.code, finding.path))
        .collect();
    assert_eq!(
        codes,
        [
            "UNKNOWN_COLUMN at spec.validity.to",
            "NOT_SUPPORTED at spec.validity.storedAs",
            "SCHEMA_RULE at spec.validity"
        ]
    );
}
