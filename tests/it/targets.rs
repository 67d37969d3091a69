//! Targets on the resources: the status says what `metricwright targets` says.

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{root, run, stdout};
use crate::worked::{blocks, write_files};

#[test]
fn the_status_has_the_standings_of_the_command() {
    let page = std::fs::read_to_string(root().join("docs/targets.md")).unwrap();
    let folder = TempDir::new().unwrap();
    write_files(&blocks(&page), folder.path());
    let dir = folder.path().display().to_string();
    let clock = ["--as-of", "2025-04-11T00:00Z"];
    stdout(&[&["up", &dir, "--once"][..], &clock].concat());
    let json = |arguments: &[&str]| -> Value { serde_json::from_str(&stdout(arguments)).unwrap() };
    let asked = json(&[&["targets", "revenue", "-o", "json", "-C", &dir][..], &clock].concat());
    let kept = json(&["get", "metric", "revenue", "-o", "json", "-C", &dir]);
    let kept = kept.pointer("/status/targets").unwrap().as_array().unwrap();
    assert_eq!(asked.as_array().unwrap().len(), kept.len());
    for (asked, kept) in asked.as_array().unwrap().iter().zip(kept) {
        assert_eq!((&asked["target"], &asked["period"]), (&kept["name"], &kept["window"]["label"]));
        for field in ["goal", "value", "attainment", "gap", "expected", "pace", "neededPerDay"] {
            let (asked, kept) = (asked[field].as_f64(), kept[field].as_f64());
            let near = asked.zip(kept).map(|(asked, kept)| (asked - kept).abs() < 1e-9);
            assert!(near.unwrap_or(asked == kept), "{field}: {asked:?} is not {kept:?}");
        }
    }
    let pace = |place: usize| kept[place]["pace"].as_f64().unwrap();
    assert!((pace(1) - 1.125).abs() < 1e-9 && (pace(2) - 0.9375).abs() < 1e-9);
}

/// What a command that fails says.
fn said(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_metric_without_the_target_says_which_it_has() {
    let page = std::fs::read_to_string(root().join("docs/targets.md")).unwrap();
    let folder = TempDir::new().unwrap();
    write_files(&blocks(&page), folder.path());
    let dir = folder.path().display().to_string();
    let found = said(&["targets", "revenue", "--target", "plan-2024", "-C", &dir]);
    assert!(found.contains("did you mean `plan-2025`?"), "{found}");
    let found = said(&["targets", "planned", "-C", &dir]);
    assert!(found.contains("has no targets"), "{found}");
}
