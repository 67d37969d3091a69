//! Whether one slice breaches in one window.

use metricwright_api::alert_rule::ChangeFrom;
use metricwright_catalog::resolved::{ChangeBound, ResolvedCondition};
use metricwright_formula::{BinaryOp, ColumnPath, Environment, Expr, ExprKind, UnaryOp, Value, evaluate};

use super::step::SliceObservation;

/// What a rule decides by.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// A window breaches when any of these holds.
    pub conditions: &'a [ResolvedCondition],
    /// Breaching windows in a row before a slice fires, at least 1.
    pub for_periods: u32,
    /// Normal windows in a row before a slice is well again, at least 1.
    pub recover_periods: u32,
}

/// A condition that held.
#[derive(Clone, Debug, PartialEq)]
pub struct Breach {
    /// What the value was compared with: the bound, or the earlier window's value.
    pub expected: Option<f64>,
    /// How far off it is, relative to what it was compared with; larger is worse.
    pub deviation: f64,
    /// The condition in words.
    pub condition: String,
}

/// The worst condition that holds, if any. A missing value breaches nothing.
pub fn judge(conditions: &[ResolvedCondition], slice: &SliceObservation) -> Option<Breach> {
    let value = slice.value.as_f64()?;
    conditions
        .iter()
        .filter_map(|condition| match condition {
            ResolvedCondition::Threshold { predicate, text } => threshold(predicate, text, &slice.value),
            ResolvedCondition::Change { from, below, above } => {
                let earlier = slice.earlier.iter().find(|(of, _)| of == from)?.1.as_f64()?;
                change(value, earlier, *from, *below, *above)
            }
        })
        .max_by(|a, b| a.deviation.total_cmp(&b.deviation))
}

/// The value of the window under the name `value`.
struct Observed<'a>(&'a Value);

impl Environment for Observed<'_> {
    fn column(&self, path: &ColumnPath) -> Option<Value> {
        (path.qualifier.is_none() && path.name == "value").then(|| self.0.clone())
    }

    fn metric(&self, _name: &str) -> Option<Value> {
        None
    }
}

fn threshold(predicate: &Expr, text: &str, value: &Value) -> Option<Breach> {
    if evaluate(predicate, &Observed(value)).ok()? != Value::Bool(true) {
        return None;
    }
    let observed = value.as_f64()?;
    let mut bounds = Vec::new();
    collect_bounds(predicate, &mut bounds);
    let expected = bounds.into_iter().min_by(|a, b| (a - observed).abs().total_cmp(&(b - observed).abs()));
    let deviation = expected.map_or(0.0, |bound| relative(observed - bound, bound));
    Some(Breach { expected, deviation, condition: text.to_owned() })
}

/// Every number that the predicate compares with.
fn collect_bounds(expr: &Expr, bounds: &mut Vec<f64>) {
    match &expr.kind {
        ExprKind::Binary { op: BinaryOp::And | BinaryOp::Or, left, right } => {
            collect_bounds(left, bounds);
            collect_bounds(right, bounds);
        }
        ExprKind::Binary { left, right, .. } => bounds.extend(number(left).or_else(|| number(right))),
        ExprKind::Between { low, high, .. } => bounds.extend(number(low).into_iter().chain(number(high))),
        ExprKind::Unary { op: UnaryOp::Not, operand } => collect_bounds(operand, bounds),
        _ => {}
    }
}

fn number(expr: &Expr) -> Option<f64> {
    match &expr.kind {
        ExprKind::Literal(value) => value.as_f64(),
        ExprKind::Unary { op: UnaryOp::Negate, operand } => number(operand).map(|n| -n),
        _ => None,
    }
}

fn change(
    value: f64,
    earlier: f64,
    from: ChangeFrom,
    below: Option<ChangeBound>,
    above: Option<ChangeBound>,
) -> Option<Breach> {
    let difference = value - earlier;
    let measured = |bound: ChangeBound| match bound {
        ChangeBound::Relative(limit) => (earlier != 0.0).then(|| (difference / earlier.abs(), limit)),
        ChangeBound::Difference(limit) => Some((difference, limit)),
    };
    let falls = below.and_then(measured).is_some_and(|(change, limit)| change < limit);
    let rises = above.and_then(measured).is_some_and(|(change, limit)| change > limit);
    let bound = if falls {
        below
    } else if rises {
        above
    } else {
        None
    }?;
    let condition = format!(
        "change from {} {} {}",
        from_words(from),
        if falls { "below" } else { "above" },
        bound_words(bound)
    );
    Some(Breach { expected: Some(earlier), deviation: relative(difference, earlier), condition })
}

/// A condition in words, as the rule's author would say it.
pub fn condition_words(condition: &ResolvedCondition) -> String {
    match condition {
        ResolvedCondition::Threshold { text, .. } => text.clone(),
        ResolvedCondition::Change { from, below, above } => {
            let bound =
                |word: &str, bound: Option<ChangeBound>| Some(format!("{word} {}", bound_words(bound?)));
            let bounds: Vec<String> =
                [bound("below", *below), bound("above", *above)].into_iter().flatten().collect();
            format!("change from {} {}", from_words(*from), bounds.join(" or "))
        }
    }
}

fn relative(difference: f64, base: f64) -> f64 {
    if base == 0.0 { difference.abs() } else { (difference / base).abs() }
}

fn from_words(from: ChangeFrom) -> &'static str {
    match from {
        ChangeFrom::PreviousPeriod => "the period before",
        ChangeFrom::SameWeekdayLastWeek => "the same weekday last week",
        ChangeFrom::LastYear => "a year ago",
        ChangeFrom::SameFeastLastYear => "the same feast a year ago",
    }
}

fn bound_words(bound: ChangeBound) -> String {
    match bound {
        ChangeBound::Relative(share) => format!("{:+}%", trim(share * 100.0)),
        ChangeBound::Difference(points) => format!("{:+}pp", trim(points * 100.0)),
    }
}

/// Takes off what binary fractions add: 0.1 × 3 is shown as 0.3.
fn trim(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}
