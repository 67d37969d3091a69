//! When a row is, and the start of the window it lies in. The product does this in SQL on numbers; here the calendar does it.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use metricwright_api::{Grain, StoredAs};
use metricwright_catalog::calendar::Chronology;
use metricwright_catalog::resolved::ResolvedTime;
use metricwright_formula::Value;

use super::error::Error;
use super::fiscal::is_first_of_fiscal;

/// The moment of a row; none where its time is missing. `chronology` is the one in which days begin.
pub(super) fn moment(
    time: &ResolvedTime,
    value: &Value,
    chronology: &Chronology,
) -> Result<Option<Timestamp>, Error> {
    let wrong = |wanted| Error::Time { column: time.column.clone(), found: value.to_string(), wanted };
    let at = match (time.stored_as, value) {
        (_, Value::Null) => return Ok(None),
        (StoredAs::Instant, Value::Instant(at)) => Some(*at),
        (StoredAs::Instant, Value::DateTime(wall)) => {
            wall.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp())
        }
        (StoredAs::Instant, _) => return Err(wrong("moment")),
        // An hour that comes twice means its first time; one that is skipped is read with the offset before.
        (StoredAs::Local, Value::DateTime(wall)) => {
            wall.to_zoned(time.stored_zone.clone()).ok().map(|at| at.timestamp())
        }
        (StoredAs::Local, _) => return Err(wrong("time of the wall clock")),
        (StoredAs::Date, Value::Date(date)) => midnight(*date, chronology),
        (StoredAs::Date, Value::DateTime(wall)) => midnight(wall.date(), chronology),
        (StoredAs::Date, _) => return Err(wrong("date")),
        (StoredAs::EpochMs, Value::Int(ms)) => Timestamp::from_millisecond(*ms).ok(),
        (StoredAs::EpochMs, _) => return Err(wrong("number of milliseconds")),
    };
    at.map(Some).ok_or_else(|| wrong("moment between the years -9999 and 9999"))
}

/// The start of the window that a moment lies in.
pub(super) fn window_start(grain: Grain, chronology: &Chronology, at: Timestamp) -> Timestamp {
    let local = at.to_zoned(chronology.zone.clone());
    if grain == Grain::Hour {
        return full_hour(&local);
    }
    midnight(first_day(grain, chronology, local.date()), chronology).unwrap_or(at)
}

/// The full hour of the wall clock at or before a moment.
fn full_hour(local: &Zoned) -> Timestamp {
    let past = i64::from(local.minute()) * 60 + i64::from(local.second());
    let nanoseconds = i64::from(local.subsec_nanosecond());
    local.timestamp().checked_sub(past.seconds().nanoseconds(nanoseconds)).unwrap_or(local.timestamp())
}

/// The first day of the week, month, quarter or year of a day: walk back until it is reached.
fn first_day(grain: Grain, chronology: &Chronology, day: Date) -> Date {
    let mut day = day;
    while !is_first(grain, chronology, day) {
        let Ok(before) = day.yesterday() else { return day };
        day = before;
    }
    day
}

/// Whether a window begins on a day.
pub(super) fn is_first(grain: Grain, chronology: &Chronology, day: Date) -> bool {
    match grain {
        Grain::Hour | Grain::Day => true,
        Grain::Week => day.weekday() == chronology.week_start,
        Grain::Month => day.day() == 1,
        Grain::Quarter => day.day() == 1 && [1, 4, 7, 10].contains(&day.month()),
        Grain::Year => day.day() == 1 && day.month() == 1,
        Grain::FiscalMonth | Grain::FiscalQuarter | Grain::FiscalYear => {
            is_first_of_fiscal(grain, chronology, day)
        }
    }
}

/// The first moment of a day; where midnight is skipped, the first one after it.
pub(super) fn midnight(day: Date, chronology: &Chronology) -> Option<Timestamp> {
    day.to_zoned(chronology.zone.clone()).ok()?.start_of_day().ok().map(|start| start.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Chronology {
        Chronology::of(TimeZone::get(name).unwrap())
    }

    #[test]
    fn windows_begin_where_the_calendar_says() {
        let check = |grain, name: &str, at: &str, expected: &str| {
            let start = window_start(grain, &zone(name), at.parse().unwrap());
            assert_eq!(start.to_string(), expected, "{grain} {name} {at}");
        };
        check(Grain::Day, "Asia/Shanghai", "2025-11-20T16:30:00Z", "2025-11-20T16:00:00Z");
        check(Grain::Hour, "Asia/Kathmandu", "2025-01-01T00:10:00Z", "2024-12-31T23:15:00Z");
        check(Grain::Week, "UTC", "2025-01-01T05:00:00Z", "2024-12-30T00:00:00Z");
        check(Grain::Month, "America/New_York", "2025-03-31T12:00:00Z", "2025-03-01T05:00:00Z");
        check(Grain::Quarter, "UTC", "2025-12-31T23:59:59Z", "2025-10-01T00:00:00Z");
        check(Grain::Year, "UTC", "2025-01-01T00:00:00Z", "2025-01-01T00:00:00Z");
        // The second 01:30 of the night in which clocks go back, and a day that begins at 01:00.
        check(Grain::Hour, "America/New_York", "2025-11-02T06:30:00Z", "2025-11-02T06:00:00Z");
        check(Grain::Day, "America/Havana", "2025-03-09T05:10:00Z", "2025-03-09T05:00:00Z");
    }

    #[test]
    fn rows_are_dated_as_they_are_stored() {
        let check = |stored_as, value: Value, expected: &str| {
            let time = ResolvedTime {
                column: "at".to_owned(),
                stored_as,
                stored_zone: zone("America/New_York").zone,
                latency: metricwright_api::MwDuration::ZERO,
            };
            let found = moment(&time, &value, &zone("Asia/Shanghai"));
            let shown = found.map(|at| at.map_or("none".to_owned(), |at| at.to_string()));
            assert_eq!(shown.unwrap_or_else(|_| "error".to_owned()), expected, "{stored_as:?} {value}");
        };
        let wall = |text: &str| Value::DateTime(text.parse().unwrap());
        check(StoredAs::Instant, wall("2025-01-01T00:00:00"), "2025-01-01T00:00:00Z");
        check(StoredAs::Local, wall("2025-07-01T00:00:00"), "2025-07-01T04:00:00Z");
        check(StoredAs::Local, wall("2025-11-02T01:30:00"), "2025-11-02T05:30:00Z");
        check(StoredAs::Local, wall("2025-03-09T02:30:00"), "2025-03-09T07:30:00Z");
        check(StoredAs::Date, Value::Date("2025-01-01".parse().unwrap()), "2024-12-31T16:00:00Z");
        check(StoredAs::EpochMs, Value::Int(-1), "1969-12-31T23:59:59.999Z");
        check(StoredAs::EpochMs, Value::Null, "none");
        check(StoredAs::Date, Value::Int(1), "error");
    }
}
