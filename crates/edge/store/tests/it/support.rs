//! A store in a folder of its own, and rows to put there.

use jiff::{Timestamp, ToSpan};
use metricwright_api::{Grain, IncidentState, Kind, ObjectId};
use metricwright_formula::Value;
use metricwright_store::{
    CommitSummary, EpisodeRow, Interval, OutboxRow, PointQuery, PointRow, PostgresStore, RuleCommit, RuleKey,
    RuleRecord, RunCommit, RunPart, RunRow, SqliteStore, Store,
};
use metricwright_testkit::databases::Postgres;
use tempfile::TempDir;

pub async fn sqlite() -> (TempDir, SqliteStore) {
    let folder = TempDir::new().unwrap();
    let store = SqliteStore::open(folder.path()).await.unwrap();
    (folder, store)
}

/// The URL of a new database.
pub async fn database() -> String {
    let server = Postgres::shared().await.unwrap_or_else(|error| panic!("{error}"));
    server.create_database().await.unwrap()
}

/// The store in a database, with the turn to write.
pub async fn postgres_at(url: &str) -> PostgresStore {
    let store = PostgresStore::open(url).unwrap();
    store.lead(None).await.unwrap();
    store
}

/// Runs a test on either store.
macro_rules! on_both {
    ($name:ident) => {
        mod $name {
            #[tokio::test]
            async fn sqlite() {
                let (_folder, store) = crate::support::sqlite().await;
                super::$name(&store).await;
            }

            #[tokio::test]
            async fn postgres() {
                let store = crate::support::postgres_at(&crate::support::database().await).await;
                super::$name(&store).await;
            }
        }
    };
}
pub(crate) use on_both;

/// The start of a day of 2025, counted from 0.
pub fn day(index: i64) -> Timestamp {
    let first: Timestamp = "2025-01-01T00:00:00Z".parse().unwrap();
    first.checked_add((24 * index).hours()).unwrap()
}

pub fn days(from: i64, to: i64) -> Interval {
    Interval { from: day(from), to: day(to) }
}

pub fn metric(name: &str) -> ObjectId {
    ObjectId::new(Kind::Metric, "shop", name)
}

/// A point of a slice on a day, computed on another.
pub fn point(slice: &str, on: i64, value: Value, computed: i64) -> PointRow {
    PointRow {
        slice: slice.to_owned(),
        window_start: day(on),
        window_end: day(on + 1),
        components: vec![value.clone()],
        value,
        partial: false,
        computed_at: day(computed),
    }
}

/// Points of one grouping that stand for the days from `from` to `to`.
pub fn part(grouping: &str, from: i64, to: i64, points: Vec<PointRow>) -> RunPart {
    RunPart {
        metric: metric("revenue"),
        definition_hash: "h1".to_owned(),
        grain: Grain::Day,
        grouping: grouping.to_owned(),
        covered: days(from, to),
        replace: days(from, to),
        points,
    }
}

pub async fn commit(store: &dyn Store, parts: Vec<RunPart>) -> CommitSummary {
    let run = RunRow {
        metric: metric("revenue"),
        definition_hash: "h1".to_owned(),
        at: day(100),
        engine: "files".to_owned(),
        rows: 3,
        seconds: 0.5,
    };
    store.commit_run(RunCommit { parts, run }).await.unwrap()
}

/// The points of a grouping, whenever.
pub async fn points(store: &dyn Store, grouping: &str) -> Vec<PointRow> {
    let query = PointQuery {
        metric: metric("revenue"),
        definition_hash: "h1".to_owned(),
        grain: Grain::Day,
        grouping: grouping.to_owned(),
        from: day(-1000),
        to: day(1000),
    };
    store.points(&query).await.unwrap()
}

pub async fn coverage(store: &dyn Store, grouping: &str) -> Vec<Interval> {
    store.coverage(&metric("revenue"), "h1", Grain::Day, grouping).await.unwrap()
}

pub fn rule() -> RuleKey {
    RuleKey {
        rule: ObjectId::new(Kind::AlertRule, "shop", "drop"),
        metric: metric("revenue"),
        grain: Grain::Day,
    }
}

pub fn channel() -> ObjectId {
    ObjectId::new(Kind::Channel, "shop", "pager")
}

pub fn incident(name: &str) -> ObjectId {
    ObjectId::new(Kind::Incident, "shop", name)
}

/// The rule taken on to a day, with an episode and its message.
pub fn step(based_on: Option<i64>, until: i64, episode: &str) -> RuleCommit {
    RuleCommit {
        key: rule(),
        based_on: based_on.map(day),
        record: RuleRecord {
            decision_hash: "d1".to_owned(),
            metric_hash: "h1".to_owned(),
            watched_since: day(0),
            evaluated_until: day(until),
            state: format!("{{\"until\":{until}}}"),
        },
        episodes: vec![EpisodeRow {
            name: episode.to_owned(),
            key: rule(),
            started_at: day(until),
            resolved_at: None,
            suppressed: false,
            closed: false,
            body: format!("{{\"until\":{until}}}"),
        }],
        messages: vec![message(
            &format!("{episode}/shop/pager/Firing"),
            episode,
            &format!("body of {until}"),
        )],
    }
}

pub fn message(key: &str, episode: &str, body: &str) -> OutboxRow {
    OutboxRow {
        key: key.to_owned(),
        channel: channel(),
        incident: incident(episode),
        state: IncidentState::Firing,
        body: body.as_bytes().to_vec(),
        created_at: day(1),
        attempts: 0,
        next_try: day(1),
        last_error: None,
        delivered_at: None,
    }
}
