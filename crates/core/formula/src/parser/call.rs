//! Functions, aggregates and `metric(name)`.

use super::{ParseMode, Parsed, Parser};
use crate::ast::{Aggregate, Expr, ExprKind, Power};
use crate::fault::FaultCode;
use crate::function::{AggregateFunction, Fraction, ScalarFunction};
use crate::lexer::TokenKind;
use crate::span::Span;
use crate::suggest::suggest;
use crate::value::Value;

/// How deep functions may stand in each other whose arguments some engines need written several times.
const MAX_REPEATING: usize = 4;
/// The most digits that `round` keeps.
const MAX_ROUND_DIGITS: i64 = 15;

/// Functions of other SQLs, and what to write here.
const FOREIGN: [(&str, &str); 17] = [
    ("cast", "declare the type of the column in the dataset; `/` divides without rounding"),
    ("if", "write `case when condition then a else b end`"),
    ("iff", "write `case when condition then a else b end`"),
    ("ifnull", "write `coalesce(a, b)`"),
    ("nvl", "write `coalesce(a, b)`"),
    ("isnull", "write `a is null`"),
    ("mean", "write `avg(x)`"),
    ("average", "write `avg(x)`"),
    ("ceiling", "write `ceil(x)`"),
    ("substring", "write `substr(text, start, length)`"),
    ("char_length", "write `length(text)`"),
    ("len", "write `length(text)`"),
    ("mod", "write `a % b`"),
    ("div", "write `floor(a / b)`"),
    ("sumif", "write `sum(x) filter (where condition)`"),
    ("countif", "write `count(*) filter (where condition)`"),
    ("safe_divide", "write `a / b`: division by zero is missing"),
];

/// The aggregates as they are written.
const AGGREGATES: [&str; 11] = [
    "sum",
    "count",
    "avg",
    "min",
    "max",
    "median",
    "percentile",
    "first",
    "last",
    "sum_boolean",
    "approx_count_distinct",
];

/// An aggregate as it is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Written {
    /// `sum(x)`, `median(x)` …: one argument.
    As(AggregateFunction),
    /// `percentile(x, 0.95)`
    Percentile,
    /// `sum_boolean(x)`, which is `count(*) filter (where x)`.
    SumBoolean,
}

impl Written {
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "median" => Some(Self::As(AggregateFunction::Percentile(Fraction::HALF))),
            "percentile" => Some(Self::Percentile),
            "sum_boolean" => Some(Self::SumBoolean),
            _ => AggregateFunction::from_name(name).map(Self::As),
        }
    }
}

impl Parser {
    /// `word(…)`; the next token is the word.
    pub(super) fn call(&mut self, word: &str, lower: &str) -> Parsed<ExprKind> {
        let span = self.span();
        self.advance();
        self.expect("(")?;
        if lower == "metric" {
            return self.metric(span);
        }
        if let Some(written) = Written::from_name(lower) {
            return self.aggregate(written, lower, span);
        }
        if let Some(function) = ScalarFunction::from_name(lower) {
            return self.scalar(function, span);
        }
        self.unknown_function(word, lower, span);
        self.arguments()?;
        Ok(ExprKind::Literal(Value::Null))
    }

    fn unknown_function(&mut self, word: &str, lower: &str, span: Span) {
        let names = ScalarFunction::ALL.iter().map(|function| function.name());
        let names = names.chain(AGGREGATES);
        let foreign = FOREIGN.iter().find(|(name, _)| *name == lower);
        let remedy = match (foreign, suggest(lower, names)) {
            (Some((_, remedy)), _) => (*remedy).to_owned(),
            (None, Some(near)) => format!("did you mean `{near}`?"),
            (None, None) => "the functions are listed in the manual under Expressions".to_owned(),
        };
        self.note(FaultCode::UnknownFunction, span, format!("there is no function `{word}`"), remedy);
    }

    /// The arguments and the closing parenthesis.
    fn arguments(&mut self) -> Parsed<Vec<Expr>> {
        let mut args = Vec::new();
        if self.take(")") {
            return Ok(args);
        }
        loop {
            args.push(self.expression(Power::LOWEST)?);
            if !self.take(",") {
                self.expect(")")?;
                return Ok(args);
            }
        }
    }

    fn scalar(&mut self, function: ScalarFunction, span: Span) -> Parsed<ExprKind> {
        let repeating = usize::from(function.is_repeating());
        self.repeating += repeating;
        if self.repeating > MAX_REPEATING {
            let reason = format!(
                "`round`, `floor`, `ceil`, `greatest` and `least` stand more than {MAX_REPEATING} deep in each other"
            );
            return self.stop(
                FaultCode::TooDeep,
                span,
                reason,
                "split the expression, or give one call several arguments",
            );
        }
        let args = self.arguments()?;
        self.repeating -= repeating;
        if function.takes(args.len()) {
            self.check_literals(function, &args);
        } else {
            let given =
                if args.len() == 1 { "1 argument".to_owned() } else { format!("{} arguments", args.len()) };
            let reason = format!("`{}` does not take {given}", function.name());
            self.note(FaultCode::InvalidArguments, span, reason, format!("write `{}`", function.usage()));
        }
        Ok(ExprKind::Call { function, args })
    }

    /// Some arguments must be literals within bounds, as engines differ outside of them.
    fn check_literals(&mut self, function: ScalarFunction, args: &[Expr]) {
        let bounds = match function {
            ScalarFunction::Round => [(1, 0, MAX_ROUND_DIGITS, "digits"), (2, 0, 0, "")],
            ScalarFunction::Substr => {
                [(1, 1, i64::from(i32::MAX), "start"), (2, 0, i64::from(i32::MAX), "length")]
            }
            _ => return,
        };
        for (position, low, high, what) in bounds {
            let Some(arg) = args.get(position) else { return };
            let fits =
                matches!(arg.kind, ExprKind::Literal(Value::Int(number)) if (low..=high).contains(&number));
            if !fits {
                let reason =
                    format!("{what} of `{}` must be a whole number from {low} to {high}", function.name());
                self.note(
                    FaultCode::InvalidArguments,
                    arg.span,
                    reason,
                    format!("write `{}`", function.usage()),
                );
            }
        }
    }

    /// `metric(name)` behind its parenthesis.
    fn metric(&mut self, span: Span) -> Parsed<ExprKind> {
        let (TokenKind::Word(name) | TokenKind::Quoted(name)) = self.peek().clone() else {
            return self.unexpected("the name of a metric");
        };
        self.advance();
        if matches!(self.peek(), TokenKind::Symbol("-")) {
            let remedy = "write `_` for every `-` of a metric's name: `metric(gross_margin)`";
            return self.stop(FaultCode::Syntax, self.span(), "`-` is not part of a name here", remedy);
        }
        self.expect(")")?;
        if matches!(self.mode, ParseMode::Row | ParseMode::Formula) {
            let remedy = "use columns here; a metric made of metrics is a `ratio` or `derived` one";
            self.note(
                FaultCode::MetricNotAllowed,
                span.to(self.last_span()),
                "an expression over rows has no metrics",
                remedy,
            );
        }
        Ok(ExprKind::Metric(name))
    }

    /// `sum(x) filter (where y)` behind its first parenthesis.
    fn aggregate(&mut self, written: Written, name: &str, span: Span) -> Parsed<ExprKind> {
        self.allow_aggregate(name, span);
        let outer = std::mem::replace(&mut self.in_aggregate, true);
        self.has_aggregate = true;
        let (function, argument) = match written {
            Written::As(AggregateFunction::Count) if self.take("*") => {
                self.expect(")")?;
                (AggregateFunction::Count, None)
            }
            Written::As(function) => (self.distinct(function, name), self.argument(name, span)?),
            Written::Percentile => self.percentile(span)?,
            Written::SumBoolean => (AggregateFunction::Count, self.argument(name, span)?),
        };
        let filter = self.filter()?;
        self.in_aggregate = outer;
        let (argument, filter) = match written {
            Written::SumBoolean => (None, Expr::both(filter, argument)),
            _ => (argument, filter),
        };
        Ok(ExprKind::Aggregate(Box::new(Aggregate { function, argument, filter })))
    }

    /// `x, 0.95)`
    fn percentile(&mut self, span: Span) -> Parsed<(AggregateFunction, Option<Expr>)> {
        let args = self.arguments()?;
        let share = |share: &Expr| match &share.kind {
            ExprKind::Literal(value) => value.as_f64().and_then(Fraction::new),
            _ => None,
        };
        if let [argument, second] = args.as_slice()
            && let Some(fraction) = share(second)
        {
            return Ok((AggregateFunction::Percentile(fraction), Some(argument.clone())));
        }
        let reason = "`percentile` takes an expression and a number from 0 to 1 with at most six digits";
        self.note(FaultCode::InvalidArguments, span, reason, "write `percentile(x, 0.95)`");
        Ok((AggregateFunction::Percentile(Fraction::HALF), args.into_iter().next()))
    }

    fn allow_aggregate(&mut self, name: &str, span: Span) {
        if self.mode != ParseMode::Formula {
            let (reason, remedy) = match self.mode {
                ParseMode::Derived => {
                    ("a derived metric is made of metrics", "define the aggregate as a metric of its own")
                }
                ParseMode::Guard => ("a condition has one value", "compare `value` or `metric(name)`"),
                ParseMode::Row | ParseMode::Formula => {
                    ("this expression sees one row at a time", "leave the aggregate out")
                }
            };
            self.note(
                FaultCode::AggregateNotAllowed,
                span,
                format!("`{name}` is an aggregate, but {reason}"),
                remedy,
            );
        } else if self.in_aggregate {
            let remedy = "aggregate once; an average of sums is a ratio of two sums";
            self.note(
                FaultCode::AggregateNested,
                span,
                format!("`{name}` stands inside another aggregate"),
                remedy,
            );
        }
    }

    /// Takes `distinct`, which only `count` may have.
    fn distinct(&mut self, function: AggregateFunction, name: &str) -> AggregateFunction {
        let span = self.span();
        let word =
            self.next_is_word("distinct") && !matches!(self.peek_second(), TokenKind::Symbol(")" | "."));
        if !word {
            return function;
        }
        self.advance();
        if function == AggregateFunction::Count {
            return AggregateFunction::CountDistinct;
        }
        let reason = format!("`distinct` goes with `count` only, not with `{name}`");
        self.note(
            FaultCode::InvalidArguments,
            span,
            reason,
            "write `count(distinct x)`, or leave `distinct` out",
        );
        function
    }

    fn argument(&mut self, name: &str, span: Span) -> Parsed<Option<Expr>> {
        let mut args = self.arguments()?;
        if args.len() != 1 {
            let reason = format!("`{name}` takes one argument, not {}", args.len());
            let remedy = if name == "count" {
                "write `count(*)` for rows".to_owned()
            } else {
                format!("write `{name}(x)`")
            };
            self.note(FaultCode::InvalidArguments, span, reason, remedy);
        }
        Ok(args.pop())
    }

    /// `filter (where condition)`, if it follows.
    fn filter(&mut self) -> Parsed<Option<Expr>> {
        if !self.take_word("filter") {
            return Ok(None);
        }
        self.expect("(")?;
        self.expect_word("where")?;
        let condition = self.expression(Power::LOWEST)?;
        self.expect(")")?;
        Ok(Some(condition))
    }
}
