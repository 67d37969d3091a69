//! `metricwright targets`: how a metric stands against what it is to reach.

use std::process::ExitCode;
use std::sync::Arc;

use jiff::Timestamp;
use metricwright_catalog::Catalog;
use metricwright_catalog::moment::parse_moment;
use metricwright_catalog::resolved::{ResolvedMetric, ResolvedTarget};
use metricwright_formula::{Value, suggest};
use metricwright_query::format::format_value;
use metricwright_query::window::{label, previous, window_at};
use metricwright_service::SourcePool;
use metricwright_service::ask::Sources;
use metricwright_service::target::{TargetAsk, TargetRow, standings};
use serde_json::json;

use super::args::{QueryOutput, TargetsArgs};
use super::context::{as_of, directory};
use super::query::{metric, take_types};
use super::table::{csv_field, table};
use super::{CliError, CliResult};
use crate::local::{LocalSecrets, read_manifests};

/// Shows the standings.
pub async fn run(args: TargetsArgs) -> CliResult {
    let dir = directory(&args.dir)?;
    let manifests = read_manifests(&[dir.to_owned()])?;
    let mut inventory = manifests.inventory();
    let pool = SourcePool::new(dir.to_owned(), Arc::new(LocalSecrets::of(&manifests)))
        .map_err(|error| CliError(error.to_string()))?;
    take_types(&mut inventory, &pool, &args.metric, false).await?;
    let catalog = Catalog::new(Arc::new(inventory));
    let metric = metric(&args.metric, &catalog)?;
    let sources = Sources { catalog: &catalog, pool: &pool };
    let now = as_of(args.as_of.as_deref())?.unwrap_or_else(Timestamp::now);
    let mut all = Vec::new();
    for target in chosen(&args, &metric)? {
        let range = range(&args, &metric, target, now)?;
        let asked = TargetAsk { metric: &metric, target, by: &args.by, range, now };
        let rows = standings(&sources, &asked).await.map_err(|error| CliError(error.to_string()))?;
        all.extend(rows.into_iter().map(|row| (target, row)));
    }
    show(&args, &metric, &all);
    Ok(ExitCode::SUCCESS)
}

/// The targets asked for: the one named, or all.
fn chosen<'a>(args: &TargetsArgs, metric: &'a ResolvedMetric) -> Result<Vec<&'a ResolvedTarget>, CliError> {
    let names: Vec<&str> = metric.targets.iter().map(|target| target.name.as_str()).collect();
    if names.is_empty() {
        return Err(CliError(format!("`{}` has no targets: set some in `spec.targets`", metric.id.name)));
    }
    let Some(wanted) = &args.target else { return Ok(metric.targets.iter().collect()) };
    let found: Vec<&ResolvedTarget> = metric.targets.iter().filter(|target| target.name == *wanted).collect();
    if found.is_empty() {
        let hint = suggest(wanted, names.iter().copied()).map_or_else(
            || format!("it has {}", names.join(", ")),
            |close| format!("did you mean `{close}`?"),
        );
        return Err(CliError(format!("`{}` has no target `{wanted}`: {hint}", metric.id.name)));
    }
    Ok(found)
}

/// The range asked for; by default the running period and the one before.
fn range(
    args: &TargetsArgs,
    metric: &ResolvedMetric,
    target: &ResolvedTarget,
    now: Timestamp,
) -> Result<(Timestamp, Timestamp), CliError> {
    let chronology = &metric.schedule.chronology;
    let moment = |name: &str, text: &str| {
        parse_moment(text, chronology, now).map_err(|error| CliError::because(name, error))
    };
    let running = window_at(target.period, chronology, now);
    let from = match &args.from {
        Some(text) => moment("--from", text)?,
        None => previous(&running, target.period, chronology).start,
    };
    let to = args.to.as_deref().map_or(Ok(now), |text| moment("--to", text))?;
    if from >= to {
        return Err(CliError("--from is not before --to; swap them".to_owned()));
    }
    Ok((from, to))
}

type Shown<'a> = (&'a ResolvedTarget, TargetRow);

fn show(args: &TargetsArgs, metric: &ResolvedMetric, rows: &[Shown<'_>]) {
    match args.output {
        QueryOutput::Table if rows.is_empty() => {
            anstream::println!("no targets are set for these periods and slices");
        }
        QueryOutput::Table => {
            let headers = headers(args);
            let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
            anstream::println!(
                "{}",
                table(&headers, rows.iter().map(|row| table_row(args, metric, row)).collect())
            );
        }
        QueryOutput::Csv => {
            anstream::println!(
                "{}",
                headers(args).iter().map(|name| csv_field(name)).collect::<Vec<_>>().join(",")
            );
            for row in rows {
                anstream::println!("{}", csv_row(args, metric, row).join(","));
            }
        }
        QueryOutput::Json => {
            let all: Vec<_> = rows.iter().map(|row| as_json(metric, row)).collect();
            anstream::println!("{}", serde_json::to_string_pretty(&all).unwrap_or_default());
        }
    }
}

fn headers(args: &TargetsArgs) -> Vec<String> {
    let names = ["value", "goal", "attained", "gap", "by now", "pace", "a day"].map(str::to_owned);
    ["target", "period"].map(str::to_owned).into_iter().chain(args.by.iter().cloned()).chain(names).collect()
}

fn period(metric: &ResolvedMetric, (target, row): &Shown<'_>) -> String {
    label(&row.window, target.period, &metric.schedule.chronology)
}

fn members<'a>(args: &'a TargetsArgs, row: &'a TargetRow) -> impl Iterator<Item = String> + 'a {
    let members = row.slice.display();
    args.by.iter().map(move |name| members.get(name).cloned().unwrap_or_default())
}

fn table_row(args: &TargetsArgs, metric: &ResolvedMetric, row: &Shown<'_>) -> Vec<String> {
    let standing = &row.1.standing;
    let amount = |value: Option<f64>| {
        let value = value.map_or(Value::Null, Value::Float);
        format_value(&value, metric.format.as_deref(), metric.unit.as_deref())
    };
    let share = |value: Option<f64>| {
        value.map_or_else(String::new, |value| format_value(&Value::Float(value), Some("0.0%"), None))
    };
    let blank = |value: Option<f64>| if value.is_some() { amount(value) } else { String::new() };
    let mut cells = vec![row.0.name.clone(), period(metric, row)];
    cells.extend(members(args, &row.1));
    cells.extend([
        amount(standing.actual),
        amount(Some(standing.target)),
        share(standing.attainment),
        blank(standing.gap),
        blank(standing.expected),
        share(standing.pace),
        blank(standing.needed_per_day),
    ]);
    cells
}

fn csv_row(args: &TargetsArgs, metric: &ResolvedMetric, row: &Shown<'_>) -> Vec<String> {
    let standing = &row.1.standing;
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let mut cells = vec![row.0.name.clone(), csv_field(&period(metric, row))];
    cells.extend(members(args, &row.1).map(|member| csv_field(&member)));
    let numbers = [
        standing.actual,
        Some(standing.target),
        standing.attainment,
        standing.gap,
        standing.expected,
        standing.pace,
        standing.needed_per_day,
    ];
    cells.extend(numbers.map(number));
    cells
}

fn as_json(metric: &ResolvedMetric, row: &Shown<'_>) -> serde_json::Value {
    let standing = &row.1.standing;
    json!({
        "target": row.0.name,
        "period": period(metric, row),
        "start": row.1.window.start.to_string(),
        "end": row.1.window.end.to_string(),
        "slice": row.1.slice,
        "value": standing.actual,
        "goal": standing.target,
        "attainment": standing.attainment,
        "gap": standing.gap,
        "expected": standing.expected,
        "pace": standing.pace,
        "neededPerDay": standing.needed_per_day,
    })
}
