//! Text to tokens.

use crate::fault::{Fault, FaultCode};
use crate::span::Span;
use crate::value::Value;

/// A token, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub kind: TokenKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TokenKind {
    /// A number without a sign.
    Number(Value),
    /// The content of `'…'`.
    Text(String),
    /// A bare word: keyword, function or name.
    Word(String),
    /// The content of `"…"`: always a name.
    Quoted(String),
    /// Punctuation.
    Symbol(&'static str),
    /// Behind the last token.
    End,
}

/// The symbols, longer ones before their beginnings.
const SYMBOLS: [&str; 15] = ["<>", "!=", "<=", ">=", "<", ">", "=", "+", "-", "*", "/", "%", "(", ")", ","];

/// What people write by the habit of other languages, and what to write here.
const FOREIGN: [(&str, &str, &str); 8] = [
    (
        "--",
        "formulas have no comments",
        "write a minus of a minus as `- (-x)`, and put comments into the description",
    ),
    ("/*", "formulas have no comments", "put comments into the description"),
    ("==", "`==` is not an operator", "write `=`"),
    ("&&", "`&&` is not an operator", "write `and`"),
    ("||", "`||` is not an operator", "write `concat(a, b)` for texts, `or` for conditions"),
    ("!", "`!` is not an operator", "write `not`"),
    (";", "a field holds one expression, without `;`", "leave the `;` out"),
    ("`", "names are not quoted with backquotes", "write the name bare, or in double quotes"),
];

/// Splits text into tokens; the last one is [`TokenKind::End`].
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, Fault> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        let token = lexer.next()?;
        let ended = token.kind == TokenKind::End;
        tokens.push(token);
        if ended {
            return Ok(tokens);
        }
    }
}

/// Whether a bare name may begin with it.
pub(crate) fn starts_name(character: char) -> bool {
    character.is_alphabetic() || character == '_'
}

/// Whether a bare name may go on with it.
pub(crate) fn continues_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    fn next(&mut self) -> Result<Token, Fault> {
        self.skip_while(char::is_whitespace);
        let start = self.at;
        let Some(first) = self.rest().chars().next() else { return Ok(self.token(start, TokenKind::End)) };
        let kind = match first {
            '0'..='9' => self.number()?,
            '\'' => TokenKind::Text(self.quoted('\'', "text")?),
            '"' => TokenKind::Quoted(self.name_in_quotes()?),
            letter if starts_name(letter) => TokenKind::Word(self.skip_while(continues_name).to_owned()),
            _ => self.symbol(first)?,
        };
        Ok(self.token(start, kind))
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn token(&self, start: usize, kind: TokenKind) -> Token {
        Token { kind, span: Span::new(start, self.at) }
    }

    /// Moves on while `wanted` holds and gives the text that was passed.
    fn skip_while(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let passed = rest.split(|character| !wanted(character)).next().unwrap_or_default();
        self.at += passed.len();
        passed
    }

    fn skip(&mut self, prefix: &str) -> bool {
        let found = self.rest().starts_with(prefix);
        if found {
            self.at += prefix.len();
        }
        found
    }

    fn fault(&self, start: usize, reason: impl Into<String>, remedy: impl Into<String>) -> Fault {
        Fault::new(FaultCode::Syntax, Span::new(start, self.at), reason, remedy)
    }

    fn symbol(&mut self, first: char) -> Result<TokenKind, Fault> {
        let start = self.at;
        let foreign = FOREIGN
            .iter()
            .find(|(written, ..)| self.rest().starts_with(written) && !self.rest().starts_with("!="));
        if let Some((written, reason, remedy)) = foreign {
            self.at += written.len();
            return Err(self.fault(start, *reason, *remedy));
        }
        if self.skip(".") {
            let digits = self.skip_while(|next| next.is_ascii_digit());
            return if digits.is_empty() {
                Ok(TokenKind::Symbol("."))
            } else {
                Err(self.fault(start, "a number does not begin with a point", format!("write `0.{digits}`")))
            };
        }
        if let Some(symbol) = SYMBOLS.iter().find(|symbol| self.skip(symbol)) {
            return Ok(TokenKind::Symbol(symbol));
        }
        self.at += first.len_utf8();
        let remedy = full_width(first).map_or(String::new(), |half| format!("write `{half}`"));
        Err(self.fault(start, format!("`{}` has no meaning in a formula", first.escape_debug()), remedy))
    }

    fn number(&mut self) -> Result<TokenKind, Fault> {
        let start = self.at;
        let digit = |next: char| next.is_ascii_digit();
        self.skip_while(digit);
        if self.skip(".") && self.skip_while(digit).is_empty() {
            return Err(self.fault(start, "a number does not end with a point", "write `1` or `1.0`"));
        }
        if self.rest().starts_with(['e', 'E']) {
            self.at += 1;
            let _sign = self.skip("-") || self.skip("+");
            self.skip_while(digit);
        }
        let glued = self.skip_while(continues_name);
        let written = self.text.get(start..self.at).unwrap_or_default();
        let number = if glued.is_empty() { Value::parse_number(written) } else { None };
        number.map(TokenKind::Number).ok_or_else(|| {
            let remedy = "a number looks like `12`, `0.5` or `1e6`; a name that begins with a digit needs double quotes";
            self.fault(start, format!("`{written}` is not a number"), remedy)
        })
    }

    fn name_in_quotes(&mut self) -> Result<String, Fault> {
        let start = self.at;
        let name = self.quoted('"', "name")?;
        if name.is_empty() {
            return Err(self.fault(start, "a name must not be empty", "write texts in single quotes: `''`"));
        }
        Ok(name)
    }

    /// The content between quotes; the quote itself is written twice.
    fn quoted(&mut self, quote: char, what: &str) -> Result<String, Fault> {
        let start = self.at;
        let mut content = String::new();
        self.at += quote.len_utf8();
        loop {
            content.push_str(self.skip_while(|next| next != quote && next != '\0'));
            if !self.skip(quote.encode_utf8(&mut [0; 4])) {
                return Err(self.unfinished(start, quote, what));
            }
            if !self.rest().starts_with(quote) {
                return Ok(content);
            }
            content.push(quote);
            self.at += quote.len_utf8();
        }
    }

    fn unfinished(&mut self, start: usize, quote: char, what: &str) -> Fault {
        if self.skip("\0") {
            return self.fault(
                self.at - 1,
                format!("a {what} must not hold the character NUL"),
                "leave it out",
            );
        }
        self.fault(start, format!("this {what} does not end"), format!("close it with `{quote}`"))
    }
}

/// The ASCII form of a full-width character, as Chinese input methods write them.
fn full_width(character: char) -> Option<char> {
    match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0),
        '\u{2018}' | '\u{2019}' => Some('\''),
        '\u{201c}' | '\u{201d}' => Some('"'),
        '\u{3001}' => Some(','),
        _ => None,
    }
}
