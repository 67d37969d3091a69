use super::*;
use crate::dialect::{DataFusionDialect, MySqlDialect, PostgresDialect, SqliteDialect};
use crate::parser::{ParseMode, parse};
use crate::types::DataType;

fn sql(text: &str, dialect: &dyn Dialect) -> String {
    let mode = if text.contains("sum(") || text.contains("count(") || text.contains("avg(") {
        ParseMode::Formula
    } else {
        ParseMode::Row
    };
    render(&parse(text, mode).expect(text), dialect, &|path| path.to_string())
}

#[test]
fn both_engines_read_the_same() {
    let check = |text, expected: &str| {
        assert_eq!(sql(text, &SqliteDialect), expected, "{text}");
        assert_eq!(sql(text, &DataFusionDialect), expected, "{text}");
    };
    check("a + b * c - 1", "a + b * c - 1");
    check("a - (b - c)", "a - (b - c)");
    check("(a + b) * c", "(a + b) * c");
    check("a - -5", "a - (-5)");
    check("- -a", "-(-a)");
    check("-9223372036854775808", "(-9223372036854775807 - 1)");
    check("a = 1 and (b or c) and not d", "a = 1 AND (b OR c) AND (NOT d)");
    check("(a and b) or c is null", "(a AND b) OR c IS NULL");
    check("(a = b) = c", "(a = b) = c");
    check("(a > 1) is null", "(a > 1) IS NULL");
    check("a between 1 and 2", "a BETWEEN 1 AND 2");
    check("a not in ('x', 'it''s')", "a NOT IN ('x', 'it''s')");
    check("a > 0.5", "a > 0.5");
    check("case a when 1 then 'x' else 'y' end", "CASE a WHEN 1 THEN 'x' ELSE 'y' END");
    check("coalesce(a, 0)", "coalesce(a, 0)");
    check("concat(a, '-', b)", "(a || '-' || b)");
    check("sum(a) filter (where b = 'x')", "sum(a) FILTER (WHERE b = 'x')");
    check("count(*) - count(distinct a)", "count(*) - count(DISTINCT a)");
}

#[test]
fn where_engines_differ_the_meaning_does_not() {
    let check = |text, sqlite: &str, datafusion: &str| {
        assert_eq!(sql(text, &SqliteDialect), sqlite, "{text}");
        assert_eq!(sql(text, &DataFusionDialect), datafusion, "{text}");
    };
    check("a / b", "CAST(a AS REAL) / b", "CAST(a AS DOUBLE) / nullif(CAST(b AS DOUBLE) + 0.0, 0.0)");
    check("a / 2", "CAST(a AS REAL) / 2", "CAST(a AS DOUBLE) / 2");
    check("a % b", "a % b", "a % nullif(b, 0)");
    check("a * 0.1", "a * 0.1", "a * CAST('0.1' AS DECIMAL(1,1))");
    check("a - (-0.25)", "a - (-0.25)", "a - CAST('-0.25' AS DECIMAL(2,2))");
    check("avg(a)", "avg(CAST(a AS REAL))", "avg(CAST(a AS DOUBLE))");
    check("a like 'x_%'", "a GLOB 'x?*'", "a LIKE 'x_%'");
    check(r"a not like '*[\%'", "a NOT GLOB '[*][[]%'", r"a NOT LIKE '*[\%'");
    check("round(a)", "round(a)", "round(a)");
    check("round(a, 2)", "round(a, 2)", "(round(a * 100) * CAST('0.01' AS DECIMAL(2,2)))");
    check(
        "greatest(a, 0)",
        "max(a, 0)",
        "CASE WHEN a IS NULL OR 0 IS NULL THEN NULL ELSE greatest(a, 0) END",
    );
    check("trim(a)", "trim(a, ' ')", "btrim(a, ' ')");
    check("a < date '2025-01-31'", "a < '2025-01-31'", "a < DATE '2025-01-31'");
    check(
        "a < timestamp '2025-01-31 08:00'",
        "a < '2025-01-31 08:00:00'",
        "a < arrow_cast('2025-01-31T08:00:00', 'Timestamp(Second, None)')",
    );
    check(
        "a < timestamp '2025-01-31T08:00:00.25+08:00'",
        "a < '2025-01-31 00:00:00.25'",
        "a < arrow_cast('2025-01-31T00:00:00.25Z', 'Timestamp(Millisecond, Some(\"UTC\"))')",
    );
}

#[test]
fn on_servers_the_meaning_is_the_same_too() {
    let check = |text, postgres: &str, mysql: &str| {
        assert_eq!(sql(text, &PostgresDialect), postgres, "{text}");
        assert_eq!(sql(text, &MySqlDialect), mysql, "{text}");
    };
    check(
        "a / b",
        "CAST(a AS DOUBLE PRECISION) / nullif(CAST(b AS DOUBLE PRECISION), 0)",
        "CAST(a AS DOUBLE) / nullif(CAST(b AS DOUBLE), 0)",
    );
    check("a % b", "a % nullif(b, 0)", "a % nullif(b, 0)");
    check("-null", "-CAST(NULL AS numeric)", "-NULL");
    check("a < 'x'", "a < ('x' COLLATE \"C\")", "a < 'x'");
    check("a = 'x'", "a = ('x' COLLATE \"C\")", "a = 'x'");
    check(r"a like '50\%'", r"a LIKE '50\%' ESCAPE '\'", r"a LIKE '50\\%' ESCAPE '\\'");
    check("floor(a)", "floor(a + 0.0)", "floor(a)");
    check("length(a)", "length(a)", "char_length(a)");
    check("trim(a)", "btrim(a, ' ')", "trim(BOTH ' ' FROM a)");
    check(
        "count(*) filter (where b = 'x')",
        "count(*) FILTER (WHERE b = ('x' COLLATE \"C\"))",
        "count(CASE WHEN b = 'x' THEN 1 END)",
    );
    check(
        "a < timestamp '2025-01-31T08:00:00.25+08:00'",
        "a < TIMESTAMP WITH TIME ZONE '2025-01-31 00:00:00.25Z'",
        "a < TIMESTAMP '2025-01-31 00:00:00.25'",
    );
}

#[test]
fn columns_of_servers_are_read_by_their_type() {
    let check = |data_type, postgres: &str, mysql: &str| {
        assert_eq!(PostgresDialect.column("a", data_type), postgres);
        assert_eq!(MySqlDialect.column("a", data_type), mysql);
    };
    check(DataType::Text, "(CAST(a AS text) COLLATE \"C\")", "CAST(a AS CHAR)");
    check(DataType::Int, "CAST(a AS bigint)", "a");
    check(DataType::Float, "nullif(CAST(a AS double precision), 'NaN')", "a");
    check(DataType::Unknown, "a", "a");
}

#[test]
fn nothing_escapes_its_quotes() {
    let check = |dialect: &dyn Dialect, identifier: &str, text: &str| {
        assert_eq!(dialect.quote_identifier("a`b\"c"), identifier);
        assert_eq!(dialect.literal(&Value::from("'; drop table t --\\")), text);
    };
    check(&SqliteDialect, "`a``b\"c`", "'''; drop table t --\\'");
    check(&DataFusionDialect, "\"a`b\"\"c\"", "'''; drop table t --\\'");
    check(&PostgresDialect, "\"a`b\"\"c\"", r#"('''; drop table t --\' COLLATE "C")"#);
    check(&MySqlDialect, "`a``b\"c`", r"'''; drop table t --\\'");
    assert_eq!(MySqlDialect.literal(&Value::from("a\0b")), r"'a\0b'");
    assert_eq!(SqliteDialect.literal(&Value::from("a\0b")), "('a' || char(0) || 'b')");
    assert_eq!(SqliteDialect.literal(&Value::Float(f64::INFINITY)), "NULL");
    assert_eq!(DataFusionDialect.literal(&Value::Float(f64::NAN)), "NULL");
    assert_eq!(DataFusionDialect.literal(&Value::Float(1e300)), "1e300");
}

/// What needs an order; engines whose aggregates have none rank the rows first, in the scan.
#[test]
fn aggregates_that_need_an_order_have_it() {
    let formula = |text, dialect: &dyn Dialect| {
        let expr = parse(text, ParseMode::Formula).unwrap();
        render(&expr, dialect, &|path| path.name.clone())
    };
    assert_eq!(
        formula("median(a) filter (where b)", &PostgresDialect),
        "percentile_cont(0.5) WITHIN GROUP (ORDER BY CAST(a AS DOUBLE PRECISION)) \
         FILTER (WHERE CAST(a AS DOUBLE PRECISION) IS NOT NULL AND b)"
    );
    assert_eq!(
        formula("last(a)", &PostgresDialect),
        "(array_agg(a ORDER BY mw_moment DESC, a DESC) FILTER (WHERE a IS NOT NULL))[1]"
    );
    assert_eq!(
        formula("first(a) filter (where b)", &DataFusionDialect),
        "first_value(a ORDER BY mw_moment, a) FILTER (WHERE a IS NOT NULL AND b)"
    );
    assert_eq!(formula("approx_count_distinct(a)", &DataFusionDialect), "approx_distinct(a)");
    assert!(!SqliteDialect.ordered_aggregates() && !MySqlDialect.ordered_aggregates());
}
