//! MySQL and MariaDB.

use jiff::civil::DateTime;

use super::{Dialect, plain_aggregate, rounding, spaced};
use crate::function::{AggregateFunction, ScalarFunction};
use crate::like::LikePattern;
use crate::types::DataType;

/// The SQL of MariaDB and MySQL 8, in a session whose zone is UTC, where `\` escapes, and whose collation compares
/// utf8mb4 by bytes without padding: `utf8mb4_nopad_bin`, or `utf8mb4_0900_bin`.
///
/// Known to differ from [`evaluate`](crate::evaluate): whole numbers beyond 64 bits, and floating point beyond its range,
/// fail instead of widening; times are cut to microseconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct MySqlDialect;

impl Dialect for MySqlDialect {
    fn name(&self) -> &'static str {
        "mysql"
    }

    fn quote_identifier(&self, name: &str) -> String {
        format!("`{}`", name.replace('`', "``"))
    }

    /// A column may have a collation that takes `A` for `a` and `'a '` for `'a'`; a cast text has the session's.
    fn column(&self, column: &str, data_type: DataType) -> String {
        match data_type {
            DataType::Text => format!("CAST({column} AS CHAR)"),
            _ => column.to_owned(),
        }
    }

    fn text(&self, text: &str) -> String {
        let escaped = text.replace('\\', "\\\\").replace('\'', "''").replace('\0', "\\0");
        format!("'{escaped}'")
    }

    fn date_time(&self, time: DateTime) -> String {
        format!("TIMESTAMP '{}'", spaced(&micros(time).to_string()))
    }

    fn instant(&self, moment: jiff::Timestamp) -> String {
        self.date_time(jiff::tz::TimeZone::UTC.to_datetime(moment))
    }

    fn cast_float(&self, operand: &str) -> String {
        format!("CAST({operand} AS DOUBLE)")
    }

    fn ordered_aggregates(&self) -> bool {
        false
    }

    fn like(&self, operand: &str, pattern: &LikePattern, negated: bool) -> String {
        let not = if negated { "NOT " } else { "" };
        format!("{operand} {not}LIKE {} ESCAPE '\\\\'", self.text(&pattern.to_string()))
    }

    fn call(&self, function: ScalarFunction, args: &[String]) -> String {
        let list = args.join(", ");
        match function {
            ScalarFunction::Round => rounding(args, "truncate", ", 0"),
            ScalarFunction::Lower => in_other_case(list, super::UPPER, super::LOWER),
            ScalarFunction::Upper => in_other_case(list, super::LOWER, super::UPPER),
            ScalarFunction::Trim => format!("trim(BOTH ' ' FROM {list})"),
            ScalarFunction::Length => format!("char_length({list})"),
            other => format!("{}({list})", other.name()),
        }
    }

    /// There is no `FILTER`: what does not pass is missing, and aggregates skip it.
    fn aggregate(&self, function: AggregateFunction, argument: Option<&str>, filter: Option<&str>) -> String {
        let argument = self.aggregate_argument(function, argument);
        let argument = match filter {
            Some(filter) => {
                Some(format!("CASE WHEN {filter} THEN {} END", argument.as_deref().unwrap_or("1")))
            }
            None => argument,
        };
        plain_aggregate(argument, function)
    }
}

/// The letters of ASCII one by one: `lower` and `upper` would change all letters.
fn in_other_case(text: String, from: &str, to: &str) -> String {
    from.chars().zip(to.chars()).fold(text, |text, (from, to)| format!("replace({text}, '{from}', '{to}')"))
}

/// What a column can hold.
fn micros(time: DateTime) -> DateTime {
    let cut = time.subsec_nanosecond() / 1_000 * 1_000;
    time.with().subsec_nanosecond(cut).build().unwrap_or(time)
}
