//! Whether a dataset's query is one read-only SELECT. A first line of defence with a good message: sources
//! are opened read-only besides.

use std::ops::Range;

/// Why a query is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Where in the text.
    pub span: Range<usize>,
    /// Why.
    pub reason: String,
    /// What to do.
    pub remedy: String,
}

/// Words that begin what changes data or settings, and never stand bare in a SELECT.
const WRITING: &[&str] = &[
    "insert", "update", "delete", "merge", "create", "drop", "alter", "truncate", "attach", "detach",
    "pragma", "copy", "vacuum", "grant", "revoke", "call", "execute", "load", "into",
];

/// Refuses a text that is not one SELECT (or WITH … SELECT).
pub fn refuse_unless_read_only(query: &str) -> Result<(), Refusal> {
    let words = words(query);
    let refuse = |span: Range<usize>, reason: String| {
        let remedy = "write one SELECT; Metricwright only reads".to_owned();
        Err(Refusal { span, reason, remedy })
    };
    let Some(first) = words.first() else {
        return refuse(0..query.len(), "the query is empty".to_owned());
    };
    if !matches!(first.text.as_str(), "select" | "with") {
        return refuse(first.span.clone(), format!("the query begins with `{}`", first.text));
    }
    let end = words.iter().position(|word| word.text == ";");
    if let Some(after) = end.and_then(|end| words.get(end + 1)) {
        return refuse(after.span.clone(), "there is a second statement".to_owned());
    }
    match words.iter().find(|word| WRITING.contains(&word.text.as_str())) {
        Some(word) => refuse(word.span.clone(), format!("`{}` does not only read", word.text)),
        None => Ok(()),
    }
}

struct Word {
    text: String,
    span: Range<usize>,
}

/// The bare words and semicolons of a text, lower case, without what stands in quotes and comments. A word
/// that is part of `a.b`, or is followed by `(` as a function's name is, is left out.
fn words(query: &str) -> Vec<Word> {
    let bytes = query.as_bytes();
    let mut words: Vec<Word> = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let next = bytes.get(at + 1).copied();
        let end = match byte {
            b'\'' | b'"' | b'`' => after(query, at + 1, &[byte]),
            b'-' if next == Some(b'-') => after(query, at, b"\n"),
            b'/' if next == Some(b'*') => after(query, at + 2, b"*/"),
            b';' => {
                words.push(Word { text: ";".to_owned(), span: at..at + 1 });
                at + 1
            }
            byte if byte.is_ascii_alphabetic() || byte == b'_' => {
                let length =
                    bytes.iter().skip(at).take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
                let end = at + length;
                let qualified = at.checked_sub(1).and_then(|i| bytes.get(i)) == Some(&b'.');
                let called = bytes.get(end) == Some(&b'(') || bytes.get(end) == Some(&b'.');
                if !qualified && !called {
                    let text = query.get(at..end).unwrap_or_default().to_ascii_lowercase();
                    words.push(Word { text, span: at..end });
                }
                end
            }
            _ => at + 1,
        };
        at = end.max(at + 1);
    }
    words
}

/// The first byte after `mark`, looked for from `from` on; the end where it does not come.
fn after(query: &str, from: usize, mark: &[u8]) -> usize {
    let rest = query.as_bytes().get(from..).unwrap_or_default();
    rest.windows(mark.len())
        .position(|part| part == mark)
        .map_or(query.len(), |found| from + found + mark.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_select_passes_and_nothing_else() {
        let check = |query: &str, word: Option<&str>| {
            let refused = refuse_unless_read_only(query).err().map(|refusal| query[refusal.span].to_owned());
            assert_eq!(refused.as_deref(), word, "{query}");
        };
        check("SELECT 1", None);
        check("with a as (select 1) select * from a;", None);
        check("select 'drop table x; delete' as \"insert\" -- update\n from t /* create */", None);
        check("select replace(a, 'x', 'y'), t.update from t", None);
        check("select 1; drop table t", Some("drop"));
        check("drop table t", Some("drop"));
        check("with x as (select 1) insert into t select * from x", Some("insert"));
        check("select * into new_table from t", Some("into"));
        check("", Some(""));
    }
}
