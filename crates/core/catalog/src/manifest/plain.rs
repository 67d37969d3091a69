//! Plain scalars, read as `kubectl` and the GitOps tools read them (YAML 1.1), so that a file means the same
//! offline and in the cluster.

use serde_json::{Number, Value};

/// Largest whole number that a float holds exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// What a plain scalar is: nothing, a truth value, a number or a text.
pub fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => true.into(),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => false.into(),
        _ if text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) => {
            number(text).unwrap_or_else(|| Value::String(text.to_owned()))
        }
        _ => Value::String(text.to_owned()),
    }
}

fn number(text: &str) -> Option<Value> {
    let digits = text.replace('_', "");
    if let Some(whole) = whole(&digits) {
        return Some(whole);
    }
    let float = Some(&digits).filter(|digits| float_like(digits))?.parse::<f64>().ok()?;
    // JSON has one kind of number: `1e3` is as whole as `1000`.
    #[expect(clippy::cast_possible_truncation, reason = "whole and small enough to be held exactly")]
    if float.fract() == 0.0 && float.abs() < EXACT {
        Some((float as i64).into())
    } else {
        Number::from_f64(float).map(Value::Number)
    }
}

/// A whole number: decimal, or with the prefix of another base; a leading `0` alone means octal.
fn whole(text: &str) -> Option<Value> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, base) = match digits.get(..2) {
        Some("0x" | "0X") => (digits.get(2..)?, 16),
        Some("0b" | "0B") => (digits.get(2..)?, 2),
        Some("0o" | "0O") => (digits.get(2..)?, 8),
        _ => match digits.strip_prefix('0') {
            Some(octal) if !octal.is_empty() => (octal, 8),
            _ => (digits, 10),
        },
    };
    if !digits.starts_with(|c: char| c.is_ascii_hexdigit()) {
        return None;
    }
    let size = u64::from_str_radix(digits, base).ok()?;
    if negative { 0_i64.checked_sub_unsigned(size).map(Value::from) } else { Some(size.into()) }
}

/// Whether a text is a float: digits with at most one point, and an exponent. Not `inf`, `nan` or `1.2.3`.
fn float_like(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(m, e)| (m, Some(e)));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.map(|text| text.strip_prefix(['-', '+']).unwrap_or(text));
    digits(before)
        && digits(after)
        && before.len() + after.len() > 0
        && exponent.is_none_or(|text| !text.is_empty() && digits(text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_scalars_mean_what_kubectl_makes_of_them() {
        let cases = [
            ("", json!(null)),
            ("~", json!(null)),
            ("yes", json!(true)),
            ("off", json!(false)),
            ("n", json!(false)),
            ("oN", json!("oN")),
            ("12", json!(12)),
            ("+12", json!(12)),
            ("-12", json!(-12)),
            ("0", json!(0)),
            ("0644", json!(420)),
            ("08", json!(8)),
            ("0x1F", json!(31)),
            ("1_000", json!(1000)),
            ("1e3", json!(1000)),
            ("1.50", json!(1.5)),
            (".5", json!(0.5)),
            ("18446744073709551615", json!(u64::MAX)),
            ("-9223372036854775808", json!(i64::MIN)),
            ("1e999", json!("1e999")),
            (".inf", json!(".inf")),
            ("1.2.3", json!("1.2.3")),
            ("-", json!("-")),
            ("2025-01-01", json!("2025-01-01")),
            ("7d", json!("7d")),
            ("10 * * * *", json!("10 * * * *")),
            ("-5%", json!("-5%")),
        ];
        for (text, expected) in cases {
            assert_eq!(plain(text), expected, "{text}");
        }
    }
}
