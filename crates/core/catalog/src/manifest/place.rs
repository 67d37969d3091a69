//! From the path of a field to its place in a file.

use std::ops::Range;

use metricwright_api::Diagnostic;
use saphyr_parser::ScalarStyle;

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

/// Where a finding is in its document. A field that is not there is pointed at by the closest one above it.
pub fn locate(diagnostic: &Diagnostic, file: &str, text: &str, document: &Node) -> Finding {
    let place = match find(document, &diagnostic.path) {
        Found { node: Some(node), .. } => match &diagnostic.span {
            Some(span) => inside(node, text, span),
            None => node.place,
        },
        Found { key, .. } => key,
    };
    let end_column = if place.end_line == place.line { place.end_column } else { line_end(text, place.line) };
    Finding {
        diagnostic: diagnostic.clone(),
        file: file.to_owned(),
        line: place.line.max(1),
        column: place.column.max(1),
        end_column: end_column.max(place.column + 1),
    }
}

struct Found<'a> {
    /// The field, where it is there.
    node: Option<&'a Node>,
    /// The key of the field, or of the closest one above it.
    key: Place,
}

fn find<'a>(document: &'a Node, path: &str) -> Found<'a> {
    let mut node = document;
    let start = document.place;
    let mut key = Place { end_line: start.line, end_column: start.column + 1, ..start };
    for step in steps(path) {
        let next = match (&node.kind, step) {
            (NodeKind::Map(entries), Step::Key(name)) => {
                entries.iter().find(|(known, ..)| known == name).map(|(_, place, value)| (*place, value))
            }
            (NodeKind::List(items), Step::Index(index)) => items.get(index).map(|item| (item.place, item)),
            _ => None,
        };
        match next {
            Some((place, value)) => (key, node) = (place, value),
            None => return Found { node: None, key },
        }
    }
    // A whole map or list is too much to underline: its key stands for it.
    let node = matches!(node.kind, NodeKind::Scalar { .. }).then_some(node);
    Found { node, key }
}

enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

/// The steps of a path such as `spec.columns[2].type`.
fn steps(path: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    for part in path.split('.').filter(|part| !part.is_empty()) {
        let mut pieces = part.split('[');
        if let Some(name) = pieces.next().filter(|name| !name.is_empty()) {
            steps.push(Step::Key(name));
        }
        steps.extend(pieces.filter_map(|piece| piece.trim_end_matches(']').parse().ok()).map(Step::Index));
    }
    steps
}

/// The place of some bytes of a scalar's text.
fn inside(node: &Node, source: &str, span: &Range<usize>) -> Place {
    let NodeKind::Scalar { text, style } = &node.kind else { return node.place };
    let before = text.get(..span.start).unwrap_or(text);
    let marked = text.get(span.clone()).unwrap_or_default();
    let width = marked.lines().next().unwrap_or_default().chars().count().max(1);
    let at = |line: usize, column: usize| Place { line, column, end_line: line, end_column: column + width };
    match style {
        ScalarStyle::Literal => {
            // The content begins on a line of its own, indented as its first line is.
            let first = node.place.line + usize::from(!content_begins_here(source, node.place));
            let line = first + before.matches('\n').count();
            let indent = source.lines().nth(first - 1).map_or(0, |line| line.len() - line.trim_start().len());
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
            at(line, indent + column + 1)
        }
        ScalarStyle::Plain if node.place.line == node.place.end_line => {
            at(node.place.line, node.place.column + before.chars().count())
        }
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted if node.place.line == node.place.end_line => {
            // In single quotes a quote is written twice; in double quotes escapes are longer than they read.
            let extra = if *style == ScalarStyle::SingleQuoted {
                before.matches('\'').count()
            } else {
                before.matches(['"', '\\', '\n', '\t']).count()
            };
            at(node.place.line, node.place.column + 1 + before.chars().count() + extra)
        }
        _ => node.place,
    }
}

/// Whether the parser put the start of a block on its first line of content, not on its `|`.
fn content_begins_here(source: &str, place: Place) -> bool {
    let line = source.lines().nth(place.line.saturating_sub(1)).unwrap_or_default();
    !line
        .trim_end()
        .trim_end_matches(['-', '+', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
        .ends_with('|')
}

fn line_end(text: &str, line: usize) -> usize {
    text.lines().nth(line.saturating_sub(1)).map_or(1, |line| line.trim_end().chars().count() + 1)
}
