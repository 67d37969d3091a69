//! Words that a metric must not be named.

/// Words of the grammar: never a bare name in an expression.
pub(crate) const KEYWORDS: [&str; 15] = [
    "and", "between", "case", "else", "end", "false", "in", "is", "like", "not", "null", "or", "then",
    "true", "when",
];

/// Keywords, words with a meaning in some place, and function names, sorted.
const RESERVED: [&str; 41] = [
    "abs",
    "and",
    "avg",
    "between",
    "case",
    "ceil",
    "coalesce",
    "concat",
    "count",
    "date",
    "distinct",
    "else",
    "end",
    "false",
    "filter",
    "floor",
    "greatest",
    "in",
    "is",
    "least",
    "length",
    "like",
    "lower",
    "max",
    "metric",
    "min",
    "not",
    "null",
    "nullif",
    "or",
    "round",
    "substr",
    "sum",
    "then",
    "timestamp",
    "trim",
    "true",
    "upper",
    "value",
    "when",
    "where",
];

/// The reserved words and function names, in lower case and sorted.
pub fn reserved_words() -> &'static [&'static str] {
    &RESERVED
}

/// Whether a metric must not have that name, `-` counting as `_` and upper as lower case.
///
/// ```
/// assert!(metricwright_formula::is_reserved("count"));
/// assert!(!metricwright_formula::is_reserved("order-count"));
/// ```
pub fn is_reserved(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('-', "_");
    RESERVED.binary_search(&name.as_str()).is_ok()
}

/// Whether the word belongs to the grammar everywhere.
pub(crate) fn is_keyword(word: &str) -> bool {
    KEYWORDS.iter().any(|keyword| keyword.eq_ignore_ascii_case(word))
}
