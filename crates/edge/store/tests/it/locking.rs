//! One process writes; others read beside it, or are told what to do.

use metricwright_formula::Value;
use metricwright_store::{SqliteStore, StoreError};

use crate::support::{commit, part, point, points, sqlite};

#[tokio::test]
async fn a_second_writer_is_refused_and_a_reader_is_not() {
    let (folder, store) = sqlite().await;
    commit(&store, vec![part("", 1, 2, vec![point("{}", 1, Value::Int(7), 1)])]).await;
    let error = SqliteStore::open(folder.path()).await.err().unwrap();
    assert!(matches!(error, StoreError::Locked(_)), "{error}");
    assert!(error.to_string().contains("in use by another process"), "{error}");
    let reader = SqliteStore::open_read_only(folder.path()).unwrap();
    assert_eq!(points(&reader, "").await.len(), 1);
    // What is written later is seen, too.
    commit(&store, vec![part("", 2, 3, vec![point("{}", 2, Value::Int(8), 1)])]).await;
    assert_eq!(points(&reader, "").await.len(), 2);
    drop(store);
    SqliteStore::open(folder.path()).await.unwrap();
}

#[tokio::test]
async fn what_is_no_store_is_an_error_that_says_so() {
    let folder = tempfile::TempDir::new().unwrap();
    let error = SqliteStore::open_read_only(folder.path()).err().unwrap();
    assert!(
        matches!(error, StoreError::Missing(_)) && error.to_string().contains("metricwright up"),
        "{error}"
    );
    std::fs::write(folder.path().join("store.db"), "this is a letter, not a database".repeat(100)).unwrap();
    let error = SqliteStore::open(folder.path()).await.err().unwrap();
    assert!(error.to_string().contains("database"), "{error}");
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = SqliteStore::open(&file).await.err().unwrap();
    assert!(matches!(error, StoreError::Folder { .. }), "{error}");
}
