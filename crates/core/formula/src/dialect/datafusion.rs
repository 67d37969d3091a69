//! DataFusion, from 55.

use jiff::civil::DateTime;
use rust_decimal::Decimal;

use super::{Dialect, present};
use crate::function::{Fraction, ScalarFunction};
use crate::like::LikePattern;

/// The SQL of DataFusion, from 55, with its default settings.
///
/// Known to differ from [`evaluate`](crate::evaluate): a negative zero is not equal to zero in `nullif` and in the short
/// form of `case`; whole numbers wrap around beyond 64 bits, also in `sum`; comparing a decimal with floating point fails
/// beyond 10^15. Its parser stops at 50 levels of nesting unless `datafusion.sql_parser.recursion_limit` is raised; our
/// limits need 400.
#[derive(Clone, Copy, Debug, Default)]
pub struct DataFusionDialect;

impl Dialect for DataFusionDialect {
    fn name(&self) -> &'static str {
        "datafusion"
    }

    /// A bare `0.1` is floating point, and makes products with decimals inexact.
    fn exact_decimal(&self, number: Decimal) -> String {
        let digits = number.mantissa().unsigned_abs().to_string().len();
        let scale = number.scale() as usize;
        format!("CAST('{number}' AS DECIMAL({},{scale}))", digits.max(scale).max(1))
    }

    /// In the coarsest unit that holds it: comparing takes the finer unit of both sides, and nanoseconds end in 2262.
    fn date_time(&self, time: DateTime) -> String {
        format!("arrow_cast('{time}', 'Timestamp({}, None)')", unit(time.subsec_nanosecond()))
    }

    /// With a zone: beside a column with another zone, one without would be read as that zone's wall clock.
    fn instant(&self, moment: jiff::Timestamp) -> String {
        format!("arrow_cast('{moment}', 'Timestamp({}, Some(\"UTC\"))')", unit(moment.subsec_nanosecond()))
    }

    fn cast_float(&self, operand: &str) -> String {
        format!("CAST({operand} AS DOUBLE)")
    }

    /// `+ 0.0` makes a negative zero, which `nullif` takes for another number, a plain one.
    fn division(&self, numerator: &str, denominator: &str) -> String {
        format!("{} / nullif({} + 0.0, 0.0)", self.cast_float(numerator), self.cast_float(denominator))
    }

    /// `percentile_cont` goes between two values in steps of a millionth, which is not near enough.
    fn percentile(&self, argument: &str, share: Fraction, filter: Option<&str>) -> String {
        let known = present(argument, filter);
        let all = format!("array_agg({argument} ORDER BY {argument}) FILTER (WHERE {known})");
        let place = format!("({share} * (CAST(count({argument}) FILTER (WHERE {known}) AS DOUBLE) - 1))");
        let at = |place: &str| format!("array_element({all}, CAST({place} AS BIGINT) + 1)");
        let (below, above) = (format!("floor({place})"), format!("ceil({place})"));
        let (low, high) = (at(&below), at(&above));
        format!("({low} + ({high} - {low}) * ({place} - {below}))")
    }

    /// The backslash escapes without being told to.
    fn like(&self, operand: &str, pattern: &LikePattern, negated: bool) -> String {
        let not = if negated { "NOT " } else { "" };
        format!("{operand} {not}LIKE {}", self.text(&pattern.to_string()))
    }

    fn call(&self, function: ScalarFunction, args: &[String]) -> String {
        let list = args.join(", ");
        match function {
            ScalarFunction::Round => round(args),
            // `floor` and `ceil` panic on a decimal that is constant in a batch without rows (55.2).
            ScalarFunction::Floor => {
                format!("(round({list}) - CASE WHEN round({list}) > {list} THEN 1 ELSE 0 END)")
            }
            ScalarFunction::Ceil => {
                format!("(round({list}) + CASE WHEN round({list}) < {list} THEN 1 ELSE 0 END)")
            }
            ScalarFunction::Trim => format!("btrim({list}, ' ')"),
            _ => super::standard_call(function, args),
        }
    }
}

/// `round` with digits changes the type of decimals between planning and running (55.2), and then compares wrongly or
/// fails; without digits it does not.
fn round(args: &[String]) -> String {
    match args {
        [number, digits] if digits != "0" => {
            let places: usize = digits.parse().unwrap_or_default();
            let scale = "0".repeat(places);
            format!("(round({number} * 1{scale}) * CAST('0.{:0>places$}' AS DECIMAL({places},{places})))", 1)
        }
        args => format!("round({})", args.first().map_or("", String::as_str)),
    }
}

/// The coarsest unit that holds a fraction of a second.
fn unit(nanoseconds: i32) -> &'static str {
    match nanoseconds {
        0 => "Second",
        some if some % 1_000_000 == 0 => "Millisecond",
        some if some % 1_000 == 0 => "Microsecond",
        _ => "Nanosecond",
    }
}
