//! Readings: what has to be scanned so that a component has its rows for every window.
//!
//! A component whose frame is the window reads the windows themselves. One with another frame reads more, or earlier, buckets; those
//! of sums and the like are put together afterwards. Where buckets cannot be put together (different values, percentiles) each row is
//! spread over the windows that it counts for, and aggregated there.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use metricwright_api::metric::{Align, Missing, PeriodAggregation};
use metricwright_api::{Code, Grain, MwDuration, ObjectId};
use metricwright_catalog::Unreachable;
use metricwright_catalog::calendar::Chronology;
use metricwright_catalog::frame::{Frame, Span};
use metricwright_catalog::resolved::{Component, ResolvedMetric};

use crate::merge::merges;
use crate::offset::{moved, source};
use crate::window::{Window, previous, window_at, windows};

/// Windows that are asked for: a range of whole ones of a grain.
#[derive(Clone, Debug)]
pub struct Stretch {
    /// The grain; of a range that is one window the grain whose windows it is whole ones of.
    pub grain: Grain,
    /// Whether the whole range is one window.
    pub whole: bool,
    /// How time is divided into windows.
    pub chronology: Arc<Chronology>,
    /// Start of the first window.
    pub from: Timestamp,
    /// End of the last window.
    pub to: Timestamp,
    /// The clock: rows at or after it are invisible.
    pub as_of: Timestamp,
}

impl Stretch {
    /// The windows that have to be known for a metric: as many before as a missing value may be taken from.
    #[must_use]
    pub fn of(&self, metric: &ResolvedMetric) -> Self {
        if metric.missing != Missing::Previous || self.whole {
            return self.clone();
        }
        let mut from = self.from;
        for _ in 0..CARRIED {
            let before =
                previous(&window_at(self.grain, &self.chronology, from), self.grain, &self.chronology);
            from = before.start.min(from);
        }
        Self { from, ..self.clone() }
    }
}

/// Most windows that a value is carried over.
pub const CARRIED: usize = 31;

/// Most windows of one question.
const MOST: i64 = 100_000;

/// Why a question cannot be asked of a metric; none where it can.
///
/// Its windows must be whole ones of the grain, and not too many; a range that is one window has no weekday or feast, and no hours.
pub fn refused(metric: &ResolvedMetric, asked: &Stretch) -> Option<Unreachable> {
    if !asked.whole {
        return too_many(asked).or_else(|| metric.misfit(asked.grain));
    }
    let by_grain = |component: &Component| {
        let frame = &component.frame;
        let hours = matches!(frame.span, Span::Trailing(by) | Span::Carried(by) if matches!(by, MwDuration::Seconds(_)));
        hours || frame.offsets.iter().any(|offset| offset.align != Align::Date)
    };
    metric.components.iter().any(by_grain).then(|| {
        Unreachable::new(
            Code::GrainMismatch,
            "a range that is one window has no hours to carry or add up, and no weekday, fiscal day or feast to compare with",
            "ask by a grain in place of `All`",
        )
    })
}

fn too_many(asked: &Stretch) -> Option<Unreachable> {
    let seconds = asked.to.min(asked.as_of).duration_since(asked.from).as_secs();
    (seconds / shortest(asked.grain) > MOST).then(|| {
        Unreachable::new(
            Code::LimitReached,
            format!("the range has more than {MOST} windows of grain {}", asked.grain),
            "ask for a shorter range, or a longer grain",
        )
    })
}

/// Seconds that no window of a grain is shorter than, but for changes of clocks.
fn shortest(grain: Grain) -> i64 {
    match grain {
        Grain::Hour => 3600,
        Grain::Day => 86_400,
        Grain::Week => 7 * 86_400,
        Grain::Month | Grain::FiscalMonth => 28 * 86_400,
        Grain::Quarter => 90 * 86_400,
        Grain::Year => 365 * 86_400,
        Grain::FiscalQuarter => 84 * 86_400,
        Grain::FiscalYear => 364 * 86_400,
    }
}

/// What one scan has to hold for a component.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// Grain of the buckets.
    pub grain: Grain,
    /// Start of the first bucket; the beginning of time where everything counts.
    pub from: Timestamp,
    /// End of the last bucket.
    pub to: Timestamp,
    /// Rows at or after it do not count.
    pub as_of: Timestamp,
    /// The windows over which rows are spread; none where buckets are put together.
    pub spread: Option<Spread>,
}

/// Windows with the rows that count for each.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    /// Grain of the buckets that the reaches are made of.
    pub bucket: Grain,
    /// Each window with its reach.
    pub windows: Vec<(Window, Window)>,
}

/// What counts for one window.
#[derive(Clone, Debug, PartialEq)]
pub struct Reaches {
    /// From when until when rows count, once for each day that is taken into the mean.
    pub stretches: Vec<Window>,
    /// Rows at or after it do not count.
    pub as_of: Timestamp,
}

/// The rows that count for a window; none where the zone leaves out the earlier window that is read.
pub fn reaches(frame: &Frame, window: &Window, asked: &Stretch) -> Option<Reaches> {
    let Stretch { grain, chronology, as_of, .. } = asked;
    let read = if asked.whole {
        moved(window, &frame.offsets, chronology, *as_of)
    } else {
        source(window, &frame.offsets, *grain, chronology, *as_of)?
    };
    let running = read.until < read.window.end;
    let until = if running { read.until } else { *as_of };
    let days = |from, to| windows(Grain::Day, chronology, from, to);
    let parts = match frame.period {
        _ if frame.span == Span::Window || (*grain <= Grain::Day && !asked.whole) => vec![read.window],
        PeriodAggregation::Last => vec![read.window],
        PeriodAggregation::First => vec![window_at(Grain::Day, chronology, read.window.start)],
        PeriodAggregation::Average => days(read.window.start, read.window.end.min(until)),
    };
    // Hours are added up by the hour, everything longer by whole days.
    let unit = if *grain == Grain::Hour { Grain::Hour } else { Grain::Day };
    let stretches = parts.iter().map(|part| {
        // A range that is one window may begin or end within a day.
        let part = Window { start: part.start.max(read.window.start), end: part.end.min(read.window.end) };
        Window { start: begin(frame.span, &part, unit, chronology), end: part.end }
    });
    Some(Reaches { stretches: stretches.collect(), as_of: until })
}

/// From when rows count for a window.
fn begin(span: Span, window: &Window, unit: Grain, chronology: &Chronology) -> Timestamp {
    match span {
        Span::Window => window.start,
        Span::Trailing(by) => window_at(unit, chronology, by.before(window.end, chronology)).start,
        Span::ToDate(period) => window_at(period.grain(), chronology, last_moment(window)).start,
        Span::AllTime => Timestamp::MIN,
        Span::Carried(by) => window_at(unit, chronology, by.before(window.start, chronology)).start,
    }
}

fn last_moment(window: &Window) -> Timestamp {
    window.end.checked_sub(jiff::SignedDuration::from_secs(1)).unwrap_or(window.start)
}

/// The windows asked for that have begun.
pub fn begun(asked: &Stretch) -> Vec<Window> {
    if asked.whole {
        let range = Window { start: asked.from, end: asked.to };
        return if range.start < asked.as_of { vec![range] } else { Vec::new() };
    }
    windows(asked.grain, &asked.chronology, asked.from, asked.to.min(asked.as_of))
}

/// The readings that a component needs: one for the windows that are over, and where an earlier window is read one more for the
/// running one, of which only the part counts that has passed.
pub fn readings(component: &Component, asked: &Stretch) -> Vec<Reading> {
    let frame = &component.frame;
    if frame.is_window() && !asked.whole {
        let Stretch { grain, from, to, as_of, .. } = *asked;
        return vec![Reading { grain, from, to, as_of, spread: None }];
    }
    let bucket = if asked.whole { asked.grain } else { frame.bucket(asked.grain) };
    let puts_together = merges(component.aggregate.function) && component.snapshot.is_none();
    let spreads = (frame.span != Span::Window || asked.whole) && !puts_together;
    let mut readings: Vec<Reading> = Vec::new();
    for window in begun(asked) {
        let Some(reaches) = reaches(frame, &window, asked) else { continue };
        let known = readings.iter().position(|known| known.as_of == reaches.as_of);
        let place = known.unwrap_or(readings.len());
        if known.is_none() {
            readings.push(Reading {
                grain: if spreads { asked.grain } else { bucket },
                from: Timestamp::MAX,
                to: Timestamp::MIN,
                as_of: reaches.as_of,
                spread: spreads.then(|| Spread { bucket, windows: Vec::new() }),
            });
        }
        if let Some(reading) = readings.get_mut(place) {
            reading.take(&window, &reaches.stretches);
        }
    }
    readings.retain(|reading| reading.from < reading.to);
    readings
}

impl Reading {
    fn take(&mut self, window: &Window, stretches: &[Window]) {
        for stretch in stretches {
            self.from = self.from.min(stretch.start);
            self.to = self.to.max(stretch.end);
            if let Some(spread) = &mut self.spread {
                spread.windows.push((*window, *stretch));
            }
        }
    }
}

/// The first moment that each dataset has a row of, where it is known.
pub type FirstRows = BTreeMap<ObjectId, Timestamp>;

/// Whether what counts for a window of a metric begins after the first row of each dataset: a trailing window that reaches back
/// beyond it is not full yet.
pub fn is_full(metric: &ResolvedMetric, window: &Window, asked: &Stretch, first_rows: &FirstRows) -> bool {
    metric.components.iter().all(|component| {
        let first_row = first_rows.get(&component.dataset.id);
        first_row.is_none_or(|first_row| has_all(component, window, asked, *first_row))
    })
}

fn has_all(component: &Component, window: &Window, asked: &Stretch, first_row: Timestamp) -> bool {
    let Span::Trailing(_) = component.frame.span else { return true };
    let first = window_at(component.frame.bucket(asked.grain), &asked.chronology, first_row).start;
    let reached = reaches(&component.frame, window, asked);
    reached.is_none_or(|reached| reached.stretches.iter().all(|stretch| stretch.start >= first))
}
