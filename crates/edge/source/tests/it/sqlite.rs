//! What SQLite gives, and what it refuses.

use std::fs;

use metricwright_api::Code;
use metricwright_formula::Value;
use metricwright_source::{Source, SourceError};

use crate::support::{cells, open, run, shop, write};

const ORDERS: &str = "CREATE TABLE orders(id INTEGER PRIMARY KEY, 区域 TEXT, net DECIMAL(18,2), at TEXT);
    INSERT INTO orders VALUES (1, '华东', 10.5, '2025-01-01'), (2, NULL, 3, NULL), (3, '', -0.25, '🛒')";

#[tokio::test]
async fn cells_have_the_type_in_which_they_are_stored() {
    let root = shop(ORDERS).await;
    let source = open(root.path());
    let rows = run(&source, "SELECT id, 区域, net, at FROM orders ORDER BY id").await.unwrap();
    assert_eq!(rows.columns, ["id", "区域", "net", "at"]);
    assert_eq!(
        rows.rows,
        [
            [Value::Int(1), "华东".into(), Value::Float(10.5), "2025-01-01".into()],
            [Value::Int(2), Value::Null, Value::Int(3), Value::Null],
            [Value::Int(3), "".into(), Value::Float(-0.25), "🛒".into()],
        ]
    );
}

#[tokio::test]
async fn numbers_keep_their_range_and_infinity_is_missing() {
    let root = shop("CREATE TABLE t(a)").await;
    let rows =
        cells(&open(root.path()), "SELECT 9223372036854775807, -9223372036854775807 - 1, 9e999, 1 = 1").await;
    assert_eq!(rows, [[Value::Int(i64::MAX), Value::Int(i64::MIN), Value::Null, Value::Int(1)]]);
}

#[tokio::test]
async fn columns_are_named_even_when_there_are_no_rows() {
    let root = shop(ORDERS).await;
    let rows = run(&open(root.path()), "SELECT id AS a, net FROM orders WHERE 0").await.unwrap();
    assert_eq!((rows.columns, rows.rows.len()), (vec!["a".to_owned(), "net".to_owned()], 0));
}

#[tokio::test]
async fn binary_data_is_no_value() {
    let root = shop("CREATE TABLE t(a)").await;
    let error = run(&open(root.path()), "SELECT x'00ff' AS picture").await.unwrap_err();
    assert_eq!(error.to_string(), "column `picture` of the result holds binary data");
    assert_eq!(error.code(), Code::QueryFailed);
}

#[tokio::test]
async fn nothing_can_be_written_or_reached_beside_the_database() {
    let root = shop(ORDERS).await;
    write(&root.path().join("other.db"), "CREATE TABLE secret(a)").await;
    let source = open(root.path());
    for sql in [
        "INSERT INTO orders(id) VALUES (9)",
        "WITH x AS (SELECT 1) DELETE FROM orders",
        "CREATE TABLE t(a)",
        "CREATE TEMP TABLE t(a)",
        "PRAGMA query_only = OFF",
        "VACUUM INTO 'copy.db'",
        "ATTACH 'other.db' AS other",
        "SELECT 1; DELETE FROM orders",
        "SELECT 1; ATTACH 'other.db' AS other",
    ] {
        let error = run(&source, sql).await.unwrap_err();
        assert_eq!(error.code(), Code::QueryNotReadOnly, "{sql}: {error}");
    }
    assert_eq!(cells(&source, "SELECT count(*) FROM orders").await, [[Value::Int(3)]]);
    assert!(run(&source, "SELECT load_extension('x')").await.is_err());
}

#[tokio::test]
async fn errors_say_what_is_missing_and_what_is_there() {
    let root = shop(ORDERS).await;
    let source = open(root.path());
    let check = async |sql: &str, code: Code, message: &str, remedy: &str| {
        let error = run(&source, sql).await.unwrap_err();
        assert_eq!((error.code(), error.to_string().as_str()), (code, message), "{sql}");
        assert_eq!(error.remedy(), remedy, "{sql}");
    };
    check(
        "SELECT * FROM ordesr",
        Code::TableNotFound,
        "table `ordesr` is not in the source",
        "did you mean `orders`? there are `orders`",
    )
    .await;
    check(
        "SELECT price FROM orders",
        Code::UnknownColumn,
        "column `price` is not in the tables that the query reads",
        "name a column that is there",
    )
    .await;
    check(
        "SELECT FROM orders",
        Code::QueryFailed,
        "the query failed: near \"FROM\": syntax error",
        "correct the query, or the data that it reads",
    )
    .await;
}

#[tokio::test]
async fn what_is_no_database_is_unavailable() {
    let root = shop(ORDERS).await;
    fs::write(root.path().join("shop.db"), "orders,1\n".repeat(1000)).unwrap();
    let error = open(root.path()).probe().await.unwrap_err();
    assert_eq!(error.code(), Code::SourceUnavailable);
    assert_eq!(error.to_string(), "database `shop.db` cannot be read: file is not a database");
}

#[tokio::test]
async fn changes_are_seen_at_the_next_query_also_of_a_file_that_takes_its_place() {
    let root = shop(ORDERS).await;
    let source = open(root.path());
    let count = async || cells(&source, "SELECT count(*) FROM orders").await;
    assert_eq!(count().await, [[Value::Int(3)]]);
    write(&root.path().join("shop.db"), "INSERT INTO orders(id) VALUES (4)").await;
    assert_eq!(count().await, [[Value::Int(4)]]);
    write(&root.path().join("new.db"), "CREATE TABLE orders(id); INSERT INTO orders VALUES (1)").await;
    fs::rename(root.path().join("new.db"), root.path().join("shop.db")).unwrap();
    assert_eq!(count().await, [[Value::Int(1)]]);
    fs::remove_file(root.path().join("shop.db")).unwrap();
    let gone = run(&source, "SELECT count(*) FROM orders").await.unwrap_err();
    assert!(matches!(gone, SourceError::PathInvalid { .. }), "{gone}");
}

#[tokio::test]
async fn a_database_that_somebody_writes_to_can_be_read() {
    let root = shop(&format!("PRAGMA journal_mode = WAL; {ORDERS}")).await;
    let source = open(root.path());
    assert_eq!(cells(&source, "SELECT count(*) FROM orders").await, [[Value::Int(3)]]);
    write(&root.path().join("shop.db"), "INSERT INTO orders(id) VALUES (4)").await;
    assert_eq!(cells(&source, "SELECT count(*) FROM orders").await, [[Value::Int(4)]]);
}

#[tokio::test]
async fn a_probe_tells_version_and_tables() {
    let root = shop(
        "CREATE TABLE a(x); CREATE VIEW b AS SELECT 1; CREATE TABLE c(x INTEGER PRIMARY KEY AUTOINCREMENT)",
    )
    .await;
    let source = open(root.path());
    let health = source.probe().await.unwrap();
    assert!(health.version.starts_with("SQLite 3."), "{health:?}");
    assert_eq!((health.tables, source.engine()), (3, "sqlite"));
}
