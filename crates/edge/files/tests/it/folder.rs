//! Which file is which table, and what changes.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array};
use metricwright_api::Code;
use metricwright_files::FilesSource;
use metricwright_formula::Value;
use metricwright_source::{Limited, Limits, Source};
use tempfile::TempDir;

use crate::support::{cells, columns, folder, open, refusal, runtime, table, write, write_parquet};

fn numbers(values: &[i64]) -> Vec<(&'static str, ArrayRef)> {
    vec![("a", Arc::new(Int64Array::from(values.to_vec())))]
}

#[tokio::test]
async fn files_are_tables_by_their_stem_whatever_their_name() {
    let names = ["orders.csv", "订单 2025.csv", "50% off [new]*?#.csv", "v1.2.CSV", "Upper.csv"];
    let root = folder(&names.map(|name| (name, "a\n1\n")));
    for other in ["README.md", ".hidden.csv", "_draft.csv", "notes"] {
        write(&root, other, "a\n1\n");
    }
    let source = open(root.path());
    assert_eq!(source.probe().await.unwrap().tables, names.len());
    for name in ["orders", "订单 2025", "50% off [new]*?#", "v1.2", "Upper"] {
        assert_eq!(cells(&source, &format!("SELECT a FROM \"{name}\"")).await, [[Value::Int(1)]], "{name}");
        assert_eq!(columns(&source, table(name)).await, ["a: Int"]);
    }
    assert_eq!(cells(&source, "SELECT a FROM Upper").await, [[Value::Int(1)]]);
    assert_eq!(refusal(&source, "SELECT a FROM upper").await.code(), Code::TableNotFound);
}

#[tokio::test]
async fn a_name_that_two_files_claim_is_an_error_for_those_who_use_it() {
    let root = folder(&[("orders.csv", "a\n1\n"), ("orders/1.csv", "a\n1\n"), ("stores.csv", "a\n1\n")]);
    write_parquet(&root, "orders.parquet", numbers(&[1]));
    let source = open(root.path());
    let error = refusal(&source, "SELECT * FROM orders").await;
    assert_eq!(
        error.to_string(),
        "table `orders` could be any of `orders/`, `orders.csv` and `orders.parquet`"
    );
    assert_eq!(error.code(), Code::TableNotFound);
    assert_eq!(source.columns(&table("orders")).await.unwrap_err(), error);
    assert_eq!(cells(&source, "SELECT a FROM stores").await, [[Value::Int(1)]]);
}

#[tokio::test]
async fn a_folder_of_csv_files_is_one_table_if_their_headers_are_the_same() {
    let root = folder(&[("t/1.csv", "a,b\n1,x\n"), ("t/2.csv", "a,b\n0.5,\n"), ("u/1.csv", "a,b\n1,2\n")]);
    write(&root, "u/2.csv", "b,a\n1,2\n");
    write(&root, "mixed/1.csv", "a\n1\n");
    write_parquet(&root, "mixed/2.parquet", numbers(&[1]));
    write(&root, "nothing/README.md", "");
    let source = open(root.path());
    assert_eq!(columns(&source, table("t")).await, ["a: Float", "b: String"]);
    assert_eq!(cells(&source, "SELECT sum(a), count(b) FROM t").await, [[Value::Float(1.5), Value::Int(1)]]);
    let differs = refusal(&source, "SELECT * FROM u").await.to_string();
    assert_eq!(differs, "file `u/2.csv` cannot be read: its header differs from that of the files beside it");
    let mixed = refusal(&source, "SELECT * FROM mixed").await.to_string();
    assert_eq!(mixed, "folder `mixed/` cannot be read: it holds files of several kinds");
    assert_eq!(refusal(&source, "SELECT * FROM nothing").await.code(), Code::TableNotFound);
}

#[tokio::test]
async fn changes_are_noticed_at_the_next_query() {
    let root = folder(&[("t.csv", "a\n1\n"), ("other.csv", "a\n5\n")]);
    write_parquet(&root, "p.parquet", numbers(&[1, 2]));
    let source = open(root.path());
    let sums = "SELECT (SELECT sum(a) FROM t), (SELECT sum(a) FROM p), (SELECT count(*) FROM p)";
    let ints = |values: [i64; 3]| [values.map(Value::Int).to_vec()];
    assert_eq!(cells(&source, sums).await, ints([1, 3, 2]));
    write(&root, "t.csv", "a\n1\n10\n");
    write_parquet(&root, "p.parquet", numbers(&[1, 2, 40]));
    assert_eq!(cells(&source, sums).await, ints([11, 43, 3]));
    // a new column, a new table, and one less
    write(&root, "t.csv", "a,b\n1,x\n");
    write(&root, "new.csv", "a\n7\n");
    fs::remove_file(root.path().join("data/other.csv")).unwrap();
    assert_eq!(columns(&source, table("t")).await, ["a: Int", "b: String"]);
    assert_eq!(cells(&source, "SELECT b FROM t").await, [["x".into()]]);
    assert_eq!(cells(&source, "SELECT a FROM new").await, [[Value::Int(7)]]);
    assert_eq!(refusal(&source, "SELECT a FROM other").await.code(), Code::TableNotFound);
}

#[tokio::test]
async fn no_query_mixes_two_versions_of_a_file() {
    let root = folder(&[]);
    for version in 1..=2_i64 {
        write_parquet(&root, &format!("_{version}.parquet"), numbers(&[version; 1000]));
    }
    let data = root.path().join("data");
    let swap = |index: usize| {
        let version = data.join(format!("_{}.parquet", index % 2 + 1));
        fs::copy(version, data.join("_new.parquet")).unwrap();
        fs::rename(data.join("_new.parquet"), data.join("t.parquet")).unwrap();
    };
    swap(0);
    let source = open(root.path());
    let twice = "SELECT (SELECT sum(a) FROM t) AS x, (SELECT sum(a) FROM t WHERE a > 0) AS y, (SELECT count(*) FROM t) AS z";
    for index in 0..60 {
        // Sooner or later while the query runs.
        let meanwhile = async {
            for _ in 0..index * 50 {
                tokio::task::yield_now().await;
            }
            swap(index);
        };
        let (outcome, ()) = tokio::join!(source.run(twice), meanwhile);
        match outcome {
            Ok(rows) => assert_eq!(rows.rows[0][0], rows.rows[0][1]),
            Err(error) => assert!(error.to_string().contains("changed during each"), "{error}"),
        }
    }
    let of_version =
        |version: i64| [Value::Int(version * 1000), Value::Int(version * 1000), Value::Int(1000)];
    assert_eq!(cells(&source, twice).await, [of_version(2)]);
}

#[tokio::test]
async fn a_faulty_file_that_is_corrected_works() {
    let root = folder(&[("t.csv", "a,a\n1,2\n")]);
    let source = open(root.path());
    assert_eq!(refusal(&source, "SELECT a FROM t").await.code(), Code::SourceUnavailable);
    write(&root, "t.csv", "a,b\n1,2\n");
    assert_eq!(cells(&source, "SELECT b FROM t").await, [[Value::Int(2)]]);
}

#[tokio::test]
async fn nothing_outside_the_data_root_is_read() {
    let outside = folder(&[("secret.csv", "a\n1\n")]);
    let root = folder(&[("real.csv", "a\n1\n")]);
    let data = root.path().join("data");
    symlink(outside.path().join("data/secret.csv"), data.join("secret.csv")).unwrap();
    symlink(outside.path().join("data"), data.join("all")).unwrap();
    symlink("real.csv", data.join("same.csv")).unwrap();
    let source = open(root.path());
    for name in ["secret", "all"] {
        let error = refusal(&source, &format!("SELECT * FROM \"{name}\"")).await;
        assert_eq!(error.code(), Code::PathInvalid, "{error}");
    }
    assert_eq!(cells(&source, "SELECT a FROM same").await, [[Value::Int(1)]]);
    for path in ["../data", "/etc", "missing", "data/real.csv", "data/all"] {
        let source = Limited::new(FilesSource::new(root.path(), path, runtime()), Limits::default());
        assert_eq!(source.probe().await.unwrap_err().code(), Code::PathInvalid, "{path}");
        assert_eq!(refusal(&source, "SELECT 1").await.code(), Code::PathInvalid, "{path}");
    }
}

#[tokio::test]
async fn files_can_be_addressed_by_no_path() {
    let root = folder(&[("t.csv", "a\n1\n")]);
    let path = root.path().join("data/t.csv");
    let source = open(root.path());
    for sql in [
        format!("SELECT * FROM '{}'", path.display()),
        format!("SELECT * FROM \"{}\"", path.display()),
        format!("SELECT * FROM \"file://{}\"", path.display()),
        format!("SELECT * FROM read_csv('{}')", path.display()),
        "SELECT * FROM information_schema.tables".to_owned(),
    ] {
        let error = refusal(&source, &sql).await;
        assert!(matches!(error.code(), Code::TableNotFound | Code::QueryFailed), "{sql}: {error}");
    }
}

#[tokio::test]
async fn an_empty_folder_is_a_source_without_tables() {
    let root = TempDir::new().unwrap();
    fs::create_dir(root.path().join("data")).unwrap();
    let health = open(root.path()).probe().await.unwrap();
    assert_eq!(health.tables, 0);
    assert!(health.version.starts_with("DataFusion 55"), "{health:?}");
}
