//! The loop over a directory.

use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::support::shop::{definitions, write_sales};
use crate::support::{AS_OF, metricwright, retail, run, stdout};

fn up(state: &str) -> Output {
    let dir = retail().display().to_string();
    run(&["up", &dir, "--once", "--as-of", AS_OF, "--state", state])
}

fn get(state: &str, kind: &str) -> serde_json::Value {
    let dir = retail().display().to_string();
    serde_json::from_str(&stdout(&["get", kind, "-C", &dir, "--state", state, "-o", "json"])).unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_example_becomes_ready_and_sees_its_stock_outs_and_a_second_run_repeats_nothing() {
    let folder = TempDir::new().unwrap();
    let state = folder.path().display().to_string();
    let first = up(&state);
    assert!(first.status.success(), "{}", said(&first));

    let metrics = get(&state, "metrics");
    let metrics = metrics["items"].as_array().unwrap();
    assert!(metrics.len() >= 12);
    for metric in metrics {
        // 690 days from 2024-01-01 to 2025-11-20; the first return came back on 2024-01-03.
        let of_returns = ["returned-units", "refunds"].iter().any(|name| metric["metadata"]["name"] == *name);
        let days = Some(if of_returns { 688 } else { 690 });
        let backfill = &metric["status"]["backfill"];
        assert_eq!((backfill["done"].as_i64(), backfill["total"].as_i64()), (days, days), "{metric}");
        assert_eq!(metric["status"]["latest"][0]["window"]["label"], "2025-11-20");
    }

    let incidents = get(&state, "incidents");
    let stock_outs: Vec<(String, String, i64)> = incidents["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|incident| &incident["status"])
        .filter(|status| status["rule"] == "stock-out")
        .map(|status| {
            assert!(status["deliveries"].is_null(), "a message about the past: {status}");
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            (
                text(&status["state"]),
                text(&status["firstWindow"]["label"]),
                status["sliceCount"].as_i64().unwrap(),
            )
        })
        .collect();
    let expected = [("Firing", "2025-11-20", 4), ("Resolved", "2025-09-01", 1)];
    assert_eq!(
        stock_outs,
        expected.map(|(state, window, slices)| (state.to_owned(), window.to_owned(), slices))
    );

    let again = up(&state);
    assert!(again.status.success(), "{}", said(&again));
    assert!(said(&again).contains("nothing to compute"), "{}", said(&again));
    assert_eq!(
        get(&state, "metrics"),
        serde_json::json!({"apiVersion": "v1", "kind": "List", "items": metrics})
    );
}

#[test]
fn a_directory_that_is_not_there_is_an_error_that_says_so() {
    let output = metricwright(&["up", "/no/such/directory", "--once"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("no directory"), "{}", said(&output));
}

#[test]
fn up_goes_on_with_a_source_that_fails_and_ends_when_it_is_told_to() {
    let folder = TempDir::new().unwrap();
    write_sales(&folder.path().join("data"), 40);
    std::fs::write(folder.path().join("shop.yaml"), definitions("http://127.0.0.1:9/")).unwrap();
    let dir = folder.path().display().to_string();
    let mut child = metricwright(&["up", &dir]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    lines.find(|line| line.starts_with("revenue  True")).expect("it became ready");
    std::fs::remove_file(folder.path().join("data/sales.csv")).unwrap();
    std::fs::write(folder.path().join("note.yaml"), "").unwrap();
    // The table of the second round; the metric keeps its values while its source fails.
    lines.find(|line| line.starts_with("revenue")).expect("it looked again");
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let later = lines.filter(|line| line.starts_with("revenue")).count();
    assert!(child.wait().unwrap().success(), "it did not end well");
    assert!(later < 10, "it goes round without a rest: {later} tables");
}

/// What is older than its retention is deleted, is not computed again, and nothing newer is touched.
#[test]
fn values_are_kept_as_long_as_their_metric_says() {
    let folder = TempDir::new().unwrap();
    let dir = folder.path().display().to_string();
    write_sales(&folder.path().join("data"), 40);
    let text = definitions("http://127.0.0.1:9/");
    let manifest = |text: &str| std::fs::write(folder.path().join("shop.yaml"), text).unwrap();
    let up = |text: &str| {
        manifest(text);
        run(&["up", &dir, "--once", "--as-of", "2025-02-09T02:00Z"]);
        let shown = ["history", "revenue", "-C", &dir, "--as-of", "2025-02-09T02:00Z"];
        let all = [&shown[..], &["--from", "2025-01-01", "-o", "csv"]].concat();
        stdout(&all).lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    let whole = up(&text);
    assert_eq!(whole.len(), 39, "{whole:?}");
    let short = text.replace("grains: [Day, Week]", "grains: [Day, Week], retention: 10d");
    assert_ne!(short, text);
    let kept = up(&short);
    assert_eq!(kept, whole[whole.len() - 10..], "the last ten days");
    assert_eq!(up(&short), kept);
    // Given more time, it computes what it had deleted.
    assert_eq!(up(&text), whole);
}
