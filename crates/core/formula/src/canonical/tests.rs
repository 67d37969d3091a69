use super::*;
use crate::parser::{ParseMode, parse};

/// Every text of a line means the same; texts of different lines do not.
#[test]
fn one_meaning_has_one_form() {
    let classes: &[&[&str]] = &[
        &["a and b and c", "c AND (b and a)", "(a and a) and (b and c)", "not (not a or not (b and c))"],
        &["a or b", "b or a", "not (not a and not b)"],
        &["a > 1", "1 < a", "not (a <= 1)", "a > 1.0", "((a)) > 1e0", "not not a > 1"],
        &["a >= 1", "1 <= a", "not a < 1"],
        &["a = b", "b = a", "not (a <> b)", "not b != a"],
        &["a <> b", "a != b", "not a = b"],
        &["a = 1", "a in (1)", "a in (1, 1.00)"],
        &["a in (1, 2)", "a IN (2,1,2.0)", "not a not in (1, 2)"],
        &["a not in (1, 2)", "not a in (2, 1)"],
        &["a between 1 and 2", "a >= 1 and a <= 2", "2 >= a and 1 <= a", "not (a not between 1 and 2)"],
        &["a not between 1 and 2", "a < 1 or a > 2", "not a between 1 and 2"],
        &["a + b - c", "b - c + a", "a - (c - b)", "-c + (a + b)", "-(c - a - b)"],
        &["a * b * c", "c * (a * b)", "(-a) * b * -c", "-(a * -b * c)"],
        &["-(a * b)", "-a * b", "a * -b", "b * (-a)"],
        &["a - 5", "a + -5", "-5 + a", "a - 5.0"],
        &["a / b", "-a / -b", "(a) / (b)"],
        &["(a / b) * c", "c * (a / b)"],
        &["a / (b * c)", "a / (c * b)"],
        &["a * b / c", "(b * a) / c"],
        &["a % b"],
        &["b % a"],
        &["a - b"],
        &["b - a", "-(a - b)"],
        &["case a when 1 then 2 end", "case when a = 1 then 2 else null end", "case when 1 = a then 2 end"],
        &["case when a = 1 then 3 end"],
        &["coalesce(a, coalesce(b, c))", "coalesce(a, b, c)"],
        &["coalesce(b, a, c)"],
        &["greatest(a, greatest(c, b))", "greatest(b, a, c)"],
        &["round(a)", "ROUND(a, 0)", "round(a, 0.0)"],
        &["round(a, 1)"],
        &["a like 'x%'", "not a not like 'x%'", "a like 'x%%'"],
        &["a like 'X%'"],
        &["a is null", "not a is not null"],
        &["a is not null"],
        &["not a"],
        &["a"],
        &["A"],
        &["\"a b\""],
        &["'a'"],
        &["'A'"],
        &["'it''s'"],
        &["store.a"],
        &["\"store.a\""],
        &["date '2025-01-01'"],
        &["'2025-01-01'"],
        &["timestamp '2025-01-01 00:00'", "TIMESTAMP '2025-01-01T00:00:00'"],
        &["timestamp '2025-01-01T08:00+08'", "timestamp '2025-01-01 00:00:00Z'"],
        &["0.1", "0.10", "1e-1", "10e-2"],
        &["1e300", "10e299"],
        &["null"],
        &["true", "not false"],
    ];
    let mut seen = std::collections::BTreeMap::new();
    for (number, class) in classes.iter().enumerate() {
        for text in *class {
            let normal = canonical(&parse(text, ParseMode::Row).expect(text));
            let first = *seen.entry(normal.clone()).or_insert(number);
            assert_eq!(first, number, "`{text}` became `{normal}`, like {:?}", classes[first]);
        }
        let forms = seen.values().filter(|of| **of == number).count();
        assert_eq!(forms, 1, "{class:?} has {forms} forms: {:?}", seen.keys().collect::<Vec<_>>());
    }
}

#[test]
fn aggregates_have_one_form() {
    let check = |text, expected: &str| {
        assert_eq!(canonical(&parse(text, ParseMode::Formula).expect(text)), expected, "{text}");
    };
    check("COUNT( 1 )", "count(*)");
    check("count(a)", "count(a)");
    check("Sum(b*a) FILTER (WHERE x='y' AND true)", "sum(a * b) filter (where x = 'y' and true)");
    check("sum(a) filter (where true)", "sum(a)");
    check("count(distinct a)/count(*)", "count(distinct a) / count(*)");
}

/// Short operands are written out twice, long ones are not: nested ones would grow without bound.
#[test]
fn ranges_do_not_explode() {
    let mut text = "a".to_owned();
    for _ in 0..20 {
        text = format!("case when {text} between 1 and 2 then a end");
    }
    let normal = canonical(&parse(&text, ParseMode::Row).unwrap());
    assert!(normal.len() < 2 * text.len(), "{} became {}", text.len(), normal.len());
    assert_eq!(canonical(&parse(&normal, ParseMode::Row).unwrap()), normal);
}
