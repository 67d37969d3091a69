//! From observations as they were stored to evenly spaced values.

use jiff::civil::DateTime;

use super::{Axis, Step};

/// What several values of one time are worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeated {
    /// The last: it was loaded again.
    Last,
    /// Their sum: each is a part.
    Sum,
    /// Their mean: the hour that a clock change repeats is as much as any other.
    Mean,
}

/// An evenly spaced series and what had to be done for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Regular {
    /// The times of the values.
    pub axis: Axis,
    /// The values; `NaN` where there was none.
    pub values: Vec<f64>,
    /// How many observations had the time of another.
    pub repeated: usize,
    /// How many steps had no observation.
    pub missing: usize,
    /// How many observations lay between two steps, and were left out.
    pub between: usize,
    /// Whether the last value was left out as its period is still running.
    pub running: bool,
}

/// Puts observations, in any order, on the steps from the first of them on. A step without one is missing, never 0: so is the
/// hour that a clock change skips. The last is left out where its period ends after `now`. None without an observation
/// whose value is finite.
pub fn regular(
    observations: &[(DateTime, f64)],
    step: Step,
    repeated: Repeated,
    now: Option<DateTime>,
) -> Option<Regular> {
    let known = || observations.iter().filter(|(_, value)| value.is_finite());
    let axis = Axis { start: known().map(|(time, _)| *time).min()?, step };
    let count = known().filter_map(|(time, _)| axis.place(*time)).max()? + 1;
    let mut cells = vec![(f64::NAN, 0_u32); count];
    let mut between = 0;
    for (time, value) in known() {
        match axis.place(*time).and_then(|place| cells.get_mut(place)) {
            Some(cell) => put(cell, *value, repeated),
            None => between += 1,
        }
    }
    let running = now.is_some_and(|now| axis.at(count).is_some_and(|end| end > now));
    if running {
        cells.pop();
    }
    Some(Regular {
        axis,
        repeated: cells.iter().map(|(_, count)| count.saturating_sub(1) as usize).sum(),
        missing: cells.iter().filter(|(_, count)| *count == 0).count(),
        values: cells.into_iter().map(|(value, _)| value).collect(),
        between,
        running,
    })
}

fn put(cell: &mut (f64, u32), value: f64, repeated: Repeated) {
    let before = if cell.1 == 0 { 0.0 } else { cell.0 };
    cell.1 += 1;
    cell.0 = match repeated {
        Repeated::Last => value,
        Repeated::Sum => before + value,
        Repeated::Mean => before + (value - before) / f64::from(cell.1),
    };
}

/// Marks labelled stretches (from, to; the end not included) as missing, so that nothing is learned from them.
pub fn keep_out(values: &mut [f64], stretches: &[(usize, usize)]) {
    for (from, to) in stretches {
        for value in values.iter_mut().take(*to).skip(*from) {
            *value = f64::NAN;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, reason = "these numbers are exact in binary")]

    use super::{Repeated, keep_out, regular};
    use crate::series::Step;
    use jiff::civil::datetime;

    #[test]
    fn gaps_stay_missing_repeats_are_joined_and_the_running_hour_is_left_out() {
        let hour = |hour: i8| datetime(2024, 10, 27, hour, 0, 0, 0);
        let observations = [(hour(4), 7.0), (hour(1), 1.0), (hour(2), 2.0), (hour(2), 4.0), (hour(5), 0.5)];
        let found =
            regular(&observations, Step::HOUR, Repeated::Mean, Some(datetime(2024, 10, 27, 5, 30, 0, 0)))
                .unwrap();
        assert_eq!(found.axis.start, hour(1));
        assert_eq!(found.values[..2], [1.0, 3.0]);
        assert!(found.values[2].is_nan() && found.values[3] == 7.0 && found.values.len() == 4);
        assert_eq!((found.repeated, found.missing, found.between, found.running), (1, 1, 0, true));
    }

    #[test]
    fn what_lies_between_steps_is_counted() {
        let observations =
            [(datetime(2024, 1, 1, 0, 0, 0, 0), 1.0), (datetime(2024, 1, 1, 12, 0, 0, 0), 5.0)];
        let found = regular(&observations, Step::DAY, Repeated::Sum, None).unwrap();
        assert_eq!((found.values, found.between), (vec![1.0], 1));
        assert!(regular(&[], Step::DAY, Repeated::Last, None).is_none());
    }

    #[test]
    fn labelled_stretches_are_not_learned_from() {
        let mut values = [1.0, 2.0, 3.0];
        keep_out(&mut values, &[(1, 2), (9, 12)]);
        assert!(values[0] == 1.0 && values[1].is_nan() && values[2] == 3.0);
    }
}
