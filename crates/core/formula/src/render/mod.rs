//! Trees to SQL.

#[cfg(test)]
mod tests;

use crate::ast::{Aggregate, BinaryOp, Branch, ColumnPath, Expr, ExprKind, UnaryOp};
use crate::dialect::Dialect;
use crate::function::ScalarFunction;
use crate::value::Value;

/// The SQL of an expression.
///
/// `columns` gives the SQL of a column: quoted, with the alias of its table. The result is complete: it can stand beside
/// `and`, in a list or before `as`. It has parentheses wherever engines could disagree on precedence.
///
/// A metric has no SQL: [`map`](crate::rewrite) metrics away first. One that is left becomes the column of its name.
///
/// ```
/// use metricwright_formula::{ColumnPath, Dialect, ParseMode, SqliteDialect, parse, render};
///
/// let formula = parse("sum(a) / count(*) filter (where b like 'x%')", ParseMode::Formula)?;
/// let column = |path: &ColumnPath| SqliteDialect.quote_identifier(&path.name);
/// assert_eq!(
///     render(&formula, &SqliteDialect, &column),
///     "CAST(sum(`a`) AS REAL) / count(*) FILTER (WHERE `b` GLOB 'x*')",
/// );
/// # Ok::<(), Vec<metricwright_formula::Fault>>(())
/// ```
pub fn render(expr: &Expr, dialect: &dyn Dialect, columns: &dyn Fn(&ColumnPath) -> String) -> String {
    Renderer { dialect, columns }.render(expr)
}

/// The SQL of an aggregate, for those that hold one outside of an expression.
pub fn render_aggregate(
    aggregate: &Aggregate,
    dialect: &dyn Dialect,
    columns: &dyn Fn(&ColumnPath) -> String,
) -> String {
    Renderer { dialect, columns }.aggregate(aggregate)
}

#[derive(Clone, Copy)]
struct Renderer<'d> {
    dialect: &'d dyn Dialect,
    columns: &'d dyn Fn(&ColumnPath) -> String,
}

impl Renderer<'_> {
    fn render(self, expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Literal(value) => self.dialect.literal(value),
            ExprKind::Column(path) => (self.columns)(path),
            ExprKind::Metric(name) => (self.columns)(&ColumnPath::bare(name.as_str())),
            ExprKind::Unary { op: UnaryOp::Negate, operand } => format!("-{}", self.known(operand)),
            ExprKind::Unary { op: UnaryOp::Not, operand } => format!("NOT {}", self.operand(operand)),
            ExprKind::Binary { op, left, right } => self.binary(*op, left, right),
            ExprKind::Call { function, args } => {
                let args: Vec<String> = args.iter().map(|arg| self.argument(*function, arg)).collect();
                self.dialect.call(*function, &args)
            }
            ExprKind::Case { operand, branches, otherwise } => {
                self.case(operand.as_deref(), branches, otherwise.as_deref())
            }
            ExprKind::Between { negated, operand, low, high } => {
                let [operand, low, high] = [operand, low, high].map(|part| self.operand(part));
                format!("{operand} {}BETWEEN {low} AND {high}", not(*negated))
            }
            ExprKind::In { negated, operand, list } => {
                let list: Vec<String> = list.iter().map(|item| self.operand(item)).collect();
                format!("{} {}IN ({})", self.operand(operand), not(*negated), list.join(", "))
            }
            ExprKind::IsNull { negated, operand } => {
                format!("{} IS {}NULL", self.operand(operand), not(*negated))
            }
            ExprKind::Like { negated, operand, pattern } => {
                self.dialect.like(&self.operand(operand), pattern, *negated)
            }
            ExprKind::Aggregate(aggregate) => self.aggregate(aggregate),
        }
    }

    fn binary(self, op: BinaryOp, left: &Expr, right: &Expr) -> String {
        match op {
            BinaryOp::And | BinaryOp::Or => {
                let word = if op == BinaryOp::And { "AND" } else { "OR" };
                format!("{} {word} {}", self.beside(op, left, true), self.beside(op, right, true))
            }
            BinaryOp::Divide => self.division(left, right),
            BinaryOp::Remainder => self.dialect.remainder(&self.operand(left), &self.operand(right)),
            _ => format!("{} {} {}", self.beside(op, left, true), op.symbol(), self.beside(op, right, false)),
        }
    }

    /// An operand of `op`, without parentheses where every engine reads it right; `chains`: also where it has `op` itself.
    fn beside(self, op: BinaryOp, expr: &Expr, chains: bool) -> String {
        let sum = matches!(op, BinaryOp::Add | BinaryOp::Subtract);
        let clear = match &expr.kind {
            ExprKind::Binary { op: inner, .. } if op.is_logical() => *inner == op || inner.is_comparison(),
            ExprKind::Binary { op: BinaryOp::Add | BinaryOp::Subtract, .. } => sum && chains,
            ExprKind::Binary { op: BinaryOp::Multiply, .. } => sum || (chains && op == BinaryOp::Multiply),
            ExprKind::IsNull { .. } | ExprKind::Like { .. } | ExprKind::In { .. } => op.is_logical(),
            _ => false,
        };
        match clear {
            true => self.render(expr),
            false if sum || op == BinaryOp::Multiply => self.number(expr),
            false => self.operand(expr),
        }
    }

    /// An operand of `+ - *`.
    fn number(self, expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Literal(Value::Decimal(number)) => guarded(self.dialect.exact_decimal(*number)),
            _ => self.known(expr),
        }
    }

    /// A number, of which the engine knows that it is one even where it is missing.
    fn known(self, expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Literal(Value::Null) => self.dialect.missing_number().to_owned(),
            _ => self.operand(expr),
        }
    }

    /// An argument of a function of one row.
    fn argument(self, function: ScalarFunction, expr: &Expr) -> String {
        match function {
            ScalarFunction::Abs | ScalarFunction::Round | ScalarFunction::Floor | ScalarFunction::Ceil => {
                self.known(expr)
            }
            _ => self.operand(expr),
        }
    }

    fn division(self, left: &Expr, right: &Expr) -> String {
        let (left, divisor) = (self.operand(left), self.operand(right));
        match &right.kind {
            ExprKind::Literal(number) if number.as_f64().is_some_and(|number| number != 0.0) => {
                format!("{} / {divisor}", self.dialect.cast_float(&left))
            }
            _ => self.dialect.division(&left, &divisor),
        }
    }

    /// Something that no operator beside it can tear apart.
    fn operand(self, expr: &Expr) -> String {
        let text = self.render(expr);
        match &expr.kind {
            ExprKind::Literal(_) => guarded(text),
            ExprKind::Column(_)
            | ExprKind::Metric(_)
            | ExprKind::Call { .. }
            | ExprKind::Case { .. }
            | ExprKind::Aggregate(_) => text,
            _ => format!("({text})"),
        }
    }

    fn case(self, operand: Option<&Expr>, branches: &[Branch], otherwise: Option<&Expr>) -> String {
        let mut text = "CASE".to_owned();
        if let Some(operand) = operand {
            text = format!("{text} {}", self.operand(operand));
        }
        for Branch { when, then } in branches {
            text = format!("{text} WHEN {} THEN {}", self.render(when), self.render(then));
        }
        if let Some(otherwise) = otherwise {
            text = format!("{text} ELSE {}", self.render(otherwise));
        }
        text + " END"
    }

    fn aggregate(self, aggregate: &Aggregate) -> String {
        let argument = aggregate.argument.as_ref().map(|argument| self.render(argument));
        let filter = aggregate.filter.as_ref().map(|filter| self.render(filter));
        self.dialect.aggregate(aggregate.function, argument.as_deref(), filter.as_deref())
    }
}

/// A constant with its sign kept away from other operators.
fn guarded(constant: String) -> String {
    if constant.starts_with('-') { format!("({constant})") } else { constant }
}

fn not(negated: bool) -> &'static str {
    if negated { "NOT " } else { "" }
}
