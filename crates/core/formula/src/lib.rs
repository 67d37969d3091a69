//! Expressions: a typed subset of SQL's scalar expressions with aggregates.
//!
//! A text is parsed once into a tree with spans ([`parse`]); the tree serves everything else: [`check`] finds its type and
//! unit, [`columns`], [`metrics`] and [`aggregates`] its lineage, [`canonical`] its normal form, [`evaluate`] its value, and
//! [`render`] its SQL in a [`Dialect`].
//!
//! ```text
//!   text ── lexer ── parser ──▶ Expr ──▶ check ──▶ Typed (type, unit, nullable)
//!                                 ├────▶ canonical ──▶ text to hash
//!                                 ├────▶ evaluate ──▶ Value
//!                                 └────▶ render ──▶ SQL of a Dialect
//! ```
//!
//! Everything here is pure: no clock, no input or output, no engine. No text makes it panic or overflow the stack.

mod ast;
mod canonical;
mod check;
mod dialect;
mod evaluate;
mod fault;
mod function;
mod lexer;
mod like;
mod parser;
mod render;
mod reserved;
mod span;
mod suggest;
mod types;
mod unit;
mod value;
mod walk;

pub use ast::{Aggregate, BinaryOp, Branch, ColumnPath, Expr, ExprKind, UnaryOp};
pub use canonical::canonical;
pub use check::{Resolution, Scope, check, expect_boolean, expect_numeric};
pub use dialect::{
    DataFusionDialect, Dialect, MOMENT, MySqlDialect, PostgresDialect, SqliteDialect, by_moment, present,
};
pub use evaluate::{Environment, EvaluateFault, evaluate, plus};
pub use fault::{Fault, FaultCode};
pub use function::{AggregateFunction, Fraction, ScalarFunction};
pub use like::{LikePattern, LikePiece};
pub use parser::{MAX_DEPTH, MAX_LENGTH, MAX_OPERATORS, ParseMode, parse};
pub use render::{render, render_aggregate};
pub use reserved::{is_reserved, reserved_words};
pub use span::Span;
pub use suggest::suggest;
pub use types::{DataType, Typed, UnknownType};
pub use unit::{InvalidUnit, Unit};
pub use value::Value;
pub use walk::{aggregates, columns, map_columns, metrics, replace_aggregates, rewrite, visit};
