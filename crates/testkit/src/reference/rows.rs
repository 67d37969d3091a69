//! Rows as a component sees them.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use metricwright_api::StoredAs;
use metricwright_catalog::calendar::Chronology;
use metricwright_catalog::resolved::{CONVERTED, Component, Dimension, Hop, ResolvedDataset, Validity};
use metricwright_formula::{BinaryOp, ColumnPath, Expr, Value};

use super::bucket::moment;
use super::conversion::converted;
use super::error::Error;
use super::evaluate::Slice;
use super::interpret::{compare, holds, interpret};
use super::table::{Row, Tables, named};

/// A row as a component sees it.
pub(super) struct Seen {
    pub at: Timestamp,
    pub slice: Slice,
    /// What is aggregated; none where the filter leaves it out.
    pub argument: Option<Value>,
    /// What tells its snapshot apart, and what has snapshots of its own; missing where rows add up.
    pub snapshot: (Value, Vec<Value>),
}

/// The rows of a component's dataset that are visible.
pub(super) fn rows(
    component: &Component,
    ways: &[(&str, &Dimension)],
    tables: &Tables,
    as_of: Timestamp,
    chronology: &Chronology,
) -> Result<Vec<Seen>, Error> {
    let mut reader = Reader::new(&component.references, tables);
    let conversions = match &component.conversion {
        Some(conversion) => Some(converted(conversion, tables, as_of, chronology)?),
        None => None,
    };
    let mut rows = Vec::new();
    for (index, row) in tables.of(&component.dataset)?.iter().enumerate() {
        let Some(at) = seen(&component.dataset, row, as_of, chronology)? else { continue };
        reader.converted = conversions.as_ref().and_then(|all| all.get(index)).copied();
        reader.at = Some((at, chronology.to_datetime(at).date()));
        let member = |(name, way): &(&str, &Dimension)| {
            let value = reader.dimension(row, way)?;
            Ok(((*name).to_owned(), (!value.is_null()).then(|| value.to_string())))
        };
        let slice = ways.iter().map(member).collect::<Result<Slice, Error>>()?;
        let aggregate = &component.aggregate;
        let counts = reader.passes(row, aggregate.filter.as_ref())?;
        // For `count(*)` the presence of the row counts.
        let argument = || match &aggregate.argument {
            Some(argument) => reader.value(row, argument),
            None => Ok(Value::Bool(true)),
        };
        let argument = if counts { Some(argument()?) } else { None };
        rows.push(Seen { at, slice, argument, snapshot: reader.snapshot(component, row, at)? });
    }
    Ok(rows)
}

/// The moment of a row; none if it is not visible yet, or has none.
pub(super) fn seen(
    dataset: &ResolvedDataset,
    row: &Row,
    as_of: Timestamp,
    chronology: &Chronology,
) -> Result<Option<Timestamp>, Error> {
    let time = dataset.time.as_ref().ok_or_else(|| Error::NoTime { dataset: dataset.id.name.clone() })?;
    let at = moment(time, &named(row, &time.column)?, chronology)?;
    Ok(at.filter(|at| *at < as_of))
}

/// Reads expressions over a row and what it is joined to.
pub(super) struct Reader<'a> {
    references: &'a BTreeMap<String, Dimension>,
    tables: &'a Tables,
    /// Conversions of the row that is read.
    converted: Option<i64>,
    /// The moment of the row that is read, and its day.
    pub(super) at: Option<(Timestamp, Date)>,
    /// Rows that joins found, so that each key is looked up once.
    found: RefCell<HashMap<(String, String), Option<&'a Row>>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(references: &'a BTreeMap<String, Dimension>, tables: &'a Tables) -> Self {
        Self { references, tables, converted: None, at: None, found: RefCell::default() }
    }

    /// Whether a row passes a filter.
    pub(super) fn passes(&self, row: &Row, filter: Option<&Expr>) -> Result<bool, Error> {
        filter.map_or(Ok(true), |filter| holds(filter, &|path| self.name(row, path)))
    }

    pub(super) fn value(&self, row: &Row, expr: &Expr) -> Result<Value, Error> {
        interpret(expr, &|path| self.name(row, path))
    }

    fn snapshot(
        &self,
        component: &Component,
        row: &Row,
        at: Timestamp,
    ) -> Result<(Value, Vec<Value>), Error> {
        let Some(snapshot) = &component.snapshot else { return Ok((Value::Null, Vec::new())) };
        let key = match &snapshot.over {
            Some(over) => self.value(row, over)?,
            None => Value::Int(at.as_second()),
        };
        Ok((key, snapshot.by.iter().map(|by| self.value(row, by)).collect::<Result<_, _>>()?))
    }

    /// A name in an expression: a dimension where the catalogue says so, else a column of the row.
    fn name(&self, row: &Row, path: &ColumnPath) -> Result<Value, Error> {
        match (self.references.get(&path.to_string()), self.converted) {
            (Some(way), _) => self.dimension(row, way),
            (None, Some(converted)) if path.name == CONVERTED => Ok(Value::Int(converted)),
            (None, _) => named(row, &path.name),
        }
    }

    /// A dimension of the row: follow the joins, then read there. Missing where a join finds nothing.
    pub(super) fn dimension(&self, row: &Row, way: &Dimension) -> Result<Value, Error> {
        let mut at = row;
        for hop in &way.path {
            match self.partner(at, hop)? {
                Some(partner) => at = partner,
                None => return Ok(Value::Null),
            }
        }
        own(&way.expr, at)
    }

    /// The first row of the joined dataset with the same key that holds at the moment of the row; a missing key has none.
    fn partner(&self, row: &Row, hop: &Hop) -> Result<Option<&'a Row>, Error> {
        let key = hop.left_key.iter().map(|key| own(key, row)).collect::<Result<Vec<_>, _>>()?;
        let at = hop.dataset.validity.as_ref().and(self.at);
        let place = (hop.dataset.id.to_string(), format!("{key:?} {at:?}"));
        if let Some(known) = self.found.borrow().get(&place) {
            return Ok(*known);
        }
        let mut found = None;
        for candidate in self.tables.of(&hop.dataset)? {
            if same_key(&key, &hop.right_key, candidate)?
                && holds_at(hop.dataset.validity.as_ref(), candidate, at)?
            {
                found = Some(candidate);
                break;
            }
        }
        self.found.borrow_mut().insert(place, found);
        Ok(found)
    }
}

fn same_key(key: &[Value], other: &[Expr], row: &Row) -> Result<bool, Error> {
    for (key, other) in key.iter().zip(other) {
        if compare(BinaryOp::Equal, key, &own(other, row)?)? != Some(true) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a row holds at a moment, or on its day where it holds for days.
fn holds_at(validity: Option<&Validity>, row: &Row, at: Option<(Timestamp, Date)>) -> Result<bool, Error> {
    let (Some(validity), Some((moment, day))) = (validity, at) else { return Ok(true) };
    let (from, to) = (named(row, &validity.from)?, named(row, &validity.to)?);
    let not_after = |bound: &Value| match bound {
        Value::Date(date) => Some(*date <= day),
        Value::DateTime(wall) if validity.stored_as == StoredAs::Date => Some(wall.date() <= day),
        Value::DateTime(wall) => {
            Some(wall.to_zoned(TimeZone::UTC).is_ok_and(|bound| bound.timestamp() <= moment))
        }
        Value::Instant(bound) => Some(*bound <= moment),
        Value::Int(milliseconds) => Some(*milliseconds <= moment.as_millisecond()),
        _ => None,
    };
    Ok(not_after(&from).unwrap_or(true) && !not_after(&to).unwrap_or(false))
}

/// A row expression over a row's own columns.
pub(super) fn own(expr: &Expr, row: &Row) -> Result<Value, Error> {
    interpret(expr, &|path| named(row, &path.name))
}
