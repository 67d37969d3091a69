//! A metric, row by row.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use metricwright_api::Grain;
use metricwright_catalog::resolved::{Component, Dimension, Hop, ResolvedMetric, SharedDimension};
use metricwright_formula::{BinaryOp, ColumnPath, Expr, Value};

use super::aggregate::{aggregate, of_nothing};
use super::bucket::{moment, window_start};
use super::error::Error;
use super::interpret::{compare, holds, interpret};
use super::table::{Row, Tables, named};

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
    let parts = metric.components.iter().enumerate();
    let zone = &metric.schedule.zone;
    let parts = parts.map(|(place, component)| part(component, place, tables, question, zone));
    let parts = parts.collect::<Result<Vec<Part>, Error>>()?;
    let loaded: BTreeSet<Timestamp> = parts.iter().flat_map(|part| part.loaded.iter().copied()).collect();
    let mut first: BTreeMap<&Slice, Timestamp> = BTreeMap::new();
    for (window, slice) in parts.iter().flat_map(|part| part.groups.keys()) {
        let begin = first.entry(slice).or_insert(*window);
        *begin = (*begin).min(*window);
    }
    let mut values = Values::new();
    for window in loaded {
        for (slice, _) in first.iter().filter(|(_, begin)| **begin <= window) {
            let key = (window, (*slice).clone());
            let components: Vec<Value> = parts.iter().map(|part| part.value(&key)).collect();
            values.insert(key, interpret(&metric.value, &|path| component_value(&components, path))?);
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
    zone: &TimeZone,
) -> Result<Part, Error> {
    let reader = Reader { component, tables, found: RefCell::default() };
    let mut loaded = BTreeSet::new();
    let mut groups: BTreeMap<(Timestamp, Slice), Vec<(Timestamp, Value)>> = BTreeMap::new();
    for row in tables.of(&component.dataset)? {
        let Some((at, window)) = placed(component, row, question, zone)? else { continue };
        loaded.insert(window);
        let mut slice = Slice::new();
        for dimension in &question.by {
            let way = dimension.ways.get(place);
            let way = way.ok_or_else(|| Error::UnknownDimension {
                name: dimension.name.clone(),
                known: String::new(),
            })?;
            slice.insert(dimension.name.clone(), member(&reader.dimension(row, way)?));
        }
        let group = groups.entry((window, slice)).or_default();
        if reader.counts(row)? {
            group.push((at, reader.argument(row)?));
        }
    }
    let function = component.aggregate.function;
    let finished = |(key, rows): (_, Vec<_>)| Ok((key, aggregate(function, &rows)?));
    let groups = groups.into_iter().map(finished).collect::<Result<_, Error>>()?;
    Ok(Part { loaded, groups, nothing: of_nothing(function) })
}

/// The moment of a row and the window that it lies in; none if it is outside the range, not visible yet, or in no window.
fn placed(
    component: &Component,
    row: &Row,
    question: &Question,
    zone: &TimeZone,
) -> Result<Option<(Timestamp, Timestamp)>, Error> {
    let dataset = &component.dataset;
    let time = dataset.time.as_ref().ok_or_else(|| Error::NoTime { dataset: dataset.id.name.clone() })?;
    let at = moment(time, &named(row, &time.column)?, zone)?;
    let Some(at) = at.filter(|at| *at < question.as_of) else { return Ok(None) };
    let window = window_start(question.grain, zone, at);
    let first = window_start(question.grain, zone, question.from);
    Ok((first <= window && window < question.to).then_some((at, window)))
}

fn member(value: &Value) -> Option<String> {
    (!value.is_null()).then(|| value.to_string())
}

/// Reads what a component needs of a row.
struct Reader<'a> {
    component: &'a Component,
    tables: &'a Tables,
    /// Rows that joins found, so that each key is looked up once.
    found: RefCell<HashMap<(String, String), Option<&'a Row>>>,
}

impl<'a> Reader<'a> {
    /// Whether the row passes the aggregate's filter.
    fn counts(&self, row: &Row) -> Result<bool, Error> {
        let filter = self.component.aggregate.filter.as_ref();
        filter.map_or(Ok(true), |filter| holds(filter, &|path| self.name(row, path)))
    }

    /// What is aggregated; for `count(*)` the row's presence.
    fn argument(&self, row: &Row) -> Result<Value, Error> {
        let argument = self.component.aggregate.argument.as_ref();
        argument.map_or(Ok(Value::Bool(true)), |argument| interpret(argument, &|path| self.name(row, path)))
    }

    /// A name in the aggregate: a dimension where the catalogue says so, else a column of the row.
    fn name(&self, row: &Row, path: &ColumnPath) -> Result<Value, Error> {
        match self.component.references.get(&path.to_string()) {
            Some(way) => self.dimension(row, way),
            None => named(row, &path.name),
        }
    }

    /// A dimension of the row: follow the joins, then read there. Missing where a join finds nothing.
    fn dimension(&self, row: &Row, way: &Dimension) -> Result<Value, Error> {
        let mut at = row;
        for hop in &way.path {
            match self.partner(at, hop)? {
                Some(partner) => at = partner,
                None => return Ok(Value::Null),
            }
        }
        own(&way.expr, at)
    }

    /// The first row of the joined dataset with the same key; a missing key has none.
    fn partner(&self, row: &Row, hop: &Hop) -> Result<Option<&'a Row>, Error> {
        let key = own(&hop.left_key, row)?;
        let place = (hop.dataset.id.to_string(), format!("{key:?}"));
        if let Some(known) = self.found.borrow().get(&place) {
            return Ok(*known);
        }
        let mut found = None;
        for candidate in self.tables.of(&hop.dataset)? {
            if compare(BinaryOp::Equal, &key, &own(&hop.right_key, candidate)?)? == Some(true) {
                found = Some(candidate);
                break;
            }
        }
        self.found.borrow_mut().insert(place, found);
        Ok(found)
    }
}

/// A row expression over a row's own columns.
fn own(expr: &Expr, row: &Row) -> Result<Value, Error> {
    interpret(expr, &|path| named(row, &path.name))
}
