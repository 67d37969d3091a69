//! What is asked, and what of it the store keeps.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use metricwright_api::{Code, Grain, Kind, ObjectId};
use metricwright_catalog::Catalog;
use metricwright_catalog::moment::parse_moment;
use metricwright_catalog::resolved::ResolvedMetric;
use metricwright_formula::suggest;
use metricwright_query::Slice;
use metricwright_query::plan::grouping;
use metricwright_query::slice::{NO_MEMBER, grouping_key};
use metricwright_store::Store;

use super::refusal::Refusal;
use crate::compute::groupings;

/// The slice that members for people mean; `(none)` is the missing member.
pub fn slice_of(members: &BTreeMap<String, String>) -> Slice {
    let member = |text: &String| (text != NO_MEMBER).then(|| text.clone());
    Slice(members.iter().map(|(name, text)| (name.clone(), member(text))).collect())
}

/// The metric, resolved.
pub(super) fn metric(catalog: &Catalog, id: &ObjectId) -> Result<Arc<ResolvedMetric>, Refusal> {
    if catalog.inventory().get(id).is_none() {
        let known: Vec<&str> = catalog
            .inventory()
            .of_kind_in(Kind::Metric, &id.namespace)
            .map(|object| object.id.name.as_str())
            .collect();
        let reason = format!("there is no metric `{}` in namespace `{}`", id.name, id.namespace);
        let remedy = match suggest(&id.name, &known) {
            Some(close) => format!("did you mean `{close}`?"),
            None => "name a metric of that namespace".to_owned(),
        };
        return Err(Refusal::new(Code::ReferenceNotFound, reason, remedy));
    }
    catalog.metric(id).map_err(|findings| Refusal::of_findings(&findings))
}

/// The grain asked for, or the metric's first one.
pub(super) fn grain(metric: &ResolvedMetric, asked: Option<Grain>) -> Result<Grain, Refusal> {
    let grains = &metric.schedule.grains;
    match asked {
        None => Ok(grains.first().copied().unwrap_or_default()),
        Some(grain) if grains.contains(&grain) => Ok(grain),
        Some(grain) => {
            let kept: Vec<&str> = grains.iter().map(|grain| grain.as_str()).collect();
            let reason = format!("no values of grain {grain} are kept of metric `{}`", metric.id.name);
            let remedy = format!("ask for {}, or add {grain} to `spec.schedule.grains`", kept.join(" or "));
            Err(Refusal::new(Code::NotKept, reason, remedy))
        }
    }
}

/// The dimensions in the order in which the store keeps them, if it does.
pub(super) fn kept_grouping(
    catalog: &Catalog,
    metric: &ResolvedMetric,
    dimensions: &[String],
) -> Result<Vec<String>, Refusal> {
    let sorted = |names: &[String]| {
        let mut names = names.to_vec();
        names.sort();
        names
    };
    let wanted = sorted(dimensions);
    grouping(catalog, metric, &wanted)?;
    let kept = groupings(catalog, metric);
    if let Some(found) = kept.iter().find(|names| sorted(names) == wanted) {
        return Ok(found.clone());
    }
    let shown: Vec<String> =
        kept.iter().filter(|names| !names.is_empty()).map(|names| names.join(",")).collect();
    let reason = format!("values by {} are not kept of metric `{}`", wanted.join(","), metric.id.name);
    let remedy = if shown.is_empty() {
        "ask for the total; `metricwright query --by` computes others from the source".to_owned()
    } else {
        format!("ask by {}; `metricwright query --by` computes others from the source", shown.join(" or "))
    };
    Err(Refusal::new(Code::NotKept, reason, remedy))
}

/// A moment as people write it, in the metric's zone.
pub(super) fn moment(
    metric: &ResolvedMetric,
    what: &str,
    text: &str,
    now: Timestamp,
) -> Result<Timestamp, Refusal> {
    parse_moment(text, &metric.schedule.chronology, now).map_err(|error| {
        let (reason, remedy) = error.split_once(": ").unwrap_or((error.as_str(), ""));
        Refusal::new(Code::InvalidValue, format!("{what}: {reason}"), remedy)
    })
}

/// Refuses a slice of which nothing is kept, with the members that there are.
pub(super) async fn known_slice(
    store: &dyn Store,
    metric: &ResolvedMetric,
    grain: Grain,
    by: &[String],
    slice: &Slice,
) -> Result<(), Refusal> {
    let kept = store.slices(&metric.id, &metric.definition_hash, grain, &grouping_key(by)).await?;
    let key = slice.key();
    if kept.is_empty() || kept.iter().any(|(known, _)| *known == key) {
        return Ok(());
    }
    let shown: Vec<String> =
        kept.iter().filter_map(|(known, _)| Slice::from_key(known)).map(|known| known.to_string()).collect();
    let names: Vec<&str> = shown.iter().map(String::as_str).collect();
    let wanted = slice.to_string();
    let remedy = match suggest(&wanted, &names) {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("ask for one of {}", few(&names)),
    };
    let reason = format!("nothing is kept of `{wanted}` of metric `{}`", metric.id.name);
    Err(Refusal::new(Code::NotKept, reason, remedy))
}

/// The first few of a list.
fn few(names: &[&str]) -> String {
    const FEW: usize = 5;
    let shown: Vec<String> = names.iter().take(FEW).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(FEW);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{rest}", shown.join(", "))
}
