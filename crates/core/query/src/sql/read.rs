//! From the rows of a result to cells.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use metricwright_api::Grain;
use metricwright_catalog::calendar::Chronology;
use metricwright_formula::Value;

use super::Layout;
use crate::scan::{Cell, Scan};
use crate::slice::Slice;
use crate::window::{Window, window_at};

/// A result that is not laid out as its statement says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the source's answer has {found} in row {row}, where {wanted} was asked for; report this as a fault of Metricwright"
)]
pub struct ReadError {
    /// The row, from 0.
    pub row: usize,
    /// What was asked for.
    pub wanted: &'static str,
    /// What was found.
    pub found: String,
}

/// Reads the rows of a scan's result. A grouping set that serves several groupings gives each its cells.
///
/// # Errors
/// A row is not laid out as the statement says.
pub fn read(scan: &Scan, layout: &Layout, rows: &[Vec<Value>]) -> Result<Vec<Cell>, ReadError> {
    let mut windows = Windows { grain: scan.grain, chronology: &scan.chronology, known: HashMap::new() };
    let by_mask = groupings_by_mask(layout);
    let mut cells = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        let whole = |value: Option<&Value>, wanted: &'static str| match value {
            Some(Value::Int(number)) => Ok(*number),
            other => Err(ReadError { row: index, wanted, found: format!("{other:?}") }),
        };
        let mask = whole(row.first(), "a grouping")?;
        // Rows whose time is missing belong to no window.
        if row.get(1).is_none_or(Value::is_null) {
            continue;
        }
        let window = windows.of(whole(row.get(1), "a bucket")?);
        let members = row.get(2..2 + layout.members).unwrap_or_default();
        let components =
            row.get(2 + layout.members..2 + layout.members + layout.components).unwrap_or_default();
        for grouping in by_mask.get(&mask).into_iter().flatten() {
            let names = layout.groupings.get(*grouping).map(Vec::as_slice).unwrap_or_default();
            let slice =
                Slice::of(names.iter().map(|(name, place)| (name.as_str(), member(members.get(*place)))));
            cells.push(Cell { grouping: *grouping, window, slice, components: components.to_vec() });
        }
    }
    Ok(cells)
}

/// The groupings that each mask of members that are not grouped by stands for.
fn groupings_by_mask(layout: &Layout) -> HashMap<i64, Vec<usize>> {
    let mut by_mask: HashMap<i64, Vec<usize>> = HashMap::new();
    for (index, grouping) in layout.groupings.iter().enumerate() {
        let kept = |place: usize| grouping.iter().any(|(_, known)| *known == place);
        let mask = (0..layout.members).filter(|place| !kept(*place)).map(|place| 1_i64 << place).sum();
        by_mask.entry(mask).or_default().push(index);
    }
    by_mask
}

fn member(value: Option<&Value>) -> Option<String> {
    match value {
        None | Some(Value::Null) => None,
        Some(Value::Text(text)) => Some(text.clone()),
        Some(other) => Some(other.to_string()),
    }
}

/// Windows by bucket, each found once.
struct Windows<'a> {
    grain: Grain,
    chronology: &'a Chronology,
    known: HashMap<i64, Window>,
}

impl Windows<'_> {
    fn of(&mut self, bucket: i64) -> Window {
        let (grain, chronology) = (self.grain, self.chronology);
        *self
            .known
            .entry(bucket)
            .or_insert_with(|| window_at(grain, chronology, start(grain, chronology, bucket)))
    }
}

fn start(grain: Grain, zone: &TimeZone, bucket: i64) -> Timestamp {
    let utc = Timestamp::from_second(bucket).unwrap_or_default();
    if grain == Grain::Hour {
        return utc;
    }
    let wall = utc.to_zoned(TimeZone::UTC).datetime();
    wall.to_zoned(zone.clone()).map_or(utc, |zoned| zoned.timestamp())
}
