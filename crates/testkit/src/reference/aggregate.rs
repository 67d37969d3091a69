//! From the rows of a group to one value.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use metricwright_formula::{AggregateFunction, Value};
use rust_decimal::Decimal;

use super::error::Error;
use super::number::{Number, identity, number, order};

/// The value of a group of rows whose arguments are `values`; for `count(*)` each row's argument is its own presence.
pub(super) fn aggregate(function: AggregateFunction, values: &[Value]) -> Result<Value, Error> {
    let present = || values.iter().filter(|value| !value.is_null());
    match function {
        AggregateFunction::Count => Ok(count(present().count())),
        AggregateFunction::CountDistinct => Ok(count(present().map(identity).collect::<BTreeSet<_>>().len())),
        AggregateFunction::Sum => Ok(sum("sum", values)?.map_or(Value::Null, Number::value)),
        AggregateFunction::Avg => {
            let total = sum("avg", values)?.map(Number::float);
            Ok(total.map_or(Value::Null, |total| Number::Float(total / present().count() as f64).value()))
        }
        AggregateFunction::Min => extreme("min", Ordering::Less, present()),
        AggregateFunction::Max => extreme("max", Ordering::Greater, present()),
    }
}

/// What a group without rows has in a bucket that was loaded.
pub(super) fn of_nothing(function: AggregateFunction) -> Value {
    match function {
        AggregateFunction::Count | AggregateFunction::CountDistinct => Value::Int(0),
        _ => Value::Null,
    }
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
    use super::*;

    #[test]
    fn aggregates_leave_missing_values_out() {
        let values = [Value::Int(1), Value::Null, Value::Decimal("1.00".parse().unwrap()), Value::Int(4)];
        let check = |function, values: &[Value], expected: &str| {
            assert_eq!(aggregate(function, values).unwrap().to_string(), expected, "{function:?}");
        };
        check(AggregateFunction::Count, &values, "3");
        check(AggregateFunction::CountDistinct, &values, "2");
        check(AggregateFunction::Sum, &values, "6.00");
        check(AggregateFunction::Avg, &values, "2.0");
        check(AggregateFunction::Min, &values, "1");
        check(AggregateFunction::Max, &values, "4");
        check(AggregateFunction::Sum, &[Value::Null], "null");
        check(AggregateFunction::Sum, &[0.1, 1e16, 0.2, -1e16].map(Value::Float), "0.30000000000000004");
        assert!(aggregate(AggregateFunction::Sum, &[Value::from("1")]).is_err());
    }
}
