//! Expressions, against values worked out by hand.

use metricwright_formula::{ParseMode, Value, parse};
use metricwright_testkit::reference::{Row, with_column};

/// The value of an expression over one row.
fn value(expr: &str) -> String {
    let row = Row::from([
        ("seven".to_owned(), Value::Int(7)),
        ("half".to_owned(), Value::Decimal("0.50".parse().unwrap())),
        ("third".to_owned(), Value::Float(1.0 / 3.0)),
        ("name".to_owned(), Value::from("  Größe_1%  ")),
        ("day".to_owned(), Value::Date("2025-02-28".parse().unwrap())),
        ("none".to_owned(), Value::Null),
    ]);
    let expr = parse(expr, ParseMode::Row).unwrap_or_else(|faults| panic!("{expr}: {faults:?}"));
    let rows = with_column(&[row], "value", &expr);
    rows.map_or_else(|error| format!("error: {error}"), |rows| rows[0]["value"].to_string())
}

#[test]
fn expressions_have_the_values_of_sql() {
    for (expr, expected) in [
        // numbers
        ("seven / 2", "3.5"),
        ("seven / 0", "null"),
        ("seven % 0", "null"),
        ("-seven % 4", "-3"),
        ("half + 0.1", "0.60"),
        ("half * seven - none", "null"),
        ("round(2.5) + round(-2.5)", "0"),
        ("round(third, 2)", "0.33"),
        ("floor(-0.5)", "-1"),
        ("ceil(-0.5) = 0", "true"),
        ("abs(-seven)", "7"),
        // three truth values
        ("none = none", "null"),
        ("none = 1 and seven = 8", "false"),
        ("none = 1 and seven = 7", "null"),
        ("none = 1 or seven = 7", "true"),
        ("none = 1 or seven = 8", "null"),
        ("not (none = 1)", "null"),
        ("none is null and seven is not null", "true"),
        ("seven in (1, 7.0)", "true"),
        ("seven not in (1, 2)", "true"),
        ("none not in (1, 2)", "null"),
        ("seven between 7 and 8", "true"),
        ("seven not between none and 6", "true"),
        ("seven between none and 8", "null"),
        // branches
        ("case when none = 1 then 'a' when seven > 6 then 'b' else 'c' end", "b"),
        ("case none when none then 'a' else 'b' end", "b"),
        ("case seven when 8 then 'a' end", "null"),
        ("coalesce(none, none, seven)", "7"),
        ("nullif(seven, 7.0)", "null"),
        ("nullif(seven, none)", "7"),
        ("greatest(1, seven, 3.5)", "7"),
        ("least(1, none)", "null"),
        // text
        ("trim(name)", "Größe_1%"),
        ("upper(trim(name))", "GRößE_1%"),
        ("length(trim(name))", "8"),
        ("substr(trim(name), 2, 3)", "röß"),
        ("substr(trim(name), 6)", "_1%"),
        ("concat('a', none)", "null"),
        ("concat('a', 'b')", "ab"),
        ("trim(name) like 'G%'", "true"),
        ("trim(name) like 'g%'", "false"),
        (r"trim(name) like '%\_1\%'", "true"),
        ("trim(name) like '_____'", "false"),
        ("none not like 'a'", "null"),
        // time
        ("day < date '2025-03-01'", "true"),
        ("day = date '2025-02-28'", "true"),
    ] {
        assert_eq!(value(expr), expected, "{expr}");
    }
}

#[test]
fn what_has_no_value_is_an_error_that_says_why() {
    assert!(value("nobody + 1").contains("there is no column `nobody`; the row has day, half, name"));
    assert!(value("name + 1").contains("`+` does not take"));
    assert!(value("seven = name").contains("`=` does not take"));
}
