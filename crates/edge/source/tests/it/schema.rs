//! Columns of tables and queries.

use metricwright_api::Code;
use metricwright_catalog::resolved::Relation;
use metricwright_source::Source;

use crate::support::{open, shop};

const TABLES: &str = "CREATE TABLE orders(
        id INTEGER PRIMARY KEY, at DATETIME NOT NULL, net DECIMAL(18, 2), paid BOOLEAN, note, day DATE,
        twice REAL GENERATED ALWAYS AS (net * 2) VIRTUAL);
    CREATE VIEW daily AS SELECT day, sum(net) AS net FROM orders GROUP BY day";

async fn columns(source: &dyn Source, relation: Relation) -> Vec<String> {
    let columns = source.columns(&relation).await.unwrap();
    let text = |nullable| if nullable { "" } else { " not null" };
    columns.into_iter().map(|it| format!("{}: {}{}", it.name, it.data_type, text(it.nullable))).collect()
}

#[tokio::test]
async fn columns_have_the_types_declared() {
    let root = shop(TABLES).await;
    let source = open(root.path());
    assert_eq!(
        columns(&source, Relation::Table("orders".into())).await,
        [
            "id: Int",
            "at: DateTime not null",
            "net: Decimal(18,2)",
            "paid: Bool",
            "note: Unknown",
            "day: Date",
            "twice: Float"
        ]
    );
    assert_eq!(columns(&source, Relation::Table("daily".into())).await, ["day: Date", "net: Unknown"]);
}

#[tokio::test]
async fn columns_of_a_query_keep_the_types_of_their_tables() {
    let root = shop(TABLES).await;
    let query =
        "SELECT o.id AS number, o.net, o.net + 1 AS more, d.day FROM orders o LEFT JOIN daily d ON true";
    let found = columns(&open(root.path()), Relation::Query(query.into())).await;
    assert_eq!(found, ["number: Int", "net: Decimal(18,2)", "more: Unknown", "day: Date"]);
}

#[tokio::test]
async fn a_relation_that_is_not_there_is_an_error() {
    let root = shop(TABLES).await;
    let source = open(root.path());
    let check = async |relation: Relation, code: Code| {
        let error = source.columns(&relation).await.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
    };
    check(Relation::Table("order".into()), Code::TableNotFound).await;
    check(Relation::Query("SELECT * FROM order_lines".into()), Code::TableNotFound).await;
    check(Relation::Query("SELECT prise FROM orders".into()), Code::UnknownColumn).await;
    check(Relation::Query("DELETE FROM orders".into()), Code::QueryNotReadOnly).await;
}
