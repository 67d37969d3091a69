//! From the cells of scans to the values of a metric.
//!
//! The rules of meaning: a bucket is loaded for a dataset when it has at least one row there, before
//! filters. In a loaded bucket an empty group counts 0 and is missing for everything else; in a bucket
//! that is not loaded everything is missing. A slice begins with its first bucket that has a row in the
//! range looked at, or with the first that is known of it from before.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use metricwright_catalog::resolved::ResolvedMetric;
use metricwright_formula::{AggregateFunction, ColumnPath, Environment, Value, evaluate};

use crate::scan::{Cell, Scan};
use crate::slice::Slice;
use crate::window::Window;

/// The value of one slice in one window.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueCell {
    /// The window.
    pub window: Window,
    /// The slice.
    pub slice: Slice,
    /// The value; missing where it cannot be computed.
    pub value: Value,
    /// The components that it is made of, in the metric's order.
    pub components: Vec<Value>,
}

/// What one component's scan says of one grouping.
struct Part<'a> {
    function: AggregateFunction,
    loaded: BTreeSet<Window>,
    groups: BTreeMap<(Window, &'a Slice), &'a Value>,
    first: BTreeMap<&'a Slice, Timestamp>,
}

/// Puts the components of a metric together for one grouping, given as dimension names in the order of the
/// scans. `known` are slices from before the range with the start of their first window.
///
/// The cells come in order of window and slice.
pub fn combine(
    metric: &ResolvedMetric,
    grouping: &[String],
    scans: &[(Scan, Vec<Cell>)],
    known: &BTreeMap<Slice, Timestamp>,
) -> Vec<ValueCell> {
    let parts: Vec<Part<'_>> =
        metric.components.iter().filter_map(|component| part(&component.key, grouping, scans)).collect();
    if parts.len() != metric.components.len() {
        return Vec::new();
    }
    let mut begins: BTreeMap<&Slice, Timestamp> = known.iter().map(|(slice, at)| (slice, *at)).collect();
    for (slice, at) in parts.iter().flat_map(|part| &part.first) {
        begins.entry(*slice).and_modify(|begin| *begin = (*begin).min(*at)).or_insert(*at);
    }
    let windows: BTreeSet<Window> = parts.iter().flat_map(|part| part.loaded.iter().copied()).collect();
    let mut cells = Vec::new();
    for window in windows {
        for (slice, _) in begins.iter().filter(|(_, begin)| **begin <= window.start) {
            let components: Vec<Value> = parts.iter().map(|part| part.value(window, slice)).collect();
            let value = value(metric, &components);
            cells.push(ValueCell { window, slice: (*slice).clone(), value, components });
        }
    }
    cells
}

fn part<'a>(key: &str, grouping: &[String], scans: &'a [(Scan, Vec<Cell>)]) -> Option<Part<'a>> {
    let (scan, cells, place) = scans.iter().find_map(|(scan, cells)| {
        let place = scan.components.iter().position(|component| component.key == key)?;
        Some((scan, cells, place))
    })?;
    let named = |known: &Vec<(String, _)>| {
        known.len() == grouping.len() && known.iter().zip(grouping).all(|((name, _), wanted)| name == wanted)
    };
    let index = if grouping.is_empty() { 0 } else { scan.groupings.iter().position(named)? + 1 };
    let mut part = Part {
        function: scan.components.get(place)?.aggregate.function,
        loaded: BTreeSet::new(),
        groups: BTreeMap::new(),
        first: BTreeMap::new(),
    };
    for cell in cells {
        if cell.grouping == 0 {
            part.loaded.insert(cell.window);
        }
        if cell.grouping == index {
            if let Some(value) = cell.components.get(place) {
                part.groups.insert((cell.window, &cell.slice), value);
            }
            let first = part.first.entry(&cell.slice).or_insert(cell.window.start);
            *first = (*first).min(cell.window.start);
        }
    }
    Some(part)
}

impl Part<'_> {
    fn value(&self, window: Window, slice: &Slice) -> Value {
        if let Some(value) = self.groups.get(&(window, slice)) {
            return (*value).clone();
        }
        if self.function.counts() && self.loaded.contains(&window) { Value::Int(0) } else { Value::Null }
    }
}

/// The value of a metric from its components.
pub fn value(metric: &ResolvedMetric, components: &[Value]) -> Value {
    struct Components<'a>(&'a [Value]);
    impl Environment for Components<'_> {
        fn column(&self, path: &ColumnPath) -> Option<Value> {
            self.0.get(path.name.strip_prefix('c')?.parse::<usize>().ok()?).cloned()
        }

        fn metric(&self, _name: &str) -> Option<Value> {
            None
        }
    }
    match evaluate(&metric.value, &Components(components)) {
        Ok(Value::Float(number)) if !number.is_finite() => Value::Null,
        Ok(value) => value,
        Err(_) => Value::Null,
    }
}
