//! Limits hold for files too.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use metricwright_api::Code;
use metricwright_files::{FilesRuntime, FilesSettings, FilesSource};
use metricwright_formula::Value;
use metricwright_source::{Limited, Limits, SourceError};
use tempfile::TempDir;

use crate::support::{cells, folder, open_with, refusal};

/// 2,000 rows, whose cube is an hour of work.
fn many() -> TempDir {
    let mut csv = "a\n".to_owned();
    for number in 0..2_000 {
        writeln!(csv, "{number}").unwrap();
    }
    folder(&[("t.csv", &csv)])
}

fn limits(millis: u64, max_result_rows: u64) -> Limits {
    Limits { max_concurrent_queries: 1, statement_timeout: Duration::from_millis(millis), max_result_rows }
}

const ENDLESS: &str = "SELECT count(*) FROM t x, t y, t z WHERE (x.a * y.a + z.a) % 7 = 3";

#[tokio::test]
async fn a_query_that_takes_too_long_is_ended() {
    let root = many();
    let source = open_with(root.path(), limits(1_500, 10));
    let begun = Instant::now();
    let error = refusal(&source, ENDLESS).await;
    assert_eq!(error, SourceError::Timeout { after: Duration::from_millis(1_500) });
    assert_eq!(cells(&source, "SELECT count(*) FROM t").await, [[Value::Int(2_000)]]);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn the_threads_of_a_query_that_was_ended_are_free_again() {
    let root = many();
    let one_thread = FilesSettings { threads: 1, ..FilesSettings::default() };
    let runtime = FilesRuntime::new(&one_thread).unwrap();
    let open = |millis| {
        Limited::new(FilesSource::new(root.path(), "data", Arc::clone(&runtime)), limits(millis, 10))
    };
    let (impatient, patient) = (open(500), open(600_000));
    for endless in [
        ENDLESS,
        // gives nothing on the way
        "SELECT count(*) FROM t x, t y, t z WHERE (x.a * y.a + z.a) % 7 = 9",
        "SELECT count(*) FROM t x, t y, t z",
        "SELECT count(*) FROM t x JOIN t y ON x.a % 2 = y.a % 2 JOIN t z ON y.a % 3 = z.a % 3 WHERE x.a + y.a + z.a < 0",
        "WITH RECURSIVE c AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c",
        "SELECT sum(value) FROM generate_series(1, 1000000000000)",
    ] {
        assert_eq!(refusal(&impatient, endless).await.code(), Code::LimitReached, "{endless}");
        // There is one thread only, and it answers.
        assert_eq!(cells(&patient, "SELECT max(a) FROM t").await, [[Value::Int(1_999)]], "{endless}");
    }
}

#[tokio::test]
async fn more_rows_than_allowed_are_an_error_and_end_the_query() {
    let root = many();
    let source = open_with(root.path(), limits(30_000, 2_000));
    assert_eq!(cells(&source, "SELECT a FROM t").await.len(), 2_000);
    let begun = Instant::now();
    let error = refusal(&source, "SELECT x.a FROM t x, t y, t z").await;
    assert_eq!(error, SourceError::TooManyRows { limit: 2_000 });
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn memory_is_bounded() {
    let root = many();
    let tight = FilesSettings { memory_bytes: 200_000, spill_bytes: 0, ..FilesSettings::default() };
    let runtime = FilesRuntime::new(&tight).unwrap();
    let source = Limited::new(FilesSource::new(root.path(), "data", runtime), limits(60_000, 10_000_000));
    let error =
        refusal(&source, "SELECT count(*) FROM (SELECT DISTINCT x.a * 2000 + y.a FROM t x, t y)").await;
    assert_eq!(error.code(), Code::LimitReached, "{error}");
    assert!(matches!(error, SourceError::OutOfMemory { .. }), "{error}");
}
