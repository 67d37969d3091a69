//! Schedules with every default filled in.

use std::sync::Arc;

use croner::Cron;
use croner::errors::CronError;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use metricwright_api::metric::Schedule;
use metricwright_api::{Code, Diagnostic, Grain, MwDuration, ObjectId};

use super::dataset::{duration, zone};
use crate::calendar::Chronology;
use crate::resolved::{Component, ResolvedSchedule};

/// Days computed again by default, for rows that came late.
const LOOKBACK: MwDuration = MwDuration::Days(3);
/// How far back values are computed at first by default.
const BACKFILL: MwDuration = MwDuration::Months(24);
/// Most members of a dimension by default.
const MAX_SLICES: u32 = 1000;

/// Fills in the defaults.
pub fn schedule(
    id: &ObjectId,
    given: Option<&Schedule>,
    components: &[Component],
    chronology: Arc<Chronology>,
    findings: &mut Vec<Diagnostic>,
) -> ResolvedSchedule {
    let default = Schedule::default();
    let given = given.unwrap_or(&default);
    let cron_zone = match &given.timezone {
        Some(name) => zone(id, "spec.schedule.timezone", Some(name), findings),
        None => chronology.zone.clone(),
    };
    let latency = components
        .iter()
        .map(latency)
        .max_by_key(|latency| latency.approximate_seconds())
        .unwrap_or(MwDuration::ZERO);
    let lookback =
        if latency.approximate_seconds() > LOOKBACK.approximate_seconds() { latency } else { LOOKBACK };
    cron(id, given, &cron_zone, findings);
    let grains = match &given.grains {
        Some(grains) if !grains.is_empty() => grains.clone(),
        _ => vec![Grain::Day],
    };
    ResolvedSchedule {
        cron: given.cron.clone(),
        cron_zone,
        chronology,
        grains,
        lookback: duration(id, "spec.schedule.lookback", given.lookback.as_deref(), lookback, findings),
        backfill: duration(id, "spec.schedule.backfill", given.backfill.as_deref(), BACKFILL, findings),
        retention: given
            .retention
            .as_deref()
            .map(|text| duration(id, "spec.schedule.retention", Some(text), BACKFILL, findings)),
        latency,
        max_slices: given.max_slices.unwrap_or(MAX_SLICES),
    }
}

/// How long after a window's end its value may still change: until its rows are there, and what may follow them.
fn latency(component: &Component) -> MwDuration {
    let times = component.datasets().filter_map(|dataset| dataset.time.as_ref());
    let latency = times.map(|time| time.latency).max_by_key(|latency| latency.approximate_seconds());
    let latency = latency.unwrap_or(MwDuration::ZERO);
    let Some(conversion) = &component.conversion else { return latency };
    // A day may have 25 hours.
    let longest = conversion.window.approximate_seconds() + 3600 * i64::from(is_calendar(conversion.window));
    MwDuration::Seconds(latency.approximate_seconds() + longest)
}

fn is_calendar(window: MwDuration) -> bool {
    !matches!(window, MwDuration::Seconds(_))
}

fn cron(id: &ObjectId, given: &Schedule, zone: &TimeZone, findings: &mut Vec<Diagnostic>) {
    let Some(text) = &given.cron else { return };
    if let Err(fault) = cron_fault(text, zone) {
        let reason = format!("`{text}` is no cron expression: {fault}");
        let remedy = "write minute, hour, day, month and weekday, such as `10 * * * *`";
        findings.push(Diagnostic::error(Code::InvalidCron, id, "spec.schedule.cron", reason, remedy));
    }
}

fn cron_fault(text: &str, zone: &TimeZone) -> Result<(), String> {
    let fields = text.split_whitespace().count();
    if fields != 5 {
        return Err(format!("it has {fields} fields, not 5"));
    }
    let cron: Cron = text.parse().map_err(|error: CronError| error.to_string())?;
    let some_time = Timestamp::UNIX_EPOCH.to_zoned(zone.clone());
    cron.find_next_occurrence(&some_time, false).map(drop).map_err(|_| "it never comes".to_owned())
}
