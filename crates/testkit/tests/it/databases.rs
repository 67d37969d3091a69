//! The database servers of the tests.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use metricwright_testkit::databases::{Postgres, PostgresOptions};
use metricwright_testkit::eventually;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions, Connection};

const SOON: Duration = Duration::from_secs(30);

async fn answer(url: &str) -> Result<i32, sqlx::Error> {
    let mut connection = url.parse::<PgConnectOptions>()?.connect().await?;
    let answer = sqlx::query_scalar("SELECT 42").fetch_one(&mut connection).await;
    connection.close().await?;
    answer
}

#[tokio::test]
async fn postgres_keeps_its_data_and_port_when_it_is_stopped_and_started() {
    let server = Postgres::launch(PostgresOptions::default()).await.unwrap_or_else(|error| panic!("{error}"));
    let (one, other) = (server.create_database().await.unwrap(), server.create_database().await.unwrap());
    assert_ne!(one, other);
    assert_eq!(answer(&one).await.unwrap(), 42);
    server.stop();
    answer(&one).await.unwrap_err();
    server.start().await.unwrap();
    assert_eq!(answer(&one).await.unwrap(), 42);
}

#[tokio::test]
async fn postgres_over_tls_refuses_what_is_not() {
    let options = PostgresOptions::default().with_tls();
    let server = Postgres::launch(options).await.unwrap_or_else(|error| panic!("{error}"));
    let url = server.create_database().await.unwrap();
    let verified: PgConnectOptions = url.parse().unwrap();
    let verified = verified.ssl_mode(PgSslMode::VerifyFull);
    verified.clone().connect().await.unwrap_err();
    verified.clone().ssl_root_cert(server.ca_file()).connect().await.unwrap();
    let plain = verified.ssl_mode(PgSslMode::Disable).connect().await.unwrap_err();
    assert!(plain.to_string().contains("no encryption"), "{plain}");
}

#[tokio::test]
async fn killing_the_test_process_leaves_no_server_behind() {
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "databases::start_and_wait_to_be_killed", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let folder = lines.map(Result::unwrap).find_map(|line| Some(line.split_once("folder=")?.1.to_owned()));
    let folder = folder.expect("the victim says where its server is");
    assert!(fs::exists(Path::new(&folder).join("data/postmaster.pid")).unwrap());
    victim.kill().unwrap();
    victim.wait().unwrap();
    let gone = || async { if Path::new(&folder).exists() { Err(folder.clone()) } else { Ok(()) } };
    eventually(SOON, gone).await.unwrap();
}

#[tokio::test]
#[ignore = "no test of its own: the process that killing_the_test_process_leaves_no_server_behind kills"]
async fn start_and_wait_to_be_killed() {
    let server = Postgres::launch(PostgresOptions::default()).await.unwrap_or_else(|error| panic!("{error}"));
    println!("folder={}", server.folder().display());
    // Ends with the process that started it, should that be killed first.
    let mut nothing = String::new();
    std::io::stdin().read_line(&mut nothing).unwrap();
}
