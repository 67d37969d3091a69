//! On which days fiscal periods begin, found day by day: the product computes them from the year.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use metricwright_api::Grain;
use metricwright_api::calendar::{WeekPattern, YearEnd};
use metricwright_catalog::calendar::{Begins, Chronology};

/// Whether a fiscal month, quarter or year begins on a day; never without a fiscal year.
pub(super) fn is_first_of_fiscal(grain: Grain, chronology: &Chronology, day: Date) -> bool {
    let Some(year) = &chronology.fiscal_year else { return false };
    match &year.begins {
        Begins::OnDay { month, day: number } => {
            let months = (day.month() + 12 - month) % 12;
            day.day() == *number
                && match grain {
                    Grain::FiscalMonth => true,
                    Grain::FiscalQuarter => months % 3 == 0,
                    _ => months == 0,
                }
        }
        Begins::AfterWeek { last_day, ends, month, pattern } => {
            let weeks = weeks_into_year(day, (*last_day, *ends, *month));
            weeks.is_some_and(|weeks| firsts(grain, *pattern).contains(&weeks))
        }
    }
}

/// How many weeks of its fiscal year are over on a day; none where a week is not over.
fn weeks_into_year(day: Date, rule: (Weekday, YearEnd, i8)) -> Option<u32> {
    let mut at = day;
    for weeks in 0..54 {
        let eve = at.yesterday().ok()?;
        if eve.weekday() != rule.0 {
            return None;
        }
        if ends_year(eve, rule) {
            return Some(weeks);
        }
        at = at.checked_sub(7.days()).ok()?;
    }
    None
}

fn ends_year(day: Date, (weekday, ends, month): (Weekday, YearEnd, i8)) -> bool {
    let distances: &[i64] = match ends {
        YearEnd::Last => &[0, 1, 2, 3, 4, 5, 6],
        YearEnd::Nearest => &[-3, -2, -1, 0, 1, 2, 3],
    };
    let ends_month = |day: &Date| day.month() == month && day.tomorrow().is_ok_and(|next| next.day() == 1);
    let near = distances.iter().filter_map(|distance| day.checked_add(distance.days()).ok());
    day.weekday() == weekday && near.into_iter().any(|near| ends_month(&near))
}

/// The weeks with which periods begin.
fn firsts(grain: Grain, pattern: WeekPattern) -> Vec<u32> {
    let weeks = match pattern {
        WeekPattern::FourFourFive => [0, 4, 8],
        WeekPattern::FourFiveFour => [0, 4, 9],
        WeekPattern::FiveFourFour => [0, 5, 9],
    };
    match grain {
        Grain::FiscalMonth => {
            [0, 13, 26, 39].into_iter().flat_map(|quarter| weeks.map(|week| quarter + week)).collect()
        }
        Grain::FiscalQuarter => vec![0, 13, 26, 39],
        _ => vec![0],
    }
}
