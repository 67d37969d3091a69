//! Text to tree.
//!
//! Operator precedence is climbed (Pratt): each operator has a [`Power`], and an operand takes everything that binds
//! stronger. Recursion is counted before it happens, so that no text can overflow the stack. Faults of meaning (a function
//! that does not exist) are collected and parsing goes on; a fault of grammar ends it.

mod call;
mod cursor;
mod predicate;
mod primary;
#[cfg(test)]
mod tests;

use crate::ast::{BinaryOp, Expr, ExprKind, Power, UnaryOp};
use crate::fault::{Fault, FaultCode};
use crate::lexer::{self, Token, TokenKind};
use crate::span::Span;
use crate::value::Value;

/// The longest text that is parsed, in bytes.
pub const MAX_LENGTH: usize = 4096;
/// The deepest nesting that is parsed.
pub const MAX_DEPTH: usize = 64;
/// The most operators in one expression. They bound the depth of the tree: `a + b + c` nests to the left.
pub const MAX_OPERATORS: usize = 256;

/// Where an expression stands, and so what it may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseMode {
    /// One row of a dataset: columns, no aggregates, no metrics.
    Row,
    /// A metric's formula: aggregates, and arithmetic over them; columns stand inside aggregates only.
    Formula,
    /// A metric made of metrics: a bare name is an input.
    Derived,
    /// A condition on a value: `value` and `metric(name)`.
    Guard,
}

/// Parses `text`.
///
/// # Errors
/// The faults in order of their place, at least one.
///
/// ```
/// use metricwright_formula::{ParseMode, canonical, parse};
///
/// let formula = parse("SUM(net_amount) filter (where status='completed')", ParseMode::Formula)?;
/// assert_eq!(canonical(&formula), "sum(net_amount) filter (where status = 'completed')");
///
/// let faults = parse("summ(net_amount)", ParseMode::Formula).unwrap_err();
/// assert_eq!(faults[0].code.as_str(), "UNKNOWN_FUNCTION");
/// assert_eq!(faults[0].remedy, "did you mean `sum`?");
/// # Ok::<(), Vec<metricwright_formula::Fault>>(())
/// ```
pub fn parse(text: &str, mode: ParseMode) -> Result<Expr, Vec<Fault>> {
    if text.len() > MAX_LENGTH {
        return Err(vec![too_long(text)]);
    }
    let tokens = lexer::tokens(text).map_err(|fault| vec![fault])?;
    let mut parser = Parser::new(tokens, mode);
    let parsed = parser.whole();
    let mut faults = parser.faults;
    faults.sort_by_key(|fault| fault.span);
    match parsed {
        Ok(expr) if faults.is_empty() => Ok(expr),
        _ => Err(faults),
    }
}

fn too_long(text: &str) -> Fault {
    let reason = format!("the expression has {} bytes; at most {MAX_LENGTH} are allowed", text.len());
    Fault::new(
        FaultCode::TooLong,
        Span::new(0, text.len()),
        reason,
        "split it into several metrics or columns",
    )
}

/// Parsing cannot go on; the fault has been noted.
#[derive(Debug)]
struct Stop;

type Parsed<T> = Result<T, Stop>;

struct Parser {
    tokens: Vec<Token>,
    next: usize,
    mode: ParseMode,
    faults: Vec<Fault>,
    depth: usize,
    operators: usize,
    /// How many functions are open whose arguments some engines need written several times.
    repeating: usize,
    /// Whether an aggregate is open.
    in_aggregate: bool,
    has_aggregate: bool,
}

impl Parser {
    fn new(tokens: Vec<Token>, mode: ParseMode) -> Self {
        Self {
            tokens,
            next: 0,
            mode,
            faults: Vec::new(),
            depth: 0,
            operators: 0,
            repeating: 0,
            in_aggregate: false,
            has_aggregate: false,
        }
    }

    fn whole(&mut self) -> Parsed<Expr> {
        if self.peek() == &TokenKind::End {
            return self.stop(FaultCode::Syntax, self.span(), "the expression is empty", self.example());
        }
        let expr = self.expression(Power::LOWEST)?;
        if self.peek() != &TokenKind::End {
            return self.unexpected("an operator or the end");
        }
        if self.mode == ParseMode::Formula && !self.has_aggregate && self.faults.is_empty() {
            let reason = "a formula must aggregate something";
            self.note(
                FaultCode::AggregateMissing,
                expr.span,
                reason,
                "for example `sum(net_amount)` or `count(*)`",
            );
        }
        Ok(expr)
    }

    /// What an expression of this mode looks like.
    fn example(&self) -> &'static str {
        match self.mode {
            ParseMode::Row => "write a row expression such as `status = 'completed'`",
            ParseMode::Formula => "write a formula such as `sum(net_amount)`",
            ParseMode::Derived => "write an expression over metrics such as `revenue / orders`",
            ParseMode::Guard => "write a condition such as `value < 0.2`",
        }
    }

    /// An expression of operators that bind at least as strongly as `least`.
    fn expression(&mut self, least: Power) -> Parsed<Expr> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let reason = format!("the expression nests deeper than {MAX_DEPTH} levels");
            return self.stop(
                FaultCode::TooDeep,
                self.span(),
                reason,
                "split it into several metrics or columns",
            );
        }
        let mut left = self.prefix(least)?;
        let mut compared = false;
        while let Some(operator) = self.operator() {
            if operator.power() < least {
                break;
            }
            self.count_operator()?;
            if operator.power() == Power::COMPARISON {
                if compared {
                    return self.chained();
                }
                compared = true;
            }
            left = self.infix(left, operator)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn chained(&mut self) -> Parsed<Expr> {
        let remedy = "write `a < b and b < c`, or put one comparison in parentheses";
        self.stop(FaultCode::Syntax, self.span(), "comparisons do not chain", remedy)
    }

    fn count_operator(&mut self) -> Parsed<()> {
        self.operators += 1;
        if self.operators <= MAX_OPERATORS {
            return Ok(());
        }
        let reason = format!("the expression has more than {MAX_OPERATORS} operators");
        self.stop(
            FaultCode::TooLong,
            self.span(),
            reason,
            "use `in (…)` for many values, or split the expression",
        )
    }

    /// `not x`, `-x` or an expression without operators.
    fn prefix(&mut self, least: Power) -> Parsed<Expr> {
        let start = self.span();
        if self.take_word("not") {
            if least > Power::NOT {
                let remedy = "put `not …` in parentheses";
                return self.stop(
                    FaultCode::Syntax,
                    start,
                    "`not` binds weaker than the operator before it",
                    remedy,
                );
            }
            let operand = self.expression(Power::NOT)?;
            return Ok(unary(UnaryOp::Not, start, operand));
        }
        if !self.take("-") {
            return self.primary();
        }
        let operand = self.expression(Power::NEGATION)?;
        Ok(match negated_number(&operand) {
            Some(number) => Expr { kind: ExprKind::Literal(number), span: start.to(operand.span) },
            None => unary(UnaryOp::Negate, start, operand),
        })
    }

    fn infix(&mut self, left: Expr, operator: Operator) -> Parsed<Expr> {
        match operator {
            Operator::Binary(op) => {
                self.advance();
                self.refuse_percent_sign(op)?;
                let right = self.expression(op.power().above())?;
                Ok(Expr::binary(op, left, right))
            }
            Operator::Predicate => self.predicate(left),
        }
    }

    /// `20%` is how people write shares.
    fn refuse_percent_sign(&mut self, op: BinaryOp) -> Parsed<()> {
        let operand_follows = !matches!(self.peek(), TokenKind::End | TokenKind::Symbol(")" | ","));
        if op != BinaryOp::Remainder || operand_follows {
            return Ok(());
        }
        self.stop(
            FaultCode::Syntax,
            self.span(),
            "`%` is the remainder and needs a number behind it",
            "write a share as a number: `0.2`, not `20%`",
        )
    }

    /// The operator that comes next.
    fn operator(&self) -> Option<Operator> {
        let op = match self.peek() {
            TokenKind::Symbol(symbol) => match *symbol {
                "=" => BinaryOp::Equal,
                "<>" | "!=" => BinaryOp::NotEqual,
                "<" => BinaryOp::Less,
                "<=" => BinaryOp::LessOrEqual,
                ">" => BinaryOp::Greater,
                ">=" => BinaryOp::GreaterOrEqual,
                "+" => BinaryOp::Add,
                "-" => BinaryOp::Subtract,
                "*" => BinaryOp::Multiply,
                "/" => BinaryOp::Divide,
                "%" => BinaryOp::Remainder,
                _ => return None,
            },
            TokenKind::Word(word) => match word.to_ascii_lowercase().as_str() {
                "and" => BinaryOp::And,
                "or" => BinaryOp::Or,
                "not" | "between" | "in" | "is" | "like" => return Some(Operator::Predicate),
                _ => return None,
            },
            _ => return None,
        };
        Some(Operator::Binary(op))
    }
}

#[derive(Clone, Copy)]
enum Operator {
    Binary(BinaryOp),
    /// `is`, `in`, `between`, `like`, and these with `not`.
    Predicate,
}

impl Operator {
    fn power(self) -> Power {
        match self {
            Self::Binary(op) => op.power(),
            Self::Predicate => Power::COMPARISON,
        }
    }
}

fn unary(op: UnaryOp, start: Span, operand: Expr) -> Expr {
    let span = start.to(operand.span);
    Expr { kind: ExprKind::Unary { op, operand: Box::new(operand) }, span }
}

/// The negative of a literal number, so that `-5` is a literal too.
fn negated_number(expr: &Expr) -> Option<Value> {
    match &expr.kind {
        ExprKind::Literal(number) if number.is_number() => {
            let negative = match number {
                Value::Float(number) => Value::Float(-number),
                exact => Value::Decimal(-exact.as_decimal()?),
            };
            Some(negative.normalized())
        }
        _ => None,
    }
}
