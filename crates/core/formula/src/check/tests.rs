use super::*;
use crate::parser::{ParseMode, parse};

/// A small shop.
struct Shop;

impl Scope for Shop {
    fn resolve(&self, path: &ColumnPath) -> Resolution {
        let (data_type, unit) = match path.to_string().as_str() {
            "net_amount" | "gross_amount" => ("Decimal(18,2)", "CNY"),
            "price_usd" => ("Decimal(10,4)", "USD"),
            "quantity" => ("Int", "Count"),
            "discount" => ("Float", "Fraction"),
            "weight" => ("Float", "kg"),
            "status" | "store.region" => ("String", "None"),
            "paid" => ("Bool", "None"),
            "day" => ("Date", "None"),
            "ordered_at" => ("Instant", "None"),
            "local_time" => ("DateTime", "None"),
            "raw" => return Resolution::Unchecked,
            "city" => return Resolution::Ambiguous(vec!["store.city".into(), "customer.city".into()]),
            "sku.name" => {
                return Resolution::Refused {
                    code: FaultCode::Other("JOIN_FANS_OUT"),
                    reason: "joining `sku` would repeat rows".into(),
                    remedy: "join from the other side".into(),
                };
            }
            _ => return Resolution::Missing,
        };
        Resolution::Known(Typed::new(
            data_type.parse().unwrap(),
            unit.parse().unwrap(),
            path.name != "quantity",
        ))
    }

    fn resolve_metric(&self, name: &str) -> Resolution {
        match name {
            "revenue" => Resolution::Known(Typed::new(DataType::decimal(38, 2), Unit::base("CNY"), true)),
            "orders" => Resolution::Known(Typed::new(DataType::Int, Unit::count(), false)),
            _ => Resolution::Missing,
        }
    }

    fn names(&self) -> Vec<String> {
        ["net_amount", "gross_amount", "quantity", "status", "store.region"].map(String::from).into()
    }

    fn metric_names(&self) -> Vec<String> {
        ["revenue", "orders"].map(String::from).into()
    }
}

fn outcome(text: &str, mode: ParseMode) -> String {
    match check(&parse(text, mode).expect(text), &Shop) {
        Ok(typed) => {
            let nullable = if typed.nullable { "?" } else { "" };
            format!("{}{nullable} {}", typed.data_type, typed.unit)
        }
        Err(faults) => faults
            .iter()
            .map(|fault| {
                format!("{}@`{}`: {} | {}", fault.code, fault.span.slice(text), fault.reason, fault.remedy)
            })
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

#[test]
fn types_and_units_follow_from_the_columns() {
    let check = |text, expected: &str| assert_eq!(outcome(text, ParseMode::Row), expected, "{text}");
    check("net_amount + gross_amount", "Decimal(19,2)? CNY");
    check("net_amount * quantity", "Decimal(37,2)? CNY");
    check("net_amount * 0.9", "Decimal(19,3)? CNY");
    check("net_amount * 2 + 1", "Decimal(38,2)? CNY");
    check("quantity * 2", "Int Count");
    check("quantity / 2", "Float Count");
    check("quantity / quantity", "Float? Fraction");
    check("net_amount / quantity", "Float? CNY");
    check("net_amount / gross_amount", "Float? Fraction");
    check("net_amount / price_usd", "Float? CNY/USD");
    check("net_amount / price_usd * price_usd", "Float? CNY");
    check("weight * weight", "Float? kg^2");
    check("1 - discount", "Float? Fraction");
    check("net_amount * (1 - discount)", "Float? CNY");
    check("quantity % 7", "Int? Count");
    check("raw + net_amount", "Unknown? CNY");
    check("status = 'x' and not paid", "Bool? None");
    check("status is null", "Bool None");
    check("store.region like '华%'", "Bool? None");
    check("coalesce(net_amount, 0)", "Decimal(21,2) CNY");
    check("nullif(quantity, 0)", "Int? Count");
    check("greatest(discount, 0)", "Float? Fraction");
    check("round(net_amount, 1)", "Decimal(18,1)? CNY");
    check("floor(net_amount)", "Decimal(17,0)? CNY");
    check("length(status)", "Int? None");
    check("concat(status, '-', store.region)", "String? None");
    check("case when paid then net_amount else 0 end", "Decimal(21,2)? CNY");
    check("case status when 'x' then 1 end", "Int? None");
    check("case when paid then null else 1 end", "Int? None");
    check("day between date '2025-01-01' and date '2025-01-31'", "Bool? None");
    check("ordered_at < timestamp '2025-01-31T00:00:00Z'", "Bool? None");
    check("raw = 'x' or raw > 5", "Bool? None");
}

#[test]
fn types_and_units_of_aggregates_and_metrics() {
    let check = |mode, text, expected: &str| assert_eq!(outcome(text, mode), expected, "{text}");
    check(ParseMode::Formula, "sum(net_amount)", "Decimal(38,2)? CNY");
    check(ParseMode::Formula, "sum(quantity)", "Int? Count");
    check(ParseMode::Formula, "count(*)", "Int Count");
    check(ParseMode::Formula, "count(distinct status)", "Int Count");
    check(ParseMode::Formula, "avg(net_amount) filter (where paid)", "Float? CNY");
    check(ParseMode::Formula, "max(day)", "Date? None");
    check(ParseMode::Formula, "sum(net_amount) / count(*)", "Float? CNY");
    check(ParseMode::Formula, "count(*) filter (where paid) / count(*)", "Float? Fraction");
    check(ParseMode::Derived, "revenue / orders", "Float? CNY");
    check(ParseMode::Guard, "metric(orders) < 100", "Bool None");
}

#[test]
fn faults_name_the_thing_and_the_remedy() {
    let check = |mode, text, expected: &str| assert_eq!(outcome(text, mode), expected, "{text}");
    let row = ParseMode::Row;
    check(
        row,
        "net_amonut > 0",
        "UNKNOWN_COLUMN@`net_amonut`: there is no column `net_amonut` | did you mean `net_amount`?",
    );
    check(
        row,
        "x > 0",
        "UNKNOWN_COLUMN@`x`: there is no column `x` | there are `net_amount`, `gross_amount`, `quantity`, `status` and `store.region`",
    );
    check(
        row,
        "store.regoin = 'x'",
        "UNKNOWN_COLUMN@`store.regoin`: there is no dimension `store.regoin` | did you mean `store.region`?",
    );
    check(
        row,
        "city = 'x'",
        "AMBIGUOUS_NAME@`city`: `city` could be `store.city` or `customer.city` | write the one that is meant in full",
    );
    check(
        row,
        "sku.name = 'x'",
        "JOIN_FANS_OUT@`sku.name`: joining `sku` would repeat rows | join from the other side",
    );
    check(
        row,
        "status * 2",
        "TYPE_MISMATCH@`status`: `status` is String, where a number is needed | use a numeric column; if it holds numbers, declare its type in the dataset",
    );
    check(
        row,
        "status and paid",
        "TYPE_MISMATCH@`status`: `status` is String, where a condition is needed | compare it with something, such as `x = 'completed'`",
    );
    check(
        row,
        "quantity = '5'",
        "TYPE_MISMATCH@`'5'`: `quantity` is Int and `'5'` is String; they cannot be compared | write `5` without quotes",
    );
    check(
        row,
        "day >= '2025-01-01'",
        "TYPE_MISMATCH@`'2025-01-01'`: `day` is Date and `'2025-01-01'` is String; they cannot be compared | write `date '2025-01-01'`",
    );
    check(
        row,
        "ordered_at >= date '2025-01-01'",
        "TYPE_MISMATCH@`date '2025-01-01'`: `ordered_at` is Instant and `2025-01-01` is Date; they cannot be compared | a moment needs a time and a zone: `timestamp '2025-01-31T00:00:00Z'`",
    );
    check(
        row,
        "ordered_at > timestamp '2025-01-01 08:00'",
        "TYPE_MISMATCH@`timestamp '2025-01-01 08:00'`: `ordered_at` is Instant and `2025-01-01T08:00:00` is DateTime; they cannot be compared | a moment needs a time and a zone: `timestamp '2025-01-31T00:00:00Z'`",
    );
    check(
        row,
        "status = null",
        "NULL_COMPARISON@`null`: a comparison with `null` is never true | write `x is null` or `x is not null`",
    );
    check(
        row,
        "net_amount + quantity",
        "UNIT_MISMATCH@`net_amount + quantity`: cannot add CNY and Count | bring both sides to one unit first",
    );
    check(
        row,
        "net_amount > price_usd",
        "UNIT_MISMATCH@`price_usd`: cannot compare CNY and USD | bring both sides to one unit first",
    );
    check(
        row,
        "coalesce(net_amount, weight)",
        "UNIT_MISMATCH@`weight`: cannot choose between CNY and kg | bring both sides to one unit first",
    );
    check(
        row,
        "net_amount % 2",
        "TYPE_MISMATCH@`net_amount`: `net_amount` is Decimal(18,2), but `%` takes whole numbers | round both sides first: `floor(x) % 7`",
    );
    check(
        row,
        "coalesce(status, 0)",
        "TYPE_MISMATCH@`0`: `0` is Int, but the values before it are String | give values of one type",
    );
    check(
        row,
        "paid > true",
        "TYPE_MISMATCH@`true`: conditions have no order, so `>` cannot compare them | use `=`, `<>`, `and`, `or` or `not`",
    );
    check(
        row,
        "upper(quantity)",
        "TYPE_MISMATCH@`quantity`: `quantity` is Int, where a text is needed | use a column of type String",
    );
}

#[test]
fn faults_of_aggregates_metrics_and_several_at_once() {
    let check = |mode, text, expected: &str| assert_eq!(outcome(text, mode), expected, "{text}");
    let row = ParseMode::Row;
    check(
        ParseMode::Formula,
        "sum(paid)",
        "TYPE_MISMATCH@`paid`: `paid` is a condition, and `sum` adds numbers | write `count(*) filter (where …)`",
    );
    check(
        ParseMode::Formula,
        "sum(net_amount) filter (where quantity)",
        "TYPE_MISMATCH@`quantity`: `quantity` is Int, where a condition is needed | compare it with something, such as `x > 0`",
    );
    check(
        ParseMode::Formula,
        "sum(net_amount) - count(*)",
        "UNIT_MISMATCH@`sum(net_amount) - count(*)`: cannot subtract CNY and Count | bring both sides to one unit first",
    );
    check(
        ParseMode::Derived,
        "revenu / orders",
        "UNKNOWN_METRIC@`revenu`: there is no metric `revenu` | did you mean `revenue`?",
    );
    check(
        row,
        "x + y > status * 2",
        "UNKNOWN_COLUMN@`x`: there is no column `x` | there are `net_amount`, `gross_amount`, `quantity`, `status` and `store.region`\n\
         UNKNOWN_COLUMN@`y`: there is no column `y` | there are `net_amount`, `gross_amount`, `quantity`, `status` and `store.region`\n\
         TYPE_MISMATCH@`status`: `status` is String, where a number is needed | use a numeric column; if it holds numbers, declare its type in the dataset",
    );
}
