//! Calendars: days from several places, and who counts by which.

use jiff::civil::Date;
use metricwright_api::Kind;
use metricwright_catalog::calendar::ResolvedCalendar;

use crate::support::{id, metric, shop};

fn calendar(more: &str, name: &str) -> std::sync::Arc<ResolvedCalendar> {
    shop(more).calendar(&id(Kind::Calendar, name)).unwrap_or_else(|found| panic!("{found:?}"))
}

/// The findings on the shop with more definitions, in order of the objects.
fn faults(more: &str) -> Vec<String> {
    let found = shop(more).all_diagnostics();
    found.iter().map(|finding| format!("{} at {}", finding.code, finding.path)).collect()
}

/// What is known of a day: names, each with its distance from the day it is about.
fn on(calendar: &ResolvedCalendar, day: &str) -> Vec<String> {
    let day: Date = day.parse().unwrap();
    let distance = |about: Date| about.until(day).unwrap().get_days();
    calendar.on(day).iter().map(|mark| format!("{} {:+}", mark.name, distance(mark.about))).collect()
}

const DAYS: &str = "
Calendar fairs {days: [{name: fair, date: '2025-05-31', until: '2025-06-02', before: 1, after: 2}, {name: fair, date: '2024-06-10'},
  {name: singles, yearly: '11-11', before: 10, kind: Promotion, appliesTo: {channel: [online]}}]}
Calendar days {public: [CN], include: [fairs], days: [{name: season, feast: SpringFestival, before: 3}]}
";

#[test]
fn days_come_from_countries_other_calendars_and_entries() {
    let days = calendar(DAYS, "days");
    assert_eq!(on(&days, "2025-01-28"), ["春节 -1", "season -1"]);
    assert_eq!(on(&days, "2025-05-30"), ["fair -1"]);
    assert_eq!(on(&days, "2025-05-31"), ["端午节 +0", "fair +0"]);
    assert_eq!(on(&days, "2025-06-04"), ["fair +4"]);
    assert_eq!(on(&days, "2025-06-05"), [""; 0]);
    assert_eq!(on(&days, "2031-11-05"), ["singles -6"]);
    let singles = &days.on("2031-11-05".parse().unwrap())[0];
    assert!(singles.concerns(|name| (name == "channel").then(|| "online".to_owned())));
    assert!(!singles.concerns(|name| (name == "channel").then(|| "store".to_owned())));
    assert!(singles.concerns(|_| None));
}

#[test]
fn what_a_calendar_says_wrongly_is_found() {
    let found = faults(
        "Calendar a {include: [b]}\nCalendar b {include: [a]}\nCalendar c {include: [nowhere], timezone: Mars/Olympus,
  weekStart: Monday, fiscalYear: {weeks: {pattern: 4-4-5, lastDay: Saturday, month: 1}},
  days: [{name: never, yearly: '02-30'}, {name: leap, date: '2025-02-29'}, {name: back, date: '2025-03-01', until: '2025-02-01'}]}",
    );
    assert_eq!(
        found,
        [
            "REFERENCE_CYCLE at spec.include[0]",
            "REFERENCE_CYCLE at spec.include[0]",
            "REFERENCE_NOT_FOUND at spec.include[0]",
            "INVALID_VALUE at spec.days[0].yearly",
            "INVALID_VALUE at spec.days[1].date",
            "INVALID_VALUE at spec.days[2].until",
            "UNKNOWN_ZONE at spec.timezone",
            "INVALID_VALUE at spec.weekStart",
        ]
    );
}

const COUNTED: &str = "
Calendar fiscal {fiscalYear: {start: '04-01'}}
Calendar sundays {weekStart: Sunday}
Metric by-year {derived: {expr: m, inputs: [{metric: revenue, as: m, offset: {by: 1y, align: Fiscal}}]}CALENDAR}
";

#[test]
fn a_metric_that_counts_by_fiscal_years_needs_a_calendar_that_has_them() {
    let found = |calendar: &str| faults(&COUNTED.replace("CALENDAR", calendar));
    assert_eq!(found(""), ["NOT_SUPPORTED at spec"]);
    assert_eq!(found(", calendar: sundays"), ["NOT_SUPPORTED at spec"]);
    assert_eq!(found(", calendar: fiscal"), [""; 0]);
    assert_eq!(
        found(", calendar: nowhere"),
        ["REFERENCE_NOT_FOUND at spec.calendar", "NOT_SUPPORTED at spec"]
    );
    let grains = |grain: &str| {
        faults(&format!("Metric m {{dataset: sales, formula: count(*), schedule: {{grains: [{grain}]}}}}"))
    };
    assert_eq!(grains("FiscalYear"), ["GRAIN_MISMATCH at spec.schedule.grains"]);
}

#[test]
fn a_zone_or_calendar_of_its_own_puts_datasets_together_that_have_others() {
    let text = "
Dataset abroad {source: shop, table: abroad, timezone: America/New_York, time: {column: at}, columns: [{name: at, type: Instant}]}
Metric here {dataset: sales, formula: count(*)}
Metric there {dataset: abroad, formula: count(*)}
Metric share {derived: {expr: here / there}ZONE}
";
    assert_eq!(faults(&text.replace("ZONE", "")), ["INVALID_VALUE at spec"]);
    let catalog = shop(&text.replace("ZONE", ", timezone: Asia/Shanghai"));
    let share = metric(&catalog, "share");
    let zones: Vec<_> =
        share.components.iter().map(|part| part.chronology.zone.iana_name().unwrap()).collect();
    assert_eq!(zones, ["Asia/Shanghai", "Asia/Shanghai"]);
    assert_eq!(share.schedule.chronology.zone.iana_name(), Some("Asia/Shanghai"));
    assert_ne!(share.components[0].key, metric(&catalog, "here").components[0].key);
}

#[test]
fn what_divides_time_is_part_of_the_meaning() {
    let hash = |calendar: &str| {
        let text = format!(
            "Calendar plain {{days: [{{name: fair, date: '2025-05-31'}}]}}\nCalendar sundays {{weekStart: Sunday}}\n\
             Metric m {{dataset: sales, formula: count(*){calendar}}}"
        );
        metric(&shop(&text), "m").definition_hash.clone()
    };
    assert_eq!(hash(", calendar: plain"), hash(""));
    assert_ne!(hash(", calendar: sundays"), hash(""));
    assert_ne!(hash(", timezone: Asia/Shanghai"), hash(""));
}
