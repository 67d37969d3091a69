//! Times as people write them on a command line.

use jiff::civil::{Date, DateTime, ISOWeekDate, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use metricwright_api::{Grain, MwDuration};

use crate::calendar::Chronology;

/// Reads a moment: an RFC 3339 time (seconds may be left out), a date, a wall-clock time, a month
/// `2025-11`, a week `2025-W47`, a quarter `2025-Q4`, a year `2025`, a fiscal year `FY2026` and its quarters and months `FY2026-Q1`
/// and `FY2026-M01`, `now`, `today`, `yesterday`, or how long ago, such as `30d`. What has no offset is read in the zone of the
/// chronology; what is longer than a moment means its beginning.
///
/// # Errors
/// The text is none of these; the message lists them.
pub fn parse_moment(text: &str, chronology: &Chronology, now: Timestamp) -> Result<Timestamp, String> {
    let zone = &chronology.zone;
    let text = text.trim();
    let found = match text {
        "now" => Some(now),
        "today" => start_of_day(&now.to_zoned(zone.clone())),
        "yesterday" => start_of_day(&now.to_zoned(zone.clone()).yesterday().unwrap_or_default()),
        _ => instant(text)
            .or_else(|| civil(text, zone))
            .or_else(|| fiscal(text, chronology))
            .or_else(|| Some(text.parse::<MwDuration>().ok()?.before(now, zone))),
    };
    found.ok_or_else(|| {
        format!(
            "`{text}` is no time: write a date such as 2025-11-20, a month 2025-11, a week 2025-W47, a quarter 2025-Q4, \
             with a fiscal calendar FY2026 or FY2026-Q1, a time 2025-11-20T13:00 (with Z or +08:00 for a zone of its \
             own), or how long ago, such as 30d"
        )
    })
}

fn start_of_day(day: &Zoned) -> Option<Timestamp> {
    day.start_of_day().ok().map(|start| start.timestamp())
}

fn instant(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().or_else(|| {
        // RFC 3339 wants seconds; people leave them out.
        let (minutes, offset) = text.split_at_checked(16)?;
        let has_offset = offset == "Z" || offset.starts_with(['+', '-']);
        has_offset.then(|| format!("{minutes}:00{offset}").parse().ok()).flatten()
    })
}

fn civil(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let at_midnight = |date: Date| date.to_zoned(zone.clone()).ok().map(|start| start.timestamp());
    if let Some((year, week)) = text.split_once("-W") {
        let date = ISOWeekDate::new(year.parse().ok()?, week.parse().ok()?, Weekday::Monday).ok()?;
        return at_midnight(date.date());
    }
    if let Some((year, quarter)) = text.split_once("-Q") {
        let quarter: i8 = quarter.parse().ok().filter(|quarter| (1..=4).contains(quarter))?;
        return Date::new(year.parse().ok()?, quarter * 3 - 2, 1).ok().and_then(at_midnight);
    }
    if let Ok(year) = text.parse::<i16>() {
        return (text.len() == 4).then(|| Date::new(year, 1, 1).ok().and_then(at_midnight)).flatten();
    }
    if text.len() == 7 {
        return format!("{text}-01").parse().ok().and_then(at_midnight);
    }
    if text.len() == 10 {
        return text.parse().ok().and_then(at_midnight);
    }
    let time: DateTime = text.parse().ok()?;
    time.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp())
}

/// The beginning of a fiscal year, quarter or month, as labels write them.
fn fiscal(text: &str, chronology: &Chronology) -> Option<Timestamp> {
    let (year, part) = match text.strip_prefix("FY")?.split_once('-') {
        Some((year, part)) => (year, Some(part)),
        None => (text.strip_prefix("FY")?, None),
    };
    let (grain, number) = match part {
        None => (Grain::FiscalYear, 1),
        Some(part) => match part.split_at_checked(1)? {
            ("Q", number) => (Grain::FiscalQuarter, number.parse().ok()?),
            ("M", number) => (Grain::FiscalMonth, number.parse().ok()?),
            _ => return None,
        },
    };
    let first = chronology.fiscal_year.as_ref()?.first_of(year.parse().ok()?, grain, number)?;
    first.to_zoned(chronology.zone.clone()).ok().map(|start| start.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        let zone = Chronology::of(TimeZone::get("Asia/Shanghai").unwrap());
        let now = "2025-11-21T02:00:00Z".parse().unwrap();
        let check = |text: &str, expected: &str| {
            let found = parse_moment(text, &zone, now).map(|moment| moment.to_string());
            assert_eq!(found.as_deref().unwrap_or("error"), expected, "{text}");
        };
        check("2025-11-21T02:00Z", "2025-11-21T02:00:00Z");
        check("2025-11-21T02:00:30+08:00", "2025-11-20T18:00:30Z");
        check("2025-11-21T02:00+08:00", "2025-11-20T18:00:00Z");
        check("2025-11-20", "2025-11-19T16:00:00Z");
        check("2025-11-20T13:00", "2025-11-20T05:00:00Z");
        check("2025-11", "2025-10-31T16:00:00Z");
        check("2025-W47", "2025-11-16T16:00:00Z");
        check("2025", "2024-12-31T16:00:00Z");
        check("2025-Q4", "2025-09-30T16:00:00Z");
        check("today", "2025-11-20T16:00:00Z");
        check("30d", "2025-10-22T02:00:00Z");
        for text in ["", "2025-13", "soon", "2025-W60", "2025-Q5", "FY2026", "1.5d"] {
            check(text, "error");
        }
    }
}
