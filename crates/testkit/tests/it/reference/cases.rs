//! Generated rows, definitions and questions: every engine gives what the reference says.
//!
//! A case is made from its seed alone. One that fails is printed and kept in `failing-seeds.txt` beside this file; those are tried first.
//! `METRICWRIGHT_SEED=n` tries one; `METRICWRIGHT_SOAK=1` tries 10,000 in place of 256.

use std::fmt::Write as _;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::FutureExt;
use jiff::Timestamp;
use metricwright_api::Grain;
use metricwright_catalog::resolved::ResolvedMetric;
use metricwright_query::Query;
use metricwright_source::Source;
use metricwright_testkit::reference::{Question, Tables, compare, evaluate};

use super::engines::{Numbers, engine};
use super::hosts::Host;
use super::{catalog, metric, shop_with_calendar};

/// Cases that share their rows.
const OF_ONE_TABLE: u64 = 16;

/// The seeds to try.
fn seeds() -> Vec<u64> {
    if let Ok(one) = std::env::var("METRICWRIGHT_SEED") {
        return vec![one.parse().unwrap()];
    }
    let count = if std::env::var_os("METRICWRIGHT_SOAK").is_some() { 10_000 } else { 256 };
    let kept = std::fs::read_to_string(kept()).unwrap_or_default();
    let kept = kept.lines().filter_map(|line| line.split_whitespace().next()?.parse().ok());
    kept.chain(0..count).collect()
}

fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/reference/failing-seeds.txt")
}

/// The rows of a case: a few weeks around the days on which clocks change in New York, with nulls, repeated rows, days without any,
/// and texts that engines like to take for each other.
fn write_rows(folder: &Path, seed: u64) {
    let mut numbers = Numbers((seed / OF_ONE_TABLE).wrapping_mul(0x9E37_79B9_7F4A_7C15) + 1);
    let start = ["2025-02-24", "2025-03-06", "2025-10-30", "2024-02-26", "2024-12-29"];
    let start: Timestamp = format!("{}T00:00:00Z", numbers.one_of(&start)).parse().unwrap();
    let days = 3 + numbers.below(40);
    let mut orders = "order_id,at,paid_at,store_id,channel,status,net,items\n".to_owned();
    for id in 0..20 + numbers.below(140) {
        // Half of the rows lie on a few days, and some share their second.
        let day = if numbers.below(2) == 0 { numbers.below(days) } else { days / 2 + numbers.below(2) };
        let second = day * 86_400 + numbers.below(24) * 3600 + numbers.below(4) * 900;
        let at = Timestamp::from_second(start.as_second() + i64::try_from(second).unwrap()).unwrap();
        let paid =
            Timestamp::from_second(at.as_second() + i64::try_from(numbers.below(300_000)).unwrap()).unwrap();
        let row = format!(
            "{at},{},{},{},{},{},{}",
            maybe(&mut numbers, 5, |_| paid.to_string()),
            maybe(&mut numbers, 9, |numbers| numbers.below(6).to_string()),
            numbers.one_of(&["online", "Online", "straße", "店铺", ""]),
            numbers.one_of(&["completed", "completed", "cancelled", ""]),
            maybe(&mut numbers, 6, |numbers| format!(
                "{}.{}",
                numbers.below(400),
                numbers.one_of(&["0", "25", "5", "75"])
            )),
            maybe(&mut numbers, 12, |numbers| numbers.below(5).to_string()),
        );
        writeln!(orders, "{id},{}", row.replace('Z', "")).unwrap();
    }
    let mut visits = "day,store_id,channel,visitors\n".to_owned();
    for _ in 0..8 + numbers.below(60) {
        let day = start.as_second() + i64::try_from(numbers.below(days) * 86_400).unwrap();
        let day = Timestamp::from_second(day).unwrap().to_string();
        let (store, channel) = (numbers.below(6), numbers.one_of(&["online", "straße", "店铺"]));
        let visitors = maybe(&mut numbers, 8, |numbers| numbers.below(30).to_string());
        writeln!(visits, "{},{store},{channel},{visitors}", &day[..10]).unwrap();
    }
    let stores = "store_id,region,format\n0,north,big\n1,south,small\n2,,big\n3,north,small\n4,ÉAST,\n";
    let offers =
        "store_id,channel,tier\n0,online,gold\n1,online,silver\n1,straße,gold\n2,店铺,\n3,Online,tin\n";
    let managers = managers(&mut numbers, start, days);
    let tables = [
        ("orders", orders),
        ("visits", visits),
        ("stores", stores.to_owned()),
        ("offers", offers.to_owned()),
        ("managers", managers),
    ];
    for (name, text) in tables {
        std::fs::write(folder.join(format!("{name}.csv")), text).unwrap();
    }
}

/// Who was in charge of each store from when until when; now and then nobody.
fn managers(numbers: &mut Numbers, start: Timestamp, days: u64) -> String {
    let mut text = "store_id,since,until,manager\n".to_owned();
    for store in 0..5 {
        let day = |day: u64| {
            let at =
                Timestamp::from_second(start.as_second() + i64::try_from(day * 86_400).unwrap()).unwrap();
            at.to_string()[..10].to_owned()
        };
        let change = numbers.below(days);
        let next = change + numbers.below(3);
        let (first, second) = (numbers.one_of(&["Ada", "王芳", ""]), numbers.one_of(&["Bo", "Ada"]));
        let since = maybe(numbers, 3, |_| day(0));
        let until = maybe(numbers, 3, |_| day(next + 5));
        writeln!(text, "{store},{since},{},{first}\n{store},{},{until},{second}", day(change), day(next))
            .unwrap();
    }
    text
}

fn maybe(numbers: &mut Numbers, nulls: u64, value: impl FnOnce(&mut Numbers) -> String) -> String {
    if numbers.below(nulls) == 0 { String::new() } else { value(numbers) }
}

/// The grain of a question, and whether there are fiscal years.
type Time = (Grain, bool);

/// A definition and a question.
struct Case {
    manifests: String,
    grain: Grain,
    by: Vec<&'static str>,
    from: Timestamp,
    to: Timestamp,
    as_of: Timestamp,
}

impl Case {
    fn of(seed: u64, tables: &Tables) -> Self {
        let mut numbers = Numbers(seed.wrapping_mul(0xD134_2543_DE82_EF95) + 7);
        let calendar = calendar(&mut numbers);
        let grains = if calendar.is_some() { 9 } else { 6 };
        let grain = Grain::ALL[usize::try_from(numbers.below(grains)).unwrap()];
        let zone = numbers.one_of(&["UTC", "America/New_York", "Asia/Shanghai", "Europe/London"]);
        let mut metrics: Vec<(String, String)> = Vec::new();
        let last = definition(&mut numbers, (grain, calendar.is_some()), &mut metrics, 2);
        metrics.push(("asked".to_owned(), last));
        let grains = format!("\n  schedule: {{grains: [{grain}]}}");
        let named: Vec<(&str, String)> =
            metrics.iter().map(|(name, text)| (name.as_str(), format!("{text}{grains}"))).collect();
        let named: Vec<(&str, &str)> = named.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let moments: Vec<Timestamp> = moments(tables);
        let (first, end) = (moments.first().copied().unwrap(), moments.last().copied().unwrap());
        let hours =
            |at: Timestamp, hours: i64| Timestamp::from_second(at.as_second() + hours * 3600).unwrap();
        // Mostly around the rows; by the hour a few days, or there are too many windows to compare by hand.
        let from = hours(first, i64::try_from(numbers.below(120)).unwrap() - 60);
        let to = if grain == Grain::Hour {
            hours(from, 100)
        } else {
            hours(end, i64::try_from(numbers.below(1200)).unwrap())
        };
        let as_of = if numbers.below(3) == 0 {
            hours(first, i64::try_from(numbers.below(700)).unwrap())
        } else {
            Timestamp::MAX
        };
        let by: &[&str] = [&[][..], &[], &["channel"], &["store.region"], &["store", "channel"]]
            [usize::try_from(numbers.below(5)).unwrap()];
        Self {
            manifests: shop_with_calendar(zone, calendar, &named),
            grain,
            by: by.to_vec(),
            from,
            to: to.max(hours(from, 1)),
            as_of,
        }
    }

    fn question(&self, metric: &ResolvedMetric) -> Question {
        let question = Question::total(self.grain, self.from, self.to).as_of(self.as_of);
        question.by(metric, &self.by).unwrap()
    }

    fn query(&self, metric: &Arc<ResolvedMetric>) -> Query {
        Query {
            metric: metric.clone(),
            by: self.by.iter().map(|&name| name.to_owned()).collect(),
            grain: self.grain,
            from: self.from,
            to: self.to,
            as_of: self.as_of,
        }
    }
}

/// The spec of a calendar, or none.
fn calendar(numbers: &mut Numbers) -> Option<&'static str> {
    const CALENDARS: [&str; 5] = [
        "{fiscalYear: {start: '04-06'}}",
        "{weekStart: Sunday, fiscalYear: {start: '11-03', namedBy: Start}, days: [{name: fair, yearly: '03-10', before: 2}]}",
        "{weekStart: Sunday, fiscalYear: {weeks: {pattern: 4-5-4, lastDay: Saturday, month: 1}}}",
        "{weekStart: Saturday, fiscalYear: {weeks: {pattern: 5-4-4, lastDay: Friday, ends: Last, month: 10}}}",
        "{fiscalYear: {weeks: {pattern: 4-4-5, lastDay: Sunday, ends: Last, month: 3}}, days: [{name: feast, feast: Easter, before: 3, after: 1}]}",
    ];
    CALENDARS.get(usize::try_from(numbers.below(10)).unwrap()).copied()
}

/// The moments of the orders, in order.
fn moments(tables: &Tables) -> Vec<Timestamp> {
    let at = |row: &metricwright_testkit::reference::Row| format!("{}Z", row.get("at")?).parse().ok();
    let mut moments: Vec<Timestamp> = tables.table("orders").iter().filter_map(at).collect();
    moments.sort();
    moments
}

/// A definition of any kind; what it is made of is put before it.
fn definition(numbers: &mut Numbers, time: Time, made: &mut Vec<(String, String)>, depth: u32) -> String {
    match if depth == 0 { numbers.below(3) } else { numbers.below(9) } {
        0 => formula(numbers),
        1 => format!(
            "visits: {}",
            ["sum(visitors)", "count(*)", "max(visitors)", "count(distinct store_id)"]
                [usize::try_from(numbers.below(4)).unwrap()]
        ),
        2 => level(numbers, time, depth == 2),
        3 => {
            let (top, bottom) = (part(numbers, time, made, depth), part(numbers, time, made, depth));
            format!(
                "ratio: {{numerator: {{metric: {top}{}}}, denominator: {{metric: {bottom}}}}}",
                narrowed(numbers)
            )
        }
        4 | 5 => {
            let (left, right) = (part(numbers, time, made, depth), part(numbers, time, made, depth));
            let expr = numbers.one_of(&[
                "a / b",
                "a * b",
                "case when b > 3 then a * 2 end",
                "coalesce(a, 0) / nullif(b, 2)",
            ]);
            let offset = offset(numbers, time);
            format!(
                "derived: {{expr: \"{expr}\", inputs: [{{metric: {left}, as: a}}, {{metric: {right}, as: b{offset}{}}}]}}",
                narrowed(numbers)
            )
        }
        6 | 7 => cumulative(numbers, time, made),
        _ => {
            let base = plain(made, "count(*) filter (where status = 'completed' or items > 1)");
            let following = plain(made, numbers.one_of(&["count(*)", "count(net) filter (where items < 4)"]));
            let window = numbers.one_of(&["2h", "1d", "24h", "1w", "30m"]);
            let calculate = numbers.one_of(&["Rate", "Count"]);
            let same = numbers.one_of(&["[]", "[channel]", "[store.format]"]);
            format!(
                "conversion: {{base: {base}, conversion: {following}, entity: store, window: {window}, calculate: {calculate}, same: {same}}}"
            )
        }
    }
}

/// The name of a metric that is made for this.
fn part(numbers: &mut Numbers, time: Time, made: &mut Vec<(String, String)>, depth: u32) -> String {
    let text = definition(numbers, time, made, depth - 1);
    plain(made, &text)
}

fn plain(made: &mut Vec<(String, String)>, text: &str) -> String {
    let name = format!("part-{}", made.len());
    made.push((name.clone(), text.to_owned()));
    name
}

fn condition(numbers: &mut Numbers) -> &'static str {
    const CONDITIONS: [&str; 9] = [
        "post.manager = 'Ada' or post.manager is null",
        "offer.tier in ('gold', 'tin')",
        "status = 'completed'",
        "items > 1",
        "channel in ('online', '店铺')",
        "store.region = 'north' or channel is null",
        "not (items > 2 and status = 'cancelled')",
        "net between 10 and 300",
        "store.format like '%i%'",
    ];
    CONDITIONS[usize::try_from(numbers.below(9)).unwrap()]
}

/// A filter on a side that may be of any dataset: over dimensions that all share.
fn narrowed(numbers: &mut Numbers) -> &'static str {
    match numbers.below(4) {
        0 => ", filter: \"channel = 'online' or store.region = 'north'\"",
        1 => ", filter: store.region is null",
        _ => "",
    }
}

fn formula(numbers: &mut Numbers) -> String {
    let mut aggregate = || {
        let call = numbers.one_of(&[
            "sum(net)",
            "sum(items)",
            "count(*)",
            "count(net)",
            "count(distinct store_id)",
            "count(distinct channel)",
            "avg(items)",
            "min(net)",
            "max(items)",
            "median(net)",
            "percentile(items, 0.8)",
            "first(net)",
            "last(items)",
            "sum(items * 2 - 1)",
        ]);
        match numbers.below(2) {
            0 => call.to_owned(),
            _ => format!("{call} filter (where {})", condition(numbers)),
        }
    };
    let (left, right) = (aggregate(), aggregate());
    let value = match numbers.below(3) {
        0 => format!("{left} / {right}"),
        _ => left,
    };
    if numbers.below(4) == 0 { format!("{value}\n  time: paid") } else { value }
}

fn level(numbers: &mut Numbers, (grain, _): Time, outermost: bool) -> String {
    let (dataset, argument, over) = match numbers.below(2) {
        0 => ("visits", "visitors", "time"),
        _ => (
            "orders",
            numbers.one_of(&["items", "net"]),
            numbers.one_of(&["time", "time", "channel", "store.region"]),
        ),
    };
    let keep = numbers.one_of(&["First", "Last", "Last", "Min", "Max", "Avg"]);
    let by = numbers.one_of(&["[]", "[store]", "[channel]", "[store.region, channel]"]);
    // The members with snapshots of their own are added up, so only what adds up can be folded.
    let folds_members = by != "[]" && matches!(keep, "Min" | "Max" | "Avg");
    let function =
        numbers.one_of(if folds_members { &["Sum", "Sum", "Count"] } else { &["Sum", "Count", "Max"] });
    let carry = match (keep, over, numbers.below(2)) {
        ("Last", "time", 0) => match grain {
            Grain::Hour => ", carry: 5h",
            _ => ", carry: 4d",
        },
        _ => "",
    };
    let level = match numbers.below(4) {
        0 => String::new(),
        _ => format!(", nonAdditive: {{over: {over}, keep: {keep}, by: {by}{carry}}}"),
    };
    // A value of the window before is a metric's own, not that of an input.
    let missing: &[&str] = if outermost {
        &["", "\n  missing: Zero", "\n  missing: Previous"]
    } else {
        &["", "\n  missing: Zero"]
    };
    let missing = numbers.one_of(missing);
    format!("aggregate: {{dataset: {dataset}, function: {function}, expr: {argument}{level}}}{missing}")
}

fn offset(numbers: &mut Numbers, (grain, fiscal): Time) -> String {
    let by: &[&str] = match grain {
        Grain::Hour => &["2h", "1d", "1w"],
        Grain::Day => &["1d", "7d", "1w", "1mo"],
        Grain::Week => &["1w", "2w", "1y"],
        Grain::Month => &["1mo", "12mo"],
        Grain::Quarter | Grain::FiscalQuarter => &["3mo", "1y"],
        Grain::Year | Grain::FiscalYear => &["1y"],
        Grain::FiscalMonth => &["1mo", "5mo", "1y"],
    };
    if numbers.below(3) == 0 {
        return String::new();
    }
    let by = by[usize::try_from(numbers.below(by.len() as u64)).unwrap()];
    let aligns: &[&str] = match by.chars().last() {
        Some('o' | 'y') if fiscal && matches!(grain, Grain::Hour | Grain::Day) => &["Weekday", "Fiscal"],
        Some('o' | 'y') if grain.is_fiscal() => &["Fiscal"],
        Some('w' | 'o' | 'y') => &["Weekday"],
        _ => &[],
    };
    let align = aligns.get(usize::try_from(numbers.below(3)).unwrap());
    format!(", offset: {{by: {by}{}}}", align.map(|align| format!(", align: {align}")).unwrap_or_default())
}

fn cumulative(numbers: &mut Numbers, (grain, fiscal): Time, made: &mut Vec<(String, String)>) -> String {
    let one = numbers.one_of(&["sum(net)", "count(*) filter (where items > 1)"]);
    let any = formula(numbers);
    let average = numbers.below(4) == 0;
    let metric = plain(made, if average { one } else { &any });
    let span = match (numbers.below(5), grain) {
        (0, Grain::Hour) => "window: 6h",
        (0, _) => "window: 3d",
        (1, _) => "window: 1w",
        (2, _) => "window: 1mo",
        (3, _) => "allTime: true",
        _ if fiscal && numbers.below(2) == 0 => {
            numbers.one_of(&["toDate: FiscalMonth", "toDate: FiscalQuarter", "toDate: FiscalYear"])
        }
        _ => numbers.one_of(&[
            "toDate: Day",
            "toDate: Week",
            "toDate: Month",
            "toDate: Quarter",
            "toDate: Year",
        ]),
    };
    let period = if average { "Average" } else { numbers.one_of(&["Last", "First"]) };
    format!("cumulative: {{metric: {metric}, {span}, periodAggregation: {period}}}")
}

/// Tries a case on a source that has its rows; says whether there was any value to compare.
async fn agrees(source: &dyn Source, seed: u64, tables: &Tables) -> bool {
    let case = Case::of(seed, tables);
    let catalog = catalog(&case.manifests);
    let metric = metric(&catalog, "asked");
    let expected = evaluate(&metric, tables, &case.question(&metric)).unwrap();
    let found = engine(source, &catalog, &case.query(&metric)).await;
    if let Err(differences) = compare(&expected, &found) {
        let definitions = case.manifests.split("kind: Metric").skip(1).collect::<String>();
        panic!(
            "by {:?} at grain {} from {} to {} as of {}: {differences}{definitions}",
            case.by, case.grain, case.from, case.to, case.as_of
        );
    }
    expected.values().any(|value| !value.is_null())
}

/// Tries the seeds on an engine.
async fn every_case_agrees(host: Host, name: &str) {
    let (mut tried, mut with_values) = (0, 0);
    let mut filled: Option<(u64, tempfile::TempDir, Arc<dyn Source>)> = None;
    for seed in seeds() {
        let table = seed / OF_ONE_TABLE;
        let known = filled.take().filter(|(known, ..)| *known == table);
        let (folder, source) = if let Some((_, folder, source)) = known {
            (folder, source)
        } else {
            let folder = tempfile::tempdir().unwrap();
            write_rows(folder.path(), seed);
            let source = host.source(folder.path()).await;
            (folder, source)
        };
        let tables = Tables::read_folder(folder.path()).unwrap();
        let outcome = AssertUnwindSafe(agrees(source.as_ref(), seed, &tables)).catch_unwind().await;
        let had_values = outcome.unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().cloned().unwrap_or_default();
            keep(seed, name);
            panic!("case {seed} on {name} (METRICWRIGHT_SEED={seed} tries it alone): {text}");
        });
        tried += 1;
        with_values += usize::from(had_values);
        filled = Some((table, folder, source));
    }
    eprintln!("{name}: {tried} cases, {with_values} with values");
    assert!(tried < 100 || with_values * 10 > tried * 7, "only {with_values} of {tried} cases have values");
}

/// Writes a failing seed down, once.
fn keep(seed: u64, name: &str) {
    let known = std::fs::read_to_string(kept()).unwrap_or_default();
    if known.lines().all(|line| line.split_whitespace().next() != Some(seed.to_string().as_str())) {
        std::fs::write(kept(), format!("{known}{seed} {name}\n")).unwrap();
    }
}

#[tokio::test]
async fn files_agree_in_every_case() {
    every_case_agrees(Host::files(), "files").await;
}

#[tokio::test]
async fn sqlite_agrees_in_every_case() {
    every_case_agrees(Host::Sqlite, "sqlite").await;
}

#[tokio::test]
async fn postgres_agrees_in_every_case() {
    every_case_agrees(Host::postgres().await, "postgres").await;
}

#[tokio::test]
async fn mariadb_agrees_in_every_case() {
    every_case_agrees(Host::mariadb().await, "mariadb").await;
}
