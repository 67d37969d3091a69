//! What is wrong with an expression, where, and what to do about it.

use std::fmt;

use crate::span::Span;

/// One fault of an expression, worded like a good compiler's.
///
/// `reason` starts in lower case and names the thing; `remedy` says what to write instead, and is empty where nothing
/// useful can be said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Fault {
    /// What kind of fault it is.
    pub code: FaultCode,
    /// Where it is.
    pub span: Span,
    /// What is wrong.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
}

impl Fault {
    /// A fault of `code` at `span`.
    pub fn new(code: FaultCode, span: Span, reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { code, span, reason: reason.into(), remedy: remedy.into() }
    }
}

/// The kinds of faults. Their codes are stable: people search for them and scripts match them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FaultCode {
    /// The text does not follow the grammar.
    Syntax,
    /// The text is longer than [`MAX_LENGTH`](crate::MAX_LENGTH), or has too many operators.
    TooLong,
    /// The expression nests deeper than [`MAX_DEPTH`](crate::MAX_DEPTH).
    TooDeep,
    /// A function that the language does not have.
    UnknownFunction,
    /// A function was given too few, too many or unfitting arguments.
    InvalidArguments,
    /// A name that stands for nothing.
    UnknownName,
    /// A name that could stand for several things.
    AmbiguousName,
    /// A metric that does not exist.
    UnknownMetric,
    /// `metric(name)` in a place without metrics.
    MetricNotAllowed,
    /// A value of the wrong type.
    TypeMismatch,
    /// Two different units were added or compared.
    UnitMismatch,
    /// A comparison with `null`, which is never true.
    NullComparison,
    /// An aggregate in a place that has one row at a time.
    AggregateNotAllowed,
    /// An aggregate inside another.
    AggregateNested,
    /// A formula without an aggregate.
    AggregateMissing,
    /// A column of a formula that stands outside every aggregate.
    ColumnOutsideAggregate,
    /// A word of the language used as a name.
    ReservedName,
    /// A code of the caller, from [`Resolution::Refused`](crate::Resolution::Refused).
    Other(&'static str),
}

impl FaultCode {
    /// The stable code, such as `UNKNOWN_COLUMN`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "FORMULA_SYNTAX",
            Self::TooLong => "FORMULA_TOO_LONG",
            Self::TooDeep => "FORMULA_TOO_DEEP",
            Self::UnknownFunction => "UNKNOWN_FUNCTION",
            Self::InvalidArguments => "INVALID_ARGUMENTS",
            Self::UnknownName => "UNKNOWN_COLUMN",
            Self::AmbiguousName => "AMBIGUOUS_NAME",
            Self::UnknownMetric => "UNKNOWN_METRIC",
            Self::MetricNotAllowed => "METRIC_NOT_ALLOWED",
            Self::TypeMismatch => "TYPE_MISMATCH",
            Self::UnitMismatch => "UNIT_MISMATCH",
            Self::NullComparison => "NULL_COMPARISON",
            Self::AggregateNotAllowed => "AGGREGATE_NOT_ALLOWED",
            Self::AggregateNested => "AGGREGATE_NESTED",
            Self::AggregateMissing => "AGGREGATE_MISSING",
            Self::ColumnOutsideAggregate => "COLUMN_OUTSIDE_AGGREGATE",
            Self::ReservedName => "RESERVED_NAME",
            Self::Other(code) => code,
        }
    }
}

impl fmt::Display for FaultCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
