//! Expressions without operators: literals, names, parentheses, `case`.

use jiff::civil::{Date, DateTime};

use super::{ParseMode, Parsed, Parser};
use crate::ast::{Branch, ColumnPath, Expr, ExprKind, Power};
use crate::fault::FaultCode;
use crate::lexer::TokenKind;
use crate::reserved::is_keyword;
use crate::span::Span;
use crate::value::Value;

/// What stands for the value in a guard.
const GUARDED: &str = "value";

impl Parser {
    pub(super) fn primary(&mut self) -> Parsed<Expr> {
        let start = self.span();
        let kind = match self.peek().clone() {
            TokenKind::Number(number) => self.literal(number),
            TokenKind::Text(text) => self.literal(Value::Text(text)),
            TokenKind::Quoted(name) => self.name(name)?,
            TokenKind::Word(word) => self.word(&word)?,
            TokenKind::Symbol("(") => return self.parenthesised(),
            _ => return self.unexpected("a value"),
        };
        Ok(Expr { kind, span: start.to(self.last_span()) })
    }

    fn literal(&mut self, value: Value) -> ExprKind {
        self.advance();
        ExprKind::Literal(value)
    }

    fn parenthesised(&mut self) -> Parsed<Expr> {
        let start = self.span();
        self.expect("(")?;
        let inner = self.expression(Power::LOWEST)?;
        self.expect(")")?;
        Ok(Expr { kind: inner.kind, span: start.to(self.last_span()) })
    }

    fn word(&mut self, word: &str) -> Parsed<ExprKind> {
        let lower = word.to_ascii_lowercase();
        match lower.as_str() {
            "true" => Ok(self.literal(Value::Bool(true))),
            "false" => Ok(self.literal(Value::Bool(false))),
            "null" => Ok(self.literal(Value::Null)),
            "case" => self.case(),
            _ if is_keyword(word) => self.unexpected("a value"),
            _ if self.peek_second() == &TokenKind::Symbol("(") => self.call(word, &lower),
            "date" | "timestamp" if matches!(self.peek_second(), TokenKind::Text(_)) => self.time(&lower),
            _ => self.name(word.to_owned()),
        }
    }

    /// `DATE '…'` or `TIMESTAMP '…'`
    fn time(&mut self, word: &str) -> Parsed<ExprKind> {
        self.advance();
        let span = self.span();
        let TokenKind::Text(text) = self.peek().clone() else { return self.unexpected("a text") };
        let (value, example) = match word {
            "date" => {
                (text.parse::<Date>().ok().filter(|_| !text.contains(':')).map(Value::Date), "2025-01-31")
            }
            _ => (parse_timestamp(&text), "2025-01-31 08:00:00` or `2025-01-31T00:00:00Z"),
        };
        if let Some(value) = value {
            return Ok(self.literal(value));
        }
        self.stop(
            FaultCode::Syntax,
            span,
            format!("`{text}` is not a {word}"),
            format!("write it as `{example}`"),
        )
    }

    fn case(&mut self) -> Parsed<ExprKind> {
        self.advance();
        let operand =
            if self.next_is_word("when") { None } else { Some(Box::new(self.expression(Power::LOWEST)?)) };
        let mut branches = Vec::new();
        while self.take_word("when") {
            let when = self.expression(Power::LOWEST)?;
            self.expect_word("then")?;
            let then = self.expression(Power::LOWEST)?;
            branches.push(Branch { when, then });
        }
        if branches.is_empty() {
            return self.unexpected("`when`");
        }
        let otherwise =
            if self.take_word("else") { Some(Box::new(self.expression(Power::LOWEST)?)) } else { None };
        self.expect_word("end")?;
        Ok(ExprKind::Case { operand, branches, otherwise })
    }

    /// `name` or `entity.name`
    fn name(&mut self, first: String) -> Parsed<ExprKind> {
        let start = self.span();
        self.advance();
        if !self.take(".") {
            return Ok(self.resolved(ColumnPath::bare(first), start));
        }
        let (TokenKind::Word(name) | TokenKind::Quoted(name)) = self.peek().clone() else {
            return self.unexpected("a name");
        };
        self.advance();
        if self.take(".") {
            let remedy = "write `entity.dimension`; joins over several entities are found by themselves";
            return self.stop(FaultCode::Syntax, self.last_span(), "a name has at most one dot", remedy);
        }
        let span = start.to(self.last_span());
        Ok(self.resolved(ColumnPath::qualified(first, name), span))
    }

    /// What a name stands for in this mode.
    fn resolved(&mut self, path: ColumnPath, span: Span) -> ExprKind {
        match self.mode {
            ParseMode::Derived if path.qualifier.is_none() => return ExprKind::Metric(path.name),
            ParseMode::Derived => {
                let reason = format!("`{path}` has a dot, but a derived metric is made of metrics");
                self.note(FaultCode::UnknownName, span, reason, "name an input: `revenue / orders`");
            }
            ParseMode::Guard if path != ColumnPath::bare(GUARDED) => {
                let reason = format!("`{path}` is unknown here; a condition has `value` and `metric(name)`");
                let remedy = match path.qualifier {
                    None => format!("write `metric({path})` for the metric"),
                    Some(_) => "filter by dimensions in the metric".to_owned(),
                };
                self.note(FaultCode::UnknownName, span, reason, remedy);
            }
            ParseMode::Formula if !self.in_aggregate => {
                let reason = format!("`{path}` stands outside an aggregate, where there is no single row");
                let remedy = format!("aggregate it: `sum({path})`, `max({path})` …");
                self.note(FaultCode::ColumnOutsideAggregate, span, reason, remedy);
            }
            ParseMode::Row | ParseMode::Formula | ParseMode::Guard => {}
        }
        ExprKind::Column(path)
    }
}

/// A timestamp with `Z` or an offset is a moment, one without belongs to the wall clock.
fn parse_timestamp(text: &str) -> Option<Value> {
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Some(Value::Instant(moment));
    }
    let zoned = text.contains(['Z', 'z', '+', '[']);
    text.parse::<DateTime>().ok().filter(|_| !zoned && text.contains(':')).map(Value::DateTime)
}
