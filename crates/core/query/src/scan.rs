//! A scan: one pass over one dataset, and the cells that it gives.

use std::sync::Arc;

use jiff::Timestamp;
use metricwright_api::Grain;
use metricwright_catalog::calendar::Chronology;
use metricwright_catalog::resolved::{Component, Conversion, Dimension, ResolvedDataset, Snapshot};
use metricwright_formula::Value;

use crate::reading::{Reading, Spread};
use crate::slice::Slice;
use crate::window::Window;

/// One pass over one dataset: components by bucket, for the total and for each grouping.
#[derive(Clone, Debug)]
pub struct Scan {
    /// The dataset.
    pub dataset: Arc<ResolvedDataset>,
    /// What is computed; each scan key once. Their frames are not looked at.
    pub components: Vec<Component>,
    /// The groupings beside the total, which is always computed; each as dimension names and ways. Names
    /// are those that the metrics use, so two names may mean one way.
    pub groupings: Vec<Vec<(String, Dimension)>>,
    /// Grain of the buckets.
    pub grain: Grain,
    /// How time is divided into buckets.
    pub chronology: Arc<Chronology>,
    /// Start of the first bucket; the beginning of time where all rows are read.
    pub from: Timestamp,
    /// End of the last bucket.
    pub to: Timestamp,
    /// The clock: rows at or after it are invisible.
    pub as_of: Timestamp,
    /// The events that may follow each row.
    pub conversion: Option<Arc<Conversion>>,
    /// The windows that each row counts for, where it counts for others than the bucket that it lies in.
    pub spread: Option<Spread>,
}

impl Scan {
    /// Whether it has the rows of a reading of a dataset.
    pub fn holds(&self, dataset: &ResolvedDataset, reading: &Reading) -> bool {
        self.dataset.is_same_as(dataset)
            && self.grain == reading.grain
            && self.as_of == reading.as_of
            && self.spread == reading.spread
            && self.from <= reading.from
            && reading.to <= self.to
    }

    /// The snapshots of which the least, largest or mean is taken; none where rows are aggregated in one step.
    pub fn snapshots(&self) -> Option<&Snapshot> {
        let all = self.components.iter().filter_map(|component| component.snapshot.as_ref());
        all.into_iter().find(|snapshot| !snapshot.is_chosen())
    }

    /// The place of a grouping in its cells; none where it does not group so.
    pub fn grouping(&self, names: &[String]) -> Option<usize> {
        if names.is_empty() {
            return Some(0);
        }
        let named = |known: &Vec<(String, Dimension)>| {
            known.len() == names.len() && known.iter().zip(names).all(|((name, _), wanted)| name == wanted)
        };
        self.groupings.iter().position(named).map(|place| place + 1)
    }
}

impl Reading {
    /// Whether a window of a scan belongs to it.
    pub fn holds(&self, window: &Window) -> bool {
        self.spread.is_some() || (self.from <= window.start && window.start < self.to)
    }
}

/// The components of one group in one window.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Grouping: 0 for the total, `i + 1` for the scan's `groupings[i]`.
    pub grouping: usize,
    /// The window.
    pub window: Window,
    /// The slice.
    pub slice: Slice,
    /// One value a component of the scan.
    pub components: Vec<Value>,
}
