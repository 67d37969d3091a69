//! What SQL may do, and how it fails.

use metricwright_api::Code;
use metricwright_catalog::resolved::Relation;
use metricwright_formula::Value;
use metricwright_source::Source;

use crate::support::{cells, columns, folder, open, refusal};

const ORDERS: (&str, &str) = ("orders.csv", "Id,net,region\n1,10,北\n2,20,南\n3,5,\n");

#[tokio::test]
async fn names_are_as_written_quoted_or_not() {
    let root = folder(&[ORDERS]);
    let source = open(root.path());
    let rows = source
        .run("SELECT Id, \"Id\" AS Twice, SUM(net) AS Total FROM orders GROUP BY Id LIMIT 0")
        .await
        .unwrap();
    assert_eq!(rows.columns, ["Id", "Twice", "Total"]);
    assert_eq!(refusal(&source, "SELECT id FROM orders").await.code(), Code::UnknownColumn);
}

#[tokio::test]
async fn a_query_has_columns_too() {
    let root = folder(&[ORDERS]);
    let query = "WITH big AS (SELECT * FROM orders WHERE net > 5) SELECT region, sum(net) AS net, count(*) > 1 AS many FROM big GROUP BY region";
    let found = columns(&open(root.path()), Relation::Query(query.to_owned())).await;
    assert_eq!(found, ["region: String", "net: Int", "many: Bool"]);
}

#[tokio::test]
async fn only_reading_is_allowed() {
    let root = folder(&[ORDERS]);
    let source = open(root.path());
    let out = root.path().join("out.csv");
    for sql in [
        "CREATE TABLE t AS SELECT 1".to_owned(),
        format!("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '{}'", out.display()),
        "DROP TABLE orders".to_owned(),
        "INSERT INTO orders VALUES (4, 1, 'x')".to_owned(),
        "DELETE FROM orders".to_owned(),
        "UPDATE orders SET net = 0".to_owned(),
        format!("COPY orders TO '{}'", out.display()),
        "SET datafusion.execution.batch_size = 1".to_owned(),
        "BEGIN".to_owned(),
        "SELECT 1; SELECT 2".to_owned(),
    ] {
        let error = refusal(&source, &sql).await;
        assert_eq!(error.code(), Code::QueryNotReadOnly, "{sql}: {error}");
    }
    assert!(!out.exists());
    assert_eq!(cells(&source, "SELECT count(*) FROM orders").await, [[Value::Int(3)]]);
}

#[tokio::test]
async fn errors_say_what_is_missing_and_what_is_there() {
    let root = folder(&[ORDERS, ("stores.csv", "a\n1\n")]);
    let source = open(root.path());
    let check = async |sql: &str, code: Code, message: &str, remedy: &str| {
        let error = refusal(&source, sql).await;
        assert_eq!((error.code(), error.to_string().as_str()), (code, message), "{sql}");
        assert_eq!(error.remedy(), remedy, "{sql}");
    };
    check(
        "SELECT * FROM order",
        Code::TableNotFound,
        "table `order` is not in the source",
        "did you mean `orders`? there are `orders` and `stores`",
    )
    .await;
    check(
        "SELECT nett FROM orders",
        Code::UnknownColumn,
        "column `nett` is not in the tables that the query reads",
        "did you mean `net`? there are `Id`, `net` and `region`",
    )
    .await;
    let fix = "correct the query, or the data that it reads";
    check("SELECT * FROM", Code::QueryFailed, "the query failed: expected: identifier, found: EOF", fix)
        .await;
    check(
        "SELECT frob FROM range(3)",
        Code::UnknownColumn,
        "column `frob` is not in the tables that the query reads",
        "there are `value`",
    )
    .await;
    check("SELECT 1 / 0", Code::QueryFailed, "the query failed: divide by zero error", fix).await;
    check("SELECT frobnicate(1)", Code::QueryFailed, "the query failed: invalid function 'frobnicate'", fix)
        .await;
}

#[tokio::test]
async fn deep_expressions_are_read() {
    let root = folder(&[ORDERS]);
    let source = open(root.path());
    let sum = format!("SELECT {}1{}", "(1 + ".repeat(120), ")".repeat(120));
    assert_eq!(cells(&source, &sum).await, [[Value::Int(121)]]);
    let deeper = format!("SELECT {}1{}", "(1 + ".repeat(100_000), ")".repeat(100_000));
    assert_eq!(refusal(&source, &deeper).await.code(), Code::QueryFailed);
    let long = format!("SELECT 1{}", " + 1".repeat(300));
    assert_eq!(cells(&source, &long).await, [[Value::Int(301)]]);
    let longer = format!("SELECT 1{}", " + 1".repeat(8_000));
    assert_eq!(
        refusal(&source, &longer).await.to_string(),
        "the query failed: it is nested deeper than 1000 levels"
    );
}
