//! Putting the values of buckets together.

use std::cmp::Ordering;

use metricwright_formula::{AggregateFunction, Value, plus};

/// Whether the value over several buckets follows exactly from those of each.
pub fn merges(function: AggregateFunction) -> bool {
    match function {
        AggregateFunction::Sum
        | AggregateFunction::Count
        | AggregateFunction::Min
        | AggregateFunction::Max
        | AggregateFunction::First
        | AggregateFunction::Last => true,
        AggregateFunction::Avg
        | AggregateFunction::CountDistinct
        | AggregateFunction::ApproxCountDistinct
        | AggregateFunction::Percentile(_) => false,
    }
}

/// The value over what came before and one more bucket, the buckets in order of time.
pub fn merge(function: AggregateFunction, before: Value, next: &Value) -> Value {
    if next.is_null() {
        return before;
    }
    let takes_next = match function {
        _ if before.is_null() => true,
        AggregateFunction::Last => true,
        AggregateFunction::Min => next.compare(&before) == Some(Ordering::Less),
        AggregateFunction::Max => next.compare(&before) == Some(Ordering::Greater),
        AggregateFunction::Sum | AggregateFunction::Count => return plus(&before, next).unwrap_or_default(),
        _ => false,
    };
    if takes_next { next.clone() } else { before }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_without_a_value_change_nothing() {
        let check = |function, values: &[Value], expected: &str| {
            let merged = values.iter().fold(Value::Null, |before, next| merge(function, before, next));
            assert_eq!(merged.to_string(), expected, "{function:?}");
        };
        let decimal = |text: &str| Value::Decimal(text.parse().unwrap());
        let values = [Value::Null, Value::Int(3), Value::Null, decimal("1.50"), Value::Int(2), Value::Null];
        check(AggregateFunction::Sum, &values, "6.50");
        check(AggregateFunction::Min, &values, "1.50");
        check(AggregateFunction::Max, &values, "3");
        check(AggregateFunction::First, &values, "3");
        check(AggregateFunction::Last, &values, "2");
        check(AggregateFunction::Sum, &[Value::Null, Value::Null], "null");
        check(AggregateFunction::Count, &[Value::Int(i64::MAX), Value::Int(1)], "9223372036854775808");
    }
}
