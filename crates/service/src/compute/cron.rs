//! Ticks of a schedule's cron expression.

use croner::Cron;
use jiff::Timestamp;
use metricwright_catalog::resolved::ResolvedSchedule;

/// The last tick at or before `now`. None without a cron expression, or where it never ticks.
pub fn last_tick(schedule: &ResolvedSchedule, now: Timestamp) -> Option<Timestamp> {
    let now = now.to_zoned(schedule.cron_zone.clone());
    parse(schedule)?.find_previous_occurrence(&now, true).ok().map(|tick| tick.timestamp())
}

/// The first tick after `now`.
pub fn next_tick(schedule: &ResolvedSchedule, now: Timestamp) -> Option<Timestamp> {
    let now = now.to_zoned(schedule.cron_zone.clone());
    parse(schedule)?.find_next_occurrence(&now, false).ok().map(|tick| tick.timestamp())
}

/// The expression was read when the metric was resolved, so it can be read again.
fn parse(schedule: &ResolvedSchedule) -> Option<Cron> {
    schedule.cron.as_deref()?.parse().ok()
}
