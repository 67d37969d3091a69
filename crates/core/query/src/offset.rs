//! Windows that an input is read from: those some time before the ones asked for.
//!
//! Days, weeks and hours go back by their number. A year or month back is the same date (31 March: 28 February), the same ISO
//! week (week 53: week 52), or with the alignment `Weekday` the nearest day of the same weekday; months, quarters and years
//! have no weekday. With `Fiscal` it is the same day of the same fiscal month, with `Calendar` the same day of the same feast.
//! Fiscal periods go back by their number. Where the clock is inside a window, as much of the earlier one counts as has passed of it.

use jiff::civil::{Date, Time, Weekday};
use jiff::{SignedDuration, Span, Timestamp, ToSpan};
use metricwright_api::metric::Align;
use metricwright_api::{Grain, MwDuration};
use metricwright_catalog::calendar::Chronology;
use metricwright_catalog::frame::Offset;

use crate::window::{Window, same_week, start_of, wall_start, window_at};

/// What an input reads for a window: an earlier window, and the moment from which on its rows do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// The window.
    pub window: Window,
    /// The end of what counts: that of the window, or earlier where the window asked for is running.
    pub until: Timestamp,
}

/// What is read for a window through offsets, the outermost first; none where the zone leaves out the day or hour that it
/// would be, or the calendar ends.
pub fn source(
    window: &Window,
    offsets: &[Offset],
    grain: Grain,
    chronology: &Chronology,
    as_of: Timestamp,
) -> Option<Source> {
    let whole = Source { window: *window, until: as_of.min(window.end) };
    offsets.iter().try_fold(whole, |source, offset| {
        let earlier = back(&source.window, offset, grain, chronology)?;
        let until = if source.until < source.window.end {
            elapsed(&source, &earlier, offset, grain, chronology)?.clamp(earlier.start, earlier.end)
        } else {
            earlier.end
        };
        Some(Source { window: earlier, until })
    })
}

/// What is read for a range that is one window: both its ends are moved back by the calendar, and the clock with them.
pub fn moved(range: &Window, offsets: &[Offset], chronology: &Chronology, as_of: Timestamp) -> Source {
    let back = |at: Timestamp| offsets.iter().fold(at, |at, offset| offset.by.before(at, chronology));
    let window = Window { start: back(range.start), end: back(range.end) };
    let until = if as_of < range.end { back(as_of) } else { window.end };
    Source { window, until }
}

/// The window that is an offset before another.
fn back(window: &Window, offset: &Offset, grain: Grain, chronology: &Chronology) -> Option<Window> {
    let start = wall_start(window, grain, chronology);
    let wanted = match offset.by {
        MwDuration::Seconds(seconds) => {
            let moment = window.start.checked_sub(SignedDuration::from_secs(seconds)).ok()?;
            return Some(window_at(grain, chronology, moment));
        }
        MwDuration::Months(months) if grain.is_fiscal() || offset.align == Align::Fiscal => {
            chronology.fiscal_year.as_ref()?.back(start.date(), months)?.0.to_datetime(start.time())
        }
        MwDuration::Months(months) if offset.align == Align::Calendar => {
            chronology.feasts.as_ref()?.back(start.date(), months / 12)?.to_datetime(start.time())
        }
        MwDuration::Months(months) if grain == Grain::Week && offset.align == Align::Date => {
            same_week(chronology, start.date(), months / 12)?.to_datetime(Time::midnight())
        }
        by => {
            let date = start.date().checked_sub(calendar(by)?).ok()?;
            let by_weekday = offset.align == Align::Weekday;
            let moves = by_weekday && matches!(grain, Grain::Hour | Grain::Day | Grain::Week);
            let date = if moves { nearest(date, start.date().weekday())? } else { date };
            date.to_datetime(start.time())
        }
    };
    let found = window_at(grain, chronology, wanted.to_zoned(chronology.zone.clone()).ok()?.timestamp());
    let there = wall_start(&found, grain, chronology);
    let is_there = match grain {
        Grain::Hour => there.date() == wanted.date() && there.hour() == wanted.hour(),
        _ => there.date() == wanted.date(),
    };
    is_there.then_some(found)
}

/// The moment at which as much of the earlier window had passed as has of the one asked for.
fn elapsed(
    source: &Source,
    earlier: &Window,
    offset: &Offset,
    grain: Grain,
    chronology: &Chronology,
) -> Option<Timestamp> {
    let clock = chronology.to_datetime(source.until);
    let same_time = match grain {
        Grain::Hour => {
            let passed = source.until.duration_since(source.window.start);
            return earlier.start.checked_add(passed).ok();
        }
        Grain::Day | Grain::Week => {
            let passed = clock.date().since(wall_start(&source.window, grain, chronology).date()).ok()?;
            wall_start(earlier, grain, chronology).date().checked_add(passed).ok()?.to_datetime(clock.time())
        }
        Grain::Month | Grain::Quarter | Grain::Year => {
            let date = clock.date().checked_sub(calendar(offset.by)?).ok()?;
            // On 30 March all of February has passed, not its 28th until this hour.
            if date.day() < clock.date().day() {
                return start_of(date.tomorrow().ok()?, chronology);
            }
            date.to_datetime(clock.time())
        }
        Grain::FiscalMonth | Grain::FiscalQuarter | Grain::FiscalYear => {
            let MwDuration::Months(months) = offset.by else { return None };
            let (date, is_there) = chronology.fiscal_year.as_ref()?.back(clock.date(), months)?;
            if !is_there {
                return start_of(date.tomorrow().ok()?, chronology);
            }
            date.to_datetime(clock.time())
        }
    };
    same_time.to_zoned(chronology.zone.clone()).ok().map(|zoned| zoned.timestamp())
}

fn calendar(by: MwDuration) -> Option<Span> {
    match by {
        MwDuration::Seconds(_) => None,
        MwDuration::Days(days) => Some(days.days()),
        MwDuration::Months(months) => Some(months.months()),
    }
}

/// The nearest date of a weekday.
fn nearest(date: Date, weekday: Weekday) -> Option<Date> {
    let ahead = i32::from(date.weekday().until(weekday));
    let days = if ahead > 3 { ahead - 7 } else { ahead };
    date.checked_add(days.days()).ok()
}
