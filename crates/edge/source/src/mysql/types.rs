//! Types of MariaDB and MySQL.

use metricwright_formula::DataType;

/// The type of a column of a table, as `information_schema` writes it, such as `decimal(18,2) unsigned`.
///
/// `tinyint(1)` is what both make of `BOOLEAN`, and holds small numbers as well: nothing is promised of it.
pub(super) fn declared(column_type: &str) -> DataType {
    let lower = column_type.to_lowercase();
    let name = lower.split(['(', ' ']).next().unwrap_or_default();
    match name {
        "tinyint" if lower.starts_with("tinyint(1)") => DataType::Unknown,
        "decimal" => decimal(&lower),
        other => of_result(other),
    }
}

/// The type of a column of a result, by the name that the driver has for it.
pub(super) fn of_result(name: &str) -> DataType {
    let lower = name.to_lowercase();
    match lower.trim_end_matches(" unsigned") {
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "year" => DataType::Int,
        "float" | "double" => DataType::Float,
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "enum" | "set" | "uuid"
        | "inet4" | "inet6" => DataType::Text,
        "date" => DataType::Date,
        "datetime" => DataType::DateTime,
        "timestamp" => DataType::Instant,
        _ => DataType::Unknown,
    }
}

/// `decimal(18,2)`
fn decimal(lower: &str) -> DataType {
    let digits = lower.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(inside, _)| inside);
    format!("Decimal({})", digits.unwrap_or_default()).parse().unwrap_or(DataType::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_become_types() {
        let check = |text, expected| assert_eq!(declared(text), expected, "{text}");
        check("int(10) unsigned", DataType::Int);
        check("bigint", DataType::Int);
        check("tinyint(1)", DataType::Unknown);
        check("tinyint(4)", DataType::Int);
        check("decimal(18,2)", DataType::Decimal { precision: 18, scale: 2 });
        check("decimal(65,2)", DataType::Unknown);
        check("varchar(20)", DataType::Text);
        check("enum('a','b')", DataType::Text);
        check("datetime(6)", DataType::DateTime);
        check("timestamp", DataType::Instant);
        check("double", DataType::Float);
        check("varbinary(9)", DataType::Unknown);
        check("json", DataType::Unknown);
    }
}
