//! The tree that an expression is parsed into.

use crate::span::Span;
use crate::value::Value;

/// An expression and where it stands in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A constant.
    Literal(Value),
    /// A column, `entity.dimension`, or the name of a metric or input in a derived expression.
    Column(ColumnPath),
    /// `-x` or `not x`.
    Unary { op: UnaryOp, operand: Box<Expr> },
    /// `left op right`.
    Binary { op: BinaryOp, left: Box<Expr>, right: Box<Expr> },
    /// A scalar function.
    Call { function: ScalarFunction, arguments: Vec<Expr> },
    /// `case [operand] when … then … [else …] end`.
    Case { operand: Option<Box<Expr>>, branches: Vec<(Expr, Expr)>, otherwise: Option<Box<Expr>> },
    /// `operand [not] between low and high`.
    Between { operand: Box<Expr>, low: Box<Expr>, high: Box<Expr>, negated: bool },
    /// `operand [not] in (…)`.
    In { operand: Box<Expr>, list: Vec<Expr>, negated: bool },
    /// `operand is [not] null`.
    IsNull { operand: Box<Expr>, negated: bool },
    /// `operand [not] like 'pattern'`, case-sensitive.
    Like { operand: Box<Expr>, pattern: Box<Expr>, negated: bool },
    /// An aggregate over rows.
    Aggregate(Box<Aggregate>),
    /// `metric(name)` in a guard.
    Metric(String),
}

/// A column by its name, or a dimension of an entity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnPath {
    /// The entity in `entity.dimension`.
    pub qualifier: Option<String>,
    /// The column or dimension.
    pub name: String,
}

/// An aggregate over rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    /// How rows become one value.
    pub function: AggregateFunction,
    /// What is aggregated; none for `count(*)`.
    pub argument: Option<Expr>,
    /// Which rows count.
    pub filter: Option<Expr>,
}

/// How rows become one value; all skip nulls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AggregateFunction {
    /// Sum.
    Sum,
    /// Number of rows or of values.
    Count,
    /// Number of different values.
    CountDistinct,
    /// Mean.
    Avg,
    /// Smallest.
    Min,
    /// Largest.
    Max,
}

/// An operator with one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnaryOp {
    /// `-x`
    Negate,
    /// `not x`
    Not,
}

/// An operator with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `and`
    And,
    /// `or`
    Or,
}

/// A scalar function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScalarFunction {
    /// `abs(x)`
    Abs,
    /// `round(x[, digits])`, half away from zero
    Round,
    /// `floor(x)`
    Floor,
    /// `ceil(x)`
    Ceil,
    /// `coalesce(x, …)`
    Coalesce,
    /// `nullif(x, y)`
    NullIf,
    /// `greatest(x, …)`
    Greatest,
    /// `least(x, …)`
    Least,
    /// `lower(text)`
    Lower,
    /// `upper(text)`
    Upper,
    /// `trim(text)`
    Trim,
    /// `length(text)` in characters
    Length,
    /// `substr(text, from[, count])`, from 1
    Substr,
    /// `concat(text, …)`
    Concat,
}
