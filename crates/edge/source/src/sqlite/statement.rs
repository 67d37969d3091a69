//! The one place where a text becomes SQL that SQLite runs.

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use crate::error::SourceError;

/// One SELECT without parameters.
#[derive(Debug)]
pub(super) struct Select<'t>(&'t str);

impl<'t> Select<'t> {
    /// Takes a text that starts as a SELECT and has nothing after its end. That the rest of it writes nothing is seen to
    /// by the connection, which cannot write.
    pub(super) fn check(text: &'t str) -> Result<Self, SourceError> {
        let refuse = |reason: String| Err(SourceError::NotReadOnly { reason });
        let mut tokens = Tokens { rest: text };
        match tokens.next() {
            Some(Token::Word(first)) if is_reading(first) => {}
            Some(Token::Word(first)) => return refuse(format!("it starts with {}", first.to_uppercase())),
            Some(_) => return refuse("it starts with no keyword".to_owned()),
            None => return refuse("it is empty".to_owned()),
        }
        let mut ended = false;
        for token in tokens {
            match token {
                Token::End => ended = true,
                _ if ended => return refuse("something follows its end".to_owned()),
                Token::Parameter => return refuse("it has a parameter".to_owned()),
                Token::Unclosed => return refuse("a quote or comment in it is never closed".to_owned()),
                Token::Word(_) | Token::Other => {}
            }
        }
        Ok(Self(text))
    }

    /// The text as SQL to run. Audited: what comes here is a checked SELECT, generated with quoted names and literals or
    /// written by the owner of the dataset, on a connection that can only read.
    pub(super) fn into_sql(self) -> SqlStr {
        AssertSqlSafe(self.0).into_sql_str()
    }
}

fn is_reading(keyword: &str) -> bool {
    ["select", "with", "values"].iter().any(|reading| keyword.eq_ignore_ascii_case(reading))
}

/// As much of a token as matters here.
#[derive(Debug, PartialEq, Eq)]
enum Token<'t> {
    Word(&'t str),
    Parameter,
    End,
    Unclosed,
    Other,
}

/// The tokens of a text, comments and space left out.
struct Tokens<'t> {
    rest: &'t str,
}

impl<'t> Iterator for Tokens<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        loop {
            self.rest = self.rest.trim_start();
            if let Some(comment) = self.rest.strip_prefix("--") {
                self.rest = comment.split_once('\n').map_or("", |(_, after)| after);
            } else if let Some(comment) = self.rest.strip_prefix("/*") {
                let Some((_, after)) = comment.split_once("*/") else { return Some(self.unclosed()) };
                self.rest = after;
            } else {
                return self.token();
            }
        }
    }
}

impl<'t> Tokens<'t> {
    fn token(&mut self) -> Option<Token<'t>> {
        let first = self.rest.chars().next()?;
        match first {
            '\'' | '"' | '`' => Some(self.quoted(first, first)),
            '[' => Some(self.quoted(first, ']')),
            _ if in_word(first) => {
                let end = self.rest.find(|letter| !in_word(letter)).unwrap_or(self.rest.len());
                let (word, after) = self.rest.split_at(end);
                self.rest = after;
                Some(Token::Word(word))
            }
            _ => {
                self.rest = self.rest.get(first.len_utf8()..).unwrap_or_default();
                Some(match first {
                    ';' => Token::End,
                    '?' | ':' | '@' | '$' | '#' => Token::Parameter,
                    _ => Token::Other,
                })
            }
        }
    }

    /// A doubled quote inside reads as two quoted texts side by side, which is as good here.
    fn quoted(&mut self, open: char, close: char) -> Token<'t> {
        match self.rest.get(open.len_utf8()..).and_then(|inside| inside.split_once(close)) {
            Some((_, after)) => {
                self.rest = after;
                Token::Other
            }
            None => self.unclosed(),
        }
    }

    fn unclosed(&mut self) -> Token<'t> {
        self.rest = "";
        Token::Unclosed
    }
}

fn in_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || !letter.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> bool {
        Select::check(text).is_err()
    }

    #[test]
    fn one_select_passes_however_it_is_written() {
        for text in [
            "select 1",
            "-- a note; with a semicolon\nSELECT ';' AS `a;b`, \"?\", [:x] FROM t;",
            "/* ; */ WITH a AS (SELECT 1) SELECT * FROM a ; -- done",
            "values (1), (2)",
            "SELECT 'it''s; fine' AS 区域",
        ] {
            assert!(!refused(text), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "  -- nothing",
            "ATTACH 'other.db' AS other",
            "select 1; select 2",
            "select 1; attach 'other.db' as other",
            "PRAGMA query_only = 0",
            "(select 1)",
            "explain select 1",
            "select ?",
            "select :name",
            "select $name",
            "select 'open",
            "select 1 /* open",
            "delete from orders",
        ] {
            assert!(refused(text), "{text}");
        }
    }
}
