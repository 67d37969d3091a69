//! Buckets in SQL. Engines do not share time zone data, so the offsets of the zone's transitions inside the
//! range are written into the statement: every engine then makes the same buckets.

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use metricwright_api::Grain;
use metricwright_catalog::calendar::Chronology;

use crate::dialect::{SqlDialect, round_down};
use crate::window::windows;

/// Offset from UTC in seconds from a moment on.
struct Step {
    at: i64,
    before: i64,
    after: i64,
}

fn offset(zone: &TimeZone, at: Timestamp) -> i64 {
    i64::from(zone.to_offset(at).seconds())
}

/// The changes of offset within a range, with a day on either side.
fn steps(zone: &TimeZone, from: Timestamp, to: Timestamp) -> (i64, Vec<Step>) {
    let day = jiff::SignedDuration::from_hours(24);
    let from = from.checked_sub(day).unwrap_or(Timestamp::MIN);
    let to = to.checked_add(day).unwrap_or(Timestamp::MAX);
    let first = offset(zone, from);
    let mut before = first;
    let mut steps = Vec::new();
    for transition in zone.following(from).take_while(|transition| transition.timestamp() <= to) {
        let after = i64::from(transition.offset().seconds());
        if after != before {
            steps.push(Step { at: transition.timestamp().as_second(), before, after });
        }
        before = after;
    }
    (first, steps)
}

/// The offset at each value of `seconds`, where `bound` says from which value on a step counts.
fn case(seconds: &str, first: i64, steps: &[Step], bound: impl Fn(&Step) -> i64) -> String {
    if steps.is_empty() {
        return first.to_string();
    }
    let mut arms = String::new();
    for step in steps.iter().rev() {
        arms += &format!(" WHEN {seconds} >= {} THEN {}", bound(step), step.after);
    }
    format!("CASE{arms} ELSE {first} END")
}

/// The wall clock of a zone at a moment, both in seconds.
pub fn wall_clock(instant: &str, zone: &TimeZone, from: Timestamp, to: Timestamp) -> String {
    let (first, steps) = steps(zone, from, to);
    plus(instant, &case(instant, first, &steps, |step| step.at))
}

/// The moment of a wall clock, both in seconds. An hour that comes twice means its first time; one that is
/// skipped is read with the offset before the change.
pub fn moment(wall: &str, zone: &TimeZone, from: Timestamp, to: Timestamp) -> String {
    let (first, steps) = steps(zone, from, to);
    let offset = case(wall, first, &steps, |step| step.at + step.before.max(step.after));
    if offset == "0" { wall.to_owned() } else { format!("({wall} - {offset})") }
}

fn plus(seconds: &str, offset: &str) -> String {
    if offset == "0" { seconds.to_owned() } else { format!("({seconds} + {offset})") }
}

/// The number of the bucket that begins at a moment, as [`bucket`] makes it; below all others for the beginning of time.
pub fn bucket_number(grain: Grain, zone: &TimeZone, start: Timestamp) -> i64 {
    if grain == Grain::Hour || start == Timestamp::MIN {
        return start.as_second();
    }
    let midnight = zone.to_datetime(start).date().to_zoned(TimeZone::UTC);
    midnight.map_or(start.as_second(), |midnight| midnight.timestamp().as_second())
}

/// The bucket that a row of a range lies in: the first second of its window, of the wall clock, or for hours of the moment.
pub fn bucket(
    dialect: &dyn SqlDialect,
    (grain, chronology): (Grain, &Chronology),
    (instant, wall): (&str, &str),
    (from, to): (Timestamp, Timestamp),
) -> String {
    match grain {
        // Hours begin at full hours of the wall clock: round there, and go back by what was rounded off.
        Grain::Hour => format!("({instant} - ({wall} - {}))", round_down(wall, 3600)),
        Grain::Day => round_down(wall, 86_400),
        // 1970-01-01 was a Thursday: three days after a Monday.
        Grain::Week => {
            let into = i64::from(chronology.week_start.until(Weekday::Thursday)) * 86_400;
            format!("({} - {into})", round_down(&format!("({wall} + {into})"), 604_800))
        }
        Grain::Month | Grain::Quarter | Grain::Year => dialect.first_second(wall, grain),
        Grain::FiscalMonth | Grain::FiscalQuarter | Grain::FiscalYear => {
            let all = windows(grain, chronology, from, to);
            let starts: Vec<i64> =
                all.iter().map(|window| bucket_number(grain, chronology, window.start)).collect();
            listed(wall, &starts)
        }
    }
}

/// The last of the starts, which are in order, that is not after a value; below all of them the first.
fn listed(value: &str, starts: &[i64]) -> String {
    let Some((first, others)) = starts.split_first() else { return "0".to_owned() };
    let arms: String =
        others.iter().rev().map(|start| format!(" WHEN {value} >= {start} THEN {start}")).collect();
    if arms.is_empty() { first.to_string() } else { format!("CASE{arms} ELSE {first} END") }
}
