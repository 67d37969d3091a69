//! Answers as tables, CSV and JSON.

use metricwright_catalog::resolved::ResolvedMetric;
use metricwright_formula::Value;
use metricwright_query::ask::{Answer, AnswerRow, Ask, MetricAnswer};
use metricwright_query::format::{format_change, format_value, is_fraction};
use metricwright_query::window::{label, previous, window_at};
use serde_json::{Map, Value as Json, json};

use super::super::args::QueryOutput;
use super::super::table::{csv_field, marks, table};

/// Writes an answer to standard output.
pub fn show(output: QueryOutput, ask: &Ask, answer: &Answer) {
    match output {
        QueryOutput::Table => anstream::println!("{}", as_table(ask, answer)),
        QueryOutput::Csv => anstream::print!("{}", as_csv(ask, answer)),
        QueryOutput::Json => {
            let all: Vec<Json> = answer.rows.iter().map(|row| as_json(ask, row)).collect();
            anstream::println!("{}", serde_json::to_string_pretty(&all).unwrap_or_default());
        }
    }
}

/// The window as people write it; of a range that is one window its first and last day.
fn window_label(ask: &Ask, row: &AnswerRow) -> String {
    let asked = ask.stretch();
    let of = |window| label(&window, asked.grain, &asked.chronology);
    if !asked.whole {
        return of(row.window);
    }
    let at = |moment| window_at(asked.grain, &asked.chronology, moment);
    let last = previous(&at(row.window.end), asked.grain, &asked.chronology);
    format!("{} … {}", of(at(row.window.start)), of(last))
}

/// What is shown of one metric beside its value: the heading, and the cell for people.
type Extra<'a> = (String, Box<dyn Fn(&MetricAnswer) -> String + 'a>);

fn extras<'a>(ask: &Ask, metric: &'a ResolvedMetric) -> Vec<Extra<'a>> {
    let mut extras: Vec<Extra<'a>> = Vec::new();
    for (place, comparison) in ask.compare.iter().enumerate() {
        let compared = move |answer: &MetricAnswer| answer.compared.get(place).cloned().unwrap_or_default();
        let earlier = move |answer: &MetricAnswer| shown(metric, &compared(answer).0);
        let change = move |answer: &MetricAnswer| {
            compared(answer).1.map_or_else(String::new, |change| format_change(change, is_fraction(metric)))
        };
        extras.push((comparison.as_str().to_owned(), Box::new(earlier)));
        extras.push(("change".to_owned(), Box::new(change)));
    }
    if ask.share {
        let share = |answer: &MetricAnswer| {
            let share = answer.share.map_or(Value::Null, Value::Float);
            format_value(&share, None, Some("Fraction"))
        };
        extras.push(("share".to_owned(), Box::new(share)));
    }
    if ask.rank {
        let rank = |answer: &MetricAnswer| answer.rank.map_or_else(String::new, |rank| rank.to_string());
        extras.push(("rank".to_owned(), Box::new(rank)));
    }
    extras
}

fn shown(metric: &ResolvedMetric, value: &Value) -> String {
    format_value(value, metric.format.as_deref(), metric.unit.as_deref())
}

fn as_table(ask: &Ask, answer: &Answer) -> String {
    if answer.rows.is_empty() {
        return "no values: the datasets have no rows in this range".to_owned();
    }
    let dimension = |name: &String| {
        ask.metrics.first().map_or_else(|| name.clone(), |metric| metric.display_name_of(name).to_owned())
    };
    let mut headers = vec!["window".to_owned()];
    headers.extend(ask.by.iter().map(dimension));
    for metric in &ask.metrics {
        headers.push(metric.display_name.clone().unwrap_or_else(|| metric.id.name.clone()));
        headers.extend(extras(ask, metric).into_iter().map(|(heading, _)| heading));
    }
    headers.push(String::new());
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    table(&headers, answer.rows.iter().map(|row| table_row(ask, row)).collect())
}

fn table_row(ask: &Ask, row: &AnswerRow) -> Vec<String> {
    let mut cells = vec![window_label(ask, row)];
    let members = row.slice.display();
    cells.extend(ask.by.iter().map(|name| members.get(name).cloned().unwrap_or_default()));
    for (metric, answer) in ask.metrics.iter().zip(&row.metrics) {
        cells.push(shown(metric, &answer.value));
        cells.extend(extras(ask, metric).iter().map(|(_, cell)| cell(answer)));
    }
    let violated = row.metrics.iter().flat_map(|answer| &answer.violated).map(String::as_str);
    cells.push(marks(row.partial, violated));
    cells
}

fn as_csv(ask: &Ask, answer: &Answer) -> String {
    let mut headers = vec!["window".to_owned()];
    headers.extend(ask.by.iter().map(|name| csv_field(name)));
    for metric in &ask.metrics {
        let name = &metric.id.name;
        headers.push(name.clone());
        for comparison in &ask.compare {
            headers.push(format!("{name} {}", comparison.as_str()));
            headers.push(format!("{name} change {}", comparison.as_str()));
        }
        headers.extend(ask.share.then(|| format!("{name} share")));
        headers.extend(ask.rank.then(|| format!("{name} rank")));
    }
    headers.extend(["partial", "violated"].map(str::to_owned));
    let mut text = headers.join(",") + "\n";
    for row in &answer.rows {
        text += &(csv_row(ask, row).join(",") + "\n");
    }
    text
}

fn csv_row(ask: &Ask, row: &AnswerRow) -> Vec<String> {
    let number = |number: Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
    let mut cells = vec![csv_field(&window_label(ask, row))];
    let member = |name: &String| csv_field(row.slice.0.get(name).and_then(Option::as_deref).unwrap_or(""));
    cells.extend(ask.by.iter().map(member));
    for answer in &row.metrics {
        cells.push(exact(&answer.value).unwrap_or_default());
        for (earlier, change) in &answer.compared {
            cells.extend([exact(earlier).unwrap_or_default(), number(*change)]);
        }
        cells.extend(ask.share.then(|| number(answer.share)));
        cells.extend(ask.rank.then(|| answer.rank.map(|rank| rank.to_string()).unwrap_or_default()));
    }
    let violated: Vec<&str> =
        row.metrics.iter().flat_map(|answer| &answer.violated).map(String::as_str).collect();
    cells.extend([row.partial.to_string(), csv_field(&violated.join("; "))]);
    cells
}

/// The value with every digit; none where it is missing.
fn exact(value: &Value) -> Option<String> {
    (!value.is_null()).then(|| value.to_string())
}

fn as_json(ask: &Ask, row: &AnswerRow) -> Json {
    let metrics: Map<String, Json> = ask
        .metrics
        .iter()
        .zip(&row.metrics)
        .map(|(metric, answer)| (metric.id.name.clone(), metric_json(ask, answer)))
        .collect();
    json!({
        "window": window_label(ask, row),
        "start": row.window.start.to_string(),
        "end": row.window.end.to_string(),
        "slice": row.slice,
        "value": row.metrics.first().and_then(|answer| exact(&answer.value)),
        "metrics": metrics,
        "partial": row.partial,
    })
}

fn metric_json(ask: &Ask, answer: &MetricAnswer) -> Json {
    let compared: Map<String, Json> = ask
        .compare
        .iter()
        .zip(&answer.compared)
        .map(|(comparison, (earlier, change))| {
            (comparison.as_str().to_owned(), json!({"value": exact(earlier), "change": change}))
        })
        .collect();
    let mut json = Map::from_iter([("value".to_owned(), json!(exact(&answer.value)))]);
    if !ask.compare.is_empty() {
        json.insert("compared".to_owned(), Json::Object(compared));
    }
    if ask.share {
        json.insert("share".to_owned(), json!(answer.share));
    }
    if ask.rank {
        json.insert("rank".to_owned(), json!(answer.rank));
    }
    if !answer.violated.is_empty() {
        json.insert("violated".to_owned(), json!(answer.violated));
    }
    Json::Object(json)
}
