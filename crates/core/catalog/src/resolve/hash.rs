//! Canonical texts and their hashes: equal texts mean equal numbers.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use metricwright_api::StoredAs;
use metricwright_api::metric::Missing;
use metricwright_formula::{Aggregate, ColumnPath, Expr, ExprKind, canonical, map_columns};
use sha2::{Digest, Sha256};

use crate::resolved::{Component, Dimension, Events, Hop, Relation, ResolvedDataset};

/// The first 16 hexadecimal digits of the SHA-256 of a text.
pub fn short_hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(8).fold(String::new(), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// What a metric means: its value over its components, and what these are.
pub fn definition_text(value: &Expr, components: &[Component], missing: Missing) -> String {
    let keys: Vec<_> = components.iter().map(|component| component.key.as_str()).collect();
    let text = format!("{}\n{}", canonical(value), keys.join("\n"));
    if missing == Missing::Keep { text } else { format!("{text}\nmissing is {missing:?}") }
}

/// What a component means, whatever rows count for a window. Names of datasets do not count; what they read does.
pub fn component_key(component: &Component) -> String {
    let Component { dataset, aggregate, references, .. } = component;
    let text = |expr: &Expr| canonical(&expand(expr, references));
    let expanded = Aggregate {
        function: aggregate.function,
        argument: aggregate.argument.as_ref().map(|expr| expand(expr, references)),
        filter: aggregate.filter.as_ref().map(|expr| expand(expr, references)),
    };
    let aggregate = canonical(&Expr::new(ExprKind::Aggregate(Box::new(expanded))));
    let mut key = format!("{aggregate} over {}", dataset_text(dataset));
    if let Some(snapshot) = &component.snapshot {
        let over = snapshot.over.as_ref().map_or_else(|| "time".to_owned(), text);
        let by: Vec<String> = snapshot.by.iter().map(text).collect();
        // Writing to a String cannot fail.
        let _ = write!(key, " keeps {:?} of {over} by [{}]", snapshot.keep, by.join(", "));
    }
    if let Some(conversion) = &component.conversion {
        let sides = conversion.sides().map(events_text);
        let tie = keys_text(&conversion.tie);
        let _ = write!(key, " where {} within {} by {tie}", sides.join(" leads to "), conversion.window);
    }
    key
}

fn events_text(events: &Events) -> String {
    let filter = events.filter.as_ref().map(|filter| canonical(&expand(filter, &events.references)));
    let key = |way: &Dimension| format!("{} → {}", path_text(&way.path), canonical(&way.expr));
    let keys: Vec<String> = events.keys.iter().map(key).collect();
    format!("{} of {} by [{}]", filter.unwrap_or_default(), dataset_text(&events.dataset), keys.join(", "))
}

/// Writes each dimension as where it comes from, so that its name does not count.
fn expand(expr: &Expr, references: &BTreeMap<String, Dimension>) -> Expr {
    map_columns(expr, |path| {
        let way = references.get(&path.to_string())?;
        if way.path.is_empty() {
            return Some(way.expr.kind.clone());
        }
        let text = format!("{} → {}", path_text(&way.path), canonical(&way.expr));
        Some(ExprKind::Column(ColumnPath::bare(text)))
    })
}

fn path_text(path: &[Hop]) -> String {
    let hop = |hop: &Hop| {
        let held = hop.dataset.validity.as_ref().map(|validity| {
            format!(" from {} to {} as {:?}", validity.from, validity.to, validity.stored_as)
        });
        format!(
            "[{} = {} of {}{}]",
            keys_text(&hop.left_key),
            keys_text(&hop.right_key),
            relation_text(&hop.dataset),
            held.unwrap_or_default()
        )
    };
    path.iter().map(hop).collect::<Vec<_>>().join(" → ")
}

fn keys_text(keys: &[Expr]) -> String {
    keys.iter().map(canonical).collect::<Vec<_>>().join(", ")
}

fn dataset_text(dataset: &ResolvedDataset) -> String {
    let time = dataset.time.as_ref().map(|time| {
        let zone = Some(&time.stored_zone).filter(|_| time.stored_as == StoredAs::Local);
        let zone = zone.map(|zone| format!(" in {}", zone.iana_name().unwrap_or("UTC"))).unwrap_or_default();
        format!("{} as {:?}{zone}", time.column, time.stored_as)
    });
    format!("{} by {}", relation_text(dataset), time.unwrap_or_default())
}

fn relation_text(dataset: &ResolvedDataset) -> String {
    let relation = match &dataset.relation {
        Relation::Table(name) => format!("table {name}"),
        Relation::Query(query) => format!("query {query}"),
    };
    format!("{}/{} {relation}", dataset.source.namespace, dataset.source.name)
}
