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
    "pragma", "copy", "vacuum", "grant", "revoke", "call", "execute", "load", "into", "set",
];

/// The one SELECT (or WITH … SELECT) that a text holds, without what stands around it; else why it is refused.
pub fn read_only(query: &str) -> Result<&str, Refusal> {
    // `[a"b]` is a name to SQLite and an index to others: it must read as one SELECT either way.
    only_reads(&tokens(query, true), query)?;
    let tokens = tokens(query, false);
    only_reads(&tokens, query)?;
    let written = |token: &&Token| token.text != ";";
    let (first, last) = (tokens.iter().find(written), tokens.iter().rfind(written));
    let select = first.zip(last).and_then(|(first, last)| query.get(first.span.start..last.span.end));
    Ok(select.unwrap_or(query))
}

fn only_reads(tokens: &[Token], query: &str) -> Result<(), Refusal> {
    let opens = |token: &&Token| query.get(token.span.clone()) == Some("(");
    let Some(first) = tokens.iter().find(|token| !opens(token)) else {
        return refuse(0..query.len(), "the query is empty".to_owned(), "write one SELECT");
    };
    if !matches!(first.text.as_str(), "select" | "with") {
        let begins = query.get(first.span.clone()).unwrap_or_default();
        let reason = format!("the query begins with `{begins}`");
        return refuse(first.span.clone(), reason, "write one SELECT; Metricwright only reads");
    }
    let end = tokens.iter().position(|token| token.text == ";").unwrap_or(tokens.len());
    if let Some(after) = tokens.iter().skip(end).find(|token| token.text != ";") {
        let reason = "there is a second statement".to_owned();
        return refuse(after.span.clone(), reason, "write one SELECT; Metricwright only reads");
    }
    match tokens.iter().find(|token| WRITING.contains(&token.text.as_str())) {
        Some(token) => {
            let reason = format!("`{}` does not only read", token.text);
            refuse(
                token.span.clone(),
                reason,
                "write one SELECT; a column of that name stands in double quotes",
            )
        }
        None => Ok(()),
    }
}

fn refuse(span: Range<usize>, reason: String, remedy: &str) -> Result<(), Refusal> {
    Err(Refusal { span, reason, remedy: remedy.to_owned() })
}

/// A piece of a query that is neither space nor comment.
#[derive(Debug)]
struct Token {
    /// `;`, or a bare word in lower case; empty for what is quoted, qualified, called or a symbol.
    text: String,
    span: Range<usize>,
}

fn tokens(query: &str, brackets_quote: bool) -> Vec<Token> {
    let bytes = query.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let next = bytes.get(at + 1).copied();
        let (end, text) = match byte {
            b'-' if next == Some(b'-') => (after(bytes, at, b"\n"), None),
            b'/' if next == Some(b'*') => (after(bytes, at + 2, b"*/"), None),
            byte if byte.is_ascii_whitespace() => (at + 1, None),
            b'\'' | b'"' | b'`' => (after(bytes, at + 1, &[byte]), Some(String::new())),
            b'[' if brackets_quote => (after(bytes, at + 1, b"]"), Some(String::new())),
            b';' => (at + 1, Some(";".to_owned())),
            byte if in_word(byte) => {
                let end = at + bytes.iter().skip(at).take_while(|byte| in_word(**byte)).count();
                (end, Some(bare_word(query, at..end)))
            }
            _ => (at + 1, Some(String::new())),
        };
        if let Some(text) = text {
            tokens.push(Token { text, span: at..end });
        }
        at = end;
    }
    tokens
}

fn in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

/// The word in lower case, unless it is a part of `a.b` or a function's name before `(`.
fn bare_word(query: &str, span: Range<usize>) -> String {
    let bytes = query.as_bytes();
    let qualified = span.start.checked_sub(1).and_then(|before| bytes.get(before)) == Some(&b'.');
    let named = matches!(bytes.get(span.end), Some(b'(' | b'.'));
    if qualified || named { String::new() } else { query.get(span).unwrap_or_default().to_ascii_lowercase() }
}

/// The first byte after `mark`, looked for from `from` on; the end where it does not come.
fn after(bytes: &[u8], from: usize, mark: &[u8]) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let found = rest.windows(mark.len()).position(|part| part == mark);
    found.map_or(bytes.len(), |found| from + found + mark.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_select_passes_and_nothing_else() {
        let check = |query: &str, word: Option<&str>| {
            let refused = read_only(query).err().map(|refusal| query[refusal.span].to_owned());
            assert_eq!(refused.as_deref(), word, "{query}");
        };
        check("SELECT 1", None);
        check("with a as (select 1) select * from a;", None);
        check("select 'drop table x; delete' as \"insert\" -- update\n from t /* create */", None);
        check("select replace(a, 'x', 'y'), t.update from t", None);
        check("select a['x;y'] from t", None);
        check("select 价格update from t", None);
        check("select 'it''s; drop'", None);
        check("select 1; drop table t", Some("drop"));
        check("select 1;; ; drop table t", Some("drop"));
        check("select 1; (", Some("("));
        check("drop table t", Some("drop"));
        check("(select 1) union all ((select 2))", None);
        check("(delete from t)", Some("delete"));
        check("PRAGMA journal_mode", Some("PRAGMA"));
        check("/* select */ attach 'x' as y", Some("attach"));
        check("with x as (select 1) insert into t select * from x", Some("insert"));
        check("with x as (select 1) delete\nfrom t", Some("delete"));
        check("select * into new_table from t", Some("into"));
        check("select [a\"b] from t; drop table t --\"", Some("drop"));
        check("select a[';'] from t; delete from t -- ]", Some("delete"));
        check("", Some(""));
        check(" -- nothing", Some(" -- nothing"));
        check(";", Some(";"));
    }

    #[test]
    fn what_stands_around_the_select_falls_away() {
        let check = |query: &str, select: &str| assert_eq!(read_only(query).unwrap(), select, "{query}");
        check("  select 1 ; ", "select 1");
        check("select 1; -- the end", "select 1");
        check("-- orders\nselect 1 /* one */;", "select 1");
        check("select /* a */ 1 -- b", "select /* a */ 1");
        check("select 'a;'", "select 'a;'");
    }
}
