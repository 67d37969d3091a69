//! Days of feasts, to compare them with the same ones of other years.

use std::collections::BTreeMap;

use jiff::Span;
use jiff::civil::Date;

use super::DayMark;
use crate::resolve::hash::short_hash;

/// The days of what comes again, counted from the day that each is about: 春节 has a day 0, and days before and after.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Feasts {
    /// Of each day the feast, and how many days after the day it is about.
    days: BTreeMap<Date, (String, i32)>,
    /// Of each feast the days it is about.
    about: BTreeMap<String, Vec<Date>>,
    /// Equal for equal days.
    hash: String,
}

/// Most weeks that are looked through for an ordinary day.
const WEEKS: i32 = 6;

impl Feasts {
    /// The feasts of marked days: marks that concern all slices, the first one of each day. A moved workday belongs to its holiday.
    pub fn of(days: &BTreeMap<Date, Vec<DayMark>>) -> Self {
        let mut feasts = Self::default();
        for (day, marks) in days {
            let Some(mark) = marks.iter().find(|mark| mark.applies_to.is_empty()) else { continue };
            let Ok(distance) = mark.about.until(*day) else { continue };
            feasts.days.insert(*day, (mark.name.clone(), distance.get_days()));
            let about = feasts.about.entry(mark.name.clone()).or_default();
            if !about.contains(&mark.about) {
                about.push(mark.about);
            }
        }
        for days in feasts.about.values_mut() {
            days.sort_unstable();
        }
        let text =
            |(day, (feast, distance)): (&Date, &(String, i32))| format!("{day} {feast} {distance:+}\n");
        feasts.hash = short_hash(&feasts.days.iter().map(text).collect::<String>());
        feasts
    }

    /// A short text that is equal for equal days.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The day some years before that is the same day of the same feast; for a day of none the nearest of the same weekday that is
    /// of none either. None where the feast is not known of that year.
    pub fn back(&self, day: Date, years: i32) -> Option<Date> {
        match self.days.get(&day) {
            Some((feast, distance)) => self.same_day(day, feast, *distance, years),
            None => self.ordinary(day, years),
        }
    }

    fn same_day(&self, day: Date, feast: &str, distance: i32, years: i32) -> Option<Date> {
        let about = day.checked_sub(Span::new().days(distance)).ok()?;
        let year = i32::from(about.year()) - years;
        // A feast may come twice within a calendar year, or not at all: the nearest one to the date is meant.
        let near = about.checked_sub(Span::new().years(years)).ok()?;
        let known = self.about.get(feast)?.iter().filter(|known| (i32::from(known.year()) - year).abs() <= 1);
        let found =
            known.min_by_key(|known| near.until(**known).map_or(i32::MAX, |span| span.get_days().abs()))?;
        let apart = near.until(*found).ok()?.get_days().abs();
        (apart <= 180).then(|| found.checked_add(Span::new().days(distance)).ok()).flatten()
    }

    fn ordinary(&self, day: Date, years: i32) -> Option<Date> {
        let date = day.checked_sub(Span::new().years(years)).ok()?;
        let ahead = i32::from(date.weekday().until(day.weekday()));
        let nearest = date.checked_add(Span::new().days(if ahead > 3 { ahead - 7 } else { ahead })).ok()?;
        let weeks = (0..=WEEKS).flat_map(|week| [-week, week]);
        let days = weeks.filter_map(|week| nearest.checked_add(Span::new().days(week * 7)).ok());
        days.into_iter().find(|day| !self.days.contains_key(day))
    }
}
