//! Reconciling a Calendar: say what comes next.

use jiff::Timestamp;
use jiff::civil::Date;
use metricwright_api::calendar::{CalendarStatus, NextDay};
use metricwright_catalog::Object;
use metricwright_catalog::calendar::ResolvedCalendar;

use super::{Next, Outcome, request};
use crate::engine::Engine;
use crate::status::Verdict;
use crate::status::simple::calendar_status;

/// How many of the next days are shown.
const SHOWN: usize = 5;

/// Resolves the calendar and shows what comes; again when the next day begins.
pub fn reconcile(engine: &Engine, object: &Object, before: &CalendarStatus) -> Outcome<CalendarStatus> {
    // dereference
    let catalog = engine.world.catalog();
    let users = catalog.consumers(&object.id);
    let asked = request(object, before.last_handled_reconcile_at.as_ref());
    // validate
    let fault = Verdict::of_faults(&catalog.diagnostics(&object.id));
    // build
    let now = engine.now();
    let calendar = catalog.calendar(&object.id).ok();
    let today = calendar.as_ref().map(|calendar| now.to_zoned(calendar.zone.clone()).date());
    let shown = calendar.as_deref().zip(today).map(|(calendar, today)| facts(calendar, today));
    // status
    let facts = CalendarStatus {
        observed_generation: object.generation,
        users: i64::try_from(users.len()).ok(),
        last_handled_reconcile_at: asked.clone().or_else(|| before.last_handled_reconcile_at.clone()),
        conditions: before.conditions.clone(),
        ..shown.unwrap_or_default()
    };
    let news = asked.is_some() || before.observed_generation != object.generation;
    let status = calendar_status(facts, fault, object.generation, now);
    let next = calendar.zip(today).and_then(|(calendar, today)| tomorrow(&calendar, today));
    Outcome {
        status,
        next: next.map_or(Next::Idle, Next::At),
        touched: if news { users.to_vec() } else { Vec::new() },
        failed: false,
    }
}

/// What it says of this year and of the days that come.
fn facts(calendar: &ResolvedCalendar, today: Date) -> CalendarStatus {
    let this_year = calendar.days.keys().filter(|day| day.year() == today.year());
    let coming =
        calendar.days.range(today..).flat_map(|(day, marks)| marks.iter().map(move |mark| (day, mark)));
    let next = coming.take(SHOWN).map(|(day, mark)| NextDay {
        date: day.to_string(),
        name: mark.name.clone(),
        kind: mark.kind,
    });
    CalendarStatus {
        days: i64::try_from(this_year.count()).ok(),
        next: next.collect(),
        announced_until: calendar.announced_until.map(|day| day.to_string()),
        ..CalendarStatus::default()
    }
}

/// When what is shown changes: as the next day begins.
fn tomorrow(calendar: &ResolvedCalendar, today: Date) -> Option<Timestamp> {
    let tomorrow = today.tomorrow().ok()?.to_zoned(calendar.zone.clone()).ok()?;
    Some(tomorrow.start_of_day().ok()?.timestamp())
}
