//! From a byte of a scalar's value to the byte of the file that it was read from, so that an expression's
//! span points at the right column however the expression is written down.

use saphyr_parser::ScalarStyle;

/// The byte of `source` at which byte `offset` of `value` was read, where the parser says that the scalar begins
/// at byte `start`: at its quote, or at the first line of a block that is not empty.
pub fn source_byte(source: &str, start: usize, style: ScalarStyle, value: &str, offset: usize) -> usize {
    let start = behind_properties(source, start, style);
    let Some(raw) = source.get(start..) else { return start };
    let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
    let mut walk = Walk { raw, at: 0, value, style, block, indent: 0 };
    let mut read = 0;
    match style {
        ScalarStyle::Plain => {}
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => walk.at = 1,
        ScalarStyle::Literal | ScalarStyle::Folded => {
            let line =
                source.get(..start).and_then(|before| before.rfind(['\n', '\r'])).map_or(0, |end| end + 1);
            walk.indent = start - line;
            read = value.len() - value.trim_start_matches('\n').len();
        }
    }
    while read < offset.min(value.len()) {
        match walk.step(read) {
            Some(bytes) => read += bytes,
            None => break,
        }
    }
    walk.over_escaped_breaks();
    start + walk.at
}

/// Over a tag and an anchor, which the parser counts in. The content of a block has only blanks before it.
fn behind_properties(source: &str, start: usize, style: ScalarStyle) -> usize {
    let line = source.get(..start).and_then(|before| before.rsplit(['\n', '\r']).next()).unwrap_or_default();
    let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
    let mut rest = source.get(start..).unwrap_or_default();
    if block && line.trim().is_empty() || !rest.starts_with(['!', '&']) {
        return start;
    }
    while rest.starts_with(['!', '&']) {
        rest = rest.trim_start_matches(|c: char| !c.is_whitespace()).trim_start();
    }
    if block {
        // Over the header and empty lines to the first line that says something.
        rest = rest.split_once('\n').map_or("", |(_, below)| below).trim_start();
    }
    source.len() - rest.len()
}

/// Walks a scalar as written and its value side by side.
struct Walk<'a> {
    raw: &'a str,
    at: usize,
    value: &'a str,
    style: ScalarStyle,
    block: bool,
    indent: usize,
}

impl Walk<'_> {
    fn rest(&self) -> &str {
        self.raw.get(self.at..).unwrap_or_default()
    }

    /// Over what the next characters of the value were written as. Gives the bytes of the value passed.
    fn step(&mut self, read: usize) -> Option<usize> {
        self.over_escaped_breaks();
        let wanted = self.value.get(read..)?.chars().next()?;
        if let Some(breaks) = self.breaks() {
            // Line breaks are folded: several of the file are one space or some line breaks of the value.
            self.at += breaks;
            let run = self.value.get(read..)?.bytes().take_while(|byte| *byte == b'\n').count();
            return Some(run.max(wanted.len_utf8()));
        }
        self.at += self.unit()?;
        Some(wanted.len_utf8())
    }

    /// Over escaped line breaks, which stand for nothing.
    fn over_escaped_breaks(&mut self) {
        while self.style == ScalarStyle::DoubleQuoted && self.rest().starts_with('\\') {
            let after = self.rest().get(1..).unwrap_or_default();
            if !after.starts_with(['\n', '\r']) {
                return;
            }
            let line = after.trim_start_matches(['\n', '\r']).trim_start_matches([' ', '\t']);
            self.at += self.rest().len() - line.len();
        }
    }

    /// How long the line breaks here are, with the blanks around them that are no content.
    fn breaks(&self) -> Option<usize> {
        let rest = self.rest();
        let blanks = if self.block { 0 } else { rest.len() - rest.trim_start_matches([' ', '\t']).len() };
        let mut length = blanks;
        loop {
            let here = line_break(rest, length);
            if here == 0 {
                break;
            }
            length += here;
            let line = rest.get(length..).unwrap_or_default();
            length += self.lead(line);
        }
        (length > blanks).then_some(length)
    }

    /// How long the next character is written.
    fn unit(&self) -> Option<usize> {
        let rest = self.rest();
        let first = rest.chars().next()?;
        Some(match (self.style, first) {
            (ScalarStyle::SingleQuoted, '\'') => 2,
            (ScalarStyle::DoubleQuoted, '\\') => match rest.chars().nth(1)? {
                'x' => 4,
                'u' => 6,
                'U' => 10,
                escaped => 1 + escaped.len_utf8(),
            },
            _ => first.len_utf8(),
        })
    }

    /// How long the blanks before a line's content are.
    fn lead(&self, line: &str) -> usize {
        if self.block {
            (line.len() - line.trim_start_matches(' ').len()).min(self.indent)
        } else {
            line.len() - line.trim_start_matches([' ', '\t']).len()
        }
    }
}

/// How long the line break at a byte is; 0 where there is none.
fn line_break(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    match (rest.starts_with("\r\n"), rest.starts_with(['\n', '\r'])) {
        (true, _) => 2,
        (false, true) => 1,
        (false, false) => 0,
    }
}
