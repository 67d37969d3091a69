//! Resolving calendars: every day that they say something of, with those that they take in.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Span;
use jiff::civil::{Date, Weekday};
use metricwright_api::calendar::{
    CalendarDay, CalendarSpec, Country, FiscalYear as Given, LastDay, WeekStart,
};
use metricwright_api::{Code, Diagnostic, Kind, ObjectId};

use super::dataset::zone;
use super::expression::Place;
use super::metric::invalid;
use super::reference::find;
use crate::calendar::{Begins, DayMark, Feasts, FiscalYear, ResolvedCalendar, YEARS, feast_in, public};
use crate::catalog::Catalog;
use crate::inventory::{Object, Spec};

type Days = BTreeMap<Date, Vec<DayMark>>;

/// Most calendars that take in one another.
const DEPTH: usize = 8;

/// Resolves one calendar.
pub fn calendar(catalog: &Catalog, object: &Object) -> Result<ResolvedCalendar, Vec<Diagnostic>> {
    let Spec::Calendar(spec) = &object.spec else { return Err(Vec::new()) };
    let id = &object.id;
    let mut findings = Vec::new();
    let mut days = Days::new();
    for country in &spec.public {
        public_days(*country, &mut days);
    }
    includes(catalog, id, spec, &mut days, &mut findings);
    for (index, day) in spec.days.iter().enumerate() {
        own_days(id, index, day, &mut days, &mut findings);
    }
    let resolved = ResolvedCalendar {
        id: id.clone(),
        zone: zone(id, "spec.timezone", spec.timezone.as_deref(), &mut findings),
        week_start: week_start(spec),
        fiscal_year: spec.fiscal_year.as_ref().and_then(|given| fiscal_year(id, given, &mut findings)),
        feasts: Arc::new(Feasts::of(&days)),
        days,
        announced_until: spec.public.contains(&Country::CN).then(public::announced_until).flatten(),
    };
    week_start_fits(&resolved, spec, &mut findings);
    if findings.is_empty() { Ok(resolved) } else { Err(findings) }
}

fn public_days(country: Country, days: &mut Days) {
    for day in YEARS.flat_map(|year| public::in_year(country, year)) {
        let mark = DayMark {
            name: day.name.to_owned(),
            kind: day.kind,
            about: day.about,
            applies_to: BTreeMap::new(),
        };
        add(days, day.day, mark);
    }
}

fn includes(
    catalog: &Catalog,
    id: &ObjectId,
    spec: &CalendarSpec,
    days: &mut Days,
    findings: &mut Vec<Diagnostic>,
) {
    for (index, reference) in spec.include.iter().enumerate() {
        let path = format!("spec.include[{index}]");
        let found = match find(catalog.inventory(), id, &path, Kind::Calendar, reference) {
            Ok(found) => found.id.clone(),
            Err(fault) => {
                findings.push(*fault);
                continue;
            }
        };
        if leads_back(catalog, &found, id, DEPTH) {
            let reason = format!("calendar `{}` takes in this one", found.name);
            let remedy = "take one of them out of `include`";
            findings.push(Diagnostic::error(Code::ReferenceCycle, id, path, reason, remedy));
            continue;
        }
        let Ok(included) = catalog.calendar(&found) else {
            findings.push(invalid(Place { object: id, path: &path }, &found));
            continue;
        };
        for (day, marks) in &included.days {
            for mark in marks {
                add(days, *day, mark.clone());
            }
        }
    }
}

/// Whether a calendar takes in another, itself or through others.
fn leads_back(catalog: &Catalog, from: &ObjectId, to: &ObjectId, depth: usize) -> bool {
    if from == to || depth == 0 {
        return true;
    }
    let Some(Spec::Calendar(spec)) = catalog.inventory().get(from).map(|object| &object.spec) else {
        return false;
    };
    spec.include.iter().any(|reference| {
        let (namespace, name) = reference.resolve(&from.namespace);
        leads_back(catalog, &ObjectId::new(Kind::Calendar, namespace, name), to, depth - 1)
    })
}

/// Adds a mark to a day, once.
fn add(days: &mut Days, day: Date, mark: DayMark) {
    let marks = days.entry(day).or_default();
    if !marks.contains(&mark) {
        marks.push(mark);
    }
}

fn own_days(id: &ObjectId, index: usize, day: &CalendarDay, days: &mut Days, findings: &mut Vec<Diagnostic>) {
    let before = i32::from(day.before.unwrap_or_default());
    let after = i32::from(day.after.unwrap_or_default());
    for (first, last) in stretches(id, index, day, findings) {
        let length = first.until(last).map_or(0, |span| span.get_days());
        for distance in -before..=length + after {
            let Ok(on) = first.checked_add(Span::new().days(distance)) else { continue };
            let mark = DayMark {
                name: day.name.clone(),
                kind: day.kind.unwrap_or_default(),
                about: first,
                applies_to: day.applies_to.clone(),
            };
            add(days, on, mark);
        }
    }
}

/// The days that an entry is about, each from its first to its last.
fn stretches(
    id: &ObjectId,
    index: usize,
    day: &CalendarDay,
    findings: &mut Vec<Diagnostic>,
) -> Vec<(Date, Date)> {
    let mut read = |field: &str, text: &str| {
        text.parse::<Date>().ok().or_else(|| {
            let path = format!("spec.days[{index}].{field}");
            let reason = format!("there is no day `{text}`");
            findings.push(Diagnostic::error(
                Code::InvalidValue,
                id,
                path,
                reason,
                "write year, month and day, such as `2026-06-18`",
            ));
            None
        })
    };
    match (&day.date, &day.yearly, day.feast) {
        (Some(date), None, None) => {
            let Some(first) = read("date", date) else { return Vec::new() };
            let last = match &day.until {
                Some(until) => read("until", until),
                None => Some(first),
            };
            let Some(last) = last else { return Vec::new() };
            if last < first || first.until(last).is_ok_and(|span| span.get_days() > 366) {
                let path = format!("spec.days[{index}].until");
                let reason = format!("`{last}` is not within a year after `{first}`");
                findings.push(Diagnostic::error(Code::InvalidValue, id, path, reason, "give its last day"));
                return Vec::new();
            }
            vec![(first, last)]
        }
        (None, Some(yearly), None) => {
            // A leap year says whether there is such a day at all.
            if read("yearly", &format!("2024-{yearly}")).is_none() {
                return Vec::new();
            }
            YEARS.filter_map(|year| format!("{year}-{yearly}").parse().ok()).map(|day| (day, day)).collect()
        }
        (None, None, Some(feast)) => {
            YEARS.filter_map(|year| feast_in(year, feast)).map(|day| (day, day)).collect()
        }
        _ => {
            let reason = "not exactly one of `date`, `yearly`, `feast` is given";
            let path = format!("spec.days[{index}]");
            findings.push(Diagnostic::error(Code::SchemaRule, id, path, reason, "give exactly one of them"));
            Vec::new()
        }
    }
}

fn week_start(spec: &CalendarSpec) -> Weekday {
    match spec.week_start.unwrap_or_default() {
        WeekStart::Monday => Weekday::Monday,
        WeekStart::Sunday => Weekday::Sunday,
        WeekStart::Saturday => Weekday::Saturday,
    }
}

fn fiscal_year(id: &ObjectId, given: &Given, findings: &mut Vec<Diagnostic>) -> Option<FiscalYear> {
    let begins = match (&given.start, &given.weeks) {
        (Some(start), None) => {
            let day: Option<Date> = format!("2023-{start}").parse().ok().filter(|day: &Date| day.day() <= 28);
            let Some(day) = day else {
                let reason = format!("fiscal years cannot begin on `{start}`");
                let remedy = "write a month and a day up to the 28th, such as `04-01`";
                let path = "spec.fiscalYear.start";
                findings.push(Diagnostic::error(Code::InvalidValue, id, path, reason, remedy));
                return None;
            };
            Begins::OnDay { month: day.month(), day: day.day() }
        }
        (None, Some(weeks)) => Begins::AfterWeek {
            last_day: match weeks.last_day {
                LastDay::Friday => Weekday::Friday,
                LastDay::Saturday => Weekday::Saturday,
                LastDay::Sunday => Weekday::Sunday,
            },
            ends: weeks.ends.unwrap_or_default(),
            month: i8::try_from(weeks.month).ok().filter(|month| (1..=12).contains(month))?,
            pattern: weeks.pattern,
        },
        _ => {
            let reason = "both or neither of `start` and `weeks` are given";
            let remedy = "give exactly one of `start`, `weeks`";
            findings.push(Diagnostic::error(Code::SchemaRule, id, "spec.fiscalYear", reason, remedy));
            return None;
        }
    };
    Some(FiscalYear { begins, named_by: given.named_by.unwrap_or_default() })
}

/// A fiscal year of weeks has the weeks that it is made of.
fn week_start_fits(calendar: &ResolvedCalendar, spec: &CalendarSpec, findings: &mut Vec<Diagnostic>) {
    let Some(FiscalYear { begins: Begins::AfterWeek { last_day, .. }, .. }) = &calendar.fiscal_year else {
        return;
    };
    if last_day.next() != calendar.week_start {
        let reason =
            format!("weeks begin on {:?}, and the fiscal year ends on {last_day:?}", calendar.week_start);
        let remedy = format!("set `weekStart: {:?}`, or another `fiscalYear.weeks.lastDay`", last_day.next());
        let path = if spec.week_start.is_some() { "spec.weekStart" } else { "spec.fiscalYear.weeks.lastDay" };
        findings.push(Diagnostic::error(Code::InvalidValue, &calendar.id, path, reason, remedy));
    }
}
