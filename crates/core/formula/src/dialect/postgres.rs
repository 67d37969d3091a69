//! PostgreSQL, from 12.

use super::{Dialect, by_moment, present, rounding};
use crate::function::ScalarFunction;
use crate::like::LikePattern;
use crate::types::DataType;

/// The SQL of PostgreSQL, from 12, in a session whose zone is UTC and whose strings are standard.
///
/// Known to differ from [`evaluate`](crate::evaluate): whole numbers beyond 64 bits, and floating point beyond its range,
/// fail instead of widening; NUL is in no text.
#[derive(Clone, Copy, Debug, Default)]
pub struct PostgresDialect;

impl Dialect for PostgresDialect {
    fn name(&self) -> &'static str {
        "postgres"
    }

    /// Texts in the order of their bytes, which in UTF-8 is that of code points, whatever the database is set to; whole
    /// numbers of 64 bits, whatever the column has; not-a-number is missing.
    fn column(&self, column: &str, data_type: DataType) -> String {
        match data_type {
            DataType::Text => format!("(CAST({column} AS text) COLLATE \"C\")"),
            DataType::Int => format!("CAST({column} AS bigint)"),
            DataType::Float => format!("nullif(CAST({column} AS double precision), 'NaN')"),
            DataType::Date => format!("CAST({column} AS date)"),
            DataType::DateTime => format!("CAST({column} AS timestamp)"),
            DataType::Instant => format!("CAST({column} AS timestamptz)"),
            DataType::Bool | DataType::Decimal { .. } | DataType::Unknown => column.to_owned(),
        }
    }

    /// A bare `NULL` has no type that `+` and `-` could be chosen by.
    fn missing_number(&self) -> &'static str {
        "CAST(NULL AS numeric)"
    }

    fn text_operand(&self, text: &str) -> String {
        format!("({} COLLATE \"C\")", self.text(text))
    }

    fn by_time(&self, argument: &str, last: bool, filter: Option<&str>) -> String {
        let (order, known) = (by_moment(argument, last), present(argument, filter));
        format!("(array_agg({argument} ORDER BY {order}) FILTER (WHERE {known}))[1]")
    }

    fn like(&self, operand: &str, pattern: &LikePattern, negated: bool) -> String {
        let not = if negated { "NOT " } else { "" };
        format!("{operand} {not}LIKE {} ESCAPE '\\'", self.text(&pattern.to_string()))
    }

    fn call(&self, function: ScalarFunction, args: &[String]) -> String {
        let list = args.join(", ");
        match function {
            ScalarFunction::Round => rounding(args, "trunc", ""),
            // Whole numbers would become floating point; beside an exact number they do not, and floating point stays.
            ScalarFunction::Floor => format!("floor({list} + 0.0)"),
            ScalarFunction::Ceil => format!("ceil({list} + 0.0)"),
            ScalarFunction::Trim => format!("btrim({list}, ' ')"),
            _ => super::standard_call(function, args),
        }
    }
}
