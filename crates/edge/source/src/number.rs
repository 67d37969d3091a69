//! Exact numbers, as servers write them.

use metricwright_formula::Value;
use rust_decimal::Decimal;

/// A number with all its digits: a whole one as `Int`, the others as `Decimal` with the digits behind the point that it
/// has. One of more than 28 digits is the nearest floating point number, as sums are everywhere.
pub(crate) fn exact(text: &str) -> Option<Value> {
    if !text.contains('.') {
        return Value::parse_number(text);
    }
    match Decimal::from_str_exact(text) {
        Ok(number) => Some(Value::Decimal(number)),
        Err(_) => Value::parse_number(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_digit_is_kept_where_there_is_room() {
        let check = |text, expected: Value| assert_eq!(exact(text), Some(expected), "{text}");
        let decimal = |text: &str| Value::Decimal(text.parse().unwrap());
        check("9223372036854775807", Value::Int(i64::MAX));
        check("9223372036854775808", decimal("9223372036854775808"));
        check("-12.50", decimal("-12.50"));
        check("0.0000000000000000000000000001", decimal("0.0000000000000000000000000001"));
        check("123456789012345678901234567890", Value::Float(123_456_789_012_345_678_901_234_567_890.0));
        check("12345678901234567890123456789.5", Value::Float(12_345_678_901_234_567_890_123_456_789.5));
        assert_eq!(exact("NaN"), None);
    }
}
