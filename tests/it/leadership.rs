//! Of several replicas one works, and when it is gone another does.

use std::time::{Duration, Instant};

use metricwright_testkit::databases::Postgres;
use metricwright_testkit::eventually;
use sqlx::Connection;
use tempfile::TempDir;

use crate::support::operator::{LONG, Operator, Place};
use crate::support::receiver::Receiver;
use crate::support::shop::{definitions, write_sales};

/// Longest time until another replica works after the leader died, and after it was told to end.
const DEAD: Duration = Duration::from_secs(20);
const TOLD: Duration = Duration::from_secs(2);

/// Notes the session's name at every statement on a table of the store that changes something, or would.
const WATCH_WRITERS: &str = "
    CREATE SCHEMA watched;
    CREATE TABLE watched.writer (name text NOT NULL);
    CREATE FUNCTION watched.note() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO watched.writer VALUES (current_setting('application_name')); RETURN NULL; END $$;
    DO $$ DECLARE t regclass; BEGIN
      FOR t IN SELECT oid FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
      LOOP
        EXECUTE format('CREATE TRIGGER watched BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s
                        FOR EACH STATEMENT EXECUTE FUNCTION watched.note()', t);
      END LOOP;
    END $$;";

/// The day before something happens, and the day after.
const BEFORE: &str = "2025-01-21T02:00Z";
const AFTER: &str = "2025-01-22T02:00Z";

struct Replicas {
    place: Place,
    folder: TempDir,
    receiver: Receiver,
    /// The database that all share; none where each has a file of its own.
    url: Option<String>,
}

impl Replicas {
    async fn new(name: &str) -> Self {
        let (place, folder) = (Place::new(name).await, TempDir::new().unwrap());
        let receiver = Receiver::start();
        write_sales(&folder.path().join("data"), 40);
        place.kubectl_with(&["apply", "-f", "-"], &definitions(&receiver.url)).await.ok().unwrap();
        Self { place, folder, receiver, url: None }
    }

    /// The same on one database.
    async fn on_postgres(name: &str) -> Self {
        let server = Postgres::shared().await.unwrap_or_else(|error| panic!("{error}"));
        let url = server.create_database().await.unwrap();
        Self { url: Some(url), ..Self::new(name).await }
    }

    /// Has the database note by which replica each statement was made that changes anything.
    async fn watch_writers(&self) {
        if let Some(url) = &self.url {
            let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
            sqlx::raw_sql(WATCH_WRITERS).execute(&mut connection).await.unwrap();
        }
    }

    /// How many statements of a replica changed anything since [`watch_writers`](Self::watch_writers).
    async fn statements_of(&self, name: &str) -> i64 {
        let Some(url) = &self.url else { return 0 };
        let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
        let count = "SELECT count(*) FROM watched.writer WHERE name = $1";
        sqlx::query_scalar(count).bind(name).fetch_one(&mut connection).await.unwrap()
    }

    async fn start(&self, name: &str, as_of: &str) -> Operator {
        let mut more = vec!["--leader-election", "--status-interval", "1s", "--as-of", as_of];
        let file = self.folder.path().join(format!("{name}-url")).display().to_string();
        if let Some(url) = &self.url {
            std::fs::write(&file, format!("{url}?application_name={name}")).unwrap();
            more.extend(["--store-url-file", &file]);
        }
        self.place.replica(name, self.folder.path(), &more).await
    }

    /// Waits until a replica leads; gives how long that took.
    async fn leads(&self, operator: &Operator) -> Duration {
        let begun = Instant::now();
        let leads = || async {
            let leads = operator.counter("metricwright_leads");
            if leads == 1 { Ok(()) } else { Err("it stands by") }
        };
        eventually(LONG, leads).await.unwrap_or_else(|error| panic!("{error}\n{}", operator.tail()));
        begun.elapsed()
    }

    /// Waits for the message that there is to send.
    async fn told(&self, operator: &Operator) {
        let came =
            || async { if self.receiver.messages().is_empty() { Err("no message came") } else { Ok(()) } };
        eventually(LONG, came).await.unwrap_or_else(|error| panic!("{error}\n{}", operator.tail()));
    }

    /// One incident an episode, no episode twice, and one message.
    async fn nothing_doubled(&self) {
        assert_eq!(self.receiver.messages().len(), 1, "{:?}", self.receiver.messages());
        let incidents = self.place.kubectl(&["get", "incidents", "-o", "name"]).await;
        let mut connection = sqlx::PgConnection::connect(self.url.as_ref().unwrap()).await.unwrap();
        let episodes: Vec<i64> = sqlx::query_scalar("SELECT started_at FROM episode WHERE NOT suppressed")
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let distinct: std::collections::BTreeSet<&i64> = episodes.iter().collect();
        assert_eq!((incidents.lines().count(), distinct.len()), (episodes.len(), episodes.len()));
    }

    async fn ready(&self) {
        self.place.kubectl(&["wait", "--for=condition=Ready", "mwm/revenue", "--timeout=120s"]).await;
    }
}

/// Timing is shown, and held to where the machine is known to be idle.
fn within(took: Duration, limit: Duration, what: &str) {
    println!("{what}: {:.1} s (at most {} s)", took.as_secs_f64(), limit.as_secs());
    if std::env::var_os("METRICWRIGHT_SOAK").is_some() {
        assert!(took <= limit, "{what} took {took:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_takes_over_from_one_that_died_or_was_told_to_end() {
    takes_over(Replicas::new("lead").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_a_replica_takes_over_and_doubles_nothing() {
    let replicas = Replicas::on_postgres("lead-pg").await;
    takes_over(replicas).await;
}

async fn takes_over(replicas: Replicas) {
    let first = replicas.start("first", BEFORE).await;
    replicas.leads(&first).await;
    let second = replicas.start("second", AFTER).await;
    replicas.ready().await;
    // The rule has seen all that was before: what comes is news.
    let evaluated = "--for=jsonpath={.status.evaluatedWindow}=2025-01-20";
    replicas.place.kubectl(&["wait", evaluated, "alertrule/drop", "--timeout=120s"]).await;
    assert_eq!(second.counter("metricwright_leads"), 0, "two replicas lead");
    assert_eq!(second.counter("metricwright_status_writes_total"), 0, "a replica that stands by wrote");

    first.signal("KILL");
    within(replicas.leads(&second).await, DEAD, "taking over from the dead");
    assert!(!first.ended());
    if replicas.url.is_some() {
        // What happened since goes on where the other's store ends.
        replicas.told(&second).await;
    }

    let third = replicas.start("third", AFTER).await;
    second.signal("TERM");
    within(replicas.leads(&third).await, TOLD, "taking over from one that was told to end");
    assert!(second.ended(), "it did not end well");
    // What is due is worked before it ends.
    replicas
        .place
        .kubectl(&["annotate", "mwm", "revenue", "metricwright.dev/reconcile-requested-at=1"])
        .await;
    let asked = "--for=jsonpath={.status.lastHandledReconcileAt}=1";
    replicas.place.kubectl(&["wait", asked, "mwm/revenue", "--timeout=120s"]).await;
    if replicas.url.is_some() {
        replicas.nothing_doubled().await;
    }
    assert!(third.end());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_was_stopped_changes_nothing_when_it_goes_on() {
    wakes_up(Replicas::new("paused").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_a_leader_that_was_stopped_changes_nothing_when_it_goes_on() {
    wakes_up(Replicas::on_postgres("paused-pg").await).await;
}

async fn wakes_up(replicas: Replicas) {
    let first = replicas.start("first", AFTER).await;
    replicas.leads(&first).await;
    replicas.ready().await;
    let second = replicas.start("second", AFTER).await;
    replicas.watch_writers().await;
    first.signal("STOP");
    replicas.leads(&second).await;
    let before_the_stop = replicas.statements_of("first").await;
    // Something for whoever works to do.
    let described = r#"{"spec":{"displayName":"Umsatz"}}"#;
    replicas.place.kubectl(&["patch", "mwm", "revenue", "--type=merge", "-p", described]).await;
    let seen = || async {
        let object = replicas.place.kubectl(&["get", "mwm", "revenue", "-o", "json"]).await;
        let object: serde_json::Value = serde_json::from_str(&object).unwrap();
        let (is, seen) = (&object["metadata"]["generation"], &object["status"]["observedGeneration"]);
        if is == seen { Ok(()) } else { Err(format!("generation {is}, observed {seen}")) }
    };
    eventually(LONG, seen).await.unwrap_or_else(|error| panic!("{error}\n{}", second.tail()));

    let log = replicas.place.cluster.audit_log();
    let written = || second.counter("metricwright_status_writes_total");
    // A mark in the log with no write under way: the counter is the same before and some time after.
    let last = std::sync::Mutex::new((u64::MAX, log.mark().unwrap()));
    let quiet = || async {
        let (now, mark) = (written(), log.mark().unwrap());
        let (before, marked) = std::mem::replace(&mut *last.lock().unwrap(), (now, mark));
        if now == before { Ok((before, marked)) } else { Err("the leader writes") }
    };
    let (before, mark) = eventually(LONG, quiet).await.unwrap_or_else(|error| panic!("{error}"));
    first.signal("CONT");
    assert!(!first.ended(), "it goes on as if it led");
    let since = replicas.statements_of("first").await - before_the_stop;
    assert_eq!(since, 0, "it changed the store when it went on");
    // The leader took the turn to write, so the database notes who writes.
    assert!(replicas.url.is_none() || replicas.statements_of("second").await > 0);
    // The leader may write. What the log has more than it knows of is the other's.
    let all_its_own = || async {
        let since = log.since(mark).unwrap().writes_by(&replicas.place.user);
        let statuses = since.only(|event| event.subresource == "status" && event.code == 200);
        let own = written() - before;
        if statuses.len() as u64 == own {
            Ok(())
        } else {
            Err(format!("the leader wrote {own} statuses since then, and the log has\n{statuses}"))
        }
    };
    eventually(LONG, all_its_own).await.unwrap_or_else(|error| panic!("{error}\n{}", second.tail()));
}
