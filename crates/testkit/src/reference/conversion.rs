//! Conversions: each is compared with every base event.

use jiff::{Timestamp, ToSpan};
use metricwright_api::MwDuration;
use metricwright_catalog::calendar::Chronology;
use metricwright_catalog::resolved::{Conversion, Events};
use metricwright_formula::Value;

use super::error::Error;
use super::number::{identity, order};
use super::rows::{Reader, own, seen};
use super::table::Tables;

/// An event: which row, its second, and what it has in common with others.
struct Event {
    row: usize,
    second: i64,
    keys: Vec<String>,
    tie: Vec<Value>,
}

/// For each row of the base events' dataset, how many conversions belong to it.
pub(super) fn converted(
    conversion: &Conversion,
    tables: &Tables,
    as_of: Timestamp,
    chronology: &Chronology,
) -> Result<Vec<i64>, Error> {
    let bases = events(&conversion.base, conversion, tables, as_of, chronology)?;
    let mut counts = vec![0; tables.of(&conversion.base.dataset)?.len()];
    for following in events(&conversion.conversion, conversion, tables, as_of, chronology)? {
        let mut latest: Option<&Event> = None;
        for base in bases.iter().filter(|base| base.keys == following.keys && base.second <= following.second)
        {
            let later = match latest {
                None => true,
                Some(known) if known.second == base.second => is_later(&base.tie, &known.tie)?,
                Some(known) => known.second < base.second,
            };
            if later {
                latest = Some(base);
            }
        }
        let in_time = |base: &&Event| following.second < deadline(base.second, conversion.window, chronology);
        if let Some(count) = latest.filter(in_time).and_then(|base| counts.get_mut(base.row)) {
            *count += 1;
        }
    }
    Ok(counts)
}

/// Whether a key comes after another in their common order.
fn is_later(key: &[Value], than: &[Value]) -> Result<bool, Error> {
    for (part, other) in key.iter().zip(than) {
        let order = order("tie", part, other)?;
        if order.is_ne() {
            return Ok(order.is_gt());
        }
    }
    Ok(false)
}

fn events(
    side: &Events,
    conversion: &Conversion,
    tables: &Tables,
    as_of: Timestamp,
    chronology: &Chronology,
) -> Result<Vec<Event>, Error> {
    let mut reader = Reader::new(&side.references, tables);
    let is_base = side.dataset.id == conversion.base.dataset.id;
    let mut events = Vec::new();
    for (index, row) in tables.of(&side.dataset)?.iter().enumerate() {
        let Some(at) = seen(&side.dataset, row, as_of, chronology)? else { continue };
        reader.at = Some((at, chronology.to_datetime(at).date()));
        let keys = side.keys.iter().map(|way| reader.dimension(row, way)).collect::<Result<Vec<_>, _>>()?;
        if keys.iter().any(Value::is_null) || !reader.passes(row, side.filter.as_ref())? {
            continue;
        }
        let tie = conversion.tie.iter().filter(|_| is_base);
        let tie = tie.map(|key| own(key, row)).collect::<Result<_, _>>()?;
        events.push(Event {
            row: index,
            second: at.as_second(),
            keys: keys.iter().map(identity).collect(),
            tie,
        });
    }
    Ok(events)
}

/// The first second that is too late.
fn deadline(base: i64, window: MwDuration, chronology: &Chronology) -> i64 {
    let days = match window {
        MwDuration::Seconds(seconds) => return base + seconds,
        MwDuration::Days(days) => days,
        MwDuration::Months(_) => return base,
    };
    let at = Timestamp::from_second(base).unwrap_or_default().to_zoned(chronology.zone.clone()).datetime();
    let same_time = at.checked_add(days.days()).ok().and_then(|at| at.to_zoned(chronology.zone.clone()).ok());
    same_time.map_or(base, |at| at.timestamp().as_second())
}
