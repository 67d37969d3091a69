//! A metric, row by row.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use metricwright_api::Grain;
use metricwright_api::metric::Missing;
use metricwright_catalog::calendar::Chronology;
use metricwright_catalog::resolved::{Component, Dimension, ResolvedMetric, SharedDimension};
use metricwright_formula::{ColumnPath, Value};

use super::aggregate::of_nothing;
use super::bucket::window_start;
use super::error::Error;
use super::frame::stretches;
use super::interpret::interpret;
use super::level::of_slice;
use super::offset::{before, starts};
use super::rows::{Seen, rows};
use super::table::Tables;

/// Dimension to member; empty for the total. A member is `None` where the row has none or a join finds nothing.
pub type Slice = BTreeMap<String, Option<String>>;

/// The values of a metric by the start of the window and the slice. A window in which no dataset of the metric has a row,
/// and a slice before its first row, are left out: they are missing.
pub type Values = BTreeMap<(Timestamp, Slice), Value>;

/// What is asked of a metric.
#[derive(Clone, Debug)]
pub struct Question {
    by: Vec<SharedDimension>,
    grain: Grain,
    from: Timestamp,
    to: Timestamp,
    as_of: Timestamp,
}

impl Question {
    /// The total in every window that overlaps `from` (included) to `to` (not included), whole windows, with every row.
    pub fn total(grain: Grain, from: Timestamp, to: Timestamp) -> Self {
        Self { by: Vec::new(), grain, from, to, as_of: Timestamp::MAX }
    }

    /// The same by dimensions of the metric together, in place of the total.
    pub fn by(mut self, metric: &ResolvedMetric, names: &[&str]) -> Result<Self, Error> {
        let find = |name: &&str| {
            let known =
                || metric.dimensions.iter().map(|known| known.name.as_str()).collect::<Vec<_>>().join(", ");
            let found = metric.dimensions.iter().find(|known| known.name == **name);
            found.cloned().ok_or_else(|| Error::UnknownDimension { name: (*name).to_owned(), known: known() })
        };
        self.by = names.iter().map(find).collect::<Result<_, _>>()?;
        Ok(self)
    }

    /// The same by any dimensions, as the catalogue gives them.
    #[must_use]
    pub fn by_dimensions(self, by: Vec<SharedDimension>) -> Self {
        Self { by, ..self }
    }

    /// The same at another clock: rows at or after it are invisible.
    #[must_use]
    pub fn as_of(self, as_of: Timestamp) -> Self {
        Self { as_of, ..self }
    }
}

/// Computes a metric from rows.
pub fn evaluate(metric: &ResolvedMetric, tables: &Tables, question: &Question) -> Result<Values, Error> {
    let mut values = over_range(metric, tables, &reaching_back(metric, question))?;
    let first = window_start(question.grain, &metric.schedule.chronology, question.from);
    values.retain(|(window, _), _| *window >= first);
    Ok(values)
}

/// The question with the windows before that a missing value may be taken from.
fn reaching_back(metric: &ResolvedMetric, question: &Question) -> Question {
    let (grain, chronology) = (question.grain, &metric.schedule.chronology);
    let mut from = window_start(grain, chronology, question.from);
    if metric.missing == Missing::Previous {
        from = (0..31).fold(from, |from, _| before(grain, chronology, from));
    }
    Question { from, ..question.clone() }
}

fn over_range(metric: &ResolvedMetric, tables: &Tables, question: &Question) -> Result<Values, Error> {
    let parts = metric.components.iter().enumerate();
    let chronology = &metric.schedule.chronology;
    let parts = parts.map(|(place, component)| part(component, place, tables, question, chronology));
    let parts = parts.collect::<Result<Vec<Part>, Error>>()?;
    let loaded: BTreeSet<Timestamp> = parts.iter().flat_map(|part| part.loaded.iter().copied()).collect();
    let mut first: BTreeMap<&Slice, Timestamp> = BTreeMap::new();
    for (window, slice) in parts.iter().flat_map(|part| part.groups.keys()) {
        let begin = first.entry(slice).or_insert(*window);
        *begin = (*begin).min(*window);
    }
    let windows: Vec<Timestamp> = if metric.missing == Missing::Keep {
        loaded.into_iter().collect()
    } else {
        let all = starts(question.grain, chronology, question.from, question.to);
        all.into_iter().filter(|window| *window < question.as_of).collect()
    };
    let mut values = Values::new();
    for window in windows {
        for (slice, _) in first.iter().filter(|(_, begin)| **begin <= window) {
            let key = (window, (*slice).clone());
            let components: Vec<Value> = parts.iter().map(|part| part.value(&key)).collect();
            values.insert(key, interpret(&metric.value, &|path| component_value(&components, path))?);
        }
    }
    if metric.missing == Missing::Previous {
        let known = values.clone();
        for ((window, slice), value) in values.iter_mut().filter(|(_, value)| value.is_null()) {
            let mut earlier = *window;
            for _ in 0..31 {
                earlier = before(question.grain, chronology, earlier);
                let found = known.get(&(earlier, slice.clone())).filter(|found| !found.is_null());
                if let Some(found) = found {
                    *value = found.clone();
                    break;
                }
            }
        }
    }
    Ok(values)
}

/// What the column `c0`, `c1`, … of a metric's value stands for.
fn component_value(components: &[Value], path: &ColumnPath) -> Result<Value, Error> {
    let place = path.name.strip_prefix('c').and_then(|digits| digits.parse::<usize>().ok());
    place.and_then(|place| components.get(place)).cloned().ok_or_else(|| Error::UnknownColumn {
        column: path.to_string(),
        known: format!("c0 to c{}", components.len().saturating_sub(1)),
    })
}

/// One component in all windows and slices.
struct Part {
    /// Windows in which the dataset has a row, before filters.
    loaded: BTreeSet<Timestamp>,
    /// Values of the groups that have a row, before filters.
    groups: BTreeMap<(Timestamp, Slice), Value>,
    /// What a group without rows has in a window that was loaded.
    nothing: Value,
}

impl Part {
    fn value(&self, key: &(Timestamp, Slice)) -> Value {
        match self.groups.get(key) {
            Some(value) => value.clone(),
            None if self.loaded.contains(&key.0) => self.nothing.clone(),
            None => Value::Null,
        }
    }
}

fn part(
    component: &Component,
    place: usize,
    tables: &Tables,
    question: &Question,
    chronology: &Chronology,
) -> Result<Part, Error> {
    let ways = question.by.iter().map(|dimension| {
        let way = dimension.ways.get(place).map(|way| (dimension.name.as_str(), way));
        way.ok_or_else(|| Error::UnknownDimension { name: dimension.name.clone(), known: String::new() })
    });
    let ways: Vec<(&str, &Dimension)> = ways.collect::<Result<_, _>>()?;
    let rows = rows(component, &ways, tables, question.as_of, chronology)?;
    let function = component.aggregate.function;
    let mut part = Part { loaded: BTreeSet::new(), groups: BTreeMap::new(), nothing: of_nothing(function) };
    for (window, stretches) in counting(component, &rows, question, chronology) {
        let slices: BTreeSet<&Slice> = stretches.iter().flatten().map(|row| &row.slice).collect();
        if !slices.is_empty() {
            part.loaded.insert(window);
        }
        for slice in slices {
            let of = |stretch: &Vec<&Seen>| match stretch.as_slice() {
                [] => Ok(Value::Null),
                rows => of_slice(component, rows, slice),
            };
            let values = stretches.iter().map(of).collect::<Result<Vec<Value>, Error>>()?;
            part.groups.insert((window, slice.clone()), mean(&values));
        }
    }
    Ok(part)
}

/// The rows that count for each window, stretch by stretch: one, or one for each day that is averaged.
fn counting<'a>(
    component: &Component,
    rows: &'a [Seen],
    question: &Question,
    chronology: &Chronology,
) -> BTreeMap<Timestamp, Vec<Vec<&'a Seen>>> {
    let Question { grain, from, to, as_of, .. } = *question;
    let mut windows: BTreeMap<Timestamp, Vec<Vec<&Seen>>> = BTreeMap::new();
    if component.frame.is_window() {
        let first = window_start(grain, chronology, from);
        for row in rows {
            let window = window_start(grain, chronology, row.at);
            if first <= window && window < to {
                let stretches = windows.entry(window).or_insert_with(|| vec![Vec::new()]);
                for stretch in stretches {
                    stretch.push(row);
                }
            }
        }
        return windows;
    }
    for stretch in stretches(&component.frame, grain, chronology, (from, to), as_of) {
        let counting = rows.iter().filter(|row| stretch.has(row.at)).collect();
        windows.entry(stretch.window).or_default().push(counting);
    }
    windows
}

/// The mean of those that are there; the value itself where there is one.
fn mean(values: &[Value]) -> Value {
    if let [one] = values {
        return one.clone();
    }
    let present: Vec<f64> = values.iter().filter_map(Value::as_f64).collect();
    let total: f64 = present.iter().sum();
    if present.is_empty() { Value::Null } else { Value::Float(total / present.len() as f64) }
}
