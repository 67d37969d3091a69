//! The rows of an answer.

use std::collections::BTreeMap;

use metricwright_catalog::resolved::ResolvedMetric;
use metricwright_formula::Value;

use super::{Ask, Comparison};
use crate::combine::{ValueCell, combine, violated};
use crate::format::change;
use crate::reading::{Stretch, is_full};
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
                let total = of.rows.iter().filter(|known| known.window == row.window).find_map(|known| {
                    let known = known.metrics.get(place)?;
                    let share = known.share.filter(|share| *share != 0.0)?;
                    Some(known.value.as_f64()? / share)
                });
                answer.share = answer.value.as_f64().zip(total).map(|(value, total)| value / total);
            }
        }
    }
}

/// The first moment that the datasets of each metric have a row of, where it is known.
pub type FirstRows<'a> = &'a dyn Fn(&ResolvedMetric) -> Option<jiff::Timestamp>;

impl Ask {
    /// Puts the scans together.
    pub fn answer(&self, scanned: &[(Scan, Vec<Cell>)], first_rows: FirstRows<'_>) -> Answer {
        let asked = self.stretch();
        let nothing = BTreeMap::new();
        let mut rows: BTreeMap<(Window, Slice), AnswerRow> = BTreeMap::new();
        for column in self.columns() {
            let cells = combine(&column.resolved, &self.by, &asked, scanned, &nothing);
            for cell in cells {
                self.take(&mut rows, column.metric, column.comparison, cell);
            }
        }
        let mut rows: Vec<AnswerRow> = rows.into_values().collect();
        for row in &mut rows {
            row.partial =
                self.metrics.iter().any(|metric| is_partial(metric, &row.window, &asked, first_rows(metric)));
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
            answer.violated = violated(resolved, &cell.components).into_iter().map(str::to_owned).collect();
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
                answer.share = answer.value.as_f64().zip(total).map(|(value, total)| value / total);
            }
        }
    }
}

/// Whether rows that count for a window may still arrive, or are older than the first row there is.
fn is_partial(
    metric: &ResolvedMetric,
    window: &Window,
    asked: &Stretch,
    first_row: Option<jiff::Timestamp>,
) -> bool {
    let runs = due_at(window, metric.schedule.latency, &metric.schedule.zone) > asked.as_of;
    let full =
        |first_row| metric.components.iter().all(|component| is_full(component, window, asked, first_row));
    runs || !first_row.is_none_or(full)
}

fn ranks(answer: &mut Answer, metrics: usize) {
    for place in 0..metrics {
        let values: Vec<(Window, Option<f64>)> = answer
            .rows
            .iter()
            .map(|row| (row.window, row.metrics.get(place).and_then(|answer| answer.value.as_f64())))
            .collect();
        for row in &mut answer.rows {
            let Some(answer) = row.metrics.get_mut(place) else { continue };
            let Some(own) = answer.value.as_f64() else { continue };
            let larger = values
                .iter()
                .filter(|(window, value)| *window == row.window && value.is_some_and(|it| it > own));
            answer.rank = Some(larger.count() + 1);
        }
    }
}
