//! The metrics of MetricFlow's engine tests in our words, against SQL written by hand (see `tests/data/metricflow`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use metricwright::local::{LocalSecrets, read_manifests};
use metricwright_api::{Grain, Kind, ObjectId};
use metricwright_catalog::Catalog;
use metricwright_catalog::calendar::Chronology;
use metricwright_catalog::moment::parse_moment;
use metricwright_formula::Value;
use metricwright_query::Query;
use metricwright_service::SourcePool;
use metricwright_testkit::databases::write_sqlite;
use metricwright_testkit::reference::{Row, Slice, Values, compare};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Row as _, ValueRef};
use tempfile::TempDir;

use crate::reference::computed;
use crate::support::root;

fn folder() -> PathBuf {
    root().join("tests/data/metricflow")
}

/// A statement with what it answers: `-- metric: NAME grain: GRAIN [by: DIMENSION] from: DATE to: DATE`.
struct Written<'a> {
    asked: BTreeMap<&'a str, &'a str>,
    sql: String,
}

fn written(text: &str) -> Vec<Written<'_>> {
    let mut all: Vec<Written<'_>> = Vec::new();
    for line in text.lines() {
        if line.starts_with("-- metric: ") {
            let words: Vec<&str> = line.trim_start_matches("-- ").split_whitespace().collect();
            let asked = words.chunks(2).map(|pair| (pair[0].trim_end_matches(':'), pair[1])).collect();
            all.push(Written { asked, sql: String::new() });
        } else if let Some(last) = all.last_mut().filter(|_| !line.starts_with("--")) {
            last.sql += &format!("{line}\n");
        }
    }
    all
}

/// The tables in SQLite as texts: the statements know nothing of types.
async fn tables(folder: &TempDir) -> SqliteConnection {
    let mut tables: Vec<(String, Vec<Row>)> = Vec::new();
    for entry in std::fs::read_dir(self::folder().join("data")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let head = lines.next().unwrap();
        let value = |cell: &&str| if cell.is_empty() { Value::Null } else { Value::from(*cell) };
        let row =
            |cells: Vec<&str>| head.iter().map(ToString::to_string).zip(cells.iter().map(value)).collect();
        tables.push((path.file_stem().unwrap().to_str().unwrap().to_owned(), lines.map(row).collect()));
    }
    let named: Vec<(&str, &[Row])> =
        tables.iter().map(|(name, rows)| (name.as_str(), rows.as_slice())).collect();
    let path = folder.path().join("tables.db");
    write_sqlite(&path, &named).await.unwrap();
    SqliteConnectOptions::new().filename(path).connect().await.unwrap()
}

/// What a statement answers: window start, member where one is asked for, value.
async fn by_hand(database: &mut SqliteConnection, written: &Written<'_>) -> Values {
    let rows = sqlx::query(AssertSqlSafe(written.sql.clone())).fetch_all(database).await;
    let rows = rows.unwrap_or_else(|error| panic!("{:?}: {error}", written.asked));
    let mut values = Values::new();
    for row in rows {
        let start: String = row.get(0);
        let start = parse_moment(&start, &Chronology::default(), Timestamp::UNIX_EPOCH).unwrap();
        let slice: Slice =
            written.asked.get("by").map(|name| ((*name).to_owned(), row.get(1))).into_iter().collect();
        let last = row.len() - 1;
        let value = if row.try_get_raw(last).unwrap().is_null() {
            Value::Null
        } else {
            row.try_get(last).map_or_else(|_| Value::Int(row.get(last)), Value::Float)
        };
        assert_eq!(values.insert((start, slice), value), None, "{:?} has a row twice", written.asked);
    }
    values
}

#[tokio::test]
async fn every_metric_equals_sql_written_by_hand() {
    let manifests = read_manifests(&[folder()]).unwrap();
    let secrets = Arc::new(LocalSecrets::of(&manifests));
    let sources = SourcePool::new(folder(), secrets).unwrap();
    let catalog = Catalog::new(Arc::new(manifests.inventory()));
    assert_eq!(catalog.all_diagnostics(), []);
    let folder = TempDir::new().unwrap();
    let mut database = tables(&folder).await;
    let text = std::fs::read_to_string(self::folder().join("queries.sql")).unwrap();
    let mut tried = BTreeSet::new();
    for written in written(&text) {
        let asked = |name: &str| written.asked.get(name).copied();
        let moment =
            |name| parse_moment(asked(name).unwrap(), &Chronology::default(), Timestamp::UNIX_EPOCH).unwrap();
        let id = ObjectId::new(Kind::Metric, "default", asked("metric").unwrap());
        let grain: Grain = asked("grain").unwrap().parse().unwrap();
        let query = Query {
            metric: catalog.metric(&id).unwrap(),
            by: asked("by").map(str::to_owned).into_iter().collect(),
            grain,
            from: moment("from"),
            to: moment("to"),
            as_of: Timestamp::MAX,
        };
        let found = computed(&catalog, &sources, &query).await;
        let expected = by_hand(&mut database, &written).await;
        assert!(!expected.is_empty(), "{:?}", written.asked);
        compare(&expected, &found).unwrap_or_else(|differences| panic!("{:?}: {differences}", written.asked));
        tried.insert(id);
    }
    let declared: BTreeSet<ObjectId> =
        catalog.inventory().of_kind(Kind::Metric).map(|object| object.id.clone()).collect();
    assert_eq!(tried, declared, "every metric has a statement");
    assert!(declared.len() > 100);
}
