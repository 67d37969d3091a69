//! Objects as the rows of a table.

use comfy_table::{Cell, Color};
use metricwright_api::Kind;
use metricwright_api::metric::Direction;
use metricwright_catalog::Spec;
use serde_json::Value;

use super::{Item, Listing};
use crate::cli::table::table;

/// How an object becomes the cells after its name.
type RowOf = fn(&Item) -> Vec<Cell>;

/// The columns of a kind, and how an object fills them.
fn layout(kind: Kind) -> (Vec<&'static str>, RowOf) {
    match kind {
        Kind::Metric => {
            (vec!["name", "ready", "value", "window", "prev", "year", "state", "owner", "指标"], |item| {
                metric_row(item)
            })
        }
        Kind::Incident => {
            (vec!["name", "state", "severity", "metric", "slices", "since", "until", "owner"], |item| {
                incident_row(item)
            })
        }
        Kind::AlertRule => (vec!["name", "ready", "state", "severity", "open", "evaluated"], |item| {
            let severity = match item.object.as_ref().map(|object| &object.spec) {
                Some(Spec::AlertRule(spec)) => spec.severity.to_string(),
                _ => String::new(),
            };
            let at = |path: &str| text(&item.status, path);
            cells([ready(item), at("/state"), severity, at("/openIncidents"), at("/evaluatedWindow")])
        }),
        Kind::Dataset => (vec!["name", "ready", "source", "columns", "metrics"], |item| {
            let source = match item.object.as_ref().map(|object| &object.spec) {
                Some(Spec::Dataset(spec)) => spec.source.to_string(),
                _ => String::new(),
            };
            cells([ready(item), source, text(&item.status, "/columnCount"), text(&item.status, "/metrics")])
        }),
        Kind::DataSource => (vec!["name", "ready", "kind", "datasets"], |item| {
            cells([ready(item), text(&item.status, "/kind"), text(&item.status, "/datasets")])
        }),
        Kind::Calendar => (vec!["name", "ready", "days", "next", "what", "users"], |item| {
            let at = |path: &str| text(&item.status, path);
            cells([ready(item), at("/days"), at("/next/0/date"), at("/next/0/name"), at("/users")])
        }),
        Kind::Channel => (vec!["name", "ready", "kind", "sent", "waiting"], |item| {
            let at = |path: &str| text(&item.status, path);
            cells([ready(item), at("/kind"), at("/sent"), at("/waiting")])
        }),
    }
}

/// A listing as a table.
pub fn show(listing: &Listing, wide: bool) -> String {
    if listing.items.is_empty() {
        return format!("no {} found", listing.kind.plural());
    }
    let (mut headers, row) = layout(listing.kind);
    if listing.namespaces {
        headers.insert(0, "namespace");
    }
    if wide {
        headers.push("message");
    }
    let rows = listing.items.iter().map(|item| {
        let mut line = Vec::new();
        if listing.namespaces {
            line.push(Cell::new(&item.id.namespace));
        }
        line.push(Cell::new(&item.id.name));
        line.extend(row(item));
        if wide {
            line.push(wide_text(item).into());
        }
        line
    });
    table(&headers, rows.collect())
}

fn metric_row(item: &Item) -> Vec<Cell> {
    let at = |path: &str| text(&item.status, path);
    let (owner, name, direction) = match item.object.as_ref().map(|object| &object.spec) {
        Some(Spec::Metric(spec)) => (
            spec.owner.as_ref().map(|owner| owner.team.clone()).unwrap_or_default(),
            spec.display_name.clone().unwrap_or_default(),
            spec.direction,
        ),
        _ => Default::default(),
    };
    let change = |name: &str| {
        let cell = Cell::new(at(&format!("/latest/0/display/{name}")));
        let change = item.status.pointer(&format!("/latest/0/change/{name}")).and_then(Value::as_f64);
        match good_news(direction, change) {
            Some(true) => cell.fg(Color::Green),
            Some(false) => cell.fg(Color::Red),
            None => cell,
        }
    };
    vec![
        ready(item).into(),
        at("/latest/0/display/value").into(),
        at("/latest/0/window/label").into(),
        change("previous"),
        change("yearAgo"),
        at("/state").into(),
        owner.into(),
        name.into(),
    ]
}

/// Whether a change is for the better; none where the metric does not say, or nothing changed.
fn good_news(direction: Option<Direction>, change: Option<f64>) -> Option<bool> {
    let (direction, change) = (direction?, change.filter(|change| *change != 0.0)?);
    Some((change > 0.0) == (direction == Direction::HigherIsBetter))
}

fn incident_row(item: &Item) -> Vec<Cell> {
    let at = |path: &str| text(&item.status, path);
    cells([
        at("/state"),
        at("/severity"),
        at("/metric"),
        at("/sliceCount"),
        at("/firstWindow/label"),
        at("/lastWindow/label"),
        at("/owner"),
    ])
}

fn cells<const N: usize>(texts: [String; N]) -> Vec<Cell> {
    texts.into_iter().map(Cell::new).collect()
}

fn wide_text(item: &Item) -> String {
    if item.id.kind == Kind::Incident {
        return text(&item.status, "/summary");
    }
    condition(item, "Ready", "message")
}

fn ready(item: &Item) -> String {
    condition(item, "Ready", "status")
}

fn condition(item: &Item, condition: &str, field: &str) -> String {
    let mut conditions = item.status.get("conditions").and_then(Value::as_array).into_iter().flatten();
    let found = conditions.find(|known| known.get("type").and_then(Value::as_str) == Some(condition));
    found.map(|found| text(found, &format!("/{field}"))).unwrap_or_default()
}

/// A field as text; empty where there is none.
pub fn text(value: &Value, path: &str) -> String {
    match value.pointer(path) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
