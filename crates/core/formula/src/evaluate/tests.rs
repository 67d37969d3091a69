use super::*;
use crate::parser::{ParseMode, parse};

struct Row;

impl Environment for Row {
    fn column(&self, path: &ColumnPath) -> Option<Value> {
        Some(match path.name.as_str() {
            "seven" => Value::Int(7),
            "zero" => Value::Int(0),
            "tenth" => Value::parse_number("0.1")?,
            "half" => Value::Float(0.5),
            "huge" => Value::Float(1e308),
            "largest" => Value::Int(i64::MAX),
            "missing" => Value::Null,
            "nan" => Value::Float(f64::NAN),
            "text" => Value::from("Äb%c"),
            "yes" => Value::Bool(true),
            _ => return None,
        })
    }

    fn metric(&self, _: &str) -> Option<Value> {
        None
    }
}

#[test]
fn values_follow_sql_and_the_design() {
    let check = |text: &str, expected: &str| {
        let value = match evaluate(&parse(text, ParseMode::Row).expect(text), &Row) {
            Ok(value) => value.to_string(),
            Err(fault) => fault.to_string(),
        };
        assert_eq!(value, expected, "{text}");
    };
    check("seven / 2", "3.5");
    check("seven / zero", "null");
    check("seven / -0.0", "null");
    check("seven % 3", "1");
    check("-seven % 3", "-1");
    check("seven % zero", "null");
    check("seven % 0.5", "`%` does not take `0.5`, which is not whole");
    check("tenth + 0.2", "0.3");
    check("tenth + 0.2 = 0.3", "true");
    check("tenth + half", "0.6");
    check("largest + 1", "9223372036854775808");
    check("largest * largest * largest", "7.846377169233351e56");
    check("huge * 10", "the result of `*` is too large for a number");
    check("seven + missing", "null");
    check("nan is null", "true");
    check("missing = missing", "null");
    check("yes and missing", "null");
    check("not yes and missing", "false");
    check("missing or yes", "true");
    check("not missing", "null");
    check("seven between 7 and missing", "null");
    check("seven not between 8 and missing", "true");
    check("seven in (7.0, 1)", "true");
    check("missing in (7)", "null");
    check("seven not in (1, 2)", "true");
    check("case missing when 1 then 1 else 2 end", "2");
    check("case when missing then 1 end", "null");
    check("case seven when 7.0 then 'x' end", "x");
    check("round(2.5) + round(-2.5)", "0");
    check("round(-2.5)", "-3");
    check("round(1.005, 2)", "1.01");
    check("round(half)", "1.0");
    check("floor(-1.5)", "-2");
    check("ceil(-half)", "-0.0");
    check("abs(-seven)", "7");
    check("coalesce(missing, seven)", "7");
    check("nullif(seven, 7.0)", "null");
    check("nullif(seven, missing)", "7");
    check("greatest(seven, 7.5, half)", "7.5");
    check("greatest(seven, missing)", "null");
    check("least('b', 'a')", "a");
    check("lower(text)", "Äb%c");
    check("upper(text)", "ÄB%C");
    check("length(text)", "4");
    check("substr(text, 2, 2)", "b%");
    check("substr(text, 9)", "");
    check("trim(concat(' ', text, ' '))", "Äb%c");
    check("concat(text, missing)", "null");
    check(r"text like '_b\%%'", "true");
    check("text like 'äb%'", "false");
    check("missing not like 'a'", "null");
    check("text = 5", "`=` does not take a text and a number");
    check("text + 1", "`+` does not take a text");
    check("nothing", "there is no column `nothing`");
}
