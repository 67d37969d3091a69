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
