//! Values as people read them. Display only: stored values are never rounded.

use metricwright_catalog::resolved::ResolvedMetric;
use metricwright_formula::Value;
use rust_decimal::{Decimal, RoundingStrategy};

/// How a missing value is shown.
pub const MISSING: &str = "–";

/// How a number is shown: groups of thousands, digits after the point, percent.
struct Style {
    grouped: bool,
    digits: u32,
    percent: bool,
}

/// Whether a metric's values are shares, whose changes are differences.
pub fn is_fraction(metric: &ResolvedMetric) -> bool {
    metric.unit.as_deref() == Some("Fraction")
}

/// A value by its format, or else by its unit: fractions as `31.2%`, counts as `1,234`, money as `1,234.50`,
/// anything else with up to four digits after the point.
pub fn format_value(value: &Value, format: Option<&str>, unit: Option<&str>) -> String {
    let Some(number) = value.as_decimal().or_else(|| value.as_f64().and_then(|n| Decimal::try_from(n).ok()))
    else {
        return if value.is_null() { MISSING.to_owned() } else { value.to_string() };
    };
    match format.map_or_else(|| by_unit(unit), |format| Some(by_format(format))) {
        Some(style) => styled(number, &style),
        None => styled(
            number.round_dp(4).normalize(),
            &Style { grouped: true, digits: number.round_dp(4).normalize().scale(), percent: false },
        ),
    }
}

/// The change as a fraction of the earlier value; for fractions the difference. Rounded to 12 digits after
/// the point, so that the last bits of a float change no status.
pub fn change(metric: &ResolvedMetric, value: &Value, earlier: &Value) -> Option<f64> {
    let (value, earlier) = (value.as_f64()?, earlier.as_f64()?);
    let difference = value - earlier;
    let change = if is_fraction(metric) {
        difference
    } else if earlier == 0.0 {
        return None;
    } else {
        difference / earlier.abs()
    };
    Some((change * 1e12).round() / 1e12)
}

/// A change as `-4.1%`, or for shares as `-1.2pp`.
pub fn format_change(change: f64, fraction: bool) -> String {
    let Ok(number) = Decimal::try_from(change * 100.0) else { return MISSING.to_owned() };
    let rounded = number.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero);
    let sign = if rounded.is_sign_negative() && !rounded.is_zero() { "" } else { "+" };
    let text = format!("{:.1}", if rounded.is_zero() { Decimal::ZERO } else { rounded });
    format!("{sign}{text}{}", if fraction { "pp" } else { "%" })
}

fn by_unit(unit: Option<&str>) -> Option<Style> {
    match unit? {
        "Fraction" => Some(Style { grouped: false, digits: 1, percent: true }),
        "Count" => Some(Style { grouped: true, digits: 0, percent: false }),
        unit if unit.len() == 3 && unit.bytes().all(|b| b.is_ascii_uppercase()) => {
            Some(Style { grouped: true, digits: 2, percent: false })
        }
        _ => None,
    }
}

fn by_format(format: &str) -> Style {
    let percent = format.ends_with('%');
    let digits = format.trim_end_matches('%').split_once('.').map_or(0, |(_, after)| after.len());
    Style { grouped: format.starts_with('#'), digits: u32::try_from(digits).unwrap_or(0), percent }
}

fn styled(number: Decimal, style: &Style) -> String {
    let number = if style.percent { number * Decimal::ONE_HUNDRED } else { number };
    let rounded = number.round_dp_with_strategy(style.digits, RoundingStrategy::MidpointAwayFromZero);
    let text = format!("{:.*}", style.digits as usize, rounded.abs());
    let (whole, after) = text.split_once('.').unwrap_or((&text, ""));
    let mut shown = String::new();
    if rounded.is_sign_negative() && !rounded.is_zero() {
        shown.push('-');
    }
    for (index, digit) in whole.chars().enumerate() {
        if style.grouped && index > 0 && (whole.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    if !after.is_empty() {
        shown.push('.');
        shown += after;
    }
    if style.percent {
        shown.push('%');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_well() {
        let check = |value: Value, format: Option<&str>, unit: Option<&str>, expected: &str| {
            assert_eq!(format_value(&value, format, unit), expected);
        };
        check(Value::Float(0.31249), None, Some("Fraction"), "31.2%");
        check(Value::Float(0.31249), Some("0.00%"), None, "31.25%");
        check(Value::Int(1_234_567), None, Some("Count"), "1,234,567");
        check(Value::Float(-1234.565), None, Some("CNY"), "-1,234.57");
        check(Value::Float(1.234_567), None, None, "1.2346");
        check(Value::Int(12), None, None, "12");
        check(Value::Null, None, Some("CNY"), MISSING);
    }

    #[test]
    fn changes_read_well() {
        assert_eq!(format_change(-0.0412, false), "-4.1%");
        assert_eq!(format_change(0.012, true), "+1.2pp");
        assert_eq!(format_change(-0.000_01, false), "+0.0%");
    }
}
