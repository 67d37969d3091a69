//! Properties of the expression language, over generated expressions, rows and texts.

#![allow(clippy::unwrap_used, clippy::panic)] // tests may

use metricwright_formula::{
    ColumnPath, DataType, Environment, Expr, Fault, ParseMode, Resolution, Scope, Span, Typed, Unit, Value,
    canonical, check, evaluate, is_reserved, parse, visit,
};
use proptest::prelude::*;

/// Columns by name; the first letter says the type.
#[derive(Clone, Debug)]
struct Row(Vec<(&'static str, Value)>);

impl Environment for Row {
    fn column(&self, path: &ColumnPath) -> Option<Value> {
        self.0.iter().find(|(name, _)| *name == path.name).map(|(_, value)| value.clone())
    }

    fn metric(&self, _: &str) -> Option<Value> {
        None
    }
}

struct Columns;

impl Scope for Columns {
    fn resolve(&self, path: &ColumnPath) -> Resolution {
        let data_type = match path.name.get(..1) {
            Some("i") => DataType::Int,
            Some("d") => DataType::Decimal { precision: 9, scale: 2 },
            Some("f") => DataType::Float,
            Some("b") => DataType::Bool,
            Some("t") => DataType::Text,
            _ => return Resolution::Missing,
        };
        Resolution::Known(Typed::new(data_type, Unit::neutral(), !path.name.ends_with('9')))
    }

    fn resolve_metric(&self, _: &str) -> Resolution {
        Resolution::Missing
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Numbers with few binary digits: floating point adds and multiplies them exactly, in every order.
fn rows() -> impl Strategy<Value = Row> {
    let whole = || prop_oneof![Just(Value::Null), (-2_i64..=4).prop_map(Value::Int)];
    let quarter = |number: i64| Value::parse_number(&(number as f64 / 4.0).to_string()).unwrap();
    let decimal = prop_oneof![Just(Value::Null), (-8_i64..=8).prop_map(quarter)];
    let float =
        prop_oneof![Just(Value::Null), (-4_i64..=4).prop_map(|number| Value::Float(number as f64 / 2.0))];
    let truth = prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::Bool)];
    let text = || prop_oneof![Just(Value::Null), "[abA%]{0,3}".prop_map(Value::Text)];
    (whole(), -1_i64..=2, decimal, float, truth, text(), text()).prop_map(|(i1, i9, d1, f1, b1, t1, t2)| {
        let columns =
            [("i1", i1), ("i9", Value::Int(i9)), ("d1", d1), ("f1", f1), ("b1", b1), ("t1", t1), ("t2", t2)];
        Row(columns.into())
    })
}

fn numbers() -> BoxedStrategy<String> {
    expressions().prop_map(|(number, _, _)| number).boxed()
}

/// A number, a condition and a text, each as source text.
fn expressions() -> impl Strategy<Value = (String, String, String)> {
    let pick = |of: &'static [&'static str]| prop::sample::select(of).prop_map(str::to_owned);
    let number = pick(&["i1", "i9", "d1", "f1", "1", "0", "2", "-3", "0.5", "-0.25", "null"]);
    let truth = pick(&["b1", "true", "false", "not b1", "null"]);
    let text = pick(&["t1", "t2", "'a'", "'Ab%'", "''", "null"]);
    (number, truth, text).prop_recursive(5, 60, 4, move |inner| {
        let layer = (inner.clone(), inner.clone(), inner, 0..30_usize, any::<bool>());
        layer.prop_map(|(a, b, c, form, not)| compose(&a, &b, &c, form, not))
    })
}

type Triple = (String, String, String);

fn compose(a: &Triple, b: &Triple, c: &Triple, form: usize, not: bool) -> Triple {
    let ((n1, c1, t1), (n2, c2, t2), (n3, c3, t3)) = (a, b, c);
    let word = if not { "not " } else { "" };
    let number = match form % 15 {
        0 => format!("({n1}) + {n2}"),
        1 => format!("({n1}) - ({n2})"),
        2 => format!("({n1}) * ({n2})"),
        3 => format!("({n1}) / 2"),
        4 => format!("-({n1})"),
        5 => format!("i9 % {}", if not { "2" } else { "i1" }),
        6 => format!("coalesce({n1}, {n2}, {n3})"),
        7 => format!("nullif({n1}, {n2})"),
        8 => format!("case when {c1} then {n1} when {c2} then {n2} else {n3} end"),
        9 => format!("case {n1} when ({n2}) then {n3} end"),
        10 => format!("{}(({n1}), {n2})", if not { "greatest" } else { "least" }),
        11 => format!("round({n1})"),
        12 => format!("{}({n1})", if not { "floor" } else { "ceil" }),
        13 => format!("abs({n1})"),
        _ => format!("length({t1})"),
    };
    let op = ["=", "<>", "!=", "<", "<=", ">", ">="].get(form % 7).copied().unwrap_or("=");
    let truth = match form % 10 {
        0 => format!("({c1}) and ({c2})"),
        1 => format!("({c1}) or {word}({c2})"),
        2 => format!("not ({c1})"),
        3 => format!("({n1}) {word}between {n2} and {n3}"),
        4 => format!("({n1}) {word}in (1, -2, 0.5, 1.0)"),
        5 => format!("({t1}) {word}like 'a_%'"),
        6 => format!("({c1}) is {word}null"),
        7 => format!("({t1}) {op} ({t2})"),
        8 => format!("({c1}) and {word}({c2}) or ({c3})"),
        _ => format!("({n1}) {op} ({n2})"),
    };
    let text = match form % 6 {
        0 => format!("concat({t1}, {t2})"),
        1 => format!("{}({t1})", if not { "upper" } else { "lower" }),
        2 => format!("substr({t1}, 2, 1)"),
        3 => format!("trim({t1})"),
        4 => format!("case when {c1} then {t1} else {t3} end"),
        _ => format!("coalesce({t1}, {t2})"),
    };
    (number, truth, text)
}

/// A generated expression; comparisons with a bare `null` are possible, as the language has them in places.
fn any_expression() -> BoxedStrategy<String> {
    prop_oneof![
        numbers(),
        expressions().prop_map(|(_, truth, _)| truth),
        expressions().prop_map(|(_, _, text)| text)
    ]
    .boxed()
}

fn row(text: &str) -> Expr {
    parse(text, ParseMode::Row).unwrap_or_else(|faults| panic!("{text}: {faults:?}"))
}

/// Equal for the language: numbers within 1e-9, everything else exactly.
fn same(left: &Value, right: &Value) -> bool {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => (left - right).abs() <= 1e-9 * left.abs().max(right.abs()).max(1.0),
        _ => left == right,
    }
}

/// The same expression as somebody else would type it.
fn retyped(text: &str) -> String {
    let mut outside = true;
    let mut result = String::from(" ( ");
    for part in text.split_inclusive(|letter: char| !letter.is_alphanumeric() && letter != '_') {
        let word = part.trim_end_matches(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let upper = outside && is_reserved(word);
        result.push_str(&if upper { part.to_uppercase() } else { part.to_owned() });
        outside ^= part.ends_with('\'');
        if outside && part.ends_with(' ') {
            result.push_str("\n ");
        }
    }
    result + " )"
}

fn fits(text: &str, span: Span) -> bool {
    span.start <= span.end && text.is_char_boundary(span.start) && text.get(span.start..span.end).is_some()
}

fn well_placed(text: &str, outcome: &Result<Expr, Vec<Fault>>) -> bool {
    match outcome {
        Ok(expr) => {
            let mut fine = true;
            visit(expr, &mut |expr| fine &= fits(text, expr.span));
            fine
        }
        Err(faults) => !faults.is_empty() && faults.iter().all(|fault| fits(text, fault.span)),
    }
}

proptest! {
    // PROPTEST_CASES sets the number of cases.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_normal_form_has_itself_as_normal_form(text in any_expression()) {
        let Ok(expr) = parse(&text, ParseMode::Row) else { return Ok(()) };
        let normal = canonical(&expr);
        if normal.len() <= metricwright_formula::MAX_LENGTH {
            prop_assert_eq!(canonical(&row(&normal)), normal, "{}", text);
        }
    }

    #[test]
    fn the_normal_form_has_the_same_value((text, env) in (any_expression(), rows())) {
        let Ok(expr) = parse(&text, ParseMode::Row) else { return Ok(()) };
        let normal = canonical(&expr);
        if normal.len() > metricwright_formula::MAX_LENGTH {
            return Ok(());
        }
        match (evaluate(&expr, &env), evaluate(&row(&normal), &env)) {
            (Ok(before), Ok(after)) => prop_assert!(same(&before, &after), "{}\n{}\n{} {}", text, normal, before, after),
            // Which operand is looked at first may differ, and with it the fault.
            (before, after) => prop_assert!(check(&expr, &Columns).is_err(), "{}\n{}\n{:?} {:?}", text, normal, before, after),
        }
    }

    #[test]
    fn the_normal_form_does_not_depend_on_typing(text in any_expression()) {
        let Ok(expr) = parse(&text, ParseMode::Row) else { return Ok(()) };
        let other = retyped(&text);
        prop_assert_eq!(canonical(&expr), canonical(&row(&other)), "{}\n{}", text, other);
    }

    #[test]
    fn what_passes_the_check_has_a_value_of_the_type((text, env) in (any_expression(), rows())) {
        let Ok(expr) = parse(&text, ParseMode::Row) else { return Ok(()) };
        let Ok(typed) = check(&expr, &Columns) else { return Ok(()) };
        let value = evaluate(&expr, &env);
        let fits = match (&value, typed.data_type) {
            (Ok(Value::Null), _) => typed.nullable,
            (Ok(_), DataType::Unknown)
            | (Ok(Value::Bool(_)), DataType::Bool) | (Ok(Value::Text(_)), DataType::Text) => true,
            (Ok(value), DataType::Int) => matches!(value.normalized(), Value::Int(_)),
            (Ok(value), DataType::Decimal { .. } | DataType::Float) => value.is_number(),
            _ => false,
        };
        prop_assert!(fits, "{}: {:?} is {:?}", text, value, typed);
    }

    #[test]
    fn no_text_is_too_strange(text in r#"[\PC\n]{0,40}|[a-c0-9 .,'"()<>=%*/+;`!|~&\\é区🦀-]{0,40}"#) {
        for mode in [ParseMode::Row, ParseMode::Formula, ParseMode::Derived, ParseMode::Guard] {
            let outcome = parse(&text, mode);
            prop_assert!(well_placed(&text, &outcome), "{:?}", outcome);
            if let Ok(expr) = outcome {
                let normal = canonical(&expr);
                prop_assert_eq!(canonical(&parse(&normal, mode).unwrap()), normal);
                let _ = (check(&expr, &Columns), evaluate(&expr, &Row(Vec::new())));
            }
        }
    }

    #[test]
    fn no_heap_of_words_is_too_strange(words in prop::collection::vec(word(), 0..60)) {
        let text = words.join(" ");
        for mode in [ParseMode::Row, ParseMode::Formula, ParseMode::Derived, ParseMode::Guard] {
            let outcome = parse(&text, mode);
            prop_assert!(well_placed(&text, &outcome), "{:?}", outcome);
            if let Ok(expr) = outcome {
                let normal = canonical(&expr);
                prop_assert_eq!(canonical(&parse(&normal, mode).unwrap()), normal);
            }
        }
    }

    #[test]
    fn numbers_are_read_as_the_number_they_are(number in any::<f64>().prop_filter("finite", |number| number.is_finite())) {
        for written in [format!("{number:?}"), format!("{number:e}")] {
            prop_assert_eq!(Value::parse_number(&written).and_then(|value| value.as_f64()), Some(number));
        }
    }
}

fn word() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "a",
        "b.c",
        "value",
        "1",
        "0.5",
        "'x'",
        "null",
        "true",
        "and",
        "or",
        "not",
        "between",
        "in",
        "is",
        "like",
        "(",
        ")",
        ",",
        "+",
        "-",
        "*",
        "/",
        "%",
        "=",
        "<",
        ">=",
        "case",
        "when",
        "then",
        "else",
        "end",
        "sum(",
        "count(",
        "count(*)",
        "distinct",
        "filter (where",
        "coalesce(",
        "round(",
        "metric(",
        "date",
        "'2025-01-01'",
        "\"q\"",
    ])
}
