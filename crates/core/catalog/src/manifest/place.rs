//! From the path of a field to its place in a file.

use std::ops::Range;

use metricwright_api::{Code, Diagnostic};

use super::lines::Lines;
use super::scalar::source_byte;
use super::tree::{Node, NodeKind, Place};

/// A finding and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub diagnostic: Diagnostic,
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1, in characters.
    pub column: usize,
    /// Column after the end, on the same line.
    pub end_column: usize,
}

impl Finding {
    /// What findings are put in order by: file and place, then what they say.
    pub(super) fn order(&self) -> (&str, usize, usize, &str, &str) {
        (&self.file, self.line, self.column, self.diagnostic.code.as_str(), &self.diagnostic.path)
    }
}

/// Where a finding is in its document. A field that is not there is pointed at by the closest one above it; of
/// a field that should not be there, its name is what is wrong.
pub fn locate(diagnostic: &Diagnostic, file: &str, text: &str, lines: &Lines, document: &Node) -> Finding {
    let place = match (find(document, &diagnostic.path), &diagnostic.span) {
        (Found { key, .. }, _) if diagnostic.code == Code::UnknownField => key,
        (Found { value: Some(value), .. }, Some(span)) => inside(value, text, lines, span),
        (Found { value: Some(value), .. }, None) => value.place,
        (Found { key, .. }, _) => key,
    };
    finding_at(diagnostic.clone(), file, text, lines, place)
}

/// A finding at a place; what reaches over several lines is marked on the first.
pub(super) fn finding_at(
    diagnostic: Diagnostic,
    file: &str,
    text: &str,
    lines: &Lines,
    place: Place,
) -> Finding {
    let (line, column) = (place.line.max(1), place.column.max(1));
    let end = if place.end_line == line { place.end_column } else { lines.end_column(text, line) };
    Finding { diagnostic, file: file.to_owned(), line, column, end_column: end.max(column + 1) }
}

struct Found<'a> {
    /// The field, where it is there and holds one value.
    value: Option<&'a Node>,
    /// The key of the field, or of the closest one above it.
    key: Place,
}

fn find<'a>(document: &'a Node, path: &str) -> Found<'a> {
    let mut node = document;
    let mut key = first_of(document);
    for step in steps(path) {
        let next = match (&node.kind, step) {
            (NodeKind::Map(entries), Step::Key(name)) => {
                entries.iter().find(|(known, ..)| known == name).map(|(_, place, value)| (*place, value))
            }
            (NodeKind::List(items), Step::Index(index)) => {
                items.get(index).map(|item| (first_of(item), item))
            }
            _ => None,
        };
        match next {
            Some((place, value)) => (key, node) = (place, value),
            None => return Found { value: None, key },
        }
    }
    // A whole map or list is too much to underline: its key stands for it, as for a value that is left out.
    let marked = matches!(node.kind, NodeKind::Scalar { .. }) && !node.is_empty();
    Found { value: marked.then_some(node), key }
}

/// What stands for a whole map or list: its first key, or its first character.
fn first_of(node: &Node) -> Place {
    match &node.kind {
        NodeKind::Map(entries) => entries.first().map_or(node.place, |(_, place, _)| *place),
        NodeKind::List(_) => {
            Place { end_line: node.place.line, end_column: node.place.column + 1, ..node.place }
        }
        NodeKind::Scalar { .. } => node.place,
    }
}

enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

/// The steps of a path such as `spec.columns[2].type` or `metadata.labels[app.kubernetes.io/name]`.
fn steps(path: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let inside = rest.strip_prefix('[').and_then(|inside| inside.split_once(']'));
        let (step, after) = if let Some((inside, after)) = inside {
            (inside.parse().map_or(Step::Key(inside), Step::Index), after)
        } else {
            let end = rest.char_indices().skip(1).find(|(_, c)| matches!(c, '.' | '['));
            let (name, after) = rest.split_at(end.map_or(rest.len(), |(at, _)| at));
            (Step::Key(name), after)
        };
        steps.push(step);
        rest = after.strip_prefix('.').unwrap_or(after);
    }
    steps
}

/// The place of some bytes of a scalar's text.
fn inside(node: &Node, source: &str, lines: &Lines, span: &Range<usize>) -> Place {
    let NodeKind::Scalar { text, style } = &node.kind else { return node.place };
    let start = lines.byte(source, node.place.line, node.place.column);
    let at = |offset| lines.position(source, source_byte(source, start, *style, text, offset));
    let (line, column) = at(span.start);
    let last = text.get(span.clone()).and_then(|marked| marked.chars().next_back()).map_or(0, char::len_utf8);
    // The end is one column behind the last character, so that a break after it does not count.
    let (end_line, end_column) = at(span.end.saturating_sub(last).max(span.start));
    Place { line, column, end_line, end_column: end_column + 1 }
}
