//! Moving over the tokens, and noting faults.

use super::{Parsed, Parser, Stop};
use crate::fault::{Fault, FaultCode};
use crate::lexer::{Token, TokenKind};
use crate::reserved::is_keyword;
use crate::span::Span;

impl Parser {
    pub(super) fn token(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.next + ahead).or(self.tokens.last())
    }

    pub(super) fn peek(&self) -> &TokenKind {
        self.token(0).map_or(&TokenKind::End, |token| &token.kind)
    }

    pub(super) fn peek_second(&self) -> &TokenKind {
        self.token(1).map_or(&TokenKind::End, |token| &token.kind)
    }

    /// Where the next token stands.
    pub(super) fn span(&self) -> Span {
        self.token(0).map(|token| token.span).unwrap_or_default()
    }

    /// Where the last token that was taken stands.
    pub(super) fn last_span(&self) -> Span {
        self.next
            .checked_sub(1)
            .and_then(|last| self.tokens.get(last))
            .map(|token| token.span)
            .unwrap_or_default()
    }

    pub(super) fn advance(&mut self) {
        self.next = (self.next + 1).min(self.tokens.len());
    }

    /// Takes the symbol if it comes next.
    pub(super) fn take(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), TokenKind::Symbol(next) if *next == symbol);
        if found {
            self.advance();
        }
        found
    }

    /// Takes the word, in upper or lower case, if it comes next.
    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let found = self.next_is_word(word);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn next_is_word(&self, word: &str) -> bool {
        matches!(self.peek(), TokenKind::Word(next) if next.eq_ignore_ascii_case(word))
    }

    pub(super) fn expect(&mut self, symbol: &str) -> Parsed<()> {
        if self.take(symbol) { Ok(()) } else { self.unexpected(&format!("`{symbol}`")) }
    }

    pub(super) fn expect_word(&mut self, word: &str) -> Parsed<()> {
        if self.take_word(word) { Ok(()) } else { self.unexpected(&format!("`{word}`")) }
    }

    pub(super) fn note(
        &mut self,
        code: FaultCode,
        span: Span,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.faults.push(Fault::new(code, span, reason, remedy));
    }

    pub(super) fn stop<T>(
        &mut self,
        code: FaultCode,
        span: Span,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Parsed<T> {
        self.note(code, span, reason, remedy);
        Err(Stop)
    }

    /// The next token is not what the grammar wants.
    pub(super) fn unexpected<T>(&mut self, wanted: &str) -> Parsed<T> {
        let (reason, remedy) = match self.peek() {
            TokenKind::End => (format!("the expression ends where {wanted} should follow"), String::new()),
            TokenKind::Word(word) if is_keyword(word) => (
                format!("`{word}` is a word of the language; {wanted} should stand here"),
                format!("if it is a name, write it in double quotes: `\"{word}\"`"),
            ),
            found => (format!("{} stands where {wanted} should", describe(found)), String::new()),
        };
        self.stop(FaultCode::Syntax, self.span(), reason, remedy)
    }
}

fn describe(token: &TokenKind) -> String {
    match token {
        TokenKind::Number(number) => format!("the number `{number}`"),
        TokenKind::Text(text) => format!("the text `'{text}'`"),
        TokenKind::Word(name) | TokenKind::Quoted(name) => format!("`{name}`"),
        TokenKind::Symbol(symbol) => format!("`{symbol}`"),
        TokenKind::End => "the end".to_owned(),
    }
}
