//! The value of the rows of a stretch, and of snapshots that do not add up.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use jiff::Timestamp;
use metricwright_api::metric::Keep;
use metricwright_catalog::resolved::{Component, Snapshot};
use metricwright_formula::{AggregateFunction, Value};

use super::aggregate::{aggregate, of_nothing};
use super::error::Error;
use super::evaluate::Slice;
use super::number::{identity, order};
use super::rows::Seen;

/// The value of one slice over a stretch that has rows.
pub(super) fn of_slice(component: &Component, rows: &[&Seen], slice: &Slice) -> Result<Value, Error> {
    let function = component.aggregate.function;
    if rows.iter().all(|row| row.slice != *slice) {
        return Ok(of_nothing(function));
    }
    let own = |row: &&&Seen| row.slice == *slice;
    match &component.snapshot {
        None => of_rows(function, rows.iter().filter(own)),
        Some(snapshot) if snapshot.is_chosen() => {
            let chosen = chosen(snapshot, rows)?;
            let counts = |row: &&&Seen| {
                let key = row.argument.as_ref().and(chosen.get(&groups(row)));
                key.is_some_and(|key| !row.snapshot.0.is_null() && identity(key) == identity(&row.snapshot.0))
            };
            of_rows(function, rows.iter().filter(own).filter(counts))
        }
        Some(snapshot) => folded(snapshot, function, rows.iter().filter(own).copied()),
    }
}

fn of_rows<'a>(
    function: AggregateFunction,
    rows: impl Iterator<Item = &'a &'a Seen>,
) -> Result<Value, Error> {
    let values: Vec<(Timestamp, Value)> =
        rows.filter_map(|row| Some((row.at, row.argument.clone()?))).collect();
    aggregate(function, &values)
}

fn groups(row: &Seen) -> Vec<String> {
    row.snapshot.1.iter().map(identity).collect()
}

/// The snapshot that counts, for each member that has snapshots of its own.
fn chosen(snapshot: &Snapshot, rows: &[&Seen]) -> Result<BTreeMap<Vec<String>, Value>, Error> {
    let wanted = if snapshot.keep == Keep::First { Ordering::Less } else { Ordering::Greater };
    let mut best: BTreeMap<Vec<String>, Value> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.argument.is_some() && !row.snapshot.0.is_null()) {
        let key = &row.snapshot.0;
        let better = match best.get(&groups(row)) {
            Some(known) => order("keep", key, known)? == wanted,
            None => true,
        };
        if better {
            best.insert(groups(row), key.clone());
        }
    }
    Ok(best)
}

/// The rows of each snapshot of one member.
type Snapshots<'a> = BTreeMap<String, Vec<&'a Seen>>;

/// The least, largest or mean snapshot of each member, added up.
fn folded<'a>(
    snapshot: &Snapshot,
    function: AggregateFunction,
    rows: impl Iterator<Item = &'a Seen>,
) -> Result<Value, Error> {
    let mut members: BTreeMap<Vec<String>, Snapshots<'_>> = BTreeMap::new();
    for row in rows.filter(|row| row.argument.is_some() && !row.snapshot.0.is_null()) {
        members.entry(groups(row)).or_default().entry(identity(&row.snapshot.0)).or_default().push(row);
    }
    let fold = match snapshot.keep {
        Keep::Min => AggregateFunction::Min,
        Keep::Max => AggregateFunction::Max,
        _ => AggregateFunction::Avg,
    };
    let at = |value| (Timestamp::UNIX_EPOCH, value);
    let mut all = Vec::new();
    for snapshots in members.values() {
        let values = snapshots.values().map(|rows| of_rows(function, rows.iter()).map(at));
        let values = values.collect::<Result<Vec<_>, Error>>()?;
        all.push(at(aggregate(fold, &values)?));
    }
    aggregate(AggregateFunction::Sum, &all)
}
