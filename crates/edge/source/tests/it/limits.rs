//! Limits hold, whatever the engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use metricwright_api::Code;
use metricwright_catalog::resolved::{ColumnInfo, Relation};
use metricwright_formula::Value;
use metricwright_query::{SqlDialect, SqliteSql};
use metricwright_source::{Engine, Limited, Limits, RowBuffer, Source, SourceError, SourceHealth};
use tokio::sync::Semaphore;

use crate::support::{ENDLESS, cells, open_with, run, shop};

fn limits(max_concurrent_queries: u32, millis: u64, max_result_rows: u64) -> Limits {
    Limits { max_concurrent_queries, statement_timeout: Duration::from_millis(millis), max_result_rows }
}

#[tokio::test]
async fn a_query_that_takes_too_long_is_ended_and_makes_room() {
    let root = shop("CREATE TABLE t(a)").await;
    let source = open_with(root.path(), limits(1, 300, 10));
    let begun = Instant::now();
    let error = run(&source, ENDLESS).await.unwrap_err();
    assert_eq!(error, SourceError::Timeout { after: Duration::from_millis(300) });
    assert_eq!(error.code(), Code::LimitReached);
    // There is one connection only: it answers because the statement on it was interrupted.
    assert_eq!(cells(&source, "SELECT 1").await, [[Value::Int(1)]]);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_query_that_nobody_waits_for_is_ended() {
    let root = shop("CREATE TABLE t(a)").await;
    let source = open_with(root.path(), limits(1, 60_000, 10));
    let given_up = tokio::time::timeout(Duration::from_millis(100), run(&source, ENDLESS)).await;
    assert!(given_up.is_err());
    assert_eq!(cells(&source, "SELECT 1").await, [[Value::Int(1)]]);
}

#[tokio::test]
async fn more_rows_than_allowed_are_an_error_and_never_a_cut() {
    let root = shop("CREATE TABLE t(a); INSERT INTO t VALUES (1), (2), (3)").await;
    let source = open_with(root.path(), limits(1, 60_000, 3));
    assert_eq!(cells(&source, "SELECT a FROM t").await.len(), 3);
    let endless = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c";
    let error = run(&source, endless).await.unwrap_err();
    assert_eq!(error, SourceError::TooManyRows { limit: 3 });
    assert_eq!(error.code(), Code::LimitReached);
}

/// Counts who is inside, and lets nobody out before the gate opens.
struct Crowd {
    inside: Arc<AtomicU32>,
    most: Arc<AtomicU32>,
    gate: Arc<Semaphore>,
}

#[async_trait]
impl Engine for Crowd {
    fn dialect(&self) -> &'static dyn SqlDialect {
        &SqliteSql
    }

    fn name(&self) -> &'static str {
        "crowd"
    }

    async fn probe(&self) -> Result<SourceHealth, SourceError> {
        Ok(SourceHealth { version: String::new(), tables: 0 })
    }

    async fn columns(&self, _: &Relation) -> Result<Vec<ColumnInfo>, SourceError> {
        Ok(Vec::new())
    }

    async fn fetch(&self, _: &str, _: &mut RowBuffer) -> Result<(), SourceError> {
        let now = self.inside.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        self.gate.acquire().await.unwrap().forget();
        self.inside.fetch_sub(1, Ordering::SeqCst);
        Ok(())
    }
}

#[tokio::test]
async fn no_more_queries_run_at_once_than_allowed_and_waiting_is_not_counted() {
    let (inside, most, gate) = (Arc::default(), Arc::default(), Arc::new(Semaphore::new(0)));
    let crowd = Crowd { inside: Arc::clone(&inside), most: Arc::clone(&most), gate: Arc::clone(&gate) };
    let source = Arc::new(Limited::new(crowd, limits(3, 60_000, 10)));
    let queries: Vec<_> = (0..10)
        .map(|_| {
            let source = Arc::clone(&source);
            tokio::spawn(async move { source.run("").await })
        })
        .collect();
    while inside.load(Ordering::SeqCst) < 3 {
        tokio::task::yield_now().await;
    }
    gate.add_permits(10);
    for query in queries {
        query.await.unwrap().unwrap();
    }
    assert_eq!(most.load(Ordering::SeqCst), 3);
}
