//! How deep a statement is, before anything that recurses gets to see it.
//!
//! DataFusion plans by recursion, and a stack that overflows ends the process: the depth is bounded first. It is told from
//! the tokens, and never less than the true one.

use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

/// The deepest statement that is run: as deep as SQLite's.
pub(crate) const DEEPEST: usize = 1_000;

/// Whether a statement is deeper than [`DEEPEST`]. One that cannot be read is not: the parser says what is wrong.
pub(crate) fn too_deep(sql: &str) -> bool {
    let tokens = Tokenizer::new(&GenericDialect {}, sql).tokenize().unwrap_or_default();
    let mut depth = Depth::default();
    tokens.iter().any(|token| {
        depth.add(effect(token));
        depth.total > DEEPEST
    })
}

/// The depth at a place of a statement.
#[derive(Default)]
struct Depth {
    /// Of all levels.
    total: usize,
    /// What stands around, from the outside in.
    around: Vec<Level>,
    /// What stands since the last opening parenthesis or CASE.
    inner: Level,
}

#[derive(Default)]
struct Level {
    /// Operators since the last comma or clause: `a + b + c` nests to the left.
    operators: usize,
    /// Joins and set operations, which nest to the left too.
    chained: usize,
}

impl Depth {
    fn add(&mut self, effect: Effect) {
        match effect {
            Effect::None => {}
            Effect::Operator => {
                self.inner.operators += 1;
                self.total += 1;
            }
            Effect::Chain => {
                self.inner.chained += 1;
                self.total += 1;
            }
            Effect::Next => self.total -= std::mem::take(&mut self.inner.operators),
            Effect::Open => {
                self.around.push(std::mem::take(&mut self.inner));
                self.total += 1;
            }
            Effect::Close => {
                if let Some(outer) = self.around.pop() {
                    let closed = std::mem::replace(&mut self.inner, outer);
                    self.total -= closed.operators + closed.chained + 1;
                }
            }
        }
    }
}

/// What a token does to the depth.
#[derive(Clone, Copy)]
enum Effect {
    None,
    Operator,
    Chain,
    Next,
    Open,
    Close,
}

fn effect(token: &Token) -> Effect {
    match token {
        Token::LParen | Token::LBracket | Token::LBrace => Effect::Open,
        Token::RParen | Token::RBracket | Token::RBrace => Effect::Close,
        Token::Comma | Token::SemiColon => Effect::Next,
        Token::Word(word) => match word.keyword {
            Keyword::CASE => Effect::Open,
            Keyword::END => Effect::Close,
            Keyword::UNION | Keyword::EXCEPT | Keyword::INTERSECT | Keyword::JOIN => Effect::Chain,
            Keyword::SELECT | Keyword::FROM | Keyword::WHERE | Keyword::GROUP | Keyword::HAVING => {
                Effect::Next
            }
            Keyword::ORDER | Keyword::WHEN | Keyword::THEN | Keyword::ELSE => Effect::Next,
            Keyword::NoKeyword => Effect::None,
            _ => Effect::Operator,
        },
        Token::Whitespace(_) | Token::Period | Token::Number(..) | Token::SingleQuotedString(_) => {
            Effect::None
        }
        _ => Effect::Operator,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_is_not_deep() {
        let check = |sql: String, expected| assert_eq!(too_deep(&sql), expected, "{}…", &sql[..60]);
        let times = |text: &str, number| text.repeat(number);
        check(
            format!(
                "SELECT {} 1 FROM t WHERE a IN (1{})",
                times("sum(a + b * c), ", 5_000),
                times(", 2", 5_000)
            ),
            false,
        );
        check(
            format!("SELECT CASE {} END, 1 FROM t WHERE true", times("WHEN a > 1 AND b THEN c + 1 ", 5_000)),
            false,
        );
        check(format!("SELECT 'a quoted (((( text which is long', 1{}", times(", (1)", 2_000)), false);
        check(format!("SELECT 1 AS a_rather_long_name_for_a_column_with_a_sum{}", times(" + 1", 999)), false);
        check(
            format!("SELECT 1 AS a_rather_long_name_for_a_column_with_a_sum{}", times(" + 1", 1_001)),
            true,
        );
        check(
            format!("SELECT a FROM t WHERE a_condition_on_every_single_row{}", times(" OR a = b", 600)),
            true,
        );
        check(format!("SELECT {}1{}", times("(1 + ", 600), times(")", 600)), true);
        check(format!("SELECT {}1{}", times("CASE WHEN a THEN ", 1_100), times(" END", 1_100)), true);
        check(
            format!("SELECT 1 AS a_rather_long_name_for_a_column{}", times(" UNION ALL SELECT 1", 1_100)),
            true,
        );
        check(
            format!("SELECT {}1 AS a_rather_long_name_for_a_column_that_is_true", times("NOT ", 1_100)),
            true,
        );
        check(
            format!(
                "SELECT * FROM a_table_that_is_joined_with_itself_a_lot{}",
                times(" JOIN t ON true", 1_100)
            ),
            true,
        );
    }
}
