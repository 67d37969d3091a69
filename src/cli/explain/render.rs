//! An explanation for people.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use metricwright_query::format::MISSING;
use metricwright_service::explain::{Completeness, Explanation, Ready, Upstream, WatchingRule};

/// Width of the names before values.
const NAMES: usize = 12;

/// The whole answer.
pub fn text(of: &Explanation) -> String {
    let mut out = String::new();
    let shown = of.display_name.as_ref().map(|name| format!("  {name}")).unwrap_or_default();
    let _ = writeln!(
        out,
        "{}{shown}",
        paint(bold(), format!("{} {}/{}", of.metric.kind, of.metric.namespace, of.metric.name))
    );
    for (name, value) in fields(of) {
        let _ = writeln!(out, "  {name:NAMES$}{value}");
    }
    section(
        &mut out,
        "made of · 组成",
        of.components.iter().enumerate().map(|(index, component)| {
            let value = component.value.as_deref().unwrap_or(MISSING);
            format!("c{index} = {value}   {} from {}", component.meaning, component.dataset)
        }),
    );
    section(&mut out, "reads · 血缘", tree(&of.upstream).into_iter());
    section(&mut out, "watched by · 预警规则", of.rules.iter().map(rule));
    for query in &of.queries {
        let title = format!("query of {} on {} ({})", query.dataset, query.source, query.engine);
        section(&mut out, &title, query.sql.lines().map(str::to_owned));
    }
    out.trim_end().to_owned()
}

fn fields(of: &Explanation) -> Vec<(&'static str, String)> {
    let unit = of.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
    let exact = of.value.as_ref().map(|value| format!("   (exactly {value}{unit})")).unwrap_or_default();
    let slice: Vec<String> = of.slice.iter().map(|(name, member)| format!("{name}={member}")).collect();
    let window = &of.window;
    let mut fields = vec![
        ("value", format!("{}{exact}", paint(bold(), &of.display))),
        (
            "window",
            format!("{}   {} {} to {}, {}", window.label, of.grain, window.start, window.end, of.zone),
        ),
        ("slice", if slice.is_empty() { "total".to_owned() } else { slice.join(", ") }),
        ("state", completeness(of)),
        ("meaning", of.meaning.clone()),
        ("definition", of.definition.clone()),
    ];
    fields.extend(of.violated.iter().map(|text| ("violates", paint(red(), text))));
    fields.extend(of.owner.iter().map(|owner| ("owner", owner.clone())));
    fields
}

fn completeness(of: &Explanation) -> String {
    let at = of.computed_at.as_ref().map(|at| format!("computed at {at}")).unwrap_or_default();
    match of.completeness {
        Completeness::Complete if of.computed_at.is_none() => {
            "complete, and no row is in the window".to_owned()
        }
        Completeness::Complete => format!("complete, {at}"),
        Completeness::Partial => {
            format!("{}, {at}; complete at {}", paint(yellow(), "partial"), of.complete_at)
        }
        Completeness::NotFull => {
            format!("{}, {at}; there are no rows yet of its whole stretch", paint(yellow(), "partial"))
        }
        Completeness::Stale => {
            format!("{}, {at}; rows may have come until {}", paint(yellow(), "stale"), of.complete_at)
        }
        Completeness::NotComputed => {
            format!("{}; complete at {}", paint(yellow(), "not computed"), of.complete_at)
        }
    }
}

fn rule(rule: &WatchingRule) -> String {
    let by = if rule.slices.is_empty() { String::new() } else { format!(" by {}", rule.slices.join(" × ")) };
    let guard = if rule.guard { ", in its guard only" } else { "" };
    format!(
        "{} ({}): {} at grain {}{by}{guard}",
        rule.rule,
        rule.severity,
        rule.conditions.join(" or "),
        rule.grain
    )
}

fn section(out: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{}", paint(bold(), title));
    for line in lines {
        let _ = writeln!(out, "  {line}");
    }
}

/// A tree of what an object reads, a line each.
pub fn tree(root: &Upstream) -> Vec<String> {
    let mut lines = Vec::new();
    branch(root, root, "", "", &mut lines);
    lines
}

fn branch(root: &Upstream, node: &Upstream, before: &str, below: &str, lines: &mut Vec<String>) {
    let mut line = format!(
        "{before}{} {}  {}",
        node.object.kind,
        node.object.relative_to(&root.object.namespace),
        ready(node)
    );
    if !node.columns.is_empty() {
        line += &format!("  [{}]", node.columns.join(", "));
    }
    if node.cut {
        line += "  …";
    }
    lines.push(line);
    let last = node.inputs.len().saturating_sub(1);
    for (place, input) in node.inputs.iter().enumerate() {
        let (turn, bar) = if place == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        branch(root, input, &format!("{below}{turn}"), &format!("{below}{bar}"), lines);
    }
}

fn ready(node: &Upstream) -> String {
    let said = |word: &str| format!("{word}: {}", node.message);
    match node.ready {
        Ready::True => paint(green(), "Ready"),
        Ready::False => paint(red(), said("not Ready")),
        Ready::Unknown => paint(yellow(), said("unknown")),
        Ready::Missing => paint(red(), said("missing")),
    }
}

/// A text in a style; where output is no terminal `anstream` takes the style out.
pub fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

fn bold() -> Style {
    Style::new().bold()
}

fn green() -> Style {
    AnsiColor::Green.on_default()
}

fn yellow() -> Style {
    AnsiColor::Yellow.on_default()
}

fn red() -> Style {
    AnsiColor::Red.on_default()
}
