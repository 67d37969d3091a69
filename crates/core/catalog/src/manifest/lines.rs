//! Lines and columns of a text, and the bytes they stand for.

/// Where the lines of a text begin. Lines count from 1, columns from 1 in characters.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    /// Finds the lines; they end with `\n`, `\r\n` or `\r`, as in YAML.
    pub fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|(at, byte)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        Self { starts: std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect() }
    }

    /// The text of a line without its end.
    pub fn line<'a>(&self, text: &'a str, line: usize) -> &'a str {
        let start = self.start(text, line);
        let end = self.starts.get(line).copied().unwrap_or(text.len());
        text.get(start..end).unwrap_or_default().trim_end_matches(['\n', '\r'])
    }

    /// The byte at which a column begins; the end of the line where the line is shorter.
    pub fn byte(&self, text: &str, line: usize, column: usize) -> usize {
        let content = self.line(text, line);
        let inside = content.char_indices().nth(column.saturating_sub(1)).map_or(content.len(), |(at, _)| at);
        self.start(text, line) + inside
    }

    /// Line and column of a byte.
    pub fn position(&self, text: &str, byte: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= byte).max(1);
        let before = text.get(self.start(text, line)..byte).unwrap_or_default();
        (line, before.chars().count() + 1)
    }

    /// The column after the last character of a line, spaces at its end not counted.
    pub fn end_column(&self, text: &str, line: usize) -> usize {
        self.line(text, line).trim_end().chars().count() + 1
    }

    fn start(&self, text: &str, line: usize) -> usize {
        self.starts.get(line.saturating_sub(1)).copied().unwrap_or(text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_bytes_come_back() {
        let text = "a: 毛利\r\n\rb: x\n";
        let lines = Lines::of(text);
        assert_eq!((lines.line(text, 1), lines.line(text, 2), lines.line(text, 3)), ("a: 毛利", "", "b: x"));
        assert_eq!(lines.byte(text, 1, 5), 6);
        assert_eq!(lines.position(text, 6), (1, 5));
        assert_eq!(lines.position(text, lines.byte(text, 3, 4)), (3, 4));
        assert_eq!(lines.end_column(text, 1), 6);
        assert_eq!(lines.byte(text, 9, 9), text.len());
    }
}
