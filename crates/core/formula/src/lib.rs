//! The expression language of Metricwright: a typed subset of SQL scalar expressions with aggregates.
//! Text is parsed once into a tree with source spans; the tree serves checking, canonical form, evaluation
//! and rendering for each SQL dialect.

pub mod ast;
pub mod span;
pub mod value;

pub use ast::{Aggregate, AggregateFunction, BinaryOp, ColumnPath, Expr, ExprKind, ScalarFunction, UnaryOp};
pub use span::Span;
pub use value::Value;
