//! Normal form: one text for expressions that mean the same.
//!
//! What is brought into one form: case of keywords and functions, white space, parentheses, how numbers are written, `<>`
//! and `!=`, the direction of comparisons, the order and grouping of `and`, `or`, `+`, `*`, `=`, `greatest` and `least`,
//! `not` (pushed down to what it negates), signs (pulled out of products and into sums), the order of lists and their
//! repetitions, `between`, the short form of `case`, nested `coalesce` and `concat`, `else null`, `round(x, 0)`, and
//! `count` of a constant.
//!
//! Nothing is rewritten that could change a value: every rule holds with missing values too, and for numbers exactly.

use crate::ast::{Aggregate, BinaryOp, Branch, ColumnPath, Expr, ExprKind, Power, UnaryOp};
use crate::function::{AggregateFunction, ScalarFunction};
use crate::lexer::{continues_name, starts_name};
use crate::reserved::is_reserved;
use crate::value::Value;

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
}

impl Form {
    fn new(text: String, power: Power) -> Self {
        Self { text, power, constant: false }
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

// Conditions

/// The normal form of a condition, or of its negation.
fn condition(expr: &Expr, negate: bool) -> Form {
    match &expr.kind {
        ExprKind::Unary { op: UnaryOp::Not, operand } => condition(operand, !negate),
        ExprKind::Literal(Value::Bool(truth)) => {
            Form { constant: true, ..Form::atom((*truth != negate).to_string()) }
        }
        ExprKind::Binary { op, left, right } if op.is_comparison() => comparison(*op, left, right, negate),
        ExprKind::In { negated, operand, list } => membership(operand, list, *negated != negate),
        ExprKind::IsNull { negated, operand } => {
            let not = if *negated == negate { "" } else { "not " };
            Form::new(format!("{} is {not}null", normal(operand).within(Power::SUM)), Power::COMPARISON)
        }
        ExprKind::Like { negated, operand, pattern } => {
            let not = if *negated == negate { "" } else { "not " };
            let pattern = quoted(&pattern.to_string());
            Form::new(
                format!("{} {not}like {pattern}", normal(operand).within(Power::SUM)),
                Power::COMPARISON,
            )
        }
        ExprKind::Between { negated, operand, low, high } => {
            match between(*negated != negate, operand, low, high) {
                Range::Two(op, both) => joined(op, both.into()),
                Range::Whole(form) => form,
            }
        }
        ExprKind::Binary { op, .. } if op.is_logical() => {
            let op = junction(*op, negate);
            let mut parts = Vec::new();
            collect_junction(expr, negate, op, &mut parts);
            joined(op, parts)
        }
        _ if negate => Form::new(format!("not {}", normal(expr).within(Power::NOT)), Power::NOT),
        _ => normal(expr),
    }
}

/// `and` or `or`, or the other one where the whole is negated.
fn junction(op: BinaryOp, negate: bool) -> BinaryOp {
    if (op == BinaryOp::And) == negate { BinaryOp::Or } else { BinaryOp::And }
}

/// `a and b and c` or the same with `or`: operands sorted, each once.
fn joined(op: BinaryOp, mut parts: Vec<Form>) -> Form {
    sort(&mut parts);
    parts.dedup();
    if let [only] = parts.as_slice() {
        return only.clone();
    }
    let parts: Vec<String> = parts.into_iter().map(|part| part.within(op.power().above())).collect();
    Form::new(parts.join(&format!(" {} ", op.symbol())), op.power())
}

fn collect_junction(expr: &Expr, negate: bool, whole: BinaryOp, parts: &mut Vec<Form>) {
    match &expr.kind {
        ExprKind::Unary { op: UnaryOp::Not, operand } => collect_junction(operand, !negate, whole, parts),
        ExprKind::Binary { op, left, right } if op.is_logical() && junction(*op, negate) == whole => {
            collect_junction(left, negate, whole, parts);
            collect_junction(right, negate, whole, parts);
        }
        ExprKind::Between { negated, operand, low, high } => {
            match between(*negated != negate, operand, low, high) {
                Range::Two(op, both) if op == whole => parts.extend(both),
                Range::Two(op, both) => parts.push(joined(op, both.into())),
                Range::Whole(form) => parts.push(form),
            }
        }
        _ => parts.push(condition(expr, negate)),
    }
}

/// A normalised `between`.
enum Range {
    /// Two comparisons, joined by the operator.
    Two(BinaryOp, [Form; 2]),
    /// The operand is too long to be written twice.
    Whole(Form),
}

fn between(negated: bool, operand: &Expr, low: &Expr, high: &Expr) -> Range {
    let (operand, low, high) = (normal(operand), normal(low), normal(high));
    if operand.text.len() > MAX_REPEATED {
        let not = if negated { "not " } else { "" };
        let [operand, low, high] = [operand, low, high].map(|part| part.within(Power::SUM));
        let text = format!("{operand} {not}between {low} and {high}");
        return Range::Whole(Form::new(text, Power::COMPARISON));
    }
    let (junction, op) =
        if negated { (BinaryOp::Or, BinaryOp::Less) } else { (BinaryOp::And, BinaryOp::LessOrEqual) };
    let both = if negated {
        [compared(op, operand.clone(), low), compared(op, high, operand)]
    } else {
        [compared(op, low, operand.clone()), compared(op, operand, high)]
    };
    Range::Two(junction, both)
}

fn comparison(op: BinaryOp, left: &Expr, right: &Expr, negate: bool) -> Form {
    let op = if negate { op.opposite().unwrap_or(op) } else { op };
    compared(op, normal(left), normal(right))
}

fn compared(op: BinaryOp, left: Form, right: Form) -> Form {
    let (op, left, right) = match op {
        BinaryOp::Greater => (BinaryOp::Less, right, left),
        BinaryOp::GreaterOrEqual => (BinaryOp::LessOrEqual, right, left),
        BinaryOp::Equal | BinaryOp::NotEqual if key(&right) < key(&left) => (op, right, left),
        other => (other, left, right),
    };
    let text = format!("{} {} {}", left.within(Power::SUM), op.symbol(), right.within(Power::SUM));
    Form::new(text, Power::COMPARISON)
}

/// `x in (…)`; with a single literal an equation.
fn membership(operand: &Expr, list: &[Expr], negated: bool) -> Form {
    let mut items: Vec<Form> = list.iter().map(normal).collect();
    sort(&mut items);
    items.dedup();
    if let [only] = items.as_slice() {
        let op = if negated { BinaryOp::NotEqual } else { BinaryOp::Equal };
        return compared(op, normal(operand), only.clone());
    }
    let not = if negated { "not " } else { "" };
    let items: Vec<String> = items.into_iter().map(|item| item.text).collect();
    let text = format!("{} {not}in ({})", normal(operand).within(Power::SUM), items.join(", "));
    Form::new(text, Power::COMPARISON)
}

fn key(form: &Form) -> (bool, &str) {
    (form.constant, &form.text)
}

fn sort(forms: &mut [Form]) {
    forms.sort_by(|left, right| key(left).cmp(&key(right)));
}

// Arithmetic

/// `a + b - c`: positive terms first, both sorted.
fn summed(expr: &Expr) -> Form {
    let (mut plus, mut minus) = (Vec::new(), Vec::new());
    collect_terms(expr, false, &mut plus, &mut minus);
    sort(&mut plus);
    sort(&mut minus);
    match (plus.as_slice(), minus.as_slice()) {
        ([only], []) => only.clone(),
        ([], [only]) => {
            let text = format!("-{}", only.clone().within(Power::ATOM));
            Form { text, power: Power::NEGATION, constant: only.constant }
        }
        _ => {
            let first =
                plus.iter().map(|term| term.clone().within(Power::PRODUCT)).collect::<Vec<_>>().join(" + ");
            let subtract = |sum: String, term: Form| match sum.as_str() {
                "" => format!("-{}", term.within(Power::ATOM)),
                _ => format!("{sum} - {}", term.within(Power::PRODUCT)),
            };
            Form::new(minus.into_iter().fold(first, subtract), Power::SUM)
        }
    }
}

fn collect_terms(expr: &Expr, negative: bool, plus: &mut Vec<Form>, minus: &mut Vec<Form>) {
    match &expr.kind {
        ExprKind::Unary { op: UnaryOp::Negate, operand } => collect_terms(operand, !negative, plus, minus),
        ExprKind::Binary { op: op @ (BinaryOp::Add | BinaryOp::Subtract), left, right } => {
            collect_terms(left, negative, plus, minus);
            collect_terms(right, negative != (*op == BinaryOp::Subtract), plus, minus);
        }
        _ => {
            let (term_negative, form) = signed(expr);
            if term_negative == negative { plus.push(form) } else { minus.push(form) }
        }
    }
}

/// A term without its sign, and whether that is negative.
fn signed(expr: &Expr) -> (bool, Form) {
    match &expr.kind {
        ExprKind::Literal(value) if value.is_number() => {
            let text = literal(value);
            let form = |text: &str| Form { constant: true, ..Form::atom(text.to_owned()) };
            match text.strip_prefix('-') {
                Some(positive) => (true, form(positive)),
                None => (false, form(&text)),
            }
        }
        ExprKind::Unary { op: UnaryOp::Negate, operand } => {
            let (negative, form) = signed(operand);
            (!negative, form)
        }
        ExprKind::Binary { op: BinaryOp::Multiply, .. } => {
            let mut factors = Vec::new();
            let negative = collect_factors(expr, &mut factors);
            sort(&mut factors);
            let factors: Vec<String> =
                factors.into_iter().map(|factor| factor.within(Power::PRODUCT.above())).collect();
            (negative, Form::new(factors.join(" * "), Power::PRODUCT))
        }
        ExprKind::Binary { op: BinaryOp::Divide, left, right } => {
            let ((above_negative, above), (below_negative, below)) = (signed(left), signed(right));
            let text = format!("{} / {}", above.within(Power::PRODUCT), below.within(Power::PRODUCT.above()));
            (above_negative != below_negative, Form::new(text, Power::PRODUCT))
        }
        ExprKind::Binary { op: BinaryOp::Add | BinaryOp::Subtract, .. } => (false, summed(expr)),
        _ => (false, normal(expr)),
    }
}

/// Adds the factors of a product; whether the product of their signs is negative.
fn collect_factors(expr: &Expr, factors: &mut Vec<Form>) -> bool {
    match &expr.kind {
        ExprKind::Binary { op: BinaryOp::Multiply, left, right } => {
            collect_factors(left, factors) != collect_factors(right, factors)
        }
        ExprKind::Unary { op: UnaryOp::Negate, operand } => !collect_factors(operand, factors),
        _ => {
            let (negative, form) = signed(expr);
            factors.push(form);
            negative
        }
    }
}

// The rest

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
    Form::atom(format!("{}({distinct}{argument}){filter}", aggregate.function.name()))
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
