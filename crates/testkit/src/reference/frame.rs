//! The rows that count for a window, found by walking the calendar.

use jiff::{Timestamp, ToSpan};
use metricwright_api::metric::PeriodAggregation;
use metricwright_api::{Grain, MwDuration};
use metricwright_catalog::calendar::Chronology;
use metricwright_catalog::frame::{Frame, Span};

use super::bucket::{is_first, midnight, window_start};
use super::offset::{back, end, read, starts};

/// From when until when rows count for a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    /// The start of the window.
    pub window: Timestamp,
    /// The first moment; none where everything before counts.
    pub from: Option<Timestamp>,
    /// The first moment after.
    pub until: Timestamp,
}

impl Stretch {
    pub(super) fn has(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && at < self.until
    }
}

/// Everything that a frame reads for the windows of a range. Where the days of a window are averaged it has one for each day.
pub(super) fn stretches(
    frame: &Frame,
    grain: Grain,
    chronology: &Chronology,
    (from, to): (Timestamp, Timestamp),
    as_of: Timestamp,
) -> Vec<Stretch> {
    let mut all = Vec::new();
    for window in starts(grain, chronology, from, to).into_iter().filter(|window| *window < as_of) {
        let Some(read) = read(grain, chronology, window, as_of, &frame.offsets) else { continue };
        let last = end(grain, chronology, read.start);
        let until = read.until.unwrap_or(last).min(last);
        for (start, end) in parts(frame, grain, chronology, (read.start, last)) {
            if start < until || frame.period != PeriodAggregation::Average {
                let from = begin(frame.span, grain, chronology, (start, end));
                all.push(Stretch { window, from, until: end.min(until) });
            }
        }
    }
    all
}

/// The windows that a longer one is made of: itself, its first day, or each of its days.
fn parts(
    frame: &Frame,
    grain: Grain,
    chronology: &Chronology,
    (from, to): (Timestamp, Timestamp),
) -> Vec<(Timestamp, Timestamp)> {
    if frame.span == Span::Window || grain <= Grain::Day || frame.period == PeriodAggregation::Last {
        return vec![(from, to)];
    }
    let days = starts(Grain::Day, chronology, from, to)
        .into_iter()
        .map(|day| (day, end(Grain::Day, chronology, day)));
    match frame.period {
        PeriodAggregation::First => days.take(1).collect(),
        _ => days.collect(),
    }
}

fn begin(
    span: Span,
    grain: Grain,
    chronology: &Chronology,
    (start, end): (Timestamp, Timestamp),
) -> Option<Timestamp> {
    match span {
        Span::Window => Some(start),
        Span::AllTime => None,
        Span::Trailing(by) => some_time_before(end, by, grain, chronology),
        Span::Carried(by) => some_time_before(start, by, grain, chronology),
        Span::ToDate(period) => {
            let mut day = end.checked_sub(1.second()).ok()?.to_zoned(chronology.zone.clone()).date();
            while !is_first(period.grain(), chronology, day) {
                day = day.yesterday().ok()?;
            }
            midnight(day, chronology)
        }
    }
}

/// Some time before a moment; of hours at the full hour, else at midnight.
fn some_time_before(
    at: Timestamp,
    by: MwDuration,
    grain: Grain,
    chronology: &Chronology,
) -> Option<Timestamp> {
    let clock = at.to_zoned(chronology.zone.clone()).datetime();
    match by {
        MwDuration::Seconds(seconds) => at.checked_sub(seconds.seconds()).ok(),
        by if grain == Grain::Hour => {
            let wall = back(clock.date(), by)?.to_datetime(clock.time());
            Some(window_start(
                Grain::Hour,
                chronology,
                wall.to_zoned(chronology.zone.clone()).ok()?.timestamp(),
            ))
        }
        by => midnight(back(clock.date(), by)?, chronology),
    }
}

#[cfg(test)]
mod tests {
    use metricwright_api::metric::Period;

    use super::*;

    #[test]
    fn stretches_end_with_their_window() {
        let check = |span, period, grain, at: &str, expected: &[(&str, &str)]| {
            let frame = Frame { offsets: Vec::new(), span, period };
            let from = format!("{at}T00:00:00Z").parse().unwrap();
            let to = end(grain, &Chronology::default(), from);
            let found = stretches(&frame, grain, &Chronology::default(), (from, to), Timestamp::MAX);
            let day = |at: Timestamp| at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
            let found: Vec<_> =
                found.iter().map(|it| (it.from.map_or("ever".to_owned(), day), day(it.until))).collect();
            let expected: Vec<_> =
                expected.iter().map(|(from, until)| ((*from).to_owned(), (*until).to_owned())).collect();
            assert_eq!(found, expected, "{span:?} {period:?} {grain} {at}");
        };
        let (last, first) = (PeriodAggregation::Last, PeriodAggregation::First);
        let week = Span::Trailing(MwDuration::Days(7));
        check(week, last, Grain::Day, "2025-03-07", &[("2025-03-01", "2025-03-08")]);
        check(week, last, Grain::Month, "2025-03-01", &[("2025-03-25", "2025-04-01")]);
        check(week, first, Grain::Month, "2025-03-01", &[("2025-02-23", "2025-03-02")]);
        check(
            Span::Trailing(MwDuration::Months(1)),
            last,
            Grain::Day,
            "2025-03-30",
            &[("2025-02-28", "2025-03-31")],
        );
        check(Span::ToDate(Period::Month), last, Grain::Week, "2025-03-31", &[("2025-04-01", "2025-04-07")]);
        check(Span::ToDate(Period::Year), last, Grain::Day, "2025-12-31", &[("2025-01-01", "2026-01-01")]);
        check(Span::AllTime, last, Grain::Day, "2025-03-07", &[("ever", "2025-03-08")]);
        let year = Span::ToDate(Period::Year);
        let days = [("2025-01-01", "2025-01-02"), ("2025-01-01", "2025-01-03")];
        let frame = Frame { offsets: Vec::new(), span: year, period: PeriodAggregation::Average };
        let at = |text: &str| format!("{text}T00:00:00Z").parse::<Timestamp>().unwrap();
        let range = (at("2025-01-01"), at("2025-02-01"));
        let found = stretches(&frame, Grain::Month, &Chronology::default(), range, Timestamp::MAX);
        assert_eq!(found.len(), 31);
        for (stretch, (from, until)) in found.iter().zip(days) {
            assert_eq!((stretch.from, stretch.until), (Some(at(from)), at(until)));
        }
    }
}
