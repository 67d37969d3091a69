//! From the cells of scans to the values of a metric.
//!
//! The rules of meaning: a bucket is loaded for a dataset when it has at least one row there, before filters. What a component
//! reads for a window is loaded when one of its buckets is. There an empty group counts 0 and is missing for everything else; where
//! nothing is loaded everything is missing. A slice begins with the first window that has a row of it in the range looked at, or with
//! the first that is known of it from before.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use metricwright_api::metric::Missing;
use metricwright_catalog::resolved::{Component, Invariant, ResolvedMetric};
use metricwright_formula::{AggregateFunction, ColumnPath, Environment, Value, evaluate};

use crate::merge::merge;
use crate::reading::{CARRIED, Reading, Stretch, begun, reaches, readings};
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

/// Puts the components of a metric together for one grouping, given as dimension names in the order of the
/// scans, in the windows of a stretch. `known` are slices from before it with the start of their first window.
///
/// The cells come in order of window and slice.
pub fn combine(
    metric: &ResolvedMetric,
    grouping: &[String],
    asked: &Stretch,
    scans: &[(Scan, Vec<Cell>)],
    known: &BTreeMap<Slice, Timestamp>,
) -> Vec<ValueCell> {
    let known_from = asked.from;
    let asked = &asked.of(metric);
    let parts = metric.components.iter().map(|component| Part::of(component, grouping, asked, scans));
    let Some(parts) = parts.collect::<Option<Vec<Part<'_>>>>() else { return Vec::new() };
    let mut begins: BTreeMap<&Slice, Timestamp> = known.iter().map(|(slice, at)| (slice, *at)).collect();
    let mut cells = Vec::new();
    for window in windows(metric, &parts, asked) {
        let reads: Vec<Reads<'_, '_>> = parts.iter().map(|part| part.reads(&window, asked)).collect();
        for slice in reads.iter().flat_map(Reads::slices) {
            let begin = begins.entry(slice).or_insert(window.start);
            *begin = (*begin).min(window.start);
        }
        if metric.missing == Missing::Keep && !reads.iter().any(Reads::is_loaded) {
            continue;
        }
        for (slice, _) in begins.iter().filter(|(_, begin)| **begin <= window.start) {
            let components: Vec<Value> = reads.iter().map(|read| read.value(slice)).collect();
            let value = value(metric, &components);
            cells.push(ValueCell { window, slice: (*slice).clone(), value, components });
        }
    }
    if metric.missing == Missing::Previous {
        carry(&mut cells);
    }
    cells.retain(|cell| cell.window.start >= known_from);
    cells
}

/// Gives values that are missing that of the last window that has one, if it is not too long ago.
fn carry(cells: &mut [ValueCell]) {
    let mut last: BTreeMap<Slice, (usize, Value)> = BTreeMap::new();
    let (mut ordinal, mut current) = (0, None);
    for cell in cells {
        if current != Some(cell.window) {
            (ordinal, current) = (ordinal + 1, Some(cell.window));
        }
        if !cell.value.is_null() {
            last.insert(cell.slice.clone(), (ordinal, cell.value.clone()));
        } else if let Some((known, value)) = last.get(&cell.slice)
            && ordinal - known <= CARRIED
        {
            cell.value = value.clone();
        }
    }
}

/// The invariants that a value does not meet, as they were written. One that cannot be decided, as something is missing, is met.
pub fn violated(metric: &ResolvedMetric, components: &[Value]) -> Vec<String> {
    let broken = |invariant: &&Invariant| {
        evaluate(&invariant.condition, &Components(components)) == Ok(Value::Bool(false))
    };
    metric.invariants.iter().filter(broken).map(|invariant| invariant.text.clone()).collect()
}

/// The windows in which there may be a value, in order.
fn windows(metric: &ResolvedMetric, parts: &[Part<'_>], asked: &Stretch) -> Vec<Window> {
    if asked.whole || !metric.is_of_window() {
        return begun(asked);
    }
    let views = parts.iter().flat_map(|part| &part.views);
    let loaded: BTreeSet<Window> = views.flat_map(|view| view.loaded.values().copied()).collect();
    loaded.into_iter().collect()
}

/// One component in one grouping.
struct Part<'a> {
    component: &'a Component,
    views: Vec<View<'a>>,
}

/// What a scan says of it.
struct View<'a> {
    reading: Reading,
    /// Windows by their start in which the dataset has a row.
    loaded: BTreeMap<Timestamp, Window>,
    columns: BTreeMap<&'a Slice, Column<'a>>,
}

/// The buckets of one slice in order of time.
#[derive(Default)]
struct Column<'a> {
    buckets: Vec<(Timestamp, &'a Value)>,
    grown: RefCell<Option<Grown>>,
}

/// What was put together last: a stretch from the same beginning goes on from there.
#[derive(Clone)]
struct Grown {
    from: Timestamp,
    to: Timestamp,
    value: Value,
}

impl<'a> Part<'a> {
    fn of(
        component: &'a Component,
        grouping: &[String],
        asked: &Stretch,
        scans: &'a [(Scan, Vec<Cell>)],
    ) -> Option<Self> {
        let view = |reading| View::of(component, grouping, reading, scans);
        let views = readings(component, asked).into_iter().map(view).collect::<Option<_>>()?;
        Some(Self { component, views })
    }

    /// What it reads for a window.
    fn reads(&self, window: &Window, asked: &Stretch) -> Reads<'_, 'a> {
        let function = self.component.aggregate.function;
        let reached = reaches(&self.component.frame, window, asked);
        let found = reached.and_then(|reached| {
            let view = self.views.iter().find(|view| view.reading.as_of == reached.as_of)?;
            let stretches = if view.reading.spread.is_some() { vec![*window] } else { reached.stretches };
            Some((view, stretches))
        });
        let (view, stretches) = found.map_or((None, Vec::new()), |(view, all)| (Some(view), all));
        Reads { function, view, stretches }
    }
}

impl<'a> View<'a> {
    fn of(
        component: &Component,
        grouping: &[String],
        reading: Reading,
        scans: &'a [(Scan, Vec<Cell>)],
    ) -> Option<Self> {
        let (scan, cells, place) = scans.iter().find_map(|(scan, cells)| {
            let place = scan.components.iter().position(|known| known.scan_key == component.scan_key)?;
            scan.holds(&component.dataset, &reading).then_some((scan, cells, place))
        })?;
        let index = scan.grouping(grouping)?;
        let mut view = Self { reading, loaded: BTreeMap::new(), columns: BTreeMap::new() };
        for cell in cells.iter().filter(|cell| view.reading.holds(&cell.window)) {
            if cell.grouping == 0 {
                view.loaded.insert(cell.window.start, cell.window);
            }
            if cell.grouping == index
                && let Some(value) = cell.components.get(place)
            {
                let column = view.columns.entry(&cell.slice).or_default();
                column.buckets.push((cell.window.start, value));
            }
        }
        for column in view.columns.values_mut() {
            column.buckets.sort_by_key(|(start, _)| *start);
        }
        Some(view)
    }
}

/// What one component reads for one window.
struct Reads<'p, 'a> {
    function: AggregateFunction,
    view: Option<&'p View<'a>>,
    stretches: Vec<Window>,
}

impl<'a> Reads<'_, 'a> {
    /// The slices that have a row.
    fn slices(&self) -> Vec<&'a Slice> {
        let columns = self.view.into_iter().flat_map(|view| &view.columns);
        let any =
            |column: &Column<'_>| self.stretches.iter().any(|stretch| !column.within(stretch).is_empty());
        columns.filter(|(_, column)| any(column)).map(|(slice, _)| *slice).collect()
    }

    fn is_loaded(&self) -> bool {
        self.stretches.iter().any(|stretch| self.has_rows(stretch))
    }

    fn has_rows(&self, stretch: &Window) -> bool {
        self.view.is_some_and(|view| view.loaded.range(stretch.start..stretch.end).next().is_some())
    }

    fn value(&self, slice: &Slice) -> Value {
        let column = self.view.and_then(|view| view.columns.get(slice));
        let values: Vec<Value> = self.stretches.iter().map(|stretch| self.over(column, stretch)).collect();
        match values.as_slice() {
            [one] => one.clone(),
            several => mean(several),
        }
    }

    fn over(&self, column: Option<&Column<'a>>, stretch: &Window) -> Value {
        match column.and_then(|column| column.over(self.function, stretch)) {
            Some(value) => value,
            None if self.function.counts() && self.has_rows(stretch) => Value::Int(0),
            None => Value::Null,
        }
    }
}

impl<'a> Column<'a> {
    /// The buckets that begin in a stretch.
    fn within(&self, stretch: &Window) -> &[(Timestamp, &'a Value)] {
        let begin = self.buckets.partition_point(|(start, _)| *start < stretch.start);
        let end = self.buckets.partition_point(|(start, _)| *start < stretch.end);
        self.buckets.get(begin..end).unwrap_or_default()
    }

    /// Its value over a stretch; none where it has no bucket there.
    fn over(&self, function: AggregateFunction, stretch: &Window) -> Option<Value> {
        let buckets = self.within(stretch);
        if let [(_, only)] = buckets {
            return Some((*only).clone());
        }
        let (_, first) = buckets.first()?;
        let before = self.grown.take().filter(|grown| grown.from == stretch.start && grown.to <= stretch.end);
        let (begun, rest) = match before {
            Some(grown) => (grown.value, self.within(&Window { start: grown.to, end: stretch.end })),
            None => ((*first).clone(), buckets.get(1..).unwrap_or_default()),
        };
        let value = rest.iter().fold(begun, |before, (_, next)| merge(function, before, next));
        let grown = Grown { from: stretch.start, to: stretch.end, value: value.clone() };
        *self.grown.borrow_mut() = Some(grown);
        Some(value)
    }
}

/// The mean of those that are there.
fn mean(values: &[Value]) -> Value {
    let present: Vec<f64> = values.iter().filter_map(Value::as_f64).collect();
    #[expect(clippy::cast_precision_loss, reason = "a number of days")]
    let count = present.len() as f64;
    if present.is_empty() { Value::Null } else { Value::Float(present.iter().sum::<f64>() / count) }
}

/// What the columns `c0`, `c1`, … of a value stand for.
struct Components<'a>(&'a [Value]);

impl Environment for Components<'_> {
    fn column(&self, path: &ColumnPath) -> Option<Value> {
        self.0.get(path.name.strip_prefix('c')?.parse::<usize>().ok()?).cloned()
    }

    fn metric(&self, _name: &str) -> Option<Value> {
        None
    }
}

/// The value of a metric from its components.
pub fn value(metric: &ResolvedMetric, components: &[Value]) -> Value {
    match evaluate(&metric.value, &Components(components)) {
        Ok(Value::Float(number)) if !number.is_finite() => Value::Null,
        Ok(value) => value,
        Err(_) => Value::Null,
    }
}
