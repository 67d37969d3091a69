//! What is known about days before they come: holidays, moved workdays, promotions and events.

use std::collections::BTreeMap;

use jiff::civil::Date;

/// What a mark says of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MarkKind {
    /// A public holiday.
    Holiday,
    /// A day of a weekend that is worked, in exchange for one of a holiday.
    Workday,
    /// A promotion.
    Promotion,
    /// Anything else that is known ahead.
    Event,
}

/// One thing known about a day. The same name on other days (next year) is the same thing, whose effect may be learned
/// from one and expected of the other, however the feast moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// What it says.
    pub kind: MarkKind,
    /// Its name.
    pub name: String,
}

/// The marks of days. Known ahead: days after the last value may have marks too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    days: BTreeMap<Date, Vec<Mark>>,
}

impl Calendar {
    /// The marks of one day, in the order of entry; none on most days.
    pub fn on(&self, day: Date) -> &[Mark] {
        self.days.get(&day).map_or(&[], Vec::as_slice)
    }

    /// The marked days in order.
    pub fn days(&self) -> impl Iterator<Item = (Date, &[Mark])> {
        self.days.iter().map(|(day, marks)| (*day, marks.as_slice()))
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.days.is_empty()
    }

    /// Notes one thing about one day.
    pub fn mark(&mut self, day: Date, kind: MarkKind, name: impl Into<String>) {
        self.days.entry(day).or_default().push(Mark { kind, name: name.into() });
    }
}
