use super::*;
use crate::canonical;

/// Parses, and shows the normal form or every fault as `code@place: reason | remedy`.
fn outcome(text: &str, mode: ParseMode) -> String {
    match parse(text, mode) {
        Ok(expr) => canonical(&expr),
        Err(faults) => faults.iter().map(|fault| shown(text, fault)).collect::<Vec<_>>().join("\n"),
    }
}

fn shown(text: &str, fault: &Fault) -> String {
    format!("{}@`{}`: {} | {}", fault.code, fault.span.slice(text), fault.reason, fault.remedy)
}

#[test]
fn reads_row_expressions() {
    let check = |text, expected: &str| assert_eq!(outcome(text, ParseMode::Row), expected, "{text}");
    check("a + b * c", "a + b * c");
    check("(a + b) * c", "(a + b) * c");
    check("- a * b", "-(a * b)");
    check("not a = b or c and d", "a <> b or c and d");
    check("Status IN ('x', 'it''s')", "Status in ('it''s', 'x')");
    check("a is not null", "a is not null");
    check("a NOT LIKE 'x%'", "a not like 'x%'");
    check("a between 1 and 2 and b", "1 <= a and a <= 2 and b");
    check("case when a then 1 else 2 end", "case when a then 1 else 2 end");
    check("case a when 1 then 'x' end", "case when a = 1 then 'x' end");
    check("store.region = '华东'", "store.region = '华东'");
    check("区域 = \"Net Amount\"", "\"Net Amount\" = 区域");
    check("date >= DATE '2025-01-31'", "date '2025-01-31' <= \"date\"");
    check("t < timestamp '2025-01-31 08:00'", "t < timestamp '2025-01-31T08:00:00'");
    check("t < timestamp '2025-01-31T08:00+08:00'", "t < timestamp '2025-01-31T00:00:00Z'");
    check("Round(a, 2) + ABS(b)", "abs(b) + round(a, 2)");
    check("substr(a, 1, 2)", "substr(a, 1, 2)");
    check("1e3 + 0.50 + 9223372036854775808", "0.5 + 1000 + 9223372036854775808");
    check("-9223372036854775808", "-9223372036854775808");
    check("count + sum", "\"count\" + \"sum\"");
}

#[test]
fn reads_aggregates_metrics_and_guards() {
    let check = |mode, text, expected: &str| assert_eq!(outcome(text, mode), expected, "{text}");
    check(ParseMode::Formula, "SUM(a) / nullif(COUNT(*), 0)", "sum(a) / nullif(count(*), 0)");
    check(ParseMode::Formula, "count(distinct a) filter (where b)", "count(distinct a) filter (where b)");
    check(ParseMode::Formula, "count(distinct)", "count(\"distinct\")");
    check(ParseMode::Formula, "1 - avg(a)", "1 - avg(a)");
    check(ParseMode::Formula, "median(first)", "percentile(first, 0.5)");
    check(ParseMode::Formula, "Percentile(a, 0.950)", "percentile(a, 0.95)");
    check(ParseMode::Formula, "percentile(a, 1) - percentile(a, 0)", "percentile(a, 1) - percentile(a, 0)");
    check(ParseMode::Formula, "last(a) filter (where b)", "last(a) filter (where b)");
    check(ParseMode::Formula, "sum_boolean(a > 1)", "count(*) filter (where 1 < a)");
    check(ParseMode::Formula, "sum_boolean(a) filter (where b)", "count(*) filter (where a and b)");
    check(ParseMode::Formula, "approx_count_distinct(a)", "approx_count_distinct(a)");
    check(ParseMode::Derived, "revenue / orders - 1", "metric(revenue) / metric(orders) - 1");
    check(ParseMode::Guard, "value < 0.2 and metric(orders) >= 100", "100 <= metric(orders) and value < 0.2");
}

#[test]
fn faults_of_grammar_name_the_place_and_the_remedy() {
    let check = |text, expected: &str| assert_eq!(outcome(text, ParseMode::Row), expected, "{text}");
    check(
        "",
        "FORMULA_SYNTAX@``: the expression is empty | write a row expression such as `status = 'completed'`",
    );
    check("a +", "FORMULA_SYNTAX@``: the expression ends where a value should follow | ");
    check("a b", "FORMULA_SYNTAX@`b`: `b` stands where an operator or the end should | ");
    check("(a", "FORMULA_SYNTAX@``: the expression ends where `)` should follow | ");
    check(
        "a < b < c",
        "FORMULA_SYNTAX@`<`: comparisons do not chain | write `a < b and b < c`, or put one comparison in parentheses",
    );
    check("a == b", "FORMULA_SYNTAX@`==`: `==` is not an operator | write `=`");
    check("a = \"b", "FORMULA_SYNTAX@`\"b`: this name does not end | close it with `\"`");
    check("a = 'it", "FORMULA_SYNTAX@`'it`: this text does not end | close it with `'`");
    check("a = ‘b’", "FORMULA_SYNTAX@`‘`: `‘` has no meaning in a formula | write `'`");
    check("a，b", "FORMULA_SYNTAX@`，`: `，` has no meaning in a formula | write `,`");
    check(
        "a -- b",
        "FORMULA_SYNTAX@`--`: formulas have no comments | write a minus of a minus as `- (-x)`, and put comments into the description",
    );
    check(
        "a < 20%",
        "FORMULA_SYNTAX@``: `%` is the remainder and needs a number behind it | write a share as a number: `0.2`, not `20%`",
    );
    check("a > .5", "FORMULA_SYNTAX@`.5`: a number does not begin with a point | write `0.5`");
    check(
        "a is 5",
        "FORMULA_SYNTAX@`5`: `is` goes with `null` only | write `x is null` or `x is not null`; compare with `=` otherwise",
    );
    check("a like b", "FORMULA_SYNTAX@`b`: the pattern of `like` must be a text | write it as `'north%'`");
    check(
        "a like '\\x'",
        "FORMULA_SYNTAX@`'\\x'`: in a pattern, `\\` stands before `%`, `_` or `\\` only | write `\\\\` for a backslash",
    );
    check(
        "a.b.c = 1",
        "FORMULA_SYNTAX@`.`: a name has at most one dot | write `entity.dimension`; joins over several entities are found by themselves",
    );
    check(
        "date '2025-02-30' = a",
        "FORMULA_SYNTAX@`'2025-02-30'`: `2025-02-30` is not a date | write it as `2025-01-31`",
    );
    check(
        "a = end",
        "FORMULA_SYNTAX@`end`: `end` is a word of the language; a value should stand here | if it is a name, write it in double quotes: `\"end\"`",
    );
    check(
        "a = not b",
        "FORMULA_SYNTAX@`not`: `not` binds weaker than the operator before it | put `not …` in parentheses",
    );
    check(
        "5a",
        "FORMULA_SYNTAX@`5a`: `5a` is not a number | a number looks like `12`, `0.5` or `1e6`; a name that begins with a digit needs double quotes",
    );
    check("a = 1;", "FORMULA_SYNTAX@`;`: a field holds one expression, without `;` | leave the `;` out");
}

#[test]
fn faults_of_meaning_are_collected() {
    let check = |mode, text, expected: &str| assert_eq!(outcome(text, mode), expected, "{text}");
    check(
        ParseMode::Row,
        "sum(a)",
        "AGGREGATE_NOT_ALLOWED@`sum`: `sum` is an aggregate, but this expression sees one row at a time | leave the aggregate out",
    );
    check(
        ParseMode::Formula,
        "summ(a) + sum(b) + c",
        "UNKNOWN_FUNCTION@`summ`: there is no function `summ` | did you mean `sum`?\n\
         COLUMN_OUTSIDE_AGGREGATE@`a`: `a` stands outside an aggregate, where there is no single row | aggregate it: `sum(a)`, `max(a)` …\n\
         COLUMN_OUTSIDE_AGGREGATE@`c`: `c` stands outside an aggregate, where there is no single row | aggregate it: `sum(c)`, `max(c)` …",
    );
    check(
        ParseMode::Formula,
        "sum(avg(a))",
        "AGGREGATE_NESTED@`avg`: `avg` stands inside another aggregate | aggregate once; an average of sums is a ratio of two sums",
    );
    check(
        ParseMode::Formula,
        "1 + 2",
        "AGGREGATE_MISSING@`1 + 2`: a formula must aggregate something | for example `sum(net_amount)` or `count(*)`",
    );
    check(
        ParseMode::Formula,
        "count()",
        "INVALID_ARGUMENTS@`count`: `count` takes one argument, not 0 | write `count(*)` for rows",
    );
    check(
        ParseMode::Formula,
        "sum(distinct a)",
        "INVALID_ARGUMENTS@`distinct`: `distinct` goes with `count` only, not with `sum` | write `count(distinct x)`, or leave `distinct` out",
    );
    for text in ["percentile(a, 95)", "percentile(a)", "percentile(a, b)", "percentile(a, 0.1234567)"] {
        check(
            ParseMode::Formula,
            text,
            "INVALID_ARGUMENTS@`percentile`: `percentile` takes an expression and a number from 0 to 1 with at most \
             six digits | write `percentile(x, 0.95)`",
        );
    }
    check(
        ParseMode::Row,
        "ifnull(a, 0)",
        "UNKNOWN_FUNCTION@`ifnull`: there is no function `ifnull` | write `coalesce(a, b)`",
    );
    check(
        ParseMode::Row,
        "round(a, b)",
        "INVALID_ARGUMENTS@`b`: digits of `round` must be a whole number from 0 to 15 | write `round(x [, digits])`",
    );
    check(
        ParseMode::Row,
        "nullif(a)",
        "INVALID_ARGUMENTS@`nullif`: `nullif` does not take 1 argument | write `nullif(a, b)`",
    );
    check(
        ParseMode::Row,
        "a in (1, null, b)",
        "NULL_COMPARISON@`null`: `null` in a list is never equal to anything | leave it out and add `or x is null`\nFORMULA_SYNTAX@`b`: a list of `in` holds literals only | write `a = b or a = c` for other expressions",
    );
    check(
        ParseMode::Row,
        "metric(a) > 1",
        "METRIC_NOT_ALLOWED@`metric(a)`: an expression over rows has no metrics | use columns here; a metric made of metrics is a `ratio` or `derived` one",
    );
    check(
        ParseMode::Guard,
        "orders < 5",
        "UNKNOWN_COLUMN@`orders`: `orders` is unknown here; a condition has `value` and `metric(name)` | write `metric(orders)` for the metric",
    );
    check(
        ParseMode::Guard,
        "metric(gross-margin) < 5",
        "FORMULA_SYNTAX@`-`: `-` is not part of a name here | write `_` for every `-` of a metric's name: `metric(gross_margin)`",
    );
    check(
        ParseMode::Derived,
        "sum(revenue)",
        "AGGREGATE_NOT_ALLOWED@`sum`: `sum` is an aggregate, but a derived metric is made of metrics | define the aggregate as a metric of its own",
    );
    check(
        ParseMode::Derived,
        "store.revenue",
        "UNKNOWN_COLUMN@`store.revenue`: `store.revenue` has a dot, but a derived metric is made of metrics | name an input: `revenue / orders`",
    );
}

#[test]
fn limits_hold_before_the_stack_does() {
    let check = |text: String, code| {
        assert_eq!(
            parse(&text, ParseMode::Row).unwrap_err()[0].code,
            code,
            "{}",
            text.get(..40).unwrap_or(&text)
        );
    };
    check("(".repeat(2000), FaultCode::TooDeep);
    check("not ".repeat(1000), FaultCode::TooDeep);
    check("- ".repeat(2000), FaultCode::TooDeep);
    check("case when ".repeat(400), FaultCode::TooDeep);
    check("abs(".repeat(1000), FaultCode::TooDeep);
    check("a+".repeat(2000), FaultCode::TooLong);
    check("a is null ".repeat(400), FaultCode::Syntax);
    check("a".repeat(5000), FaultCode::TooLong);
    check(format!("{}1{}", "greatest(1, ".repeat(5), ")".repeat(5)), FaultCode::TooDeep);
    check(format!("{}1{}", "floor(".repeat(5), ")".repeat(5)), FaultCode::TooDeep);
}

#[test]
fn spans_cover_what_they_name() {
    let text = "sum( (区域 + b) ) filter (where c in (1, 2)) / 2";
    let expr = parse(text, ParseMode::Formula).unwrap();
    let mut seen = Vec::new();
    crate::visit(&expr, &mut |expr| seen.push(expr.span.slice(text)));
    assert_eq!(
        seen,
        [
            text,
            "sum( (区域 + b) ) filter (where c in (1, 2))",
            "(区域 + b)",
            "区域",
            "b",
            "c in (1, 2)",
            "c",
            "1",
            "2",
            "2",
        ]
    );
}
