//! A process that is killed in the middle leaves all of a transaction or nothing.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use metricwright_formula::Value;
use metricwright_store::{SqliteStore, Store};
use tempfile::TempDir;

use crate::support::{commit, coverage, part, point, points, rule, step};

const FOLDER: &str = "METRICWRIGHT_TEST_STORE";
const DIES_AT: &str = "METRICWRIGHT_TEST_DIES_AT";

/// What the child does: a run and a rule, dying at one write.
async fn work(folder: &Path, dies_at: String) {
    let store = SqliteStore::open(folder).await.unwrap().with_hook(Arc::new(move |point| {
        if point == dies_at {
            std::process::abort();
        }
    }));
    let rows = (0..50).map(|on| point("{}", on, Value::Int(on), 1)).collect();
    commit(&store, vec![part("", 0, 50, rows)]).await;
    store.commit_rule(step(None, 5, "drop-1")).await.unwrap();
}

/// Not a test by itself: the test below runs it as the process that is killed.
#[tokio::test]
async fn child() {
    if let (Ok(folder), Ok(dies_at)) = (std::env::var(FOLDER), std::env::var(DIES_AT)) {
        work(Path::new(&folder), dies_at).await;
    }
}

/// Points and states that are there after the child died at a write.
async fn left_by(dies_at: &str) -> (usize, usize, bool) {
    let folder = TempDir::new().unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::child"])
        .env(FOLDER, folder.path())
        .env(DIES_AT, dies_at)
        .output()
        .unwrap();
    assert!(!output.status.success(), "it did not die at {dies_at}");
    let store = SqliteStore::open(folder.path()).await.unwrap();
    let known = store.rule_record(&rule()).await.unwrap();
    let episodes = store.episodes_of_rule(&rule().rule).await.unwrap();
    assert_eq!(known.is_some(), episodes.len() == 1, "half of a rule's step was kept");
    (points(&store, "").await.len(), coverage(&store, "").await.len(), known.is_some())
}

#[tokio::test]
async fn a_killed_process_leaves_all_of_a_step_or_nothing() {
    assert_eq!(left_by("run:before-commit").await, (0, 0, false));
    assert_eq!(left_by("run:after-commit").await, (50, 1, false));
    assert_eq!(left_by("rule:before-commit").await, (50, 1, false));
    assert_eq!(left_by("rule:after-commit").await, (50, 1, true));
}
