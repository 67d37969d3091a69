//! SQLite, from 3.30.

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::{Dialect, spaced};
use crate::function::ScalarFunction;
use crate::like::{LikePattern, LikePiece};

/// The SQL of SQLite, from 3.30 (`FILTER`).
///
/// SQLite has no type for times: dates are texts `2025-01-31`, times of the wall clock `2025-01-31 08:00:00`, moments the
/// same in UTC, with a fraction only where there is one. Columns of other forms are to be brought into these by the
/// `columns` argument of [`render`](crate::render). Decimals are floating point.
#[derive(Clone, Copy, Debug, Default)]
pub struct SqliteDialect;

impl Dialect for SqliteDialect {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    /// Backquotes: SQLite takes an unknown name in double quotes for a text, without a word.
    fn quote_identifier(&self, name: &str) -> String {
        format!("`{}`", name.replace('`', "``"))
    }

    /// A whole decimal needs a point, else SQLite may read it as an integer.
    fn decimal(&self, number: Decimal) -> String {
        let written = number.to_string();
        if written.contains('.') { written } else { format!("{written}.0") }
    }

    /// SQLite ends a statement at NUL.
    fn text(&self, text: &str) -> String {
        let quoted = |part: &str| format!("'{}'", part.replace('\'', "''"));
        let parts: Vec<String> = text.split('\0').map(quoted).collect();
        match parts.as_slice() {
            [whole] => whole.clone(),
            several => format!("({})", several.join(" || char(0) || ")),
        }
    }

    fn date(&self, date: Date) -> String {
        format!("'{date}'")
    }

    fn date_time(&self, time: DateTime) -> String {
        format!("'{}'", spaced(&time.to_string()))
    }

    fn instant(&self, moment: jiff::Timestamp) -> String {
        format!("'{}'", spaced(moment.to_string().trim_end_matches('Z')))
    }

    fn cast_float(&self, operand: &str) -> String {
        format!("CAST({operand} AS REAL)")
    }

    /// Division by zero is `NULL` already.
    fn division(&self, numerator: &str, denominator: &str) -> String {
        format!("{} / {denominator}", self.cast_float(numerator))
    }

    fn remainder(&self, left: &str, right: &str) -> String {
        format!("{left} % {right}")
    }

    fn ordered_aggregates(&self) -> bool {
        false
    }

    /// `LIKE` ignores the case of ASCII letters; `GLOB` does not.
    fn like(&self, operand: &str, pattern: &LikePattern, negated: bool) -> String {
        let not = if negated { "NOT " } else { "" };
        format!("{operand} {not}GLOB {}", self.text(&glob(pattern)))
    }

    fn call(&self, function: ScalarFunction, args: &[String]) -> String {
        let list = args.join(", ");
        match function {
            // Both functions are built in only if SQLite was compiled so. `CAST` cuts towards zero.
            ScalarFunction::Floor => {
                format!("(CAST({list} AS INTEGER) - ({list} < CAST({list} AS INTEGER)))")
            }
            ScalarFunction::Ceil => format!("(CAST({list} AS INTEGER) + ({list} > CAST({list} AS INTEGER)))"),
            ScalarFunction::Greatest => format!("max({list})"),
            ScalarFunction::Least => format!("min({list})"),
            ScalarFunction::Trim => format!("trim({list}, ' ')"),
            ScalarFunction::Concat => format!("({})", args.join(" || ")),
            other => format!("{}({list})", other.name()),
        }
    }
}

/// The pattern in the language of `GLOB`, whose special characters stand for themselves in brackets.
fn glob(pattern: &LikePattern) -> String {
    let piece = |piece: &LikePiece| match piece {
        LikePiece::Any => "*".to_owned(),
        LikePiece::One => "?".to_owned(),
        LikePiece::Character(special @ ('*' | '?' | '[')) => format!("[{special}]"),
        LikePiece::Character(other) => other.to_string(),
    };
    pattern.pieces().iter().map(piece).collect()
}
