//! YAML as a tree in which every node knows its place.

use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput};
use serde_json::Value;

use super::plain::plain;

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 64;
/// Most that is read of a file, aliases taken apart: values, and a share for long texts.
const MAX_WEIGHT: usize = 200_000;
/// Bytes of text that weigh as much as a value.
const BYTES_A_VALUE: usize = 64;

/// A place in a file: line from 1, column from 1 in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
    /// Line of the end.
    pub end_line: usize,
    /// Column of the end.
    pub end_column: usize,
}

/// A node of a document.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it stands. What an alias stands for is where its anchor is.
    pub place: Place,
    /// What it is.
    pub kind: NodeKind,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum NodeKind {
    /// A value.
    Scalar {
        /// Its text.
        text: String,
        /// How it is written.
        style: ScalarStyle,
    },
    /// A list.
    List(Vec<Node>),
    /// Keys and values, each key with its place.
    Map(Vec<(String, Place, Node)>),
}

/// Something that is wrong with the YAML itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Where.
    pub place: Place,
    /// Why.
    pub reason: String,
    /// What to do about it.
    pub remedy: &'static str,
}

/// What a file holds.
#[derive(Debug, Default)]
pub struct Documents {
    /// The documents that are well formed.
    pub good: Vec<Node>,
    /// What is wrong with the others.
    pub faults: Vec<Unreadable>,
}

/// Reads the documents of a file. A document with a fault is left out; reading goes on at the next `---`.
pub fn documents(text: &str) -> Documents {
    let mut found = Documents::default();
    let mut weight = 0;
    let (mut from, mut line) = (0, 0);
    loop {
        let rest = text.get(from..).unwrap_or_default();
        let mut reader = Reader::new(rest, line, weight);
        let Some(fault) = reader.all(&mut found) else { return found };
        weight = reader.weight;
        let faulty = fault.place.line.saturating_sub(line);
        if found.faults.last() != Some(&fault) {
            found.faults.push(fault);
        }
        let Some((bytes, lines)) = next_document(rest, faulty).filter(|_| weight <= MAX_WEIGHT) else {
            return found;
        };
        (from, line) = (from + bytes, line + lines);
    }
}

/// Bytes and lines before the first `---` from a line on, the first line of the text left out.
fn next_document(text: &str, from: usize) -> Option<(usize, usize)> {
    let mut bytes = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if index >= 1 && index + 1 >= from && line.starts_with("---") {
            return Some((bytes, index));
        }
        bytes += line.len();
    }
    None
}

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    lines_before: usize,
    anchors: HashMap<usize, Node>,
    weight: usize,
    at: Place,
    /// Faults after which the document can still be read to its end.
    minor: Vec<Unreadable>,
}

type Read<T> = Result<T, Unreadable>;

impl<'a> Reader<'a> {
    fn new(text: &'a str, lines_before: usize, weight: usize) -> Self {
        let parser = Parser::new_from_str(text);
        Self {
            parser,
            lines_before,
            anchors: HashMap::new(),
            weight,
            at: Place::default(),
            minor: Vec::new(),
        }
    }

    /// Reads documents until the end, or up to a fault that ends reading.
    fn all(&mut self, found: &mut Documents) -> Option<Unreadable> {
        loop {
            let document = self.document();
            let sound = self.minor.is_empty();
            found.faults.append(&mut self.minor);
            match document {
                Ok(Some(node)) if sound => found.good.push(node),
                Ok(Some(_)) => {}
                Ok(None) => return None,
                Err(fault) => return Some(fault),
            }
        }
    }

    fn event(&mut self) -> Read<Option<(Event<'a>, Place)>> {
        match self.parser.next() {
            None => Ok(None),
            Some(Ok((event, span))) => {
                self.at = self.place(span);
                Ok(Some((event, self.at)))
            }
            Some(Err(error)) => Err(self.syntax(&error)),
        }
    }

    fn place(&self, span: Span) -> Place {
        Place {
            line: span.start.line() + self.lines_before,
            column: span.start.col() + 1,
            end_line: span.end.line() + self.lines_before,
            end_column: span.end.col() + 1,
        }
    }

    fn syntax(&self, error: &ScanError) -> Unreadable {
        let (line, column) = (error.marker().line() + self.lines_before, error.marker().col() + 1);
        let reason = error.info().replace("recursion limit exceeded", "values are nested too deep");
        let remedy = if reason.contains("tab") {
            "indent with spaces; YAML allows no tabs there"
        } else if reason.contains("mapping values") {
            "put a text that holds `: ` in quotes, or indent the line like its neighbours"
        } else {
            "mend the YAML here; this document was not read"
        };
        Unreadable { place: Place { line, column, end_line: line, end_column: column }, reason, remedy }
    }

    fn fault(&self, reason: impl Into<String>, remedy: &'static str) -> Unreadable {
        Unreadable { place: self.at, reason: reason.into(), remedy }
    }

    fn document(&mut self) -> Read<Option<Node>> {
        loop {
            match self.event()? {
                None | Some((Event::StreamEnd, _)) => return Ok(None),
                Some((
                    Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing,
                    _,
                )) => {}
                Some((event, place)) => return self.node(event, place, 0).map(Some),
            }
        }
    }

    fn node(&mut self, event: Event<'a>, place: Place, depth: usize) -> Read<Node> {
        self.weigh(1, depth)?;
        let (anchor, kind) = match event {
            Event::Scalar(text, style, anchor, _) => {
                self.weigh(text.len() / BYTES_A_VALUE, depth)?;
                (anchor, NodeKind::Scalar { text: text.into_owned(), style })
            }
            Event::SequenceStart(anchor, _) => (anchor, NodeKind::List(self.list(depth)?)),
            Event::MappingStart(anchor, _) => (anchor, NodeKind::Map(self.map(depth)?)),
            Event::Alias(anchor) => return self.alias(anchor, depth),
            other => return Err(self.fault(format!("unexpected {other:?}"), "mend the YAML here")),
        };
        let end = self.at;
        let place = match kind {
            NodeKind::Scalar { .. } => place,
            _ => Place { end_line: end.end_line, end_column: end.end_column, ..place },
        };
        let node = Node { place, kind };
        if anchor != 0 {
            self.weigh(node.weight(), depth)?;
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn alias(&mut self, anchor: usize, depth: usize) -> Read<Node> {
        let Some(known) = self.anchors.get(&anchor) else {
            return Err(self.fault("the alias stands inside its own anchor", "write the value out"));
        };
        let (weight, below) = (known.weight(), known.depth());
        self.weigh(weight, depth + below)?;
        // Borrowed again, since weighing needs the reader; the anchor is still there.
        self.anchors
            .get(&anchor)
            .cloned()
            .ok_or_else(|| self.fault("the anchor is not known", "write the value out"))
    }

    fn weigh(&mut self, weight: usize, depth: usize) -> Read<()> {
        self.weight = self.weight.saturating_add(weight);
        if self.weight > MAX_WEIGHT {
            let reason = format!("the file has more than {MAX_WEIGHT} values, aliases taken apart");
            return Err(self.fault(reason, "split it"));
        }
        if depth > MAX_DEPTH {
            return Err(self.fault(format!("values are nested more than {MAX_DEPTH} deep"), "nest them less"));
        }
        Ok(())
    }

    fn list(&mut self, depth: usize) -> Read<Vec<Node>> {
        let mut items = Vec::new();
        loop {
            match self.event()? {
                None | Some((Event::SequenceEnd, _)) => return Ok(items),
                Some((event, place)) => items.push(self.node(event, place, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Read<Vec<(String, Place, Node)>> {
        let mut entries: Vec<(String, Place, Node)> = Vec::new();
        let mut known = HashSet::new();
        loop {
            let (key, place) = match self.event()? {
                None | Some((Event::MappingEnd, _)) => return Ok(entries),
                Some((Event::Scalar(text, ..), place)) => (text.into_owned(), place),
                Some(_) => return Err(self.fault("a key is no plain text", "write a name before the `:`")),
            };
            let Some((event, start)) = self.event()? else {
                return Err(self.fault("the file ends in a map", "mend the YAML here"));
            };
            let value = self.node(event, start, depth + 1)?;
            match (key.as_str(), known.insert(key.clone())) {
                ("<<", _) => self.minor(place, "merge keys are not read".to_owned(), "write the fields out"),
                (_, false) => {
                    self.minor(place, format!("the key `{key}` is given twice"), "take one of them out");
                }
                _ => entries.push((key, place, value)),
            }
        }
    }

    fn minor(&mut self, place: Place, reason: String, remedy: &'static str) {
        self.minor.push(Unreadable { place, reason, remedy });
    }
}

impl Node {
    /// The node as JSON, plain scalars read as `kubectl` reads them.
    pub fn to_json(&self) -> Value {
        match &self.kind {
            NodeKind::Scalar { text, style: ScalarStyle::Plain } => plain(text),
            NodeKind::Scalar { text, .. } => Value::String(text.clone()),
            NodeKind::List(items) => items.iter().map(Self::to_json).collect(),
            NodeKind::Map(entries) => {
                Value::Object(entries.iter().map(|(key, _, value)| (key.clone(), value.to_json())).collect())
            }
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.kind {
            NodeKind::Map(entries) => {
                entries.iter().find(|(known, ..)| known == key).map(|(_, _, value)| value)
            }
            _ => None,
        }
    }

    /// The text of a key; none where it holds something else.
    pub fn text(&self, key: &str) -> Option<&str> {
        match &self.get(key)?.kind {
            NodeKind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Whether nothing is written here.
    pub fn is_empty(&self) -> bool {
        matches!(&self.kind, NodeKind::Scalar { text, style: ScalarStyle::Plain } if text.is_empty())
    }

    fn children(&self) -> Box<dyn Iterator<Item = &Self> + '_> {
        match &self.kind {
            NodeKind::Scalar { .. } => Box::new(std::iter::empty()),
            NodeKind::List(items) => Box::new(items.iter()),
            NodeKind::Map(entries) => Box::new(entries.iter().map(|(_, _, value)| value)),
        }
    }

    fn weight(&self) -> usize {
        let own = match &self.kind {
            NodeKind::Scalar { text, .. } => 1 + text.len() / BYTES_A_VALUE,
            _ => 1,
        };
        own + self.children().map(Self::weight).sum::<usize>()
    }

    fn depth(&self) -> usize {
        self.children().map(|child| child.depth() + 1).max().unwrap_or(0)
    }
}
