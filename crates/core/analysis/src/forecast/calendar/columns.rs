//! The columns of the regression and what each value has in them.

use std::f64::consts::TAU;

use super::marks;
use crate::forecast::Task;
use crate::season::whole;
use crate::series::{Axis, Step};

/// The harmonics of a season too long to be told apart value by value.
const HARMONICS: usize = 8;
/// How many moves of the level there are at most.
const MOVES: usize = 40;

/// A column that is not 0 in a row, and its value there.
pub(super) type Entry = (usize, f64);

/// One row a value and step of the horizon; columns in blocks whose coefficients are alike in size.
#[derive(Debug)]
pub(super) struct Design {
    /// The columns that are not 0, ascending, and their values.
    pub rows: Vec<Vec<Entry>>,
    /// The number of columns of each block, in their order.
    pub blocks: Vec<usize>,
    /// How many columns there are.
    pub size: usize,
    /// The first column of what is known of days but the weekday; all after it are such too.
    pub known: usize,
    /// The first column of marks; all after it are such too.
    pub marks: usize,
}

impl Design {
    /// None where nothing is known that a shorter season would not tell.
    pub fn of(task: &Task) -> Option<Self> {
        let count = task.values.len();
        let long =
            task.seasons.iter().copied().find(|length| is_long(*length) && 1.1 * length <= count as f64);
        let short = task.seasons.iter().copied().find(|length| !is_long(*length) && *length >= 2.0);
        let dated = task.axis.filter(|_| !task.calendar.is_empty());
        if long.is_none() && dated.is_none() {
            return None;
        }
        let rows = vec![Vec::new(); count + task.horizon];
        let mut design = Self { rows, blocks: vec![], size: 0, known: 0, marks: 0 };
        design.level(count);
        if let Some(length) = short {
            design.short_season(whole(length), count);
        }
        design.known = design.size;
        if let Some(length) = long {
            design.long_season(length, short.map_or(1, whole));
        }
        if let Some(axis) = dated {
            design.dates(&axis);
            design.marks = design.size;
            for (size, entries) in marks::blocks(task.calendar, &axis, design.rows.len()) {
                design.append(size, |place| entries.get(place).cloned().unwrap_or_default());
            }
        } else {
            design.marks = design.size;
        }
        Some(design)
    }

    /// Adds a block of `size` columns; `entries` names them from 0.
    fn append(&mut self, size: usize, mut entries: impl FnMut(usize) -> Vec<Entry>) {
        let first = self.size;
        for (place, row) in self.rows.iter_mut().enumerate() {
            row.extend(entries(place).into_iter().map(|(column, value)| (first + column, value)));
        }
        self.blocks.push(size);
        self.size += size;
    }

    /// A constant, a line, and moves at even distances; the last level goes on.
    fn level(&mut self, count: usize) {
        let stride = (count / MOVES).max(4);
        let moves = count / stride;
        self.append(1, |_| vec![(0, 1.0)]);
        self.append(1, |place| vec![(0, place as f64 / count as f64 - 0.5)]);
        self.append(moves, |place| (0..moves.min(place / stride)).map(|step| (step, 1.0)).collect());
    }

    /// One column a place, how each drifts, and how each goes with the long season.
    fn short_season(&mut self, period: usize, count: usize) {
        self.append(period, |place| vec![(place % period, 1.0)]);
        self.append(period, |place| vec![(place % period, place as f64 / count as f64 - 0.5)]);
    }

    fn long_season(&mut self, length: f64, period: usize) {
        self.append(2 * period, |place| {
            let angle = TAU * place as f64 / length;
            let first = 2 * (place % period);
            vec![(first, angle.cos()), (first + 1, angle.sin())]
        });
        let pair = |place: usize, harmonic: usize| {
            let angle = TAU * harmonic as f64 * place as f64 / length;
            [angle.cos(), angle.sin()]
        };
        for range in [1..=2, 3..=HARMONICS] {
            let harmonics: Vec<usize> = range.collect();
            self.append(2 * harmonics.len(), |place| {
                harmonics.iter().flat_map(|harmonic| pair(place, *harmonic)).enumerate().collect()
            });
        }
    }

    /// The place in the month of a day; for months the number of each weekday.
    fn dates(&mut self, axis: &Axis) {
        match axis.step {
            Step::Days(1) => self.append(8, |place| {
                let Some(day) = axis.day(place) else { return vec![] };
                let left = day.days_in_month() - day.day();
                let column = match (day.day(), left) {
                    (first @ 1..=3, _) => usize::try_from(first - 1).ok(),
                    (_, last @ 0..=2) => usize::try_from(3 + last).ok(),
                    (15, _) => Some(6),
                    (16, _) => Some(7),
                    _ => None,
                };
                column.map(|column| (column, 1.0)).into_iter().collect()
            }),
            Step::Months(_) => self.append(8, |place| {
                let (Some(start), Some(end)) = (axis.day(place), axis.day(place + 1)) else { return vec![] };
                let mut counts = [0.0; 7];
                for day in start.series(jiff::ToSpan::days(1)).take_while(|day| *day < end) {
                    let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0);
                    if let Some(count) = counts.get_mut(weekday) {
                        *count += 1.0;
                    }
                }
                let mean = counts.iter().sum::<f64>() / 7.0;
                let mut entries: Vec<Entry> = counts.iter().map(|count| count - mean).enumerate().collect();
                entries.push((7, 7.0 * mean - 30.4375));
                entries
            }),
            _ => {}
        }
    }
}

/// Seasons with a fraction of a step, or with very many of them, have no places to tell apart.
fn is_long(length: f64) -> bool {
    length >= 50.0
}
