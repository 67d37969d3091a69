//! What the tests share.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use metricwright_api::calendar::{DayKind, NamedBy, WeekPattern, YearEnd};
use metricwright_catalog::calendar::{Begins, Chronology, DayMark, Feasts, FiscalYear};

/// A zone with a fiscal year that begins on 6 April.
pub fn zone(name: &str) -> Chronology {
    let fiscal_year = FiscalYear { begins: Begins::OnDay { month: 4, day: 6 }, named_by: NamedBy::End };
    Chronology { fiscal_year: Some(fiscal_year), ..Chronology::of(TimeZone::get(name).unwrap()) }
}

/// A zone with a fiscal year of weeks from Sunday, and a fair that moves.
pub fn retail(name: &str) -> Chronology {
    let begins = Begins::AfterWeek {
        last_day: Weekday::Saturday,
        ends: YearEnd::Nearest,
        month: 1,
        pattern: WeekPattern::FourFiveFour,
    };
    let mut days = BTreeMap::new();
    for (about, distances) in [("2024-06-10", -2..=1), ("2025-05-31", -1..=1)] {
        let about: Date = about.parse().unwrap();
        for distance in distances {
            let day = about.checked_add(jiff::Span::new().days(distance)).unwrap();
            let mark =
                DayMark { name: "fair".to_owned(), kind: DayKind::Event, about, applies_to: BTreeMap::new() };
            days.insert(day, vec![mark]);
        }
    }
    Chronology {
        zone: TimeZone::get(name).unwrap(),
        week_start: Weekday::Sunday,
        fiscal_year: Some(FiscalYear { begins, named_by: NamedBy::Start }),
        feasts: Some(Arc::new(Feasts::of(&days))),
    }
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}
