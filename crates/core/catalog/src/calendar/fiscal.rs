//! Fiscal years: twelve months that begin on a day of the year, or 52 or 53 whole weeks (National Retail Federation, 4-5-4
//! calendar).

use std::fmt;

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};
use metricwright_api::Grain;
use metricwright_api::calendar::{NamedBy, WeekPattern, YearEnd};

/// Where fiscal years begin and how they are divided.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FiscalYear {
    /// Where they begin.
    pub begins: Begins,
    /// The calendar year that names one.
    pub named_by: NamedBy,
}

/// Where fiscal years begin.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Begins {
    /// On a day of the year, which every month has; months begin on that day of the month.
    OnDay {
        /// 1 to 12.
        month: i8,
        /// 1 to 28.
        day: i8,
    },
    /// On the day after a weekday at the end of a month; months are whole weeks.
    AfterWeek {
        /// The weekday a year ends on.
        last_day: Weekday,
        /// Which of them.
        ends: YearEnd,
        /// The month, 1 to 12.
        month: i8,
        /// Weeks of the months of a quarter.
        pattern: WeekPattern,
    },
}

/// A fiscal month, quarter or year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The year that names its fiscal year.
    pub year: i16,
    /// Which month or quarter of it, from 1; 1 for a year.
    pub number: i8,
    /// Its first day.
    pub first: Date,
    /// The first day after it.
    pub after: Date,
}

impl FiscalYear {
    /// The period of a fiscal grain that a day lies in; none for other grains, and at the ends of the calendar.
    pub fn period(&self, grain: Grain, day: Date) -> Option<Period> {
        let months = months_of(grain)?;
        let year = [1, 0, -1].into_iter().find_map(|ahead| {
            let year = day.year().checked_add(ahead)?;
            self.first_day(year).filter(|first| *first <= day).map(|_| year)
        })?;
        let mut starts = self.months(year)?.into_iter().step_by(months).enumerate();
        let after_year = self.first_day(year + 1)?;
        let mut found = starts.next()?;
        let mut after = after_year;
        for (index, first) in starts {
            if first > day {
                after = first;
                break;
            }
            found = (index, first);
        }
        let number = i8::try_from(found.0 + 1).ok()?;
        Some(Period { year: self.name(year, after_year), number, first: found.1, after })
    }

    /// The first day of a period by the year that names it and its number, from 1.
    pub fn first_of(&self, named: i16, grain: Grain, number: i8) -> Option<Date> {
        let months = months_of(grain)?;
        let years = [0, -1, 1].into_iter().filter_map(|ahead| named.checked_add(ahead));
        let year = years.into_iter().find(|year| {
            let after = year.checked_add(1).and_then(|next| self.first_day(next));
            after.is_some_and(|after| self.name(*year, after) == named)
        })?;
        let place = usize::try_from(number.checked_sub(1)?).ok()?.checked_mul(months)?;
        self.months(year)?.get(place).copied()
    }

    /// The day that lies as many days into its fiscal month as this one, some fiscal months before, and whether there is one: of a
    /// month that is too short the last day is given.
    pub fn back(&self, day: Date, months: i32) -> Option<(Date, bool)> {
        let period = self.period(Grain::FiscalMonth, day)?;
        let into = period.first.until(day).ok()?.get_days();
        let mut first = period.first;
        for _ in 0..months {
            first = self.period(Grain::FiscalMonth, first.yesterday().ok()?)?.first;
        }
        let last = self.period(Grain::FiscalMonth, first)?.after.yesterday().ok()?;
        let there = first.checked_add(into.days()).ok()?;
        Some((there.min(last), there <= last))
    }

    /// The first day of the fiscal year that begins in a calendar year, or at its turn.
    fn first_day(&self, year: i16) -> Option<Date> {
        match &self.begins {
            Begins::OnDay { month, day } => Date::new(year, *month, *day).ok(),
            Begins::AfterWeek { last_day, ends, month, .. } => {
                let end = Date::new(year, *month, 1).ok()?.last_of_month();
                let back = last_day.until(end.weekday());
                let days = if *ends == YearEnd::Nearest && back > 3 { back - 7 } else { back };
                end.checked_sub(Span::new().days(days)).ok()?.tomorrow().ok()
            }
        }
    }

    /// The first days of its twelve months.
    fn months(&self, year: i16) -> Option<Vec<Date>> {
        let first = self.first_day(year)?;
        let start = |number: i32| match &self.begins {
            Begins::OnDay { .. } => first.checked_add(number.months()).ok(),
            Begins::AfterWeek { pattern, .. } => {
                first.checked_add(weeks_before(*pattern, number).weeks()).ok()
            }
        };
        (0..12).map(start).collect()
    }

    fn name(&self, begins: i16, after: Date) -> i16 {
        match self.named_by {
            NamedBy::Start => begins,
            NamedBy::End => after.yesterday().map_or(begins, Date::year),
        }
    }
}

/// How many fiscal months a window of a fiscal grain has.
fn months_of(grain: Grain) -> Option<usize> {
    match grain {
        Grain::FiscalMonth => Some(1),
        Grain::FiscalQuarter => Some(3),
        Grain::FiscalYear => Some(12),
        Grain::Hour | Grain::Day | Grain::Week | Grain::Month | Grain::Quarter | Grain::Year => None,
    }
}

/// Weeks of a year before its month of that number, from 0.
fn weeks_before(pattern: WeekPattern, month: i32) -> i32 {
    let (first, second) = match pattern {
        WeekPattern::FourFourFive => (4, 4),
        WeekPattern::FourFiveFour => (4, 5),
        WeekPattern::FiveFourFour => (5, 4),
    };
    let of_quarter = match month % 3 {
        0 => 0,
        1 => first,
        _ => first + second,
    };
    month / 3 * 13 + of_quarter
}

impl fmt::Display for FiscalYear {
    /// `from 04-01`, `after the Nearest Saturday to the end of month 1 in weeks FourFiveFour`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.begins {
            Begins::OnDay { month, day } => write!(f, "from {month:02}-{day:02}"),
            Begins::AfterWeek { last_day, ends, month, pattern } => {
                write!(f, "after the {ends:?} {last_day:?} to the end of month {month} in weeks {pattern:?}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn check(year: &FiscalYear, grain: Grain, at: &str, expected: (i16, i8, &str, &str)) {
        let found = year.period(grain, day(at)).unwrap();
        let (name, number, first, after) = expected;
        assert_eq!(
            found,
            Period { year: name, number, first: day(first), after: day(after) },
            "{grain} {at}"
        );
    }

    #[test]
    fn a_year_that_begins_on_a_day_has_months_that_do() {
        let april = FiscalYear { begins: Begins::OnDay { month: 4, day: 6 }, named_by: NamedBy::End };
        check(&april, Grain::FiscalYear, "2026-04-05", (2026, 1, "2025-04-06", "2026-04-06"));
        check(&april, Grain::FiscalYear, "2026-04-06", (2027, 1, "2026-04-06", "2027-04-06"));
        check(&april, Grain::FiscalQuarter, "2026-01-06", (2026, 4, "2026-01-06", "2026-04-06"));
        check(&april, Grain::FiscalMonth, "2026-01-05", (2026, 9, "2025-12-06", "2026-01-06"));
        assert_eq!(april.first_of(2026, Grain::FiscalQuarter, 4), Some(day("2026-01-06")));
        assert_eq!(april.first_of(2026, Grain::FiscalQuarter, 5), None);
        assert_eq!(april.back(day("2026-03-05"), 1), Some((day("2026-02-02"), true)));
        assert_eq!(april.back(day("2026-04-05"), 1), Some((day("2026-03-05"), false)));
        assert_eq!(april.back(day("2026-04-10"), 12), Some((day("2025-04-10"), true)));
    }

    /// The published 4-5-4 calendar: 2023 began on 29 January 2023 and had 53 weeks, 2024 began on 4 February 2024.
    #[test]
    fn a_year_of_weeks_is_that_of_the_retailers() {
        let begins = Begins::AfterWeek {
            last_day: Weekday::Saturday,
            ends: YearEnd::Nearest,
            month: 1,
            pattern: WeekPattern::FourFiveFour,
        };
        let retail = FiscalYear { begins, named_by: NamedBy::Start };
        check(&retail, Grain::FiscalYear, "2023-02-01", (2023, 1, "2023-01-29", "2024-02-04"));
        check(&retail, Grain::FiscalYear, "2024-02-03", (2023, 1, "2023-01-29", "2024-02-04"));
        check(&retail, Grain::FiscalYear, "2024-02-04", (2024, 1, "2024-02-04", "2025-02-02"));
        check(&retail, Grain::FiscalMonth, "2023-03-15", (2023, 2, "2023-02-26", "2023-04-02"));
        check(&retail, Grain::FiscalMonth, "2024-01-15", (2023, 12, "2023-12-31", "2024-02-04"));
        check(&retail, Grain::FiscalQuarter, "2024-02-03", (2023, 4, "2023-10-29", "2024-02-04"));
        // The same day of the same fiscal month; the 53rd week of 2023 has none in the year before.
        assert_eq!(retail.back(day("2024-02-04"), 12), Some((day("2023-01-29"), true)));
        assert_eq!(retail.back(day("2024-02-03"), 12), Some((day("2023-01-28"), false)));
    }

    #[test]
    fn days_of_a_quarter_follow_one_another() {
        let begins = Begins::AfterWeek {
            last_day: Weekday::Saturday,
            ends: YearEnd::Last,
            month: 12,
            pattern: WeekPattern::FourFourFive,
        };
        let year = FiscalYear { begins, named_by: NamedBy::End };
        let mut at = day("2019-06-01");
        for _ in 0..200 {
            let period = year.period(Grain::FiscalMonth, at).unwrap();
            assert!(period.first <= at && at < period.after, "{at} {period:?}");
            assert_eq!(year.period(Grain::FiscalMonth, period.first), Some(period));
            at = period.after;
        }
    }
}
