//! Declared types of SQLite columns.

use metricwright_formula::DataType;

/// The type that a declaration promises; SQLite itself stores anything anywhere.
///
/// Where SQLite would take the declaration for nothing in particular (none, `NUMERIC`, `BLOB`), the type is unknown.
pub(super) fn declared(declaration: &str) -> DataType {
    let upper = declaration.trim().to_uppercase();
    let name = upper.split('(').next().unwrap_or_default().trim();
    match name {
        "BOOL" | "BOOLEAN" => return DataType::Bool,
        "DATE" => return DataType::Date,
        "DATETIME" | "TIMESTAMP" | "TIMESTAMP WITHOUT TIME ZONE" => return DataType::DateTime,
        "TIMESTAMPTZ" | "TIMESTAMP WITH TIME ZONE" | "DATETIMEOFFSET" => return DataType::Instant,
        "DECIMAL" | "NUMERIC" | "NUMBER" => return decimal(&upper),
        _ => {}
    }
    let has = |parts: &[&str]| parts.iter().any(|part| upper.contains(part));
    if has(&["INT"]) {
        DataType::Int
    } else if has(&["CHAR", "CLOB", "TEXT", "STRING", "JSON", "UUID"]) {
        DataType::Text
    } else if has(&["REAL", "FLOA", "DOUB"]) {
        DataType::Float
    } else {
        DataType::Unknown
    }
}

/// `DECIMAL(18, 2)`; without digits it is any number.
fn decimal(upper: &str) -> DataType {
    let digits = upper.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(inside, _)| inside);
    let compact: String = digits.unwrap_or_default().chars().filter(|letter| *letter != ' ').collect();
    let compact = if compact.contains(',') { compact } else { format!("{compact},0") };
    format!("Decimal({compact})").parse().unwrap_or(DataType::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_become_types() {
        let check = |text, expected| assert_eq!(declared(text), expected, "{text}");
        check("INTEGER", DataType::Int);
        check("unsigned big int", DataType::Int);
        check("varchar(20)", DataType::Text);
        check("double precision", DataType::Float);
        check("decimal(18, 2)", DataType::Decimal { precision: 18, scale: 2 });
        check("NUMERIC(9)", DataType::Decimal { precision: 9, scale: 0 });
        check("NUMERIC", DataType::Unknown);
        check("decimal(99,2)", DataType::Unknown);
        check("BOOLEAN", DataType::Bool);
        check("date", DataType::Date);
        check("DATETIME", DataType::DateTime);
        check("timestamptz", DataType::Instant);
        check("BLOB", DataType::Unknown);
        check("", DataType::Unknown);
    }
}
