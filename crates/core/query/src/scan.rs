//! A scan: one pass over one dataset, and the cells that it gives.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use metricwright_api::Grain;
use metricwright_catalog::resolved::{Component, Dimension, ResolvedDataset};
use metricwright_formula::Value;

use crate::slice::Slice;
use crate::window::Window;

/// One pass over one dataset: components by bucket, for the total and for each grouping.
#[derive(Clone, Debug)]
pub struct Scan {
    /// The dataset.
    pub dataset: Arc<ResolvedDataset>,
    /// What is computed; each key once.
    pub components: Vec<Component>,
    /// The groupings beside the total, which is always computed; each as dimension names and ways. Names
    /// are those that the metrics use, so two names may mean one way.
    pub groupings: Vec<Vec<(String, Dimension)>>,
    /// Grain of the buckets.
    pub grain: Grain,
    /// Zone in which buckets begin.
    pub zone: TimeZone,
    /// Start of the first window.
    pub from: Timestamp,
    /// End of the last window.
    pub to: Timestamp,
    /// The clock: rows at or after it are invisible.
    pub as_of: Timestamp,
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
    /// Rows of the dataset in the group, before filters.
    pub rows: i64,
}
