//! The tree of an expression.

use std::fmt;

use crate::function::{AggregateFunction, ScalarFunction};
use crate::like::LikePattern;
use crate::span::Span;
use crate::value::Value;

/// An expression, and where it stands in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands, with the parentheses around it.
    pub span: Span,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A constant.
    Literal(Value),
    /// A column, a dimension of an entity, or `value` in a guard.
    Column(ColumnPath),
    /// The value of a metric: `metric(name)`, or a bare name in a derived metric.
    Metric(String),
    /// `-x`, `not x`.
    Unary {
        /// The operator.
        op: UnaryOp,
        /// What it applies to.
        operand: Box<Expr>,
    },
    /// `a + b`, `a = b`, `a and b` …
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Left of it.
        left: Box<Expr>,
        /// Right of it.
        right: Box<Expr>,
    },
    /// `coalesce(a, b)` …
    Call {
        /// The function.
        function: ScalarFunction,
        /// Its arguments; their number is right.
        args: Vec<Expr>,
    },
    /// `case [x] when a then b … [else c] end`
    Case {
        /// The value that the branches compare with, in the short form.
        operand: Option<Box<Expr>>,
        /// The branches, at least one.
        branches: Vec<Branch>,
        /// The value where no branch fits; `null` if left out.
        otherwise: Option<Box<Expr>>,
    },
    /// `x [not] between low and high`, both ends included.
    Between {
        /// Whether `not` was written.
        negated: bool,
        /// The value.
        operand: Box<Expr>,
        /// The lowest value inside.
        low: Box<Expr>,
        /// The highest value inside.
        high: Box<Expr>,
    },
    /// `x [not] in (a, b)`
    In {
        /// Whether `not` was written.
        negated: bool,
        /// The value.
        operand: Box<Expr>,
        /// Literals other than `null`, at least one.
        list: Vec<Expr>,
    },
    /// `x is [not] null`
    IsNull {
        /// Whether `not` was written.
        negated: bool,
        /// The value.
        operand: Box<Expr>,
    },
    /// `x [not] like 'a%'`, case-sensitive.
    Like {
        /// Whether `not` was written.
        negated: bool,
        /// The text.
        operand: Box<Expr>,
        /// What it is compared with.
        pattern: LikePattern,
    },
    /// `sum(x) filter (where y)` …
    Aggregate(Box<Aggregate>),
}

impl Expr {
    /// An expression that was built, not parsed: its span is empty.
    pub fn new(kind: ExprKind) -> Self {
        Self { kind, span: Span::default() }
    }

    /// A column of that name.
    pub fn column(name: impl Into<String>) -> Self {
        Self::new(ExprKind::Column(ColumnPath::bare(name)))
    }

    /// A metric of that name.
    pub fn metric(name: impl Into<String>) -> Self {
        Self::new(ExprKind::Metric(name.into()))
    }

    /// A constant.
    pub fn literal(value: impl Into<Value>) -> Self {
        Self::new(ExprKind::Literal(value.into()))
    }

    /// `left op right`
    #[must_use]
    pub fn binary(op: BinaryOp, left: Self, right: Self) -> Self {
        let span = left.span.to(right.span);
        Self { kind: ExprKind::Binary { op, left: Box::new(left), right: Box::new(right) }, span }
    }

    /// `left and right`, as filters are added to each other.
    #[must_use]
    pub fn and(self, right: Self) -> Self {
        Self::binary(BinaryOp::And, self, right)
    }

    /// Both conditions, where there are two.
    pub fn both(left: Option<Self>, right: Option<Self>) -> Option<Self> {
        match (left, right) {
            (Some(left), Some(right)) => Some(left.and(right)),
            (left, right) => left.or(right),
        }
    }

    /// `left / right`
    #[must_use]
    pub fn divided_by(self, right: Self) -> Self {
        Self::binary(BinaryOp::Divide, self, right)
    }
}

/// A name in an expression: `net_amount`, or `store.region` for a dimension of an entity.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnPath {
    /// What stands before the dot: an entity.
    pub qualifier: Option<String>,
    /// The name itself.
    pub name: String,
}

impl ColumnPath {
    /// A name without a qualifier.
    pub fn bare(name: impl Into<String>) -> Self {
        Self { qualifier: None, name: name.into() }
    }

    /// `qualifier.name`
    pub fn qualified(qualifier: impl Into<String>, name: impl Into<String>) -> Self {
        Self { qualifier: Some(qualifier.into()), name: name.into() }
    }
}

impl fmt::Display for ColumnPath {
    /// As people write it, without quotes.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(qualifier) = &self.qualifier {
            write!(formatter, "{qualifier}.")?;
        }
        formatter.write_str(&self.name)
    }
}

/// An operator before its operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-x`
    Negate,
    /// `not x`
    Not,
}

/// An operator between its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `or`
    Or,
    /// `and`
    And,
    /// `=`
    Equal,
    /// `<>` or `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`: real division, missing where the divisor is zero.
    Divide,
    /// `%`: remainder of whole numbers with the sign of the left one, missing where the divisor is zero.
    Remainder,
}

impl BinaryOp {
    /// The operator in lower-case SQL.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }

    /// Whether it is one of `= <> < <= > >=`.
    pub fn is_comparison(self) -> bool {
        self.power() == Power::COMPARISON
    }

    /// Whether it is `and` or `or`.
    pub fn is_logical(self) -> bool {
        matches!(self, Self::And | Self::Or)
    }

    /// How strongly it binds.
    pub(crate) fn power(self) -> Power {
        match self {
            Self::Or => Power::OR,
            Self::And => Power::AND,
            Self::Equal
            | Self::NotEqual
            | Self::Less
            | Self::LessOrEqual
            | Self::Greater
            | Self::GreaterOrEqual => Power::COMPARISON,
            Self::Add | Self::Subtract => Power::SUM,
            Self::Multiply | Self::Divide | Self::Remainder => Power::PRODUCT,
        }
    }

    /// The comparison that holds exactly where this one does not.
    pub(crate) fn opposite(self) -> Option<Self> {
        Some(match self {
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::Less => Self::GreaterOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::Greater => Self::LessOrEqual,
            Self::GreaterOrEqual => Self::Less,
            _ => return None,
        })
    }
}

/// How strongly an operator binds; the higher, the stronger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Power(u8);

impl Power {
    pub(crate) const LOWEST: Self = Self(0);
    pub(crate) const OR: Self = Self(1);
    pub(crate) const AND: Self = Self(2);
    pub(crate) const NOT: Self = Self(3);
    pub(crate) const COMPARISON: Self = Self(4);
    pub(crate) const SUM: Self = Self(5);
    pub(crate) const PRODUCT: Self = Self(6);
    pub(crate) const NEGATION: Self = Self(7);
    pub(crate) const ATOM: Self = Self(8);

    /// The next stronger power.
    pub(crate) fn above(self) -> Self {
        Self(self.0 + 1)
    }
}

/// One branch of a `case`.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// The condition, or in the short form the value to equal.
    pub when: Expr,
    /// The value if it holds.
    pub then: Expr,
}

/// A number made of many rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    /// How it is made.
    pub function: AggregateFunction,
    /// What is aggregated; none for `count(*)`.
    pub argument: Option<Expr>,
    /// Which rows count; none for all.
    pub filter: Option<Expr>,
}
