//! What a directory's store says of the values that it keeps, on the retail example.

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{AS_OF, copy_files, retail, run, stdout};

/// A copy of the example, computed.
fn computed() -> TempDir {
    let folder = TempDir::new().unwrap();
    copy_files(&retail(), folder.path());
    copy_files(&retail().join("data"), &folder.path().join("data"));
    stdout(&["up", folder.path().to_str().unwrap(), "--once", "--as-of", AS_OF]);
    folder
}

#[test]
fn a_value_of_the_example_explains_itself_and_equals_what_a_query_gives() {
    let folder = computed();
    let dir = folder.path().to_str().unwrap();
    let ask = |arguments: &[&str]| -> Value {
        let text = stdout(&[arguments, &["-C", dir, "--as-of", AS_OF, "-o", "json"]].concat());
        serde_json::from_str(&text).unwrap()
    };
    // The latest window, when nothing is said; as the status has it.
    let margin = ask(&["explain", "gross-margin"]);
    let status = ask_status(dir, "gross-margin");
    assert_eq!(margin["window"], status["latest"][0]["window"]);
    // A status is rounded to 12 digits, what is kept is not.
    let (kept, shown) = (number(&margin["value"]), number(&status["latest"][0]["value"]));
    assert!((kept - shown).abs() < 1e-9, "{kept} and {shown}");
    assert_eq!(margin["definition"], status["definitionHash"]);
    let inputs: Vec<&str> = margin["upstream"]["inputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|input| input["object"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(inputs, ["gross-profit", "line-revenue"]);

    // The cell that the stock-out rule saw: its value is what the source gives now, and the rule is named.
    let query = ask_query(dir, "in-stock-rate", "store,category");
    let worst = query.iter().min_by(|a, b| number(&a["value"]).total_cmp(&number(&b["value"]))).unwrap();
    let slice: Vec<String> = worst["slice"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, member)| format!("{name}={}", member.as_str().unwrap()))
        .collect();
    let cell = ask(&["explain", "in-stock-rate", "--window", "2025-11-20", "--slice", &slice.join(",")]);
    assert!((number(&cell["value"]) - number(&worst["value"])).abs() < 1e-9, "{cell}");
    assert!(number(&cell["value"]) < 0.8, "{cell}");
    assert_eq!(cell["rules"][0]["rule"], "stock-out");
    assert_eq!(cell["components"][0]["dataset"], "inventory");

    let history = ask(&["history", "revenue", "--from", "2025-11-18", "--to", "2025-11-21"]);
    let kept: Vec<&Value> =
        history["points"].as_array().unwrap().iter().map(|point| &point["window"]["label"]).collect();
    assert_eq!(kept, ["2025-11-18", "2025-11-19", "2025-11-20"]);
    let unkept = run(&["history", "revenue", "--by", "store,channel", "-C", dir]);
    let said = String::from_utf8(unkept.stderr).unwrap();
    assert!(
        unkept.status.code() == Some(2) && said.contains("NOT_KEPT") && said.contains("channel"),
        "{said}"
    );
}

fn ask_status(dir: &str, metric: &str) -> Value {
    let text = stdout(&["get", "mwm", metric, "-C", dir, "-o", "json"]);
    serde_json::from_str::<Value>(&text).unwrap()["status"].clone()
}

fn ask_query(dir: &str, metric: &str, by: &str) -> Vec<Value> {
    let range = ["--from", "2025-11-20", "--to", "2025-11-21", "--as-of", AS_OF, "-o", "json"];
    let text = stdout(&[&["query", metric, "--by", by, "-C", dir], &range[..]].concat());
    serde_json::from_str(&text).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or(f64::INFINITY)
}
