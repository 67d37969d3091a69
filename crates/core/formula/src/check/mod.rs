//! Names, types and units of an expression.

mod call;
mod operator;
#[cfg(test)]
mod tests;

use crate::ast::{ColumnPath, Expr, ExprKind};
use crate::fault::{Fault, FaultCode};
use crate::suggest::suggest;
use crate::types::{DataType, Typed};
use crate::unit::Unit;
use crate::value::Value;

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
/// Every fault found, in order of place. What is faulty fits everywhere, so that one fault does not cause others.
pub fn check(expr: &Expr, scope: &dyn Scope) -> Result<Typed, Vec<Fault>> {
    let mut checker = Checker { scope, faults: Vec::new() };
    let typed = checker.infer(expr);
    if checker.faults.is_empty() {
        return Ok(typed);
    }
    checker.faults.sort_by_key(|fault| fault.span);
    Err(checker.faults)
}

/// A fault unless the expression, which [`check`] found to be `typed`, can be a condition.
pub fn expect_boolean(expr: &Expr, typed: &Typed) -> Result<(), Fault> {
    let remedy = match typed.data_type {
        DataType::Bool | DataType::Unknown => return Ok(()),
        DataType::Text => "compare it with something, such as `x = 'completed'`",
        found if found.is_number() => "compare it with something, such as `x > 0`",
        _ => "compare it with something",
    };
    Err(wrong_type(expr, typed, "a condition", remedy))
}

/// A fault unless the expression, which [`check`] found to be `typed`, can be a number.
pub fn expect_numeric(expr: &Expr, typed: &Typed) -> Result<(), Fault> {
    if typed.data_type.may_be_number() {
        return Ok(());
    }
    let remedy = match typed.data_type {
        DataType::Bool => "choose numbers by it: `case when x then 1 else 0 end`",
        _ => "use a numeric column; if it holds numbers, declare its type in the dataset",
    };
    Err(wrong_type(expr, typed, "a number", remedy))
}

fn wrong_type(expr: &Expr, typed: &Typed, wanted: &str, remedy: &str) -> Fault {
    let reason = format!("{} is {}, where {wanted} is needed", describe(expr), typed.data_type);
    Fault::new(FaultCode::TypeMismatch, expr.span, reason, remedy)
}

/// How a reason names an expression.
fn describe(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Column(path) => format!("`{path}`"),
        ExprKind::Metric(name) => format!("`{name}`"),
        ExprKind::Literal(Value::Text(text)) => format!("`'{text}'`"),
        ExprKind::Literal(value) => format!("`{value}`"),
        ExprKind::Call { function, .. } => format!("`{}(…)`", function.name()),
        ExprKind::Aggregate(aggregate) => format!("`{}(…)`", aggregate.function.name()),
        _ => "this expression".to_owned(),
    }
}

struct Checker<'s> {
    scope: &'s dyn Scope,
    faults: Vec<Fault>,
}

impl Checker<'_> {
    fn infer(&mut self, expr: &Expr) -> Typed {
        match &expr.kind {
            ExprKind::Literal(value) => literal_type(value),
            ExprKind::Column(path) => self.resolve_column(expr, path),
            ExprKind::Metric(name) => self.resolve_metric(expr, name),
            ExprKind::Unary { op, operand } => self.unary(*op, operand),
            ExprKind::Binary { op, left, right } => self.binary(expr, *op, left, right),
            ExprKind::Call { function, args } => self.call(expr, *function, args),
            ExprKind::Case { operand, branches, otherwise } => {
                self.case(operand.as_deref(), branches, otherwise.as_deref())
            }
            ExprKind::Between { operand, low, high, .. } => {
                self.compared_with_all(operand, [&**low, &**high])
            }
            ExprKind::In { operand, list, .. } => self.compared_with_all(operand, list),
            ExprKind::IsNull { operand, .. } => {
                self.infer(operand);
                boolean(false)
            }
            ExprKind::Like { operand, .. } => {
                let typed = self.text(operand);
                boolean(typed.nullable)
            }
            ExprKind::Aggregate(aggregate) => self.aggregate(aggregate),
        }
    }

    fn resolve_column(&mut self, expr: &Expr, path: &ColumnPath) -> Typed {
        let what = if path.qualifier.is_some() { "dimension" } else { "column" };
        match self.scope.resolve(path) {
            Resolution::Missing => {
                let remedy = did_you_mean(&path.to_string(), &self.scope.names());
                self.note(FaultCode::UnknownName, expr, format!("there is no {what} `{path}`"), remedy)
            }
            other => self.resolution(expr, &path.to_string(), other),
        }
    }

    fn resolve_metric(&mut self, expr: &Expr, name: &str) -> Typed {
        match self.scope.resolve_metric(name) {
            Resolution::Missing => {
                let remedy = did_you_mean(name, &self.scope.metric_names());
                self.note(FaultCode::UnknownMetric, expr, format!("there is no metric `{name}`"), remedy)
            }
            other => self.resolution(expr, name, other),
        }
    }

    fn resolution(&mut self, expr: &Expr, name: &str, resolution: Resolution) -> Typed {
        match resolution {
            Resolution::Known(typed) => typed,
            Resolution::Unchecked | Resolution::Missing => Typed::unknown(),
            Resolution::Ambiguous(candidates) => {
                let reason = format!("`{name}` could be {}", listed(&candidates, "or"));
                self.note(FaultCode::AmbiguousName, expr, reason, "write the one that is meant in full")
            }
            Resolution::Refused { code, reason, remedy } => self.note(code, expr, reason, remedy),
        }
    }

    /// Infers an operand that must be a condition.
    fn condition(&mut self, expr: &Expr) -> Typed {
        let typed = self.infer(expr);
        self.keep(expect_boolean(expr, &typed));
        boolean(typed.nullable)
    }

    /// Infers an operand that must be a number.
    fn number(&mut self, expr: &Expr) -> Typed {
        let typed = self.infer(expr);
        if self.keep(expect_numeric(expr, &typed)) { typed } else { Typed::unknown() }
    }

    /// Infers an operand that must be a text.
    fn text(&mut self, expr: &Expr) -> Typed {
        let typed = self.infer(expr);
        if !matches!(typed.data_type, DataType::Text | DataType::Unknown) {
            let remedy = "use a column of type String";
            self.faults.push(wrong_type(expr, &typed, "a text", remedy));
        }
        Typed::new(DataType::Text, Unit::neutral(), typed.nullable)
    }

    /// Notes the fault, if there is one; whether there was none.
    fn keep(&mut self, outcome: Result<(), Fault>) -> bool {
        let fine = outcome.is_ok();
        self.faults.extend(outcome.err());
        fine
    }

    /// Notes a fault and gives the type that fits everywhere.
    fn note(
        &mut self,
        code: FaultCode,
        at: &Expr,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Typed {
        self.faults.push(Fault::new(code, at.span, reason, remedy));
        Typed::unknown()
    }
}

fn boolean(nullable: bool) -> Typed {
    Typed::new(DataType::Bool, Unit::neutral(), nullable)
}

fn literal_type(value: &Value) -> Typed {
    let data_type = match value {
        Value::Null => DataType::Unknown,
        Value::Bool(_) => DataType::Bool,
        Value::Int(_) => DataType::Int,
        Value::Decimal(number) => {
            let scale = u8::try_from(number.scale()).unwrap_or(u8::MAX);
            let digits = number.mantissa().unsigned_abs().to_string().len();
            DataType::decimal(u8::try_from(digits).unwrap_or(u8::MAX).max(scale), scale)
        }
        Value::Float(_) => DataType::Float,
        Value::Text(_) => DataType::Text,
        Value::Date(_) => DataType::Date,
        Value::DateTime(_) => DataType::DateTime,
        Value::Instant(_) => DataType::Instant,
    };
    Typed::new(data_type, Unit::neutral(), value.is_null())
}

/// The nearest name, or else a few of those that exist.
fn did_you_mean(name: &str, names: &[String]) -> String {
    if let Some(near) = suggest(name, names) {
        return format!("did you mean `{near}`?");
    }
    let mut shown: Vec<String> = names.iter().take(6).cloned().collect();
    if shown.is_empty() {
        return String::new();
    }
    if names.len() > shown.len() {
        shown.push("…".to_owned());
    }
    format!("there are {}", listed(&shown, "and"))
}

/// `a`, `b` or `c`
fn listed(names: &[String], conjunction: &str) -> String {
    let quoted: Vec<String> =
        names.iter().map(|name| if name == "…" { name.clone() } else { format!("`{name}`") }).collect();
    match quoted.split_last() {
        Some((last, before)) if !before.is_empty() && last != "…" => {
            format!("{} {conjunction} {last}", before.join(", "))
        }
        _ => quoted.join(", "),
    }
}

/// The value of a small whole number that is written out.
fn literal_number(expr: &Expr) -> Option<u8> {
    match expr.kind {
        ExprKind::Literal(Value::Int(number)) => u8::try_from(number).ok(),
        _ => None,
    }
}

fn is_null(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Literal(Value::Null))
}
