//! The rows of an answer.

use std::collections::BTreeMap;

use jiff::Timestamp;
use metricwright_api::metric::Missing;
use metricwright_catalog::resolved::ResolvedMetric;
use metricwright_formula::Value;

use super::{Ask, Comparison};
use crate::combine::{ValueCell, combine, violated};
use crate::format::change;
use crate::reading::{FirstRows, Stretch, is_full};
use crate::scan::{Cell, Scan};
use crate::slice::Slice;
use crate::window::{Window, due_at};

/// What is known of every metric in one window and slice.
#[derive(Clone, Debug, PartialEq)]
pub struct AnswerRow {
    /// The window.
    pub window: Window,
    /// The slice.
    pub slice: Slice,
    /// One entry a metric, in their order.
    pub metrics: Vec<MetricAnswer>,
    /// Whether rows that count may still arrive, or are older than the first row there is.
    pub partial: bool,
}

/// What is known of one metric.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetricAnswer {
    /// The value.
    pub value: Value,
    /// The value of each comparison, in their order, and the change since: a difference of fractions, else a fraction of the earlier one.
    pub compared: Vec<(Value, Option<f64>)>,
    /// The total of the window, where shares are wanted.
    pub total: Option<f64>,
    /// The share of the window's total.
    pub share: Option<f64>,
    /// The place among the slices of the window, from 1; equal values share one.
    pub rank: Option<usize>,
    /// The invariants that the value does not meet.
    pub violated: Vec<String>,
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Its rows in order of window and slice, until they are ordered.
    pub rows: Vec<AnswerRow>,
}

impl Answer {
    /// Takes the totals of each window from an answer that has shares, so that these rows have theirs.
    pub fn share_of(&mut self, of: &Self) {
        for row in &mut self.rows {
            for (place, answer) in row.metrics.iter_mut().enumerate() {
                let mut same = of.rows.iter().filter(|known| known.window == row.window);
                let total = same.find_map(|known| known.metrics.get(place)?.total);
                answer.share = answer.value.as_f64().zip(total).map(|(value, total)| value / total);
            }
        }
    }
}

impl Ask {
    /// Puts the scans together.
    pub fn answer(&self, scanned: &[(Scan, Vec<Cell>)], first_rows: &FirstRows) -> Answer {
        let asked = self.stretch();
        let mut rows: BTreeMap<(Window, Slice), AnswerRow> = BTreeMap::new();
        let columns = self.columns();
        for column in &columns {
            let known = self.begun(&column.resolved, first_rows);
            let cells = combine(&column.resolved, &self.by, &asked, scanned, &known);
            for cell in cells {
                self.take(&mut rows, column.metric, column.comparison, cell);
            }
        }
        let mut rows: Vec<AnswerRow> = rows.into_values().collect();
        for row in &mut rows {
            row.partial =
                columns.iter().any(|column| is_partial(&column.resolved, &row.window, &asked, first_rows));
            self.compare(row);
        }
        let mut answer = Answer { rows };
        if self.share {
            self.shares(&mut answer, &asked, scanned);
        }
        if self.rank {
            ranks(&mut answer, self.metrics.len());
        }
        answer
    }

    /// The total of a metric that is zero where there is none begins with the first row there is, wherever the range does.
    fn begun(&self, metric: &ResolvedMetric, first_rows: &FirstRows) -> BTreeMap<Slice, Timestamp> {
        let first = metric.components.iter().filter_map(|component| first_rows.get(&component.dataset.id));
        let known = first.min().filter(|_| metric.missing == Missing::Zero && self.by.is_empty());
        known.map(|first| (Slice::total(), *first)).into_iter().collect()
    }

    fn take(
        &self,
        rows: &mut BTreeMap<(Window, Slice), AnswerRow>,
        metric: usize,
        comparison: Option<Comparison>,
        cell: ValueCell,
    ) {
        let row = rows.entry((cell.window, cell.slice.clone())).or_insert_with(|| AnswerRow {
            window: cell.window,
            slice: cell.slice.clone(),
            metrics: vec![
                MetricAnswer {
                    compared: vec![(Value::Null, None); self.compare.len()],
                    ..MetricAnswer::default()
                };
                self.metrics.len()
            ],
            partial: false,
        });
        let (Some(answer), Some(resolved)) = (row.metrics.get_mut(metric), self.metrics.get(metric)) else {
            return;
        };
        let Some(comparison) = comparison else {
            answer.violated = violated(resolved, &cell.components);
            answer.value = cell.value;
            return;
        };
        let place = self.compare.iter().position(|known| *known == comparison);
        if let Some((earlier, _)) = place.and_then(|place| answer.compared.get_mut(place)) {
            *earlier = cell.value;
        }
    }

    fn compare(&self, row: &mut AnswerRow) {
        for (answer, metric) in row.metrics.iter_mut().zip(&self.metrics) {
            for (earlier, since) in &mut answer.compared {
                *since = change(metric, &answer.value, earlier);
            }
        }
    }

    /// The share of each value in the total of its window, which is computed from the rows and not from the slices.
    fn shares(&self, answer: &mut Answer, asked: &Stretch, scanned: &[(Scan, Vec<Cell>)]) {
        for (place, metric) in self.metrics.iter().enumerate() {
            let totals = combine(metric, &[], asked, scanned, &BTreeMap::new());
            let totals: BTreeMap<Window, Value> =
                totals.into_iter().map(|cell| (cell.window, cell.value)).collect();
            for row in &mut answer.rows {
                let total = totals.get(&row.window).and_then(Value::as_f64).filter(|total| *total != 0.0);
                let Some(answer) = row.metrics.get_mut(place) else { continue };
                answer.total = total;
                answer.share = answer.value.as_f64().zip(total).map(|(value, total)| value / total);
            }
        }
    }
}

/// Whether rows that count for a window may still arrive, or are older than the first row there is.
fn is_partial(metric: &ResolvedMetric, window: &Window, asked: &Stretch, first_rows: &FirstRows) -> bool {
    let runs = due_at(window, metric.schedule.latency, &metric.schedule.chronology) > asked.as_of;
    runs || !is_full(metric, window, asked, first_rows)
}

/// The place of each value among those of its window.
fn ranks(answer: &mut Answer, metrics: usize) {
    for place in 0..metrics {
        let mut windows: BTreeMap<Window, Vec<f64>> = BTreeMap::new();
        let value = |row: &AnswerRow| row.metrics.get(place).and_then(|answer| answer.value.as_f64());
        for row in &answer.rows {
            windows.entry(row.window).or_default().extend(value(row));
        }
        for values in windows.values_mut() {
            values.sort_by(|left, right| right.total_cmp(left));
        }
        for row in &mut answer.rows {
            let known = windows.get(&row.window).zip(value(row));
            let rank = known.map(|(values, own)| values.partition_point(|known| *known > own) + 1);
            if let Some(answer) = row.metrics.get_mut(place) {
                answer.rank = rank;
            }
        }
    }
}
