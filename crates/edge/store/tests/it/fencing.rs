//! On a store that several share, whoever lost the turn changes nothing.

use std::time::Duration;

use metricwright_api::Grain;
use metricwright_formula::Value;
use metricwright_store::{Lead, PostgresStore, Store, StoreError};
use metricwright_testkit::databases::{Postgres, PostgresOptions};
use metricwright_testkit::eventually;
use sqlx::Connection;

use crate::support::{commit, database, day, metric, part, point, points, postgres_at, step};

fn lead(epoch: u64) -> Lead {
    Lead { lease: "lease-1".to_owned(), epoch }
}

#[tokio::test]
async fn every_write_of_one_that_lost_the_turn_is_refused() {
    let url = database().await;
    let (old, new) = (PostgresStore::open(&url).unwrap(), PostgresStore::open(&url).unwrap());
    assert!(matches!(old.put_note("a", "b").await, Err(StoreError::Database(_))), "there is no schema yet");
    old.lead(Some(&lead(3))).await.unwrap();
    commit(&old, vec![part("", 1, 2, vec![point("{}", 1, Value::Int(7), 1)])]).await;
    old.commit_rule(step(None, 5, "drop-1")).await.unwrap();

    assert!(matches!(new.put_note("a", "b").await, Err(StoreError::Fenced)), "it does not lead yet");
    new.lead(Some(&lead(4))).await.unwrap();
    let due = new.outbox_due(&crate::support::channel(), day(2), 9).await.unwrap();
    let refused = [
        old.commit_rule(step(Some(5), 6, "drop-1")).await.err(),
        old.close_episode("shop", "drop-1").await.err(),
        old.outbox_delivered(&due[0].key, day(3)).await.err(),
        old.outbox_failed(&due[0].key, "503", day(3)).await.err(),
        old.put_status(&metric("m"), "{}").await.err(),
        old.delete_status(&metric("m")).await.err(),
        old.put_note("a", "b").await.err(),
        old.sweep_metrics(&[], day(900), day(901)).await.err(),
        old.forget(&metric("revenue"), Grain::Day, day(900)).await.err(),
    ];
    assert!(refused.iter().all(|error| matches!(error, Some(StoreError::Fenced))), "{refused:?}");
    assert_eq!(new.outbox_due(&crate::support::channel(), day(2), 9).await.unwrap(), due);
    assert_eq!(points(&old, "").await, points(&new, "").await, "it reads on");
}

#[tokio::test]
async fn an_earlier_holder_of_the_lease_cannot_take_the_turn_back() {
    let url = database().await;
    let (early, late) = (PostgresStore::open(&url).unwrap(), PostgresStore::open(&url).unwrap());
    late.lead(Some(&lead(4))).await.unwrap();
    // It was stopped between taking the Lease and taking the turn.
    assert!(matches!(early.lead(Some(&lead(3))).await, Err(StoreError::Fenced)));
    late.put_note("a", "b").await.unwrap();
    // A Lease that was deleted and made anew counts from 1 again.
    early.lead(Some(&Lead { lease: "lease-2".to_owned(), epoch: 1 })).await.unwrap();
    assert!(matches!(late.put_note("a", "b").await, Err(StoreError::Fenced)));
}

#[tokio::test]
async fn one_that_was_stopped_in_a_transaction_does_not_hold_up_the_next() {
    let url = database().await;
    let store = postgres_at(&url).await;
    // What a process does that is stopped between checking its turn and committing.
    let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
    let options = options.options([("idle_in_transaction_session_timeout", "10000")]);
    let mut stopped = sqlx::PgConnection::connect_with(&options).await.unwrap();
    let mut transaction = stopped.begin().await.unwrap();
    sqlx::query("SELECT 1 FROM leader FOR SHARE").execute(&mut *transaction).await.unwrap();
    let begun = std::time::Instant::now();
    store.lead(None).await.unwrap();
    println!("the turn was taken from a stopped process in {:.1?}", begun.elapsed());
    sqlx::query("SELECT 1").execute(&mut *transaction).await.unwrap_err();
}

#[tokio::test]
async fn a_server_that_was_gone_is_used_again() {
    let server = Postgres::launch(PostgresOptions::default()).await.unwrap_or_else(|error| panic!("{error}"));
    let store = postgres_at(&server.create_database().await.unwrap()).await;
    store.put_note("a", "b").await.unwrap();
    server.stop();
    let error = store.ping().await.unwrap_err();
    assert!(matches!(error, StoreError::Database(_)), "{error}");
    server.start().await.unwrap();
    let answers = || async { store.ping().await.map_err(|error| error.to_string()) };
    eventually(Duration::from_mins(1), answers).await.unwrap();
    assert_eq!(store.note("a").await.unwrap().as_deref(), Some("b"));
    store.put_note("a", "c").await.unwrap();
}

#[tokio::test]
async fn a_url_that_is_none_is_refused_without_showing_it() {
    for url in ["", "mysql://user:secret@host/db", "postgres://user:sec ret@:x"] {
        let error = PostgresStore::open(url).err().unwrap();
        assert!(matches!(error, StoreError::Url) && !error.to_string().contains("sec"), "{error}");
    }
}

#[tokio::test]
async fn a_schema_that_a_newer_program_extended_is_used_and_one_that_it_changed_is_refused() {
    let url = database().await;
    let store = postgres_at(&url).await;
    let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
    let newer = "ALTER TABLE outbox ADD COLUMN priority INTEGER; ALTER TABLE run ADD COLUMN bytes BIGINT DEFAULT 0; \
                 ALTER TABLE episode ADD COLUMN note TEXT; ALTER TABLE rule_record ADD COLUMN more TEXT; \
                 INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (99, 'newer', true, '', 0)";
    sqlx::raw_sql(newer).execute(&mut connection).await.unwrap();
    store.lead(None).await.unwrap();
    commit(&store, vec![part("", 1, 2, vec![point("{}", 1, Value::Int(7), 1)])]).await;
    store.commit_rule(step(None, 5, "drop-1")).await.unwrap();
    assert_eq!(points(&store, "").await.len(), 1);

    sqlx::raw_sql("UPDATE leader SET min_reader = 99").execute(&mut connection).await.unwrap();
    let error = PostgresStore::open(&url).unwrap().lead(None).await.unwrap_err();
    assert!(error.to_string().contains("must know version 99"), "{error}");
}
