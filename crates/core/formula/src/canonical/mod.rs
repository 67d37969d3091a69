//! Normal form: one text for expressions that mean the same.
//!
//! What is brought into one form: case of keywords and functions, white space, parentheses, how numbers are written, `<>`
//! and `!=`, the direction of comparisons, the order and grouping of `and`, `or`, `+`, `*`, `=`, `greatest` and `least`,
//! `not` (pushed down to what it negates), signs (pulled out of products and into sums), the order of lists and their
//! repetitions, `between`, the short form of `case`, nested `coalesce` and `concat`, `else null`, `round(x, 0)`, and
//! `count` of a constant.
//!
//! Nothing is rewritten that could change a value: every rule holds with missing values too, and for numbers exactly.

mod condition;
mod sum;
#[cfg(test)]
mod tests;

use crate::ast::{Aggregate, BinaryOp, Branch, ColumnPath, Expr, ExprKind, Power, UnaryOp};
use crate::function::{AggregateFunction, ScalarFunction};
use crate::lexer::{continues_name, starts_name};
use crate::reserved::is_reserved;
use crate::value::Value;
use condition::{compared, condition};
use sum::summed;

/// The longest operand, in bytes of its normal form, that `between` and the short `case` are expanded over. Both write
/// their operand several times, and nested ones would grow without bound.
const MAX_REPEATED: usize = 64;

/// The normal form: equal texts mean equal values, and the form of a text does not show in it.
///
/// It is an expression itself, with the same normal form. Names are written as they are in the tree: to compare
/// definitions of different authors, resolve them first ([`map_columns`](crate::map_columns)). Expressions that are
/// equal by deeper reasons (`a * (b + c)` and `a * b + a * c`) have different normal forms.
///
/// ```
/// use metricwright_formula::{ParseMode, canonical, parse};
///
/// let normal = |text| parse(text, ParseMode::Row).map(|expr| canonical(&expr));
/// assert_eq!(normal("NOT (a <= 1.50 OR b!=c)")?, "1.5 < a and b = c");
/// assert_eq!(normal("c = b AND (a > 1.5)")?, "1.5 < a and b = c");
/// # Ok::<(), Vec<metricwright_formula::Fault>>(())
/// ```
pub fn canonical(expr: &Expr) -> String {
    normal(expr).text
}

/// A normal form and how strongly its outermost operator binds.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Form {
    text: String,
    power: Power,
    /// Constants come last among operands without an order.
    constant: bool,
    /// The operands of an `and` or `or`.
    operands: Vec<Form>,
}

impl Form {
    fn new(text: String, power: Power) -> Self {
        Self { text, power, constant: false, operands: Vec::new() }
    }

    fn atom(text: String) -> Self {
        Self::new(text, Power::ATOM)
    }

    /// The text, in parentheses unless it binds at least as strongly as `least`.
    fn within(self, least: Power) -> String {
        if self.power < least { format!("({})", self.text) } else { self.text }
    }
}

fn normal(expr: &Expr) -> Form {
    match &expr.kind {
        ExprKind::Literal(value) if value.is_number() => summed(expr),
        ExprKind::Literal(value) => Form { constant: true, ..Form::atom(literal(value)) },
        ExprKind::Column(path) => Form::atom(column(path)),
        ExprKind::Metric(metric) => Form::atom(format!("metric({})", name(metric))),
        ExprKind::Unary { op: UnaryOp::Negate, .. }
        | ExprKind::Binary { op: BinaryOp::Add | BinaryOp::Subtract, .. }
        | ExprKind::Binary { op: BinaryOp::Multiply | BinaryOp::Divide, .. } => summed(expr),
        ExprKind::Binary { op: BinaryOp::Remainder, left, right } => {
            let (left, right) = (normal(left).within(Power::PRODUCT), normal(right).within(Power::NEGATION));
            Form::new(format!("{left} % {right}"), Power::PRODUCT)
        }
        ExprKind::Call { function, args } => call(*function, args),
        ExprKind::Case { operand, branches, otherwise } => {
            case(operand.as_deref(), branches, otherwise.as_deref())
        }
        ExprKind::Aggregate(of) => aggregate(of),
        ExprKind::Unary { op: UnaryOp::Not, .. }
        | ExprKind::Binary { .. }
        | ExprKind::Between { .. }
        | ExprKind::In { .. }
        | ExprKind::IsNull { .. }
        | ExprKind::Like { .. } => condition(expr, false),
    }
}

fn call(function: ScalarFunction, args: &[Expr]) -> Form {
    let mut forms = Vec::new();
    collect_args(function, args, &mut forms);
    match function {
        ScalarFunction::Greatest | ScalarFunction::Least => sort(&mut forms),
        ScalarFunction::Round if forms.get(1).is_some_and(|digits| digits.text == "0") => forms.truncate(1),
        _ => {}
    }
    let args: Vec<String> = forms.into_iter().map(|form| form.text).collect();
    Form::atom(format!("{}({})", function.name(), args.join(", ")))
}

/// The arguments, with those of the same function inside where that changes nothing.
fn collect_args(function: ScalarFunction, args: &[Expr], forms: &mut Vec<Form>) {
    let flat = function.is_extreme() || matches!(function, ScalarFunction::Coalesce | ScalarFunction::Concat);
    for arg in args {
        match &arg.kind {
            ExprKind::Call { function: inner, args } if flat && *inner == function => {
                collect_args(function, args, forms);
            }
            _ => forms.push(normal(arg)),
        }
    }
}

fn case(operand: Option<&Expr>, branches: &[Branch], otherwise: Option<&Expr>) -> Form {
    let operand = operand.map(normal);
    let repeated = operand.as_ref().filter(|operand| operand.text.len() <= MAX_REPEATED);
    let mut text = match (&operand, repeated) {
        (Some(operand), None) => format!("case {}", operand.text),
        _ => "case".to_owned(),
    };
    for branch in branches {
        let (when, then) = (normal(&branch.when), normal(&branch.then).text);
        let when = match repeated {
            Some(operand) => compared(BinaryOp::Equal, operand.clone(), when),
            None => when,
        };
        text = format!("{text} when {} then {then}", when.text);
    }
    match otherwise.map(|otherwise| normal(otherwise).text) {
        Some(otherwise) if otherwise != "null" => Form::atom(format!("{text} else {otherwise} end")),
        _ => Form::atom(format!("{text} end")),
    }
}

fn aggregate(aggregate: &Aggregate) -> Form {
    let constant = |expr: &&Expr| !matches!(&expr.kind, ExprKind::Literal(value) if !value.is_null());
    let argument = match (aggregate.function, &aggregate.argument) {
        (AggregateFunction::Count, argument) => argument.as_ref().filter(constant),
        (_, argument) => argument.as_ref(),
    };
    let argument = argument.map_or_else(|| "*".to_owned(), canonical);
    let distinct = if aggregate.function == AggregateFunction::CountDistinct { "distinct " } else { "" };
    let filter = aggregate.filter.as_ref().map(canonical).filter(|filter| filter != "true");
    let filter = filter.map_or_else(String::new, |filter| format!(" filter (where {filter})"));
    let share = match aggregate.function {
        AggregateFunction::Percentile(fraction) => format!(", {fraction}"),
        _ => String::new(),
    };
    Form::atom(format!("{}({distinct}{argument}{share}){filter}", aggregate.function.name()))
}

fn literal(value: &Value) -> String {
    match value.normalized() {
        Value::Text(text) => quoted(&text),
        Value::Date(date) => format!("date '{date}'"),
        Value::DateTime(time) => format!("timestamp '{time}'"),
        Value::Instant(moment) => format!("timestamp '{moment}'"),
        other => other.to_string(),
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn column(path: &ColumnPath) -> String {
    match &path.qualifier {
        Some(qualifier) => format!("{}.{}", name(qualifier), name(&path.name)),
        None => name(&path.name),
    }
}

/// A name as it must be written: in quotes unless it is a plain word without a meaning of its own.
fn name(name: &str) -> String {
    let plain = name.starts_with(starts_name)
        && name.chars().all(continues_name)
        && (name == "value" || !is_reserved(name));
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

fn key(form: &Form) -> (bool, &str) {
    (form.constant, &form.text)
}

fn sort(forms: &mut [Form]) {
    forms.sort_by(|left, right| key(left).cmp(&key(right)));
}
