//! What differs between the SQL of engines.

mod datafusion;
mod mysql;
mod postgres;
mod sqlite;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use crate::function::{AggregateFunction, Fraction, ScalarFunction};
use crate::like::LikePattern;
use crate::types::DataType;
use crate::value::Value;

pub use datafusion::DataFusionDialect;
pub use mysql::MySqlDialect;
pub use postgres::PostgresDialect;
pub use sqlite::SqliteDialect;

/// The SQL of an engine.
///
/// The provided methods give standard SQL; a dialect overrides what its engine reads otherwise, so that every expression
/// means the same everywhere. Arguments that are SQL are complete operands: names, literals, calls or in parentheses.
pub trait Dialect: Send + Sync {
    /// Name of the dialect, such as `sqlite`.
    fn name(&self) -> &'static str;

    /// A name of a table or column, quoted so that it can be nothing else.
    fn quote_identifier(&self, name: &str) -> String {
        format!("\"{}\"", name.replace('"', "\"\""))
    }

    /// A column as an operand that means the same whatever the engine stores it as. `column` is quoted, `data_type` what is
    /// known of it.
    fn column(&self, column: &str, _data_type: DataType) -> String {
        column.to_owned()
    }

    /// A constant, quoted so that it can be nothing else. Infinite numbers and NaN are no values and become `NULL`.
    fn literal(&self, value: &Value) -> String {
        match value {
            Value::Bool(truth) => self.boolean(*truth).to_owned(),
            Value::Int(i64::MIN) => "(-9223372036854775807 - 1)".to_owned(),
            Value::Int(number) => number.to_string(),
            Value::Decimal(number) => self.decimal(*number),
            Value::Float(number) if number.is_finite() => format!("{number:?}"),
            Value::Null | Value::Float(_) => "NULL".to_owned(),
            Value::Text(text) => self.text_operand(text),
            Value::Date(date) => self.date(*date),
            Value::DateTime(time) => self.date_time(*time),
            Value::Instant(moment) => self.instant(*moment),
        }
    }

    /// `true` or `false`.
    fn boolean(&self, truth: bool) -> &'static str {
        if truth { "TRUE" } else { "FALSE" }
    }

    /// A decimal number.
    fn decimal(&self, number: Decimal) -> String {
        number.to_string()
    }

    /// A decimal number as operand of `+ - *`, where its type decides whether the result is exact.
    fn exact_decimal(&self, number: Decimal) -> String {
        self.decimal(number)
    }

    /// A missing number as operand of `+ - *`.
    fn missing_number(&self) -> &'static str {
        "NULL"
    }

    /// A text as operand, which decides how texts are compared where no column does.
    fn text_operand(&self, text: &str) -> String {
        self.text(text)
    }

    /// A text.
    fn text(&self, text: &str) -> String {
        format!("'{}'", text.replace('\'', "''"))
    }

    /// A calendar date.
    fn date(&self, date: Date) -> String {
        format!("DATE '{date}'")
    }

    /// A date and time of day without a zone.
    fn date_time(&self, time: DateTime) -> String {
        format!("TIMESTAMP '{}'", spaced(&time.to_string()))
    }

    /// A moment.
    fn instant(&self, moment: jiff::Timestamp) -> String {
        format!("TIMESTAMP WITH TIME ZONE '{}'", spaced(&moment.to_string()))
    }

    /// A number as floating point.
    fn cast_float(&self, operand: &str) -> String {
        format!("CAST({operand} AS DOUBLE PRECISION)")
    }

    /// Real division, `NULL` where the divisor is zero.
    fn division(&self, numerator: &str, denominator: &str) -> String {
        format!("{} / nullif({}, 0)", self.cast_float(numerator), self.cast_float(denominator))
    }

    /// Remainder of whole numbers with the sign of the left one, `NULL` where the right one is zero.
    fn remainder(&self, left: &str, right: &str) -> String {
        format!("{left} % nullif({right}, 0)")
    }

    /// Whether a text fits a pattern, upper and lower case differing.
    fn like(&self, operand: &str, pattern: &LikePattern, negated: bool) -> String {
        let not = if negated { "NOT " } else { "" };
        format!("{operand} {not}LIKE {} ESCAPE '\\'", self.text(&pattern.to_string()))
    }

    /// A function of one row. `greatest` and `least` are `NULL` where an argument is; `lower` and `upper` change ASCII
    /// letters only.
    fn call(&self, function: ScalarFunction, args: &[String]) -> String {
        standard_call(function, args)
    }

    /// An aggregate: `argument` is `None` for `count(*)`, `filter` a condition on the rows. What needs an order takes that of
    /// the column [`MOMENT`].
    fn aggregate(&self, function: AggregateFunction, argument: Option<&str>, filter: Option<&str>) -> String {
        let converted = self.aggregate_argument(function, argument);
        let call = match (function, converted) {
            (AggregateFunction::First | AggregateFunction::Last, Some(argument)) => {
                return self.by_time(&argument, function == AggregateFunction::Last, filter);
            }
            (AggregateFunction::Percentile(share), Some(argument)) => {
                return self.percentile(&argument, share, filter);
            }
            (_, argument) => plain_aggregate(argument, function),
        };
        match filter {
            Some(filter) => format!("{call} FILTER (WHERE {filter})"),
            None => call,
        }
    }

    /// The value at a share of the values in order; `argument` is floating point.
    fn percentile(&self, argument: &str, share: Fraction, filter: Option<&str>) -> String {
        let known = present(argument, filter);
        format!("percentile_cont({share}) WITHIN GROUP (ORDER BY {argument}) FILTER (WHERE {known})")
    }

    /// The first value by time, or the last.
    fn by_time(&self, argument: &str, last: bool, filter: Option<&str>) -> String {
        let (order, known) = (by_moment(argument, last), present(argument, filter));
        format!("first_value({argument} ORDER BY {order}) FILTER (WHERE {known})")
    }

    /// Whether aggregates can have an order. Where not, rows are ranked before they are aggregated.
    fn ordered_aggregates(&self) -> bool {
        true
    }

    /// The argument as the engine needs it, to give what the language promises: `avg` is floating point.
    fn aggregate_argument(&self, function: AggregateFunction, argument: Option<&str>) -> Option<String> {
        match (function, argument) {
            (AggregateFunction::Avg | AggregateFunction::Percentile(_), Some(argument)) => {
                Some(self.cast_float(argument))
            }
            (_, argument) => argument.map(str::to_owned),
        }
    }
}

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// A function of one row in standard SQL.
fn standard_call(function: ScalarFunction, args: &[String]) -> String {
    let name = function.name();
    match function {
        ScalarFunction::Greatest | ScalarFunction::Least => {
            let missing: Vec<String> = args.iter().map(|arg| format!("{arg} IS NULL")).collect();
            format!("CASE WHEN {} THEN NULL ELSE {name}({}) END", missing.join(" OR "), args.join(", "))
        }
        ScalarFunction::Lower => format!("translate({}, '{UPPER}', '{LOWER}')", args.concat()),
        ScalarFunction::Upper => format!("translate({}, '{LOWER}', '{UPPER}')", args.concat()),
        ScalarFunction::Trim => format!("trim({}, ' ')", args.concat()),
        ScalarFunction::Concat => format!("({})", args.join(" || ")),
        _ => format!("{name}({})", args.join(", ")),
    }
}

/// Half away from zero, exact for exact numbers and for floating point alike, where the engine's own `round` is not. `cut` and
/// `rest` make the function that cuts towards zero.
fn rounding(args: &[String], cut: &str, rest: &str) -> String {
    let (number, digits) = match args {
        [number, digits] => (number.as_str(), digits.parse().unwrap_or_default()),
        args => (args.first().map_or("", String::as_str), 0_usize),
    };
    // Beside an exact number whole ones become exact, and floating point stays.
    let scaled = format!("({number} * 1{}.0)", "0".repeat(digits));
    let whole = format!("{cut}({scaled}{rest})");
    let rounded =
        format!("({whole} + CASE WHEN abs({scaled} - {whole}) >= 0.5 THEN sign({scaled}) ELSE 0 END)");
    if digits == 0 { rounded } else { format!("({rounded} * 0.{:0>digits$})", 1) }
}

/// The column of a scan in which first and last are ordered: seconds since 1970.
pub const MOMENT: &str = "mw_moment";

/// The order in which the first row has the value.
pub fn by_moment(argument: &str, last: bool) -> String {
    let direction = if last { " DESC" } else { "" };
    format!("{MOMENT}{direction}, {argument}{direction}")
}

/// Which rows have a value that is aggregated.
pub fn present(argument: &str, filter: Option<&str>) -> String {
    match filter {
        Some(filter) => format!("{argument} IS NOT NULL AND {filter}"),
        None => format!("{argument} IS NOT NULL"),
    }
}

/// `sum(x)`, `count(*)`, `count(DISTINCT x)` …
fn plain_aggregate(argument: Option<String>, function: AggregateFunction) -> String {
    let argument = argument.unwrap_or_else(|| "*".to_owned());
    let distinct = if function == AggregateFunction::CountDistinct { "DISTINCT " } else { "" };
    let name =
        if function == AggregateFunction::ApproxCountDistinct { "approx_distinct" } else { function.name() };
    format!("{name}({distinct}{argument})")
}

/// `2025-01-31T08:00:00` with a space for the `T`.
fn spaced(time: &str) -> String {
    time.replacen('T', " ", 1)
}
