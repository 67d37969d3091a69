//! Sources against real servers: what they give, what they refuse, what is said when the server refuses.

use std::time::Duration;

use metricwright_api::Code;
use metricwright_api::data_source::TlsMode;
use metricwright_catalog::resolved::Relation;
use metricwright_formula::Value;
use metricwright_source::{
    Engine, Limited, Limits, MySqlSource, PostgresSource, ServerSettings, Source, SourceError, Trouble,
};
use metricwright_testkit::databases::{MariaDb, MariaDbOptions, Postgres, PostgresOptions};
use metricwright_testkit::eventually;
use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection, PgConnection};

/// The same machine under a name that is in no certificate.
const OTHER_NAME: &str = "0.0.0.0";
const LONG: Duration = Duration::from_mins(1);

/// Runs statements as the user that may do everything.
async fn run(url: &str, statements: &[&str]) {
    if url.starts_with("postgres") {
        let mut connection = PgConnection::connect(url).await.unwrap();
        for statement in statements {
            connection.execute(AssertSqlSafe(*statement)).await.unwrap();
        }
        connection.close().await.unwrap();
    } else {
        let mut connection = MySqlConnection::connect(url).await.unwrap();
        for statement in statements {
            connection.execute(AssertSqlSafe(*statement)).await.unwrap();
        }
        connection.close().await.unwrap();
    }
}

/// A count that the server gives to the user that may do everything.
async fn count(url: &str, sql: &str) -> i64 {
    if url.starts_with("postgres") {
        let mut connection = PgConnection::connect(url).await.unwrap();
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut connection).await.unwrap()
    } else {
        let mut connection = MySqlConnection::connect(url).await.unwrap();
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut connection).await.unwrap()
    }
}

/// The address for the user `reader`.
fn as_reader(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap();
    format!("{scheme}://reader:r@{}", rest.split_once('@').unwrap().1)
}

fn settings(url: &str) -> ServerSettings {
    let found = ServerSettings::from_url(url, &["postgres", "mysql"]).unwrap();
    ServerSettings { tls: TlsMode::Disable, ..found }
}

fn limits(timeout: Duration) -> Limits {
    Limits { statement_timeout: timeout, ..Limits::default() }
}

fn postgres(settings: ServerSettings, timeout: Duration) -> Limited<PostgresSource> {
    Limited::new(PostgresSource::new(settings, timeout), limits(timeout))
}

fn mysql(settings: ServerSettings, timeout: Duration) -> Limited<MySqlSource> {
    Limited::new(MySqlSource::new(settings, timeout), limits(timeout))
}

async fn trouble(source: &dyn Source, expected: Trouble) {
    match source.probe().await.unwrap_err() {
        SourceError::Server { what, trouble, reason } => {
            assert_eq!(trouble, expected, "{what}: {reason}");
            assert!(!reason.is_empty() && !trouble.remedy().is_empty());
        }
        other => panic!("{other}"),
    }
}

/// What a server does to those who come in the wrong way.
async fn wrong_ways<S: Source>(
    tls: (&str, &str),
    open: impl Fn(ServerSettings) -> S,
    plain: &str,
    other_database: &str,
) {
    let (url, authority) = tls;
    let right = ServerSettings {
        tls: TlsMode::VerifyFull,
        authorities: Some(authority.as_bytes().to_vec()),
        ..settings(url)
    };
    open(right.clone()).probe().await.unwrap();
    let with = |change: &dyn Fn(&mut ServerSettings)| {
        let mut changed = right.clone();
        change(&mut changed);
        open(changed)
    };
    trouble(&with(&|it| "guessed".clone_into(&mut it.password)), Trouble::Login).await;
    trouble(&with(&|it| other_database.clone_into(&mut it.database)), Trouble::NoDatabase).await;
    trouble(&with(&|it| it.authorities = None), Trouble::Authority).await;
    trouble(&with(&|it| OTHER_NAME.clone_into(&mut it.host)), Trouble::HostName).await;
    trouble(&with(&|it| "no-such-host.invalid".clone_into(&mut it.host)), Trouble::Unreachable).await;
    trouble(&with(&|it| it.port = Some(1)), Trouble::Unreachable).await;
    with(&|it| {
        OTHER_NAME.clone_into(&mut it.host);
        it.tls = TlsMode::VerifyCa;
    })
    .probe()
    .await
    .unwrap();
    with(&|it| {
        it.authorities = None;
        it.tls = TlsMode::Require;
    })
    .probe()
    .await
    .unwrap();
    let plain = ServerSettings { tls: TlsMode::VerifyFull, ..settings(plain) };
    trouble(&open(plain), Trouble::NoTls).await;
}

#[tokio::test]
async fn each_trouble_with_postgres_has_its_name() {
    let server = Postgres::launch(PostgresOptions::default().with_tls()).await.unwrap();
    let plain = Postgres::launch(PostgresOptions::default()).await.unwrap();
    let authority = server.ca_pem().unwrap().to_owned();
    let open = |settings| postgres(settings, LONG);
    wrong_ways((&server.url("postgres"), &authority), open, &plain.url("postgres"), "nothing").await;
}

#[tokio::test]
async fn each_trouble_with_mariadb_has_its_name() {
    let server = MariaDb::launch(MariaDbOptions::default().with_tls()).await.unwrap();
    let plain = MariaDb::launch(MariaDbOptions::default()).await.unwrap();
    let authority = server.ca_pem().unwrap().to_owned();
    let open = |settings| mysql(settings, LONG);
    wrong_ways((&server.url("shop"), &authority), open, &plain.url("shop"), "nothing").await;
}

/// What one user may not read, a function that writes, names that are not there.
async fn refusals(source: &dyn Source, admin: &str, writes: &str, counted: &str) {
    let code = async |sql: &str| source.run(sql).await.unwrap_err().code();
    assert_eq!(code("SELECT * FROM hidden").await, Code::AccessDenied);
    assert_eq!(code("DELETE FROM sales").await, Code::QueryNotReadOnly);
    assert_eq!(code("SELECT 1; DELETE FROM sales").await, Code::QueryNotReadOnly);
    // The session refuses what the text does not show.
    let before = count(admin, counted).await;
    assert_eq!(code(writes).await, Code::QueryNotReadOnly);
    assert_eq!(count(admin, counted).await, before);
    assert_eq!(code("SELECT prise FROM sales").await, Code::UnknownColumn);
    assert_eq!(code("SELECT FROM WHERE").await, Code::QueryFailed);
    let missing = source.columns(&Relation::Table("sale".into())).await.unwrap_err();
    assert!(missing.remedy().contains("did you mean `sales`?"), "{missing}: {}", missing.remedy());
    // MariaDB does not say whether a table is there to those who may not read it.
    let missing = source.run("SELECT * FROM sale").await.unwrap_err();
    let expected = if source.engine() == "mysql" { Code::AccessDenied } else { Code::TableNotFound };
    assert_eq!(missing.code(), expected, "{missing}");
    // After all this it answers as before.
    assert_eq!(source.run("SELECT 1 AS one").await.unwrap().rows, [[Value::Int(1)]]);
}

#[tokio::test]
async fn postgres_refuses_what_its_reader_may_not_do() {
    let server = Postgres::launch(PostgresOptions::default()).await.unwrap();
    let admin = server.url("postgres");
    let script = [
        "CREATE TABLE sales(id bigint)",
        "CREATE TABLE hidden(id bigint)",
        "CREATE FUNCTION note() RETURNS bigint LANGUAGE sql AS 'INSERT INTO sales VALUES (1) RETURNING id'",
        "CREATE ROLE reader LOGIN PASSWORD 'r'",
        "GRANT SELECT, INSERT ON sales TO reader",
    ];
    run(&admin, &script).await;
    let source = postgres(settings(&as_reader(&server.url("postgres"))), LONG);
    refusals(&source, &admin, "SELECT note()", "SELECT count(*) FROM sales").await;
    // A query cannot open the way for the next one either.
    source.run("SELECT set_config('default_transaction_read_only', 'off', false)").await.unwrap();
    assert_eq!(source.run("SELECT note()").await.unwrap_err().code(), Code::QueryNotReadOnly);
}

#[tokio::test]
async fn mariadb_refuses_what_its_reader_may_not_do() {
    let server = MariaDb::launch(MariaDbOptions::default()).await.unwrap();
    let admin = server.url("shop");
    let script = [
        "CREATE TABLE sales(id bigint)",
        "CREATE TABLE hidden(id bigint)",
        "CREATE FUNCTION note() RETURNS bigint BEGIN INSERT INTO sales VALUES (1); RETURN 1; END",
        "CREATE USER reader@'%' IDENTIFIED BY 'r'",
        "GRANT SELECT, INSERT ON sales TO reader@'%'",
        "GRANT EXECUTE ON FUNCTION note TO reader@'%'",
    ];
    run(&admin, &script).await;
    let source = mysql(settings(&as_reader(&server.url("shop"))), LONG);
    refusals(&source, &admin, "SELECT note()", "SELECT count(*) FROM sales").await;
}

/// A query that lasts is ended at the server by the time limit, and when nobody waits for it any more.
async fn ends_at_the_server<E: Engine + 'static>(
    short: E,
    long: Limited<E>,
    endless: &'static str,
    (admin, running): (&str, &str),
) {
    // The engine alone: nobody but the server watches the clock.
    let mut rows = metricwright_source::RowBuffer::new(10);
    let stopped = short.fetch(endless, &mut rows).await.unwrap_err();
    assert!(matches!(stopped, SourceError::Timeout { .. }), "{stopped}");
    let ended = async || match count(admin, running).await {
        0 => Ok(()),
        other => Err(format!("{other} run")),
    };
    // The server answers a moment before it counts the query as ended.
    eventually(LONG, &ended).await.unwrap();

    let asked = tokio::spawn(async move { long.run(endless).await });
    let runs = async || match count(admin, running).await {
        1 => Ok(()),
        other => Err(format!("{other} run")),
    };
    eventually(LONG, &runs).await.unwrap();
    asked.abort();
    eventually(LONG, &ended).await.unwrap();
}

#[tokio::test]
async fn postgres_ends_queries_that_last() {
    let server = Postgres::launch(PostgresOptions::default()).await.unwrap();
    let second = Duration::from_secs(1);
    let short = PostgresSource::new(settings(&server.url("postgres")), second);
    let long = postgres(settings(&server.url("postgres")), Duration::from_mins(10));
    let running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT count(*) FROM generate%' \
                   AND state = 'active'";
    let endless = "SELECT count(*) FROM generate_series(1, 1000000) AS a, generate_series(1, 1000000) AS b";
    ends_at_the_server(short, long, endless, (&server.url("postgres"), running)).await;
}

#[tokio::test]
async fn mariadb_ends_queries_that_last() {
    let server = MariaDb::launch(MariaDbOptions::default()).await.unwrap();
    let second = Duration::from_secs(1);
    let short = MySqlSource::new(settings(&server.url("shop")), second);
    let long = mysql(settings(&server.url("shop")), Duration::from_mins(10));
    let running =
        "SELECT count(*) FROM information_schema.processlist WHERE info LIKE 'SELECT count(*) FROM seq%'";
    let endless = "SELECT count(*) FROM seq_1_to_1000000 AS a, seq_1_to_1000000 AS b WHERE a.seq + b.seq = 0";
    ends_at_the_server(short, long, endless, (&server.url("shop"), running)).await;
}

/// A server without room says so, and answers when there is some.
async fn has_no_room(source: &dyn Source, url: &str, most: usize) {
    let mut held_pg = Vec::new();
    let mut held_my = Vec::new();
    for _ in 0..most {
        if url.starts_with("postgres") {
            held_pg.extend(PgConnection::connect(url).await);
        } else {
            held_my.extend(MySqlConnection::connect(url).await);
        }
    }
    trouble(source, Trouble::Busy).await;
    drop((held_pg, held_my));
    let answers = async || source.probe().await.map(drop);
    eventually(LONG, &answers).await.unwrap();
}

#[tokio::test]
async fn postgres_without_room_is_asked_again() {
    let options = PostgresOptions::default().with_max_connections(6);
    let server = Postgres::launch(options).await.unwrap();
    run(&server.url("postgres"), &["CREATE ROLE reader LOGIN PASSWORD 'r'"]).await;
    let url = as_reader(&server.url("postgres"));
    has_no_room(&postgres(settings(&url), LONG), &url, 6).await;
}

#[tokio::test]
async fn mariadb_without_room_is_asked_again() {
    let options = MariaDbOptions::default().with_max_connections(10);
    let server = MariaDb::launch(options).await.unwrap();
    run(
        &server.url("shop"),
        &["CREATE USER reader@'%' IDENTIFIED BY 'r'", "GRANT SELECT ON shop.* TO reader@'%'"],
    )
    .await;
    let url = as_reader(&server.url("shop"));
    has_no_room(&mysql(settings(&url), LONG), &url, 10).await;
}

/// The columns of a table as `name: type`, with `!` where they are never missing.
async fn columns(source: &dyn Source, relation: Relation) -> Vec<String> {
    let found = source.columns(&relation).await.unwrap();
    let mark = |nullable| if nullable { "" } else { "!" };
    found.into_iter().map(|it| format!("{}: {}{}", it.name, it.data_type, mark(it.nullable))).collect()
}

async fn row(source: &dyn Source, sql: &str) -> Vec<String> {
    let rows = source.run(sql).await.unwrap().rows;
    rows[0].iter().map(|value| format!("{value:?}")).collect()
}

#[tokio::test]
async fn values_of_postgres_are_what_they_are_there() {
    let server = Postgres::launch(PostgresOptions::default()).await.unwrap();
    let script = [
        "CREATE TYPE mood AS ENUM ('good', 'bad')",
        "CREATE SCHEMA other",
        "CREATE TABLE other.t(s smallint NOT NULL, i int, b bigint, d numeric(9,2), n numeric, r real, f float8, \
         o boolean, x text, v varchar(9), m mood, u uuid, y date, t timestamp(3), z timestamptz)",
        "INSERT INTO other.t VALUES (1, -2, 9223372036854775807, 1.50, 1e20, 0.5, 'NaN', true, '区🛒', 'v', 'bad', \
         '00000000-0000-4000-8000-00000000000a', '2025-01-31', '2025-01-31 08:00:00.25', '2025-01-31 08:00:00+08')",
        "SET search_path TO public",
    ];
    run(&server.url("postgres"), &script).await;
    let source = postgres(settings(&server.url("postgres")), LONG);
    let expected = [
        "s: Int!",
        "i: Int",
        "b: Int",
        "d: Decimal(9,2)",
        "n: Unknown",
        "r: Float",
        "f: Float",
        "o: Bool",
        "x: String",
        "v: String",
        "m: String",
        "u: String",
        "y: Date",
        "t: DateTime",
        "z: Instant",
    ];
    assert_eq!(columns(&source, Relation::Table("other.t".into())).await, expected);
    let of_query = columns(&source, Relation::Query("SELECT m, d, z::date AS day FROM other.t".into())).await;
    assert_eq!(of_query, ["m: String", "d: Unknown", "day: Date"]);
    let values = row(&source, "SELECT * FROM other.t").await;
    let expected = [
        "Int(1)",
        "Int(-2)",
        "Int(9223372036854775807)",
        "Decimal(1.50)",
        "Decimal(100000000000000000000)",
        "Float(0.5)",
        "Null",
        "Bool(true)",
        "Text(\"区🛒\")",
        "Text(\"v\")",
        "Text(\"bad\")",
        "Text(\"00000000-0000-4000-8000-00000000000a\")",
        "Date(2025-01-31)",
        "DateTime(2025-01-31T08:00:00.25)",
        "Instant(2025-01-31T00:00:00Z)",
    ];
    assert_eq!(values, expected);
    let error = source.run("SELECT '{1}'::int[] AS list").await.unwrap_err();
    assert!(error.to_string().contains("column `list` of the result holds values of the type"), "{error}");
    let none = source.run("SELECT s AS a FROM other.t WHERE false").await.unwrap();
    assert_eq!((none.columns, none.rows.len()), (vec!["a".to_owned()], 0));
    let health = source.probe().await.unwrap();
    assert!(health.version.starts_with("PostgreSQL 15.") && health.tables == 1, "{health:?}");
}

#[tokio::test]
async fn values_of_mariadb_are_what_they_are_there() {
    let server = MariaDb::launch(MariaDbOptions::default()).await.unwrap();
    let script = [
        "CREATE DATABASE other",
        "CREATE TABLE other.t(s smallint NOT NULL, i int unsigned, b bigint unsigned, d decimal(9,2), f double, r float, \
         o boolean, x text, v varchar(9), m enum('good','bad'), y date, t datetime(3), z timestamp NULL) \
         DEFAULT CHARSET latin1",
        "ALTER TABLE other.t MODIFY x text CHARACTER SET utf8mb4",
        "SET time_zone = '+08:00'",
        "INSERT INTO other.t VALUES (1, 2, 18446744073709551615, 1.50, 0.25, 0.5, true, '区🛒', 'é', 'bad', \
         '2025-01-31', '2025-01-31 08:00:00.25', '2025-01-31 08:00:00')",
        "CREATE TABLE shop.sales(id int)",
    ];
    run(&server.url("shop"), &script).await;
    let source = mysql(settings(&server.url("shop")), LONG);
    let expected = [
        "s: Int!",
        "i: Int",
        "b: Int",
        "d: Decimal(9,2)",
        "f: Float",
        "r: Float",
        "o: Unknown",
        "x: String",
        "v: String",
        "m: String",
        "y: Date",
        "t: DateTime",
        "z: Instant",
    ];
    assert_eq!(columns(&source, Relation::Table("other.t".into())).await, expected);
    let values = row(&source, "SELECT * FROM other.t").await;
    let expected = [
        "Int(1)",
        "Int(2)",
        "Decimal(18446744073709551615)",
        "Decimal(1.50)",
        "Float(0.25)",
        "Float(0.5)",
        "Int(1)",
        "Text(\"区🛒\")",
        "Text(\"é\")",
        "Text(\"bad\")",
        "Date(2025-01-31)",
        "DateTime(2025-01-31T08:00:00.25)",
        "Instant(2025-01-31T00:00:00Z)",
    ];
    assert_eq!(values, expected);
    let error = source.run("SELECT x'00ff' AS picture").await.unwrap_err();
    assert!(error.to_string().contains("column `picture` of the result holds binary data"), "{error}");
    // Unsigned columns may differ by less than nothing, and texts by case and space.
    let row = row(&source, "SELECT s - i, CAST(m AS CHAR) = 'BAD', 'a' = 'a ' FROM other.t").await;
    assert_eq!(row, ["Int(-1)", "Int(0)", "Int(0)"]);
    let health = source.probe().await.unwrap();
    assert!(health.version.starts_with("MariaDB 10.") && health.tables == 1, "{health:?}");
}
