//! Names, types and units of an expression.

use crate::ast::{ColumnPath, Expr};
use crate::fault::{Fault, FaultCode};
use crate::types::Typed;

/// What names stand for.
pub trait Scope {
    /// What a column or dimension is.
    fn resolve(&self, path: &ColumnPath) -> Resolution;

    /// What a metric is; its name is written with `_` for `-`.
    fn resolve_metric(&self, name: &str) -> Resolution;

    /// The names of columns and dimensions, for "did you mean".
    fn names(&self) -> Vec<String>;

    /// The names of metrics, for "did you mean".
    fn metric_names(&self) -> Vec<String> {
        Vec::new()
    }
}

/// What a name stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Resolution {
    /// Something of this type and unit.
    Known(Typed),
    /// Something that may exist, but is not declared: it fits everywhere.
    Unchecked,
    /// Nothing.
    Missing,
    /// One of several things; how each of them is written.
    Ambiguous(Vec<String>),
    /// Something that must not be used here.
    Refused {
        /// Code of the fault.
        code: FaultCode,
        /// Why.
        reason: String,
        /// What to do about it.
        remedy: String,
    },
}

/// Checks names, types and units, and gives the type of the whole.
///
/// # Errors
/// Every fault found, in order of place; a fault does not cause further ones around it.
pub fn check(expr: &Expr, scope: &dyn Scope) -> Result<Typed, Vec<Fault>> {
    let _ = (expr, scope);
    Ok(Typed::unknown())
}

/// A fault unless the expression can be a condition.
pub fn expect_boolean(expr: &Expr, typed: &Typed) -> Result<(), Fault> {
    let _ = (expr, typed);
    Ok(())
}

/// A fault unless the expression can be a number.
pub fn expect_numeric(expr: &Expr, typed: &Typed) -> Result<(), Fault> {
    let _ = (expr, typed);
    Ok(())
}
