//! A process that is killed in the middle leaves all of a transaction or nothing.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use metricwright_formula::Value;
use metricwright_store::{Hook, PostgresStore, SqliteStore, Store};
use tempfile::TempDir;

use crate::support::{commit, coverage, database, part, point, points, rule, step};

const PLACE: &str = "METRICWRIGHT_TEST_STORE";
const DIES_AT: &str = "METRICWRIGHT_TEST_DIES_AT";

/// The store at a URL or in a folder, with the turn to write.
async fn open(place: &str, hook: Hook) -> Box<dyn Store> {
    if place.starts_with("postgres:") {
        let store = PostgresStore::open(place).unwrap().with_hook(hook);
        store.lead(None).await.unwrap();
        Box::new(store)
    } else {
        Box::new(SqliteStore::open(Path::new(place)).await.unwrap().with_hook(hook))
    }
}

/// What the child does: a run and a rule, dying at one write.
async fn work(place: &str, dies_at: String) {
    let hook: Hook = Arc::new(move |point| {
        if point == dies_at {
            std::process::abort();
        }
    });
    let store = open(place, hook).await;
    let rows = (0..50).map(|on| point("{}", on, Value::Int(on), 1)).collect();
    commit(&*store, vec![part("", 0, 50, rows)]).await;
    store.commit_rule(step(None, 5, "drop-1")).await.unwrap();
}

/// Not a test by itself: the test below runs it as the process that is killed.
#[tokio::test]
async fn child() {
    if let (Ok(place), Ok(dies_at)) = (std::env::var(PLACE), std::env::var(DIES_AT)) {
        work(&place, dies_at).await;
    }
}

/// Points and states that are there after the child died at a write.
async fn left_by(place: &str, dies_at: &str) -> (usize, usize, bool) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::child"])
        .env(PLACE, place)
        .env(DIES_AT, dies_at)
        .output()
        .unwrap();
    assert!(!output.status.success(), "it did not die at {dies_at}");
    let store = open(place, Arc::new(|_| ())).await;
    let known = store.rule_record(&rule()).await.unwrap();
    let episodes = store.episodes_of_rule(&rule().rule).await.unwrap();
    assert_eq!(known.is_some(), episodes.len() == 1, "half of a rule's step was kept");
    (points(&*store, "").await.len(), coverage(&*store, "").await.len(), known.is_some())
}

const LEFT: [(&str, (usize, usize, bool)); 4] = [
    ("run:before-commit", (0, 0, false)),
    ("run:after-commit", (50, 1, false)),
    ("rule:before-commit", (50, 1, false)),
    ("rule:after-commit", (50, 1, true)),
];

#[tokio::test]
async fn a_killed_process_leaves_all_of_a_step_or_nothing() {
    for (dies_at, left) in LEFT {
        let folder = TempDir::new().unwrap();
        assert_eq!(left_by(&folder.path().display().to_string(), dies_at).await, left, "SQLite, {dies_at}");
        assert_eq!(left_by(&database().await, dies_at).await, left, "PostgreSQL, {dies_at}");
    }
}
