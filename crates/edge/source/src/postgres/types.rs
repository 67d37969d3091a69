//! Types of PostgreSQL.

use metricwright_formula::DataType;

/// The type of a column, by its name as `format_type` gives it. A decimal without digits holds any number, so nothing is
/// promised of it.
pub(super) fn named(name: &str) -> DataType {
    let plain = name.split('(').next().unwrap_or_default().trim();
    match plain {
        "boolean" => DataType::Bool,
        "smallint" | "integer" | "bigint" => DataType::Int,
        "real" | "double precision" => DataType::Float,
        "numeric" => decimal(name),
        "text" | "character varying" | "character" | "bpchar" | "name" | "uuid" | "citext" | "\"char\"" => {
            DataType::Text
        }
        "date" => DataType::Date,
        // `timestamp(3) without time zone`
        _ if name.starts_with("timestamp") && name.ends_with("with time zone") => DataType::Instant,
        _ if name.starts_with("timestamp") => DataType::DateTime,
        _ => DataType::Unknown,
    }
}

/// The type of a column of a result, by the name that the driver has for it.
pub(super) fn of_result(name: &str) -> DataType {
    match name {
        "BOOL" => DataType::Bool,
        "INT2" | "INT4" | "INT8" => DataType::Int,
        "FLOAT4" | "FLOAT8" => DataType::Float,
        "TEXT" | "VARCHAR" | "CHAR" | "NAME" | "UUID" | "citext" => DataType::Text,
        "DATE" => DataType::Date,
        "TIMESTAMP" => DataType::DateTime,
        "TIMESTAMPTZ" => DataType::Instant,
        _ => DataType::Unknown,
    }
}

/// `numeric(18,2)`
fn decimal(name: &str) -> DataType {
    let digits = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or_default();
    format!("Decimal({digits})").parse().unwrap_or(DataType::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_types() {
        let check = |name, expected| assert_eq!(named(name), expected, "{name}");
        check("bigint", DataType::Int);
        check("numeric(18,2)", DataType::Decimal { precision: 18, scale: 2 });
        check("numeric", DataType::Unknown);
        check("character varying(20)", DataType::Text);
        check("timestamp(3) without time zone", DataType::DateTime);
        check("timestamp with time zone", DataType::Instant);
        check("jsonb", DataType::Unknown);
        check("integer[]", DataType::Unknown);
    }
}
