//! From metrics and groupings to scans: one a dataset, shared by every metric of it.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use metricwright_api::Grain;
use metricwright_catalog::resolved::{Dimension, ResolvedDataset, ResolvedMetric, SharedDimension};
use metricwright_catalog::{Catalog, Unreachable};

use crate::scan::Scan;
use crate::window::window_at;

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
/// The metric cannot be grouped by one of the dimensions.
pub fn plan(catalog: &Catalog, query: &Query) -> Result<Vec<Scan>, Unreachable> {
    let groupings =
        if query.by.is_empty() { Vec::new() } else { vec![grouping(catalog, &query.metric, &query.by)?] };
    let wanted = [Wanted { metric: query.metric.clone(), groupings }];
    let zone = &query.metric.schedule.zone;
    // Whole windows: part of one would look like a low value.
    let from = window_at(query.grain, zone, query.from).start;
    let last = window_at(query.grain, zone, query.to);
    let to = if last.start == query.to { query.to } else { last.end };
    Ok(plan_scans(&wanted, query.grain, zone, (from, to), query.as_of))
}

/// One scan for each dataset of the metrics, with their components and groupings put together, each once.
pub fn plan_scans(
    wanted: &[Wanted],
    grain: Grain,
    zone: &TimeZone,
    (from, to): (Timestamp, Timestamp),
    as_of: Timestamp,
) -> Vec<Scan> {
    let mut scans: Vec<Scan> = Vec::new();
    for part in wanted {
        for (index, component) in part.metric.components.iter().enumerate() {
            let scan = scan_of(&mut scans, &component.dataset, grain, zone, (from, to), as_of);
            if scan.components.iter().all(|known| known.key != component.key) {
                scan.components.push(component.clone());
            }
            for grouping in &part.groupings {
                let ways: Vec<(String, Dimension)> = grouping
                    .iter()
                    .filter_map(|shared| Some((shared.name.clone(), shared.ways.get(index)?.clone())))
                    .collect();
                if scan.groupings.iter().all(|known| !same_names(known, &ways)) {
                    scan.groupings.push(ways);
                }
            }
        }
    }
    scans
}

/// The scan of a dataset; begun where there is none yet.
fn scan_of<'a>(
    scans: &'a mut Vec<Scan>,
    dataset: &Arc<ResolvedDataset>,
    grain: Grain,
    zone: &TimeZone,
    (from, to): (Timestamp, Timestamp),
    as_of: Timestamp,
) -> &'a mut Scan {
    let place = scans.iter().position(|scan| scan.dataset.id == dataset.id).unwrap_or(scans.len());
    if place == scans.len() {
        scans.push(Scan {
            dataset: dataset.clone(),
            components: Vec::new(),
            groupings: Vec::new(),
            grain,
            zone: zone.clone(),
            from,
            to,
            as_of,
        });
    }
    #[expect(clippy::indexing_slicing, reason = "the place was just found or made")]
    &mut scans[place]
}

fn same_names(known: &[(String, Dimension)], ways: &[(String, Dimension)]) -> bool {
    known.len() == ways.len() && known.iter().zip(ways).all(|((a, _), (b, _))| a == b)
}
