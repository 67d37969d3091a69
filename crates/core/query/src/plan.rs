//! From metrics and groupings to scans: one a dataset, shared by every metric of it.

use std::sync::Arc;

use jiff::Timestamp;
use metricwright_api::Grain;
use metricwright_catalog::calendar::Chronology;
use metricwright_catalog::resolved::{Component, Dimension, ResolvedMetric, SharedDimension};
use metricwright_catalog::{Catalog, Unreachable};

use crate::reading::{Reading, Stretch, readings, refused};
use crate::scan::Scan;
use crate::window::whole_windows;

/// A question about one metric.
#[derive(Clone, Debug)]
pub struct Query {
    /// The metric.
    pub metric: Arc<ResolvedMetric>,
    /// Dimensions to group by, together.
    pub by: Vec<String>,
    /// Grain of the buckets.
    pub grain: Grain,
    /// First moment; rounded down to a window.
    pub from: Timestamp,
    /// First moment after the range; rounded up to a window.
    pub to: Timestamp,
    /// The clock: rows at or after it are invisible.
    pub as_of: Timestamp,
}

impl Query {
    /// Its windows, whole ones.
    pub fn stretch(&self) -> Stretch {
        let chronology = self.metric.schedule.chronology.clone();
        let (from, to) = whole_windows(self.grain, &chronology, (self.from, self.to));
        Stretch { grain: self.grain, whole: false, chronology, from, to, as_of: self.as_of }
    }
}

/// Dimensions that are grouped by together, each with the way to it.
type Grouping = Vec<(String, Dimension)>;

/// A metric and the groupings wanted of it.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The metric.
    pub metric: Arc<ResolvedMetric>,
    /// The groupings, each as dimensions; the total is always there.
    pub groupings: Vec<Vec<SharedDimension>>,
}

/// Finds the dimensions of a grouping for a metric.
///
/// # Errors
/// The metric cannot be grouped by one of them.
pub fn grouping(
    catalog: &Catalog,
    metric: &ResolvedMetric,
    names: &[String],
) -> Result<Vec<SharedDimension>, Unreachable> {
    names
        .iter()
        .map(|name| match metric.dimensions.iter().find(|known| known.name == *name) {
            Some(known) => Ok(known.clone()),
            None => catalog.shared_dimension(metric, name),
        })
        .collect()
}

/// The scans that answer a question.
///
/// # Errors
/// The metric cannot be grouped by one of the dimensions, or has no whole windows of the grain.
pub fn plan(catalog: &Catalog, query: &Query) -> Result<Vec<Scan>, Unreachable> {
    if let Some(refusal) = refused(&query.metric, &query.stretch()) {
        return Err(refusal);
    }
    let groupings =
        if query.by.is_empty() { Vec::new() } else { vec![grouping(catalog, &query.metric, &query.by)?] };
    let wanted = [Wanted { metric: query.metric.clone(), groupings }];
    Ok(plan_scans(&wanted, &query.stretch()))
}

/// The scans of the metrics: one for each dataset and stretch of its rows, with the components and groupings put together, each
/// once.
pub fn plan_scans(wanted: &[Wanted], asked: &Stretch) -> Vec<Scan> {
    let mut scans: Vec<Scan> = Vec::new();
    for part in wanted {
        let asked = asked.of(&part.metric);
        for (index, component) in part.metric.components.iter().enumerate() {
            let ways = |grouping: &Vec<SharedDimension>| {
                let way =
                    |shared: &SharedDimension| Some((shared.name.clone(), shared.ways.get(index)?.clone()));
                grouping.iter().filter_map(way).collect()
            };
            let groupings: Vec<Grouping> = part.groupings.iter().map(ways).collect();
            for reading in readings(component, &asked) {
                put(&mut scans, scan(component, &groupings, reading, &asked.chronology));
            }
        }
    }
    scans
}

fn scan(
    component: &Component,
    groupings: &[Grouping],
    reading: Reading,
    chronology: &Arc<Chronology>,
) -> Scan {
    let Reading { grain, from, to, as_of, spread } = reading;
    Scan {
        dataset: component.dataset.clone(),
        components: vec![component.clone()],
        groupings: groupings.to_vec(),
        grain,
        chronology: chronology.clone(),
        from,
        to,
        as_of,
        conversion: component.conversion.clone(),
        spread,
    }
}

/// Adds a scan, to those of the same rows where there are any.
fn put(scans: &mut Vec<Scan>, mut scan: Scan) {
    let mut place = scans.len();
    // What it was joined with may touch another one that it did not.
    while let Some(found) = scans.iter().position(|known| one_statement(known, &scan)) {
        scan = joined(scans.remove(found), scan);
        place = found;
    }
    scans.insert(place.min(scans.len()), scan);
}

/// Whether one statement can read both: rows of one stretch until one moment. What is spread, or the least, largest or mean of
/// snapshots, is aggregated by itself; so are events that are followed by others.
fn one_statement(left: &Scan, right: &Scan) -> bool {
    let same_rows = left.dataset.is_same_as(&right.dataset)
        && left.chronology == right.chronology
        && left.grain == right.grain
        && left.as_of == right.as_of
        && left.spread == right.spread
        && same_conversion(left, right);
    let by_itself = left.spread.is_some() || left.snapshots().is_some() || right.snapshots().is_some();
    let same_place = if by_itself {
        left.from == right.from && left.to == right.to && keys(left).eq(keys(right))
    } else {
        left.from <= right.to && right.from <= left.to
    };
    same_rows && same_place
}

/// Conversions are shared by the components of one metric.
fn same_conversion(left: &Scan, right: &Scan) -> bool {
    match (&left.conversion, &right.conversion) {
        (None, None) => true,
        (Some(left), Some(right)) => Arc::ptr_eq(left, right),
        _ => false,
    }
}

fn keys(scan: &Scan) -> impl Iterator<Item = &str> {
    scan.components.iter().map(|component| component.scan_key.as_str())
}

fn joined(mut scan: Scan, other: Scan) -> Scan {
    scan.from = scan.from.min(other.from);
    scan.to = scan.to.max(other.to);
    for component in other.components {
        if scan.components.iter().all(|known| known.scan_key != component.scan_key) {
            scan.components.push(component);
        }
    }
    for grouping in other.groupings {
        if scan.groupings.iter().all(|known| !same_names(known, &grouping)) {
            scan.groupings.push(grouping);
        }
    }
    scan
}

fn same_names(known: &[(String, Dimension)], ways: &[(String, Dimension)]) -> bool {
    known.len() == ways.len() && known.iter().zip(ways).all(|((a, _), (b, _))| a == b)
}
