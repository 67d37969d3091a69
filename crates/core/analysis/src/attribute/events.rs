//! What the calendar says of the days that are compared.

use jiff::civil::Date;

use crate::calendar::{Calendar, MarkKind};

/// A range of days, both ends within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

/// Something known of one of two windows and not of the other. It coincides; that it is the cause is not said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coincidence {
    /// What it is.
    pub kind: MarkKind,
    /// Its name.
    pub name: String,
    /// How many days of the window that is explained have it.
    pub actual_days: usize,
    /// How many days of the window it is compared with have it.
    pub baseline_days: usize,
}

/// The marks that one window has on more days than the other, those of the largest difference first.
pub fn coincidences(calendar: &Calendar, actual: Days, baseline: Days) -> Vec<Coincidence> {
    let mut found: Vec<Coincidence> = Vec::new();
    for (day, marks) in calendar.days() {
        let within = |days: Days| usize::from(days.from <= day && day <= days.to);
        let (now, then) = (within(actual), within(baseline));
        for mark in marks.iter().filter(|_| now + then > 0) {
            match found.iter_mut().find(|known| known.kind == mark.kind && known.name == mark.name) {
                Some(known) => {
                    known.actual_days += now;
                    known.baseline_days += then;
                }
                None => found.push(Coincidence {
                    kind: mark.kind,
                    name: mark.name.clone(),
                    actual_days: now,
                    baseline_days: then,
                }),
            }
        }
    }
    found.retain(|one| one.actual_days != one.baseline_days);
    found.sort_by_key(|one| std::cmp::Reverse(one.actual_days.abs_diff(one.baseline_days)));
    found
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{Coincidence, Days, coincidences};
    use crate::calendar::{Calendar, MarkKind};

    #[test]
    fn only_what_differs_between_the_windows_coincides() {
        let mut calendar = Calendar::default();
        calendar.mark(date(2026, 6, 18), MarkKind::Promotion, "618");
        calendar.mark(date(2026, 6, 19), MarkKind::Promotion, "618");
        calendar.mark(date(2026, 6, 12), MarkKind::Event, "pay day");
        calendar.mark(date(2026, 6, 19), MarkKind::Event, "pay day");
        calendar.mark(date(2026, 7, 1), MarkKind::Holiday, "later");
        let actual = Days { from: date(2026, 6, 15), to: date(2026, 6, 21) };
        let baseline = Days { from: date(2026, 6, 8), to: date(2026, 6, 14) };
        let expected =
            Coincidence { kind: MarkKind::Promotion, name: "618".into(), actual_days: 2, baseline_days: 0 };
        assert_eq!(coincidences(&calendar, actual, baseline), [expected]);
    }
}
