//! From the rows of a group to one value.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use jiff::Timestamp;
use metricwright_formula::{AggregateFunction, Value};
use rust_decimal::Decimal;

use super::error::Error;
use super::number::{Number, identity, number, order};

/// The value of a group of rows, each with its moment and its argument; for `count(*)` the argument is the row's presence.
pub(super) fn aggregate(function: AggregateFunction, rows: &[(Timestamp, Value)]) -> Result<Value, Error> {
    let values: Vec<Value> = rows.iter().map(|(_, value)| value.clone()).collect();
    match function {
        AggregateFunction::First => by_time(rows, false),
        AggregateFunction::Last => by_time(rows, true),
        _ => of_values(function, &values),
    }
}

fn of_values(function: AggregateFunction, values: &[Value]) -> Result<Value, Error> {
    let present = || values.iter().filter(|value| !value.is_null());
    match function {
        AggregateFunction::Count => Ok(count(present().count())),
        AggregateFunction::CountDistinct | AggregateFunction::ApproxCountDistinct => {
            Ok(count(present().map(identity).collect::<BTreeSet<_>>().len()))
        }
        AggregateFunction::Sum => Ok(sum("sum", values)?.map_or(Value::Null, Number::value)),
        AggregateFunction::Avg => {
            let total = sum("avg", values)?.map(Number::float);
            Ok(total.map_or(Value::Null, |total| Number::Float(total / present().count() as f64).value()))
        }
        AggregateFunction::Min => extreme("min", Ordering::Less, present()),
        AggregateFunction::Max => extreme("max", Ordering::Greater, present()),
        AggregateFunction::Percentile(share) => percentile(share.into(), values),
        AggregateFunction::First | AggregateFunction::Last => Ok(Value::Null),
    }
}

/// The value of the earliest second that has one, the smallest of several; or of the latest, the largest.
fn by_time(rows: &[(Timestamp, Value)], last: bool) -> Result<Value, Error> {
    let known = || rows.iter().filter(|(_, value)| !value.is_null());
    let seconds = known().map(|(at, _)| at.as_second());
    let Some(second) = (if last { seconds.max() } else { seconds.min() }) else { return Ok(Value::Null) };
    let values = known().filter(|(at, _)| at.as_second() == second).map(|(_, value)| value);
    if last { extreme("last", Ordering::Greater, values) } else { extreme("first", Ordering::Less, values) }
}

/// Sorts, and goes as far between two values as the place lies between theirs.
fn percentile(share: f64, values: &[Value]) -> Result<Value, Error> {
    let mut sorted = Vec::new();
    for value in values {
        sorted.extend(number("percentile", value)?.map(Number::float));
    }
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return Ok(Value::Null) };
    let place = share * last as f64;
    let (below, above) = (place.floor(), place.ceil());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is a place in the list")]
    let at = |place: f64| sorted.get(place as usize).copied().unwrap_or(f64::NAN);
    Ok(Value::Float(at(below) + (at(above) - at(below)) * (place - below)))
}

/// What a group without rows has in a bucket that was loaded.
pub(super) fn of_nothing(function: AggregateFunction) -> Value {
    if function.counts() { Value::Int(0) } else { Value::Null }
}

fn count(number: usize) -> Value {
    i64::try_from(number).map_or(Value::Null, Value::Int)
}

/// Exact numbers are added exactly; floating point with Neumaier's compensation, so that the order does not matter.
fn sum(operation: &'static str, values: &[Value]) -> Result<Option<Number>, Error> {
    let (mut exact, mut any) = (Number::Exact(Decimal::ZERO), false);
    let (mut total, mut lost, mut floating) = (0.0_f64, 0.0_f64, false);
    for value in values {
        match number(operation, value)? {
            None => continue,
            Some(Number::Float(next)) => {
                floating = true;
                let together = total + next;
                lost += if total.abs() >= next.abs() {
                    (total - together) + next
                } else {
                    (next - together) + total
                };
                total = together;
            }
            Some(next) => exact = exact.plus(next),
        }
        any = true;
    }
    let total = if floating { Number::Float(total + lost).plus(exact) } else { exact };
    Ok(any.then_some(total))
}

fn extreme<'a>(
    operation: &'static str,
    wanted: Ordering,
    values: impl Iterator<Item = &'a Value>,
) -> Result<Value, Error> {
    let mut best: Option<&Value> = None;
    for value in values {
        let better = match best {
            Some(best) => order(operation, value, best)? == wanted,
            None => true,
        };
        if better {
            best = Some(value);
        }
    }
    Ok(best.cloned().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use metricwright_formula::Fraction;

    use super::*;

    #[test]
    fn aggregates_leave_missing_values_out() {
        let values = [Value::Int(1), Value::Null, Value::Decimal("1.00".parse().unwrap()), Value::Int(4)];
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let rows = |values: &[Value]| (0..).map(at).zip(values.iter().cloned()).collect::<Vec<_>>();
        let check = |function, values: &[Value], expected: &str| {
            assert_eq!(aggregate(function, &rows(values)).unwrap().to_string(), expected, "{function:?}");
        };
        check(AggregateFunction::Count, &values, "3");
        check(AggregateFunction::CountDistinct, &values, "2");
        check(AggregateFunction::Sum, &values, "6.00");
        check(AggregateFunction::Avg, &values, "2.0");
        check(AggregateFunction::Min, &values, "1");
        check(AggregateFunction::Max, &values, "4");
        check(AggregateFunction::First, &values, "1");
        check(AggregateFunction::Last, &values, "4");
        check(AggregateFunction::Percentile(Fraction::HALF), &values, "1.0");
        check(AggregateFunction::Percentile(Fraction::new(0.75).unwrap()), &values, "2.5");
        check(AggregateFunction::Percentile(Fraction::HALF), &[Value::Null], "null");
        let same_second = [(at(5), Value::Int(2)), (at(5), Value::Int(3)), (at(4), Value::Null)];
        assert_eq!(aggregate(AggregateFunction::First, &same_second).unwrap(), Value::Int(2));
        assert_eq!(aggregate(AggregateFunction::Last, &same_second).unwrap(), Value::Int(3));
        check(AggregateFunction::Sum, &[Value::Null], "null");
        check(AggregateFunction::Sum, &[0.1, 1e16, 0.2, -1e16].map(Value::Float), "0.30000000000000004");
        assert!(aggregate(AggregateFunction::Sum, &rows(&[Value::from("1")])).is_err());
    }
}
