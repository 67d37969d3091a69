//! Canonical texts and their hashes: equal texts mean equal numbers.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use metricwright_formula::{Aggregate, ColumnPath, Expr, ExprKind, canonical, map_columns};
use sha2::{Digest, Sha256};

use crate::resolved::{Component, Dimension, Hop, Relation, ResolvedDataset};

/// The first 16 hexadecimal digits of the SHA-256 of a text.
pub fn short_hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(8).fold(String::new(), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// What a metric means: its value over its components, and what these are.
pub fn definition_text(value: &Expr, components: &[Component]) -> String {
    let keys: Vec<_> = components.iter().map(|component| component.key.as_str()).collect();
    format!("{}\n{}", canonical(value), keys.join("\n"))
}

/// What a component means. Names of datasets do not count; what they read does.
pub fn component_key(
    dataset: &ResolvedDataset,
    aggregate: &Aggregate,
    references: &BTreeMap<String, Dimension>,
) -> String {
    let expanded = Aggregate {
        function: aggregate.function,
        argument: aggregate.argument.as_ref().map(|expr| expand(expr, references)),
        filter: aggregate.filter.as_ref().map(|expr| expand(expr, references)),
    };
    let aggregate = canonical(&Expr::new(ExprKind::Aggregate(Box::new(expanded))));
    format!("{} over {}", aggregate, dataset_text(dataset))
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
        format!(
            "[{} = {} of {}]",
            canonical(&hop.left_key),
            canonical(&hop.right_key),
            relation_text(&hop.dataset)
        )
    };
    path.iter().map(hop).collect::<Vec<_>>().join(" → ")
}

fn dataset_text(dataset: &ResolvedDataset) -> String {
    let time = dataset.time.as_ref().map(|time| {
        let zone = time.stored_zone.iana_name().unwrap_or("UTC");
        format!("{} as {:?} in {zone}", time.column, time.stored_as)
    });
    let zone = dataset.timezone.iana_name().unwrap_or("UTC");
    format!("{} by {} days of {zone}", relation_text(dataset), time.unwrap_or_default())
}

fn relation_text(dataset: &ResolvedDataset) -> String {
    let relation = match &dataset.relation {
        Relation::Table(name) => format!("table {name}"),
        Relation::Query(query) => format!("query {query}"),
    };
    format!("{}/{} {relation}", dataset.source.namespace, dataset.source.name)
}
