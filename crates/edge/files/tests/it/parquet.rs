//! Parquet.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Date64Array, Decimal128Array, Decimal256Array,
    DictionaryArray, Float32Array, Float64Array, Int8Array, Int64Array, LargeStringArray, StringArray,
    TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray,
    UInt64Array,
};
use datafusion::arrow::datatypes::{Int8Type, i256};
use metricwright_api::Code;
use metricwright_formula::Value;

use crate::support::{cells, columns, folder, open, refusal, table, write, write_parquet};

/// A column of one value and one null, its type and how the value shows.
fn every_kind() -> Vec<(&'static str, ArrayRef, &'static str, &'static str)> {
    let words: DictionaryArray<Int8Type> = [Some("华东"), None].into_iter().collect();
    vec![
        ("flag", Arc::new(BooleanArray::from(vec![Some(true), None])), "Bool", "true"),
        ("tiny", Arc::new(Int8Array::from(vec![Some(-128), None])), "Int", "-128"),
        ("big", Arc::new(Int64Array::from(vec![Some(i64::MIN), None])), "Int", "-9223372036854775808"),
        ("unsigned", Arc::new(UInt64Array::from(vec![Some(7), None])), "Int", "7"),
        ("single", Arc::new(Float32Array::from(vec![Some(0.5), None])), "Float", "0.5"),
        ("infinite", Arc::new(Float64Array::from(vec![Some(f64::INFINITY), None])), "Float", "null"),
        ("nan", Arc::new(Float64Array::from(vec![Some(f64::NAN), None])), "Float", "null"),
        ("text", Arc::new(StringArray::from(vec![Some("购物 🛒"), None])), "String", "购物 🛒"),
        ("large", Arc::new(LargeStringArray::from(vec![Some(""), None])), "String", ""),
        ("word", Arc::new(words), "String", "华东"),
        ("money", Arc::new(money(vec![Some(-1050), None])), "Decimal(18,2)", "-10.50"),
        ("wide", Arc::new(wide(vec![Some(i256::from(15)), None])), "Decimal(38,1)", "1.5"),
        ("day", Arc::new(Date32Array::from(vec![Some(-1), None])), "Date", "1969-12-31"),
        ("day64", Arc::new(Date64Array::from(vec![Some(86_400_000), None])), "Date", "1970-01-02"),
        (
            "seconds",
            Arc::new(TimestampSecondArray::from(vec![Some(1), None])),
            "DateTime",
            "1970-01-01T00:00:01",
        ),
        (
            "wall",
            Arc::new(TimestampMicrosecondArray::from(vec![Some(-1), None])),
            "DateTime",
            "1969-12-31T23:59:59.999999",
        ),
        (
            "moment",
            Arc::new(TimestampNanosecondArray::from(vec![Some(1), None]).with_timezone("UTC")),
            "Instant",
            "1970-01-01T00:00:00.000000001Z",
        ),
        (
            "shanghai",
            Arc::new(TimestampMillisecondArray::from(vec![Some(0), None]).with_timezone("+08:00")),
            "Instant",
            "1970-01-01T00:00:00Z",
        ),
    ]
}

fn money(cents: Vec<Option<i128>>) -> Decimal128Array {
    Decimal128Array::from(cents).with_precision_and_scale(18, 2).unwrap()
}

fn wide(tenths: Vec<Option<i256>>) -> Decimal256Array {
    Decimal256Array::from(tenths).with_precision_and_scale(50, 1).unwrap()
}

#[tokio::test]
async fn every_kind_of_column_has_a_type_and_values() {
    let root = folder(&[]);
    let kinds = every_kind();
    write_parquet(
        &root,
        "t.parquet",
        kinds.iter().map(|(name, array, ..)| (*name, Arc::clone(array))).collect(),
    );
    let source = open(root.path());
    let types: Vec<String> = kinds.iter().map(|(name, _, kind, _)| format!("{name}: {kind}")).collect();
    assert_eq!(columns(&source, table("t")).await, types);
    let rows = cells(&source, "SELECT * FROM t").await;
    let expected: Vec<&str> = kinds.iter().map(|(.., shown)| *shown).collect();
    assert_eq!(rows[0].iter().map(Value::to_string).collect::<Vec<_>>(), expected);
    assert!(rows[1].iter().all(Value::is_null), "{:?}", rows[1]);
}

#[tokio::test]
async fn sums_of_decimals_are_exact() {
    let root = folder(&[]);
    write_parquet(&root, "t.parquet", vec![("money", Arc::new(money(vec![Some(10); 1000])))]);
    let rows = cells(&open(root.path()), "SELECT sum(money) FROM t").await;
    assert_eq!(rows[0][0].to_string(), "100.00");
}

#[tokio::test]
async fn what_has_no_value_here_is_an_error_that_names_the_column() {
    let root = folder(&[]);
    let binary: ArrayRef = Arc::new(BinaryArray::from(vec![Some(b"\x00\xff".as_slice())]));
    let huge: ArrayRef = Arc::new(UInt64Array::from(vec![u64::MAX]));
    let long = Decimal128Array::from(vec![10_i128.pow(37) + 1]).with_precision_and_scale(38, 2).unwrap();
    let long: ArrayRef = Arc::new(long);
    write_parquet(&root, "t.parquet", vec![("picture", binary), ("huge", huge), ("long", long)]);
    let source = open(root.path());
    assert_eq!(columns(&source, table("t")).await[0], "picture: Unknown");
    for (sql, name) in [
        ("SELECT picture FROM t", "picture"),
        ("SELECT huge FROM t", "huge"),
        ("SELECT long FROM t", "long"),
        ("SELECT [1, 2] AS list", "list"),
    ] {
        let error = refusal(&source, sql).await;
        assert_eq!(error.code(), Code::QueryFailed, "{error}");
        assert!(error.to_string().starts_with(&format!("column `{name}` of the result holds ")), "{error}");
    }
}

#[tokio::test]
async fn a_malformed_file_is_an_error_that_names_it_and_harms_no_other() {
    let root = folder(&[("bad.parquet", "PAR1 nothing PAR1"), ("none.parquet", "")]);
    write_parquet(&root, "good.parquet", vec![("a", Arc::new(Int64Array::from(vec![1])))]);
    let source = open(root.path());
    for name in ["bad", "none"] {
        let error = refusal(&source, &format!("SELECT * FROM {name}")).await;
        assert_eq!(error.code(), Code::SourceUnavailable, "{error}");
        assert!(error.to_string().starts_with(&format!("file `{name}.parquet` cannot be read: ")), "{error}");
    }
    assert_eq!(cells(&source, "SELECT a FROM good").await, [[Value::Int(1)]]);
}

#[tokio::test]
async fn a_damaged_page_is_an_error() {
    let root = folder(&[]);
    let numbers: Vec<i64> = (0..10_000).map(|number| number * 7919).collect();
    write_parquet(&root, "t.parquet", vec![("a", Arc::new(Int64Array::from(numbers)))]);
    let path = root.path().join("data/t.parquet");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[4..2000].fill(0xff);
    std::fs::write(&path, bytes).unwrap();
    let error = refusal(&open(root.path()), "SELECT sum(a) FROM t").await;
    assert!(matches!(error.code(), Code::SourceUnavailable | Code::QueryFailed), "{error}");
}

#[tokio::test]
async fn files_of_one_folder_are_one_table_whatever_their_order_of_columns() {
    let root = folder(&[]);
    let numbers = |values: &[i64]| -> ArrayRef { Arc::new(Int64Array::from(values.to_vec())) };
    write_parquet(&root, "orders/1.parquet", vec![("a", numbers(&[1])), ("b", numbers(&[2]))]);
    write_parquet(&root, "orders/2.parquet", vec![("b", numbers(&[20])), ("a", numbers(&[10]))]);
    write(&root, "orders/_SUCCESS", "");
    let source = open(root.path());
    assert_eq!(cells(&source, "SELECT sum(a), sum(b) FROM orders").await, [[Value::Int(11), Value::Int(22)]]);
}
