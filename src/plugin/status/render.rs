//! One object for people.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use jiff::{SignedDuration, Timestamp};
use metricwright_service::explain::Ready;
use serde_json::Value;

use super::view::{Open, View};
use crate::cli::explain::{paint, tree};
use crate::cli::get::text as field;
use crate::cli::table::table;

/// Width of the names before values.
const NAMES: usize = 12;

/// An object in one look.
pub fn text(view: &View, now: Timestamp) -> String {
    let mut out = String::new();
    let object = &view.object;
    let shown = view.display_name.as_ref().map(|name| format!("  {name}")).unwrap_or_default();
    let title = format!("{} {}/{}", object.kind, object.namespace, object.name);
    let _ = writeln!(out, "{}{shown}", paint(Style::new().bold(), title));
    for (name, value) in fields(view).into_iter().filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(out, "  {name:NAMES$}{value}");
    }
    section(&mut out, "latest values · 最新值", &latest(&view.status));
    section(&mut out, "conditions", &conditions(view, now));
    if !view.upstream.inputs.is_empty() {
        section(&mut out, "reads · 血缘", &tree(&view.upstream).join("\n"));
    }
    section(&mut out, "open incidents · 未结事件", &incidents(&view.incidents));
    section(&mut out, "used by", &view.consumers.join("\n"));
    out.trim_end().to_owned()
}

fn fields(view: &View) -> Vec<(&'static str, String)> {
    let at = |path: &str| field(&view.status, path);
    let run = match view.status.pointer("/lastRun") {
        Some(_) => format!(
            "{}: {} values, {} new or changed, in {} s on {}",
            at("/lastRun/at"),
            at("/lastRun/rows"),
            at("/lastRun/points"),
            at("/lastRun/seconds"),
            at("/lastRun/engine")
        ),
        None => String::new(),
    };
    let backfill = match view.status.pointer("/backfill") {
        Some(_) => format!("{} of {} windows", at("/backfill/done"), at("/backfill/total")),
        None => String::new(),
    };
    vec![
        ("ready", ready(view.ready, &view.message)),
        ("state", view.state.clone()),
        ("summary", at("/summary")),
        ("meaning", view.meaning.clone().unwrap_or_default()),
        ("definition", at("/definitionHash")),
        ("computed", backfill),
        ("last run", run),
        ("evaluated", at("/evaluatedWindow")),
        ("sent", at("/sent")),
        ("waiting", at("/waiting")),
    ]
}

/// Whether something is Ready, in words and colour.
pub fn ready(ready: Ready, message: &str) -> String {
    let color = |color: AnsiColor, word: &str| paint(color.on_default(), word);
    let word = match ready {
        Ready::True => color(AnsiColor::Green, "True"),
        Ready::False => color(AnsiColor::Red, "False"),
        Ready::Unknown => color(AnsiColor::Yellow, "Unknown"),
        Ready::Missing => color(AnsiColor::Red, "Missing"),
    };
    if message.is_empty() { word } else { format!("{word}  {message}") }
}

fn latest(status: &Value) -> String {
    let latest = status.get("latest").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let row = |value: &Value| {
        let mark = if value.get("stale").is_some() { "stale" } else { "" };
        let at = |path: &str| field(value, path);
        let mut row = vec![at("/grain"), at("/window/label"), at("/display/value"), at("/display/previous")];
        row.extend([at("/display/yearAgo"), at("/computedAt"), mark.to_owned()]);
        row
    };
    if latest.is_empty() {
        return String::new();
    }
    table(&["grain", "window", "value", "prev", "year", "computed", ""], latest.iter().map(row).collect())
}

fn conditions(view: &View, now: Timestamp) -> String {
    let row = |condition: &metricwright_api::Condition| {
        let since = age(now.duration_since(condition.last_transition_time.0));
        vec![
            condition.type_.clone(),
            condition.status.clone(),
            since,
            condition.reason.clone(),
            condition.message.clone(),
        ]
    };
    if view.conditions.is_empty() {
        return "none yet: is the operator running?".to_owned();
    }
    table(&["type", "status", "for", "reason", "message"], view.conditions.iter().map(row).collect())
}

/// Open incidents as a table; empty where there are none.
pub fn incidents(open: &[Open]) -> String {
    let row = |open: &Open| {
        let since = open.status.first_window.as_ref().map(|window| window.label.clone());
        vec![
            open.name.clone(),
            format!("{:?}", open.status.state),
            open.status.severity.to_string(),
            open.status.metric.clone(),
            since.unwrap_or_default(),
            open.status.summary.clone(),
        ]
    };
    if open.is_empty() {
        return String::new();
    }
    table(&["name", "state", "severity", "metric", "since", "summary"], open.iter().map(row).collect())
}

/// A section with its title; nothing where it is empty.
pub fn section(out: &mut String, title: &str, body: &str) {
    if body.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{}", paint(Style::new().bold(), title));
    for line in body.lines() {
        let _ = writeln!(out, "  {line}");
    }
}

/// How long something is so, as kubectl writes it.
fn age(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7_200 => format!("{}m", seconds / 60),
        7_200..172_800 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_have_one_unit() {
        let check = |seconds, expected| assert_eq!(age(SignedDuration::from_secs(seconds)), expected);
        check(-5, "0s");
        check(119, "119s");
        check(120, "2m");
        check(7_200, "2h");
        check(172_800, "2d");
    }
}
