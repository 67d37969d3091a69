//! `is null`, `in`, `between`, `like`.

use super::{Parsed, Parser};
use crate::ast::{Expr, ExprKind, Power};
use crate::fault::FaultCode;
use crate::lexer::TokenKind;
use crate::like::LikePattern;
use crate::value::Value;

impl Parser {
    /// What follows `operand`, which a predicate word does.
    pub(super) fn predicate(&mut self, operand: Expr) -> Parsed<Expr> {
        let start = operand.span;
        let operand = Box::new(operand);
        let kind = if self.take_word("is") {
            let negated = self.take_word("not");
            self.expect_null()?;
            ExprKind::IsNull { negated, operand }
        } else {
            let negated = self.take_word("not");
            if self.take_word("between") {
                self.between(negated, operand)?
            } else if self.take_word("in") {
                ExprKind::In { negated, operand, list: self.list()? }
            } else if self.take_word("like") {
                ExprKind::Like { negated, operand, pattern: self.pattern()? }
            } else {
                return self.unexpected("`between`, `in` or `like`");
            }
        };
        Ok(Expr { kind, span: start.to(self.last_span()) })
    }

    fn expect_null(&mut self) -> Parsed<()> {
        if self.take_word("null") {
            return Ok(());
        }
        let remedy = "write `x is null` or `x is not null`; compare with `=` otherwise";
        self.stop(FaultCode::Syntax, self.span(), "`is` goes with `null` only", remedy)
    }

    fn between(&mut self, negated: bool, operand: Box<Expr>) -> Parsed<ExprKind> {
        let low = Box::new(self.expression(Power::SUM)?);
        self.expect_word("and")?;
        let high = Box::new(self.expression(Power::SUM)?);
        Ok(ExprKind::Between { negated, operand, low, high })
    }

    /// `(literal, …)`
    fn list(&mut self) -> Parsed<Vec<Expr>> {
        self.expect("(")?;
        let mut list = Vec::new();
        loop {
            let item = self.expression(Power::SUM)?;
            match &item.kind {
                ExprKind::Literal(Value::Null) => {
                    let remedy = "leave it out and add `or x is null`";
                    self.note(
                        FaultCode::NullComparison,
                        item.span,
                        "`null` in a list is never equal to anything",
                        remedy,
                    );
                }
                ExprKind::Literal(_) => {}
                _ => {
                    let remedy = "write `a = b or a = c` for other expressions";
                    self.note(FaultCode::Syntax, item.span, "a list of `in` holds literals only", remedy);
                }
            }
            list.push(item);
            if !self.take(",") {
                break;
            }
        }
        self.expect(")")?;
        Ok(list)
    }

    fn pattern(&mut self) -> Parsed<LikePattern> {
        let span = self.span();
        let TokenKind::Text(text) = self.peek().clone() else {
            return self.stop(
                FaultCode::Syntax,
                span,
                "the pattern of `like` must be a text",
                "write it as `'north%'`",
            );
        };
        self.advance();
        let reason = r"in a pattern, `\` stands before `%`, `_` or `\` only";
        LikePattern::parse(&text)
            .map_or_else(|| self.stop(FaultCode::Syntax, span, reason, r"write `\\` for a backslash"), Ok)
    }
}
