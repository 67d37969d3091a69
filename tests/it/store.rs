//! What is kept moves from SQLite to PostgreSQL and back, whole, and is looked through.

use std::path::Path;
use std::process::Output;

use metricwright_testkit::databases::Postgres;
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use tempfile::TempDir;

use crate::support::shop::{definitions, write_sales};
use crate::support::{copy_files, metricwright, retail, run, some_weeks, stdout};

/// A new database, its URL in a file.
async fn database(folder: &Path) -> String {
    let server = Postgres::shared().await.unwrap_or_else(|error| panic!("{error}"));
    let file = folder.join(format!("url-{}", std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos()));
    std::fs::write(&file, format!("{}\n", server.create_database().await.unwrap())).unwrap();
    file.display().to_string()
}

/// The small shop, computed on a day and on one after a drop, so that a message waits in the outbox; gives the folder
/// of its store.
fn shop(folder: &Path) -> String {
    let dir = folder.join("shop");
    write_sales(&dir.join("data"), 40);
    std::fs::write(dir.join("shop.yaml"), definitions("http://127.0.0.1:9/")).unwrap();
    for day in ["2025-01-20T02:00Z", "2025-01-22T02:00Z"] {
        run(&["up", &dir.display().to_string(), "--once", "--as-of", day]);
    }
    dir.join(".metricwright").display().to_string()
}

/// The example, computed; gives the folder of its store.
fn example(folder: &Path) -> String {
    let dir = folder.join("retail");
    copy_files(&retail(), &dir);
    copy_files(&retail().join("data"), &dir.join("data"));
    stdout(&["up", &dir.display().to_string(), "--once", "--as-of", some_weeks()]);
    dir.join(".metricwright").display().to_string()
}

fn store(arguments: &[&str]) -> Output {
    let mut all = vec!["store"];
    all.extend(arguments);
    metricwright(&all).env_remove("METRICWRIGHT_STORE_URL").output().unwrap()
}

fn ok(arguments: &[&str]) -> String {
    let output = store(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

fn refused(arguments: &[&str]) -> String {
    let output = store(arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// Rows and hash of each table. The same rows in the same order are the same bytes.
fn manifest(archive: &str) -> serde_json::Value {
    let text = std::fs::read_to_string(Path::new(archive).join("manifest.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_moves_to_postgres_and_back_row_by_row() {
    let folder = TempDir::new().unwrap();
    let kept = shop(folder.path());
    let all = ["series", "point", "coverage", "run", "rule_record", "episode", "outbox", "status"];
    moves_and_comes_back(folder.path(), kept, &all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_store_moves_to_postgres_and_back_row_by_row() {
    let folder = TempDir::new().unwrap();
    let kept = example(folder.path());
    let all = ["series", "point", "coverage", "run", "rule_record", "status"];
    moves_and_comes_back(folder.path(), kept, &all).await;
}

/// Moves a store there and back; `tables` are those that must hold something.
async fn moves_and_comes_back(folder: &Path, sqlite: String, tables: &[&str]) {
    let at = |name: &str| folder.join(name).display().to_string();
    let (postgres, again) = (database(folder).await, at("again"));
    let (first, second, third) = (at("first"), at("second"), at("third"));

    ok(&["export", "--state", &sqlite, "--to", &first]);
    ok(&["import", "--store-url-file", &postgres, "--from", &first]);
    ok(&["export", "--store-url-file", &postgres, "--to", &second]);
    assert_eq!(manifest(&first), manifest(&second));
    ok(&["import", "--state", &again, "--from", &second]);
    ok(&["export", "--state", &again, "--to", &third]);
    assert_eq!(manifest(&first), manifest(&third));
    for table in tables {
        let rows = manifest(&first)["tables"][*table]["rows"].as_u64().unwrap();
        println!("{table}: {rows} rows, equal in all three");
        assert!(rows > 0, "there is nothing in {table}");
    }
    for place in [["--state", &again], ["--store-url-file", &postgres]] {
        assert!(ok(&["check", place[0], place[1]]).contains("point"));
    }

    let said = refused(&["import", "--store-url-file", &postgres, "--from", &first]);
    assert!(said.contains("--replace"), "{said}");
    ok(&["import", "--store-url-file", &postgres, "--from", &first, "--replace"]);
    assert!(refused(&["export", "--state", &again, "--to", &third]).contains("something already"));
    std::fs::write(Path::new(&first).join("note.parquet"), "another").unwrap();
    let said = refused(&["import", "--state", &at("new"), "--from", &first]);
    assert!(said.contains("not the one that was exported"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn check_finds_what_does_not_go_together() {
    let folder = TempDir::new().unwrap();
    let sqlite = shop(folder.path());
    ok(&["check", "--state", &sqlite]);
    let options =
        SqliteConnectOptions::new().filename(Path::new(&sqlite).join("store.db")).foreign_keys(false);
    let mut connection = options.connect().await.unwrap();
    let break_it = "DELETE FROM series WHERE id = (SELECT min(id) FROM series); \
                    UPDATE point SET value = 'x:1' WHERE series = (SELECT max(series) FROM point); \
                    INSERT INTO coverage SELECT namespace, name, hash, grain, grouping, \"from\" + 1, \"to\" FROM coverage LIMIT 1";
    sqlx::raw_sql(break_it).execute(&mut connection).await.unwrap();
    let output = store(&["check", "--state", &sqlite]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    for fault in ["a series that is not there", "`x:1`", "overlap"] {
        assert!(said.contains(fault), "{fault}: {said}");
    }
}

#[test]
fn a_url_is_named_once_and_never_shown() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("url");
    std::fs::write(&file, "postgres://user:secret@:no-port/db").unwrap();
    let said = refused(&["check", "--store-url-file", &file.display().to_string()]);
    assert!(said.contains("postgres://USER:PASSWORD@HOST") && !said.contains("secret"), "{said}");
    let mut both = metricwright(&["store", "check", "--store-url-file", &file.display().to_string()]);
    let output = both.env("METRICWRIGHT_STORE_URL", "postgres://localhost/db").output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("give one of them"));
}
