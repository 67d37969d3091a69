//! The times of an evenly spaced series.

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Span};

/// The distance of two neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// So many seconds.
    Seconds(i32),
    /// So many days.
    Days(i32),
    /// So many months, on the day of the first.
    Months(i32),
}

impl Step {
    /// One hour.
    pub const HOUR: Self = Self::Seconds(3_600);
    /// One day.
    pub const DAY: Self = Self::Days(1);
    /// One week.
    pub const WEEK: Self = Self::Days(7);
    /// One month.
    pub const MONTH: Self = Self::Months(1);
    /// Three months.
    pub const QUARTER: Self = Self::Months(3);
    /// Twelve months.
    pub const YEAR: Self = Self::Months(12);

    /// The seasons that people and business make in steps of this length, shortest first: the day, the week and the year.
    pub fn usual_seasons(self) -> Vec<f64> {
        const YEAR_OF_DAYS: f64 = 365.25;
        let whole = |length: f64| length >= 2.0;
        let lengths = match self {
            Self::Seconds(seconds) => {
                let day = 86_400.0 / f64::from(seconds.max(1));
                vec![day, 7.0 * day]
            }
            Self::Days(days) => vec![7.0 / f64::from(days.max(1)), YEAR_OF_DAYS / f64::from(days.max(1))],
            Self::Months(months) => vec![12.0 / f64::from(months.max(1))],
        };
        lengths.into_iter().filter(|length| whole(*length)).collect()
    }
}

/// Where a series begins and how it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Axis {
    /// The time of the first value, in the calendar of the people it is about.
    pub start: DateTime,
    /// The distance of two neighbours.
    pub step: Step,
}

impl Axis {
    /// The time `steps` after the first; none outside of the calendar.
    pub fn at(&self, steps: usize) -> Option<DateTime> {
        let steps = i64::try_from(steps).ok()?;
        match self.step {
            Step::Seconds(seconds) => {
                self.start.checked_add(SignedDuration::from_secs(steps.checked_mul(seconds.into())?)).ok()
            }
            Step::Days(days) => self
                .start
                .checked_add(SignedDuration::from_hours(steps.checked_mul(24 * i64::from(days))?))
                .ok(),
            Step::Months(months) => {
                self.start.checked_add(Span::new().try_months(steps.checked_mul(months.into())?).ok()?).ok()
            }
        }
    }

    /// The day of the value `steps` after the first.
    pub fn day(&self, steps: usize) -> Option<Date> {
        self.at(steps).map(DateTime::date)
    }

    /// How many steps after the first a time lies; none where it lies between two, or before the first.
    pub fn place(&self, time: DateTime) -> Option<usize> {
        let guess = match self.step {
            Step::Seconds(seconds) => {
                self.start.duration_until(time).as_secs().checked_div(seconds.into())?
            }
            Step::Days(days) => {
                self.start.duration_until(time).as_hours().checked_div(24 * i64::from(days))?
            }
            Step::Months(months) => {
                let months_of = |time: DateTime| 12 * i64::from(time.year()) + i64::from(time.month());
                (months_of(time) - months_of(self.start)).checked_div(months.into())?
            }
        };
        let steps = usize::try_from(guess).ok()?;
        (self.at(steps)? == time).then_some(steps)
    }
}

#[cfg(test)]
mod tests {
    use super::{Axis, Step};
    use jiff::civil::{date, datetime};

    #[test]
    fn months_keep_the_day_where_there_is_one() {
        let axis = Axis { start: datetime(2024, 1, 31, 0, 0, 0, 0), step: Step::MONTH };
        assert_eq!(axis.day(1), Some(date(2024, 2, 29)));
        assert_eq!(axis.day(14), Some(date(2025, 3, 31)));
        assert_eq!(axis.place(datetime(2025, 3, 31, 0, 0, 0, 0)), Some(14));
        assert_eq!(axis.place(datetime(2025, 3, 30, 0, 0, 0, 0)), None);
    }

    #[test]
    fn hours_and_days_are_counted() {
        let axis = Axis { start: datetime(2024, 2, 28, 22, 0, 0, 0), step: Step::HOUR };
        assert_eq!(axis.at(26), Some(datetime(2024, 3, 1, 0, 0, 0, 0)));
        assert_eq!(axis.place(datetime(2024, 3, 1, 0, 0, 0, 0)), Some(26));
        assert_eq!(axis.place(datetime(2024, 2, 28, 21, 0, 0, 0)), None);
        assert_eq!(Step::HOUR.usual_seasons(), vec![24.0, 168.0]);
        assert_eq!(Step::DAY.usual_seasons(), vec![7.0, 365.25]);
        assert_eq!(Step::WEEK.usual_seasons(), vec![365.25 / 7.0]);
        assert_eq!(Step::YEAR.usual_seasons(), Vec::<f64>::new());
    }
}
