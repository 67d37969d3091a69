//! YAML as a tree in which every node knows its place.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 64;
/// Most nodes of a file, aliases taken apart.
const MAX_NODES: usize = 200_000;

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

impl From<Span> for Place {
    fn from(span: Span) -> Self {
        Self {
            line: span.start.line(),
            column: span.start.col() + 1,
            end_line: span.end.line(),
            end_column: span.end.col() + 1,
        }
    }
}

/// A node of a document.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it stands.
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

/// Why a file is no YAML that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Where.
    pub place: Place,
    /// Why.
    pub reason: String,
}

/// Reads the documents of a file. What was read before a fault is kept.
pub fn documents(text: &str) -> (Vec<Node>, Option<Unreadable>) {
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
        anchors: HashMap::new(),
        nodes: 0,
        at: Place::default(),
    };
    let mut documents = Vec::new();
    loop {
        match reader.document() {
            Ok(Some(node)) => documents.push(node),
            Ok(None) => return (documents, None),
            Err(fault) => return (documents, Some(fault)),
        }
    }
}

struct Reader<'a> {
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    at: Place,
}

type Read<T> = Result<T, Unreadable>;

impl<'a> Reader<'a> {
    fn event(&mut self) -> Read<Option<(Event<'a>, Place)>> {
        match self.parser.next() {
            None => Ok(None),
            Some(Ok((event, span))) => {
                self.at = span.into();
                Ok(Some((event, self.at)))
            }
            Some(Err(error)) => {
                let marker = *error.marker();
                let (line, column) = (marker.line(), marker.col() + 1);
                let place = Place { line, column, end_line: line, end_column: column };
                Err(Unreadable { place, reason: error.info().to_owned() })
            }
        }
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

    fn fault(&self, reason: impl Into<String>) -> Unreadable {
        Unreadable { place: self.at, reason: reason.into() }
    }

    fn node(&mut self, event: Event<'a>, place: Place, depth: usize) -> Read<Node> {
        self.count(1, depth)?;
        let (anchor, kind) = match event {
            Event::Scalar(text, style, anchor, _) => {
                (anchor, NodeKind::Scalar { text: text.into_owned(), style })
            }
            Event::SequenceStart(anchor, _) => (anchor, NodeKind::List(self.list(depth)?)),
            Event::MappingStart(anchor, _) => (anchor, NodeKind::Map(self.map(depth)?)),
            Event::Alias(anchor) => {
                let Some(known) = self.anchors.get(&anchor).cloned() else {
                    return Err(self.fault("the alias stands before its anchor is complete"));
                };
                self.count(size(&known), depth)?;
                return Ok(Node { place, kind: known.kind });
            }
            other => return Err(self.fault(format!("unexpected {other:?}"))),
        };
        let end = self.at;
        let place = match kind {
            NodeKind::Scalar { .. } => place,
            _ => Place { end_line: end.end_line, end_column: end.end_column, ..place },
        };
        let node = Node { place, kind };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn count(&mut self, nodes: usize, depth: usize) -> Read<()> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES {
            return Err(self.fault(format!("the file has more than {MAX_NODES} values")));
        }
        if depth > MAX_DEPTH {
            return Err(self.fault(format!("values are nested more than {MAX_DEPTH} deep")));
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
        loop {
            let (key, key_place) = match self.event()? {
                None | Some((Event::MappingEnd, _)) => return Ok(entries),
                Some((Event::Scalar(text, ..), place)) => (text.into_owned(), place),
                Some(_) => return Err(self.fault("a key is no plain text")),
            };
            if entries.iter().any(|(known, ..)| *known == key) {
                return Err(Unreadable {
                    place: key_place,
                    reason: format!("the key `{key}` is given twice"),
                });
            }
            let Some((event, place)) = self.event()? else {
                return Err(self.fault("the file ends in a map"));
            };
            let value = self.node(event, place, depth + 1)?;
            entries.push((key, key_place, value));
        }
    }
}

fn size(node: &Node) -> usize {
    match &node.kind {
        NodeKind::Scalar { .. } => 1,
        NodeKind::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        NodeKind::Map(entries) => 1 + entries.iter().map(|(_, _, value)| size(value)).sum::<usize>(),
    }
}

impl Node {
    /// The node as JSON, plain scalars read by the core schema of YAML 1.2.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.kind {
            NodeKind::Scalar { text, style: ScalarStyle::Plain } => plain(text),
            NodeKind::Scalar { text, .. } => serde_json::Value::String(text.clone()),
            NodeKind::List(items) => items.iter().map(Self::to_json).collect(),
            NodeKind::Map(entries) => serde_json::Value::Object(
                entries.iter().map(|(key, _, value)| (key.clone(), value.to_json())).collect(),
            ),
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
}

fn plain(text: &str) -> serde_json::Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return serde_json::Value::Null,
        "true" | "True" | "TRUE" => return true.into(),
        "false" | "False" | "FALSE" => return false.into(),
        _ => {}
    }
    let numeric = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    if numeric {
        if let Ok(number) = text.parse::<i64>() {
            return number.into();
        }
        let float = text.parse::<f64>().ok().and_then(serde_json::Number::from_f64);
        if let Some(number) = float.filter(|_| text.bytes().any(|b| b.is_ascii_digit())) {
            return number.into();
        }
    }
    serde_json::Value::String(text.to_owned())
}
