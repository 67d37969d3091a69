//! Statuses of the local host, and notes.

use metricwright_api::Kind;
use metricwright_store::{PostgresStore, SqliteStore, Store};

use crate::support::{metric, on_both};

on_both!(a_status_is_written_where_it_differs);
async fn a_status_is_written_where_it_differs(store: &dyn Store) {
    assert!(store.put_status(&metric("m"), "{\"a\":1}").await.unwrap());
    assert!(!store.put_status(&metric("m"), "{\"a\":1}").await.unwrap());
    assert!(store.put_status(&metric("m"), "{\"a\":\"毛利率\"}").await.unwrap());
    let all = store.statuses(Kind::Metric).await.unwrap();
    assert_eq!(all, [(metric("m"), "{\"a\":\"毛利率\"}".to_owned())]);
    assert!(store.statuses(Kind::Dataset).await.unwrap().is_empty());
    store.delete_status(&metric("m")).await.unwrap();
    assert!(store.statuses(Kind::Metric).await.unwrap().is_empty());
}

async fn notes(store: &dyn Store) {
    assert_eq!(store.note("made:shop/drop-1").await.unwrap().as_deref(), Some("yes"));
    assert_eq!(store.note("made:shop/drop-2").await.unwrap(), None);
}

#[tokio::test]
async fn what_is_kept_is_there_after_opening_anew() {
    let (folder, store) = sqlite().await;
    store.put_note("made:shop/drop-1", "yes").await.unwrap();
    drop(store);
    notes(&SqliteStore::open(folder.path()).await.unwrap()).await;
    let url = database().await;
    postgres_at(&url).await.put_note("made:shop/drop-1", "yes").await.unwrap();
    notes(&PostgresStore::open(&url).unwrap()).await;
}
