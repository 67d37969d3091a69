//! Walking over trees, and rebuilding them.

use crate::ast::{Aggregate, Branch, ColumnPath, Expr, ExprKind};
use crate::span::Span;

impl Expr {
    /// The expressions directly below this one, in order of the text.
    pub fn children(&self) -> Vec<&Expr> {
        match &self.kind {
            ExprKind::Literal(_) | ExprKind::Column(_) | ExprKind::Metric(_) => Vec::new(),
            ExprKind::Unary { operand, .. }
            | ExprKind::IsNull { operand, .. }
            | ExprKind::Like { operand, .. } => {
                vec![operand]
            }
            ExprKind::Binary { left, right, .. } => vec![left, right],
            ExprKind::Call { args, .. } => args.iter().collect(),
            ExprKind::Case { operand, branches, otherwise } => {
                let branches = branches.iter().flat_map(|branch| [&branch.when, &branch.then]);
                operand.as_deref().into_iter().chain(branches).chain(otherwise.as_deref()).collect()
            }
            ExprKind::Between { operand, low, high, .. } => vec![operand, low, high],
            ExprKind::In { operand, list, .. } => std::iter::once(&**operand).chain(list).collect(),
            ExprKind::Aggregate(aggregate) => aggregate.argument.iter().chain(&aggregate.filter).collect(),
        }
    }
}

/// Calls `see` with the expression and everything below it, outer ones first.
pub fn visit<'e>(expr: &'e Expr, see: &mut dyn FnMut(&'e Expr)) {
    see(expr);
    for child in expr.children() {
        visit(child, see);
    }
}

/// The columns in order of the text, each as often as it stands there.
pub fn columns(expr: &Expr) -> Vec<(&ColumnPath, Span)> {
    collect(expr, |expr| match &expr.kind {
        ExprKind::Column(path) => Some((path, expr.span)),
        _ => None,
    })
}

/// The metrics in order of the text, each as often as it stands there.
pub fn metrics(expr: &Expr) -> Vec<(&str, Span)> {
    collect(expr, |expr| match &expr.kind {
        ExprKind::Metric(name) => Some((name.as_str(), expr.span)),
        _ => None,
    })
}

/// The aggregates in order of the text.
pub fn aggregates(expr: &Expr) -> Vec<&Aggregate> {
    collect(expr, |expr| match &expr.kind {
        ExprKind::Aggregate(aggregate) => Some(&**aggregate),
        _ => None,
    })
}

fn collect<'e, T>(expr: &'e Expr, pick: impl Fn(&'e Expr) -> Option<T>) -> Vec<T> {
    let mut found = Vec::new();
    visit(expr, &mut |expr| found.extend(pick(expr)));
    found
}

/// The same expression with every aggregate replaced, spans kept.
///
/// ```
/// use metricwright_formula::{ExprKind, ColumnPath, ParseMode, canonical, parse, replace_aggregates};
///
/// let formula = parse("sum(a) / count(*)", ParseMode::Formula)?;
/// let mut names = ["total", "rows"].into_iter();
/// let named = replace_aggregates(&formula, |_| ExprKind::Column(ColumnPath::bare(names.next().unwrap())));
/// assert_eq!(canonical(&named), "total / rows");
/// # Ok::<(), Vec<metricwright_formula::Fault>>(())
/// ```
#[must_use]
pub fn replace_aggregates(expr: &Expr, mut replacement: impl FnMut(&Aggregate) -> ExprKind) -> Expr {
    rewrite(expr, &mut |expr| match &expr.kind {
        ExprKind::Aggregate(aggregate) => Some(replacement(aggregate)),
        _ => None,
    })
}

/// The same expression with every column replaced for which `replacement` gives something, spans kept.
#[must_use]
pub fn map_columns(expr: &Expr, mut replacement: impl FnMut(&ColumnPath) -> Option<ExprKind>) -> Expr {
    rewrite(expr, &mut |expr| match &expr.kind {
        ExprKind::Column(path) => replacement(path),
        _ => None,
    })
}

/// Rebuilds an expression from the outside in: where `change` gives something, that stands instead, and nothing below
/// it is looked at; where it gives none, the expression stays and its parts are rebuilt. Spans are kept.
#[must_use]
pub fn rewrite(expr: &Expr, change: &mut dyn FnMut(&Expr) -> Option<ExprKind>) -> Expr {
    let kind = change(expr).unwrap_or_else(|| rewrite_parts(&expr.kind, change));
    Expr { kind, span: expr.span }
}

fn rewrite_parts(kind: &ExprKind, change: &mut dyn FnMut(&Expr) -> Option<ExprKind>) -> ExprKind {
    let mut part = |expr: &Expr| rewrite(expr, change);
    match kind {
        ExprKind::Literal(_) | ExprKind::Column(_) | ExprKind::Metric(_) => kind.clone(),
        ExprKind::Unary { op, operand } => ExprKind::Unary { op: *op, operand: Box::new(part(operand)) },
        ExprKind::Binary { op, left, right } => {
            ExprKind::Binary { op: *op, left: Box::new(part(left)), right: Box::new(part(right)) }
        }
        ExprKind::Call { function, args } => {
            ExprKind::Call { function: *function, args: args.iter().map(part).collect() }
        }
        ExprKind::Case { operand, branches, otherwise } => ExprKind::Case {
            operand: operand.as_ref().map(|operand| Box::new(part(operand))),
            branches: branches
                .iter()
                .map(|branch| Branch { when: part(&branch.when), then: part(&branch.then) })
                .collect(),
            otherwise: otherwise.as_ref().map(|otherwise| Box::new(part(otherwise))),
        },
        ExprKind::Between { negated, operand, low, high } => ExprKind::Between {
            negated: *negated,
            operand: Box::new(part(operand)),
            low: Box::new(part(low)),
            high: Box::new(part(high)),
        },
        ExprKind::In { negated, operand, list } => {
            ExprKind::In { negated: *negated, operand: Box::new(part(operand)), list: list.clone() }
        }
        ExprKind::IsNull { negated, operand } => {
            ExprKind::IsNull { negated: *negated, operand: Box::new(part(operand)) }
        }
        ExprKind::Like { negated, operand, pattern } => {
            ExprKind::Like { negated: *negated, operand: Box::new(part(operand)), pattern: pattern.clone() }
        }
        ExprKind::Aggregate(aggregate) => ExprKind::Aggregate(Box::new(Aggregate {
            function: aggregate.function,
            argument: aggregate.argument.as_ref().map(&mut part),
            filter: aggregate.filter.as_ref().map(&mut part),
        })),
    }
}
