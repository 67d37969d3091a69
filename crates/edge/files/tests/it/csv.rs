//! CSV.

use metricwright_api::Code;
use metricwright_formula::Value;

use crate::support::{cells, columns, folder, open, refusal, table};

#[tokio::test]
async fn types_are_inferred_and_empty_fields_are_null() {
    let csv = "id,net,paid,day,at,区域,none\n\
               1,10.5,true,2025-01-31,2025-01-31T08:00:00,华东,\n\
               2,,false,,,,\n\
               3,7,,2024-02-29,2025-01-31T08:00:00+08:00,\"a, \"\"b\"\"\nc\",\n";
    let root = folder(&[("orders.csv", csv)]);
    let source = open(root.path());
    assert_eq!(
        columns(&source, table("orders")).await,
        ["id: Int", "net: Float", "paid: Bool", "day: Date", "at: DateTime", "区域: String", "none: Unknown"]
    );
    let rows = cells(&source, "SELECT * FROM orders ORDER BY id").await;
    let shown: Vec<String> =
        rows.iter().map(|row| row.iter().map(Value::to_string).collect::<Vec<_>>().join("|")).collect();
    assert_eq!(
        shown,
        [
            "1|10.5|true|2025-01-31|2025-01-31T08:00:00|华东|null",
            "2|null|false|null|null|null|null",
            // a time with an offset is turned into UTC
            "3|7.0|null|2024-02-29|2025-01-31T00:00:00|a, \"b\"\nc|null",
        ]
    );
}

#[tokio::test]
async fn a_small_file_is_read_whole_for_its_types() {
    let mut csv = "a\n".to_owned();
    csv.push_str(&"1\n".repeat(20_000));
    csv.push_str("0.5\n");
    let root = folder(&[("t.csv", &csv)]);
    assert_eq!(cells(&open(root.path()), "SELECT sum(a) FROM t").await, [[Value::Float(20_000.5)]]);
}

#[tokio::test]
async fn a_field_of_another_type_behind_the_sample_is_an_error() {
    let mut csv = "a,secret\n".to_owned();
    csv.push_str(&"1,x\n".repeat(1_500_000));
    csv.push_str("many,hunter2\n");
    let root = folder(&[("t.csv", &csv)]);
    let error = refusal(&open(root.path()), "SELECT sum(a) FROM t").await;
    assert_eq!(error.code(), Code::QueryFailed);
    assert!(error.to_string().contains("many") && !error.to_string().contains("hunter2"), "{error}");
}

#[tokio::test]
async fn a_byte_order_mark_is_no_part_of_a_name() {
    let root = folder(&[("t.csv", "\u{feff}id,a\n1,2\n"), ("q.csv", "\u{feff}\"id\",a\n1,2\n")]);
    let source = open(root.path());
    assert_eq!(cells(&source, "SELECT id FROM t").await, [[Value::Int(1)]]);
    assert_eq!(cells(&source, "SELECT id FROM q").await, [[Value::Int(1)]]);
}

#[tokio::test]
async fn a_malformed_file_is_an_error_and_harms_no_other() {
    let root = folder(&[
        ("ragged.csv", "a,b\n1,2\n1,2,3\n"),
        ("empty.csv", ""),
        ("twice.csv", "a,b,a\n1,2,3\n"),
        ("good.csv", "a\n1\n"),
    ]);
    let source = open(root.path());
    let check = async |name: &str, message: &str| {
        let error = refusal(&source, &format!("SELECT * FROM {name}")).await;
        assert_eq!((error.code(), error.to_string().as_str()), (Code::SourceUnavailable, message));
    };
    let ragged = "file `ragged.csv` cannot be read: csv error: Encountered unequal lengths between records on CSV \
                  file. Expected 2 records, found 3 records at line 3";
    check("ragged", ragged).await;
    check("empty", "file `empty.csv` cannot be read: it is empty").await;
    check("twice", "file `twice.csv` cannot be read: its header names `a` twice").await;
    assert_eq!(cells(&source, "SELECT a FROM good").await, [[Value::Int(1)]]);
}

#[tokio::test]
async fn a_header_alone_is_an_empty_table() {
    let root = folder(&[("t.csv", "a,b\n")]);
    assert_eq!(
        cells(&open(root.path()), "SELECT count(*), count(a) FROM t").await,
        [[Value::Int(0), Value::Int(0)]]
    );
}
