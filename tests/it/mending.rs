//! What was wrong and is put right is seen to be right, by the process that saw it wrong.

use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use tempfile::TempDir;

use crate::support::shop::{definitions, write_sales};
use crate::support::{metricwright, run, stdout};

/// `up` on a directory, with the lines that it prints.
struct Up {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Up {
    fn start(dir: &Path) -> Self {
        let dir = dir.display().to_string();
        let mut up = metricwright(&["up", &dir]);
        let mut child = up.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Waits for a line with these words, one after another.
    fn until(&mut self, words: &[&str]) {
        let found = self.lines.by_ref().map(Result::unwrap).find(|line| {
            let mut there = line.split_whitespace();
            words.iter().all(|word| there.any(|other| other == *word))
        });
        assert!(found.is_some(), "it ended before it said {words:?}");
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let _ = self.child.wait();
    }
}

/// The small shop, without rows at first.
fn empty_shop() -> TempDir {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    std::fs::write(folder.path().join("data/sales.csv"), "sold_at,store,amount\n").unwrap();
    std::fs::write(folder.path().join("shop.yaml"), definitions("http://127.0.0.1:9/")).unwrap();
    folder
}

fn status(dir: &Path, kind: &str, name: &str) -> serde_json::Value {
    let dir = dir.display().to_string();
    let text = stdout(&["get", kind, name, "-C", &dir, "-o", "json"]);
    serde_json::from_str::<serde_json::Value>(&text).unwrap()["status"].clone()
}

fn condition<'a>(status: &'a serde_json::Value, name: &str) -> &'a serde_json::Value {
    let conditions = status["conditions"].as_array().unwrap();
    conditions.iter().find(|condition| condition["type"] == name).unwrap_or(&serde_json::Value::Null)
}

#[test]
fn a_dataset_that_was_empty_is_computed_once_it_has_rows() {
    let folder = empty_shop();
    let mut up = Up::start(folder.path());
    up.until(&["revenue", "True", "NoData"]);
    let fresh = status(folder.path(), "metrics", "revenue");
    assert_eq!(condition(&fresh, "Fresh")["reason"], "Pending", "{fresh}");
    write_sales(&folder.path().join("data"), 40);
    up.until(&["revenue", "True", "OK"]);
    let status = status(folder.path(), "metrics", "revenue");
    assert!(status["backfill"]["total"].as_i64() > Some(40), "{status}");
}

#[test]
fn a_fault_of_the_data_is_gone_once_it_is_mended() {
    let folder = empty_shop();
    write_sales(&folder.path().join("data"), 40);
    let stores = folder.path().join("data/stores.csv");
    std::fs::write(&stores, "id,region\nA,north\nB,south\nB,west\n").unwrap();
    let dataset = "apiVersion: metricwright.dev/v1alpha1\nkind: Dataset\nmetadata: {name: stores}\n\
                   spec: {source: shop, table: stores, entities: [{name: store, type: Primary, expr: id}], dimensions: [{name: region}]}\n---\n\
                   apiVersion: metricwright.dev/v1alpha1\nkind: Metric\nmetadata: {name: by-region}\n\
                   spec: {dataset: sales, formula: sum(amount), dimensions: [store.region]}\n";
    std::fs::write(folder.path().join("stores.yaml"), dataset).unwrap();
    let mut up = Up::start(folder.path());
    up.until(&["by-region", "False", "Waiting"]);
    let waits = status(folder.path(), "metrics", "by-region");
    let message = condition(&waits, "Ready")["message"].as_str().unwrap();
    assert!(message.contains("dataset `stores` is not ready") && message.contains("`B`"), "{message}");
    std::fs::write(&stores, "id,region\nA,north\nB,south\n").unwrap();
    up.until(&["by-region", "True", "OK"]);
}

#[test]
fn a_metric_says_that_its_dataset_cannot_be_inspected_and_why() {
    let folder = empty_shop();
    std::fs::remove_file(folder.path().join("data/sales.csv")).unwrap();
    let dir = folder.path().display().to_string();
    let output = run(&["up", &dir, "--once"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("nothing was computed") && !said.contains("nothing to compute"), "{said}");
    let waits = status(folder.path(), "metrics", "revenue");
    let message = condition(&waits, "Ready")["message"].as_str().unwrap();
    assert!(message.contains("cannot be inspected: TABLE_NOT_FOUND"), "{message}");
}

#[test]
fn what_cannot_be_read_keeps_its_values_and_says_so_until_it_is_mended() {
    let folder = empty_shop();
    write_sales(&folder.path().join("data"), 40);
    let (dir, manifests) = (folder.path().display().to_string(), folder.path().join("shop.yaml"));
    let good = std::fs::read_to_string(&manifests).unwrap();
    let up = || run(&["up", &dir, "--once", "--as-of", "2025-02-10T02:00Z"]);
    assert!(up().status.success());
    let before = status(folder.path(), "metrics", "revenue");
    let incidents = stdout(&["get", "incidents", "-C", &dir, "-o", "json"]);
    assert!(incidents.contains("Resolved"), "{incidents}");

    let faulty = good
        .replace("formula: sum(amount)", "formla: sum(amount)")
        .replace("files: {path: data/}", "files: {pth: data/}")
        .replace("anyOf: [{threshold: value < 50}]", "anyOf: 1");
    std::fs::write(&manifests, faulty).unwrap();
    assert_eq!(up().status.code(), Some(1));
    let broken = status(folder.path(), "metrics", "revenue");
    assert_eq!((&broken["state"], &broken["latest"]), (&"Invalid".into(), &before["latest"]), "{broken}");
    assert_eq!(condition(&broken, "Stalled")["reason"], "Malformed", "{broken}");
    assert_eq!(condition(&status(folder.path(), "datasources", "shop"), "Stalled")["status"], "True");
    assert_eq!(stdout(&["get", "incidents", "-C", &dir, "-o", "json"]), incidents);
    // Nobody knows what a file declares that is no YAML: nothing of it is taken for gone.
    std::fs::write(&manifests, format!("{good}\n---\na: b: c\n")).unwrap();
    assert_eq!(up().status.code(), Some(1));
    assert_eq!(status(folder.path(), "metrics", "revenue")["latest"], before["latest"]);

    std::fs::write(&manifests, good).unwrap();
    assert!(up().status.success());
    for (kind, name) in [("datasources", "shop"), ("metrics", "revenue"), ("alertrules", "drop")] {
        let mended = status(folder.path(), kind, name);
        assert!(condition(&mended, "Stalled").is_null(), "{mended}");
        assert_eq!(condition(&mended, "Ready")["status"], "True", "{mended}");
    }
}

#[test]
fn every_command_takes_a_clock() {
    let folder = empty_shop();
    write_sales(&folder.path().join("data"), 40);
    let dir = folder.path().display().to_string();
    assert!(run(&["up", &dir, "--once", "--as-of", "2025-02-10T02:00Z"]).status.success());
    // Store B sold nearly nothing on 2025-01-21, 22 and 23.
    let then = |at: &str, kind: &str| stdout(&["get", kind, "-C", &dir, "--as-of", at]);
    let line = |table: &str, name: &str| {
        let line = table.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let before = then("2025-01-21T02:00Z", "metrics");
    assert!(
        line(&before, "revenue").contains("2025-01-20") && line(&before, "revenue").contains("OK"),
        "{before}"
    );
    assert!(then("2025-01-21T02:00Z", "incidents").contains("no incidents"));
    let during = then("2025-01-22T02:00Z", "metrics");
    assert!(line(&during, "revenue").contains("2025-01-21"), "{during}");
    assert!(line(&during, "revenue").contains("Firing"), "{during}");
    let incidents = then("2025-01-22T02:00Z", "incidents");
    assert!(line(&incidents, "drop-").contains("Firing") && !incidents.contains("Resolved"), "{incidents}");
    assert!(line(&then("2025-01-22T02:00Z", "alertrules"), "drop").contains("Firing"));
    assert!(then("2025-02-10T02:00Z", "incidents").contains("Resolved"));

    // A key that repeats only later is no fault before.
    let sales = folder.path().join("data/sales.csv");
    let mut text = std::fs::read_to_string(&sales).unwrap();
    text += "2025-02-10T10:00:00Z,X,1\n2025-02-11T10:00:00Z,X,1\n";
    std::fs::write(&sales, text).unwrap();
    let unique = "apiVersion: metricwright.dev/v1alpha1\nkind: Dataset\nmetadata: {name: seldom}\nspec:\n  source: shop\n  \
                  query: SELECT * FROM sales WHERE store = 'X'\n  time: {column: sold_at}\n  \
                  entities: [{name: visit, type: Primary, expr: store}]\n";
    std::fs::write(folder.path().join("seldom.yaml"), unique).unwrap();
    let check = |at: &str| run(&["check", &dir, "--connect", "--as-of", at]);
    let clean = check("2025-02-11T00:00Z");
    assert!(clean.status.success(), "{}", String::from_utf8_lossy(&clean.stdout));
    let found = check("2025-02-12T00:00Z");
    assert_eq!(found.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&found.stdout).contains("KEY_NOT_UNIQUE"));
}
