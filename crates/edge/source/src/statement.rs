//! The one place where a text becomes SQL that a database runs.

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use crate::error::SourceError;

/// How an engine reads the characters that others read otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tongue {
    /// `[x]` is a name; `?`, `:x`, `@x`, `$x` and `#x` are parameters.
    Sqlite,
    /// `$1` is a parameter, or begins a text; `?`, `:`, `@` and `#` make operators.
    Postgres,
    /// `?` is a parameter and `@x` a variable; `#` begins a comment, and `/*!` one that is run.
    MySql,
}

impl Tongue {
    fn is_parameter(self, character: char) -> bool {
        match self {
            Self::Sqlite => matches!(character, '?' | ':' | '@' | '$' | '#'),
            Self::Postgres => character == '$',
            Self::MySql => matches!(character, '?' | '@'),
        }
    }
}

/// One SELECT without parameters.
#[derive(Debug)]
pub(crate) struct Select<'t>(&'t str);

impl<'t> Select<'t> {
    /// Takes a text that starts as a SELECT and has nothing after its end. That the rest of it writes nothing is seen to
    /// by the connection, which cannot write.
    pub(crate) fn check(text: &'t str, tongue: Tongue) -> Result<Self, SourceError> {
        let refuse = |reason: String| Err(SourceError::NotReadOnly { reason });
        if tongue != Tongue::Sqlite && text.contains('\0') {
            return refuse("it holds the character NUL".to_owned());
        }
        let mut tokens = Tokens { rest: text, tongue };
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
                Token::Run => return refuse("it has a comment that is run".to_owned()),
                // A file or table that is written to; MySQL does it in a session that only reads.
                Token::Word(word) if word.eq_ignore_ascii_case("into") => {
                    return refuse("it has INTO".to_owned());
                }
                Token::Word(_) | Token::Other => {}
            }
        }
        Ok(Self(text))
    }

    /// The text as SQL to run. Audited: what comes here is a checked SELECT, generated with quoted names and literals or
    /// written by the owner of the dataset, on a connection that can only read.
    pub(crate) fn into_sql(self) -> SqlStr {
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
    /// A comment that is no comment.
    Run,
    Other,
}

/// The tokens of a text, comments and space left out.
struct Tokens<'t> {
    rest: &'t str,
    tongue: Tongue,
}

impl<'t> Iterator for Tokens<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        loop {
            self.rest = self.rest.trim_start();
            if let Some(comment) = self.line_comment() {
                self.rest = comment.split_once('\n').map_or("", |(_, after)| after);
            } else if self.runs_comment() {
                self.rest = "";
                return Some(Token::Run);
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
    /// What follows the mark of a comment that ends with its line. MySQL wants a space after the dashes.
    fn line_comment(&self) -> Option<&'t str> {
        if self.tongue != Tongue::MySql {
            return self.rest.strip_prefix("--");
        }
        let dashed = self.rest.strip_prefix("--").filter(|after| {
            after.chars().next().is_none_or(|next| next.is_whitespace() || next.is_control())
        });
        dashed.or_else(|| self.rest.strip_prefix('#'))
    }

    fn runs_comment(&self) -> bool {
        self.tongue == Tongue::MySql && (self.rest.starts_with("/*!") || self.rest.starts_with("/*M!"))
    }

    fn token(&mut self) -> Option<Token<'t>> {
        let first = self.rest.chars().next()?;
        match first {
            '\'' | '"' | '`' => Some(self.quoted(first, first)),
            '[' if self.tongue == Tongue::Sqlite => Some(self.quoted(first, ']')),
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
                    _ if self.tongue.is_parameter(first) => Token::Parameter,
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

    fn refused(text: &str, tongue: Tongue) -> bool {
        Select::check(text, tongue).is_err()
    }

    #[test]
    fn one_select_passes_however_it_is_written() {
        for text in [
            "select 1",
            "-- a note; with a semicolon\nSELECT ';' AS `a;b`, \"?\" FROM t;",
            "/* ; */ WITH a AS (SELECT 1) SELECT * FROM a ; -- done",
            "values (1), (2)",
            "SELECT 'it''s; fine' AS 区域",
        ] {
            for tongue in [Tongue::Sqlite, Tongue::Postgres, Tongue::MySql] {
                assert!(!refused(text, tongue), "{tongue:?}: {text}");
            }
        }
        assert!(!refused("SELECT [:x;] FROM t", Tongue::Sqlite));
        assert!(!refused("SELECT a::date, j ? 'k', x[1], b #> '{c}' FROM t", Tongue::Postgres));
        assert!(!refused("SELECT 1 # ; a note\n FROM t", Tongue::MySql));
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
            "select 'open",
            "select 1 /* open",
            "delete from orders",
            "select * into copy from orders",
            "select 1 INTO OUTFILE '/tmp/x'",
        ] {
            for tongue in [Tongue::Sqlite, Tongue::Postgres, Tongue::MySql] {
                assert!(refused(text, tongue), "{tongue:?}: {text}");
            }
        }
    }

    #[test]
    fn parameters_are_refused_and_comments_that_are_run() {
        for (text, tongue) in [
            ("select ?", Tongue::Sqlite),
            ("select :name", Tongue::Sqlite),
            ("select $name", Tongue::Sqlite),
            ("select $1", Tongue::Postgres),
            ("select $$;$$", Tongue::Postgres),
            ("select 'a\0b'", Tongue::Postgres),
            ("select ?", Tongue::MySql),
            ("select @x", Tongue::MySql),
            ("select 1 /*! into outfile 'x' */", Tongue::MySql),
            ("select 1 /*M! into outfile 'x' */", Tongue::MySql),
            // Without a space the dashes are no comment.
            ("select 1 --1; drop table t", Tongue::MySql),
        ] {
            assert!(refused(text, tongue), "{tongue:?}: {text}");
        }
    }
}
