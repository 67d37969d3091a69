//! Faulty manifests, each with its intended code and place: found by `check`, by `check --connect`, or in
//! status, with the same words.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{root, run};

/// What a case stands on, besides its own fault.
const GOOD: &str = r"apiVersion: metricwright.dev/v1alpha1
kind: DataSource
metadata: {name: shop}
spec: {files: {path: data/}}
---
apiVersion: metricwright.dev/v1alpha1
kind: Dataset
metadata: {name: stores}
spec:
  source: shop
  table: stores
  entities: [{name: store, type: Primary, expr: id}]
  dimensions: [{name: region}]
  columns: [{name: id, type: Int}, {name: region, type: String}]
---
apiVersion: metricwright.dev/v1alpha1
kind: Dataset
metadata: {name: sales}
spec:
  source: shop
  table: sales
  time: {column: sold_at, latency: 1h}
  entities: [{name: store, type: Foreign, expr: store}]
  columns:
    - {name: sold_at, type: Instant}
    - {name: store, type: Int}
    - {name: amount, type: Float, unit: CNY}
    - {name: status, type: String}
---
apiVersion: metricwright.dev/v1alpha1
kind: Metric
metadata: {name: revenue}
spec: {dataset: sales, formula: sum(amount)}
---
apiVersion: metricwright.dev/v1alpha1
kind: Metric
metadata: {name: tickets}
spec: {dataset: sales, formula: count(*)}
";

/// Where a fault shows.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Seen {
    /// `check` finds it.
    Offline,
    /// `check --connect` finds it.
    Connected,
}

/// A fault: where it shows, its code, `line:column` in its own file, and the file.
struct Case {
    seen: Seen,
    code: &'static str,
    at: &'static str,
    text: &'static str,
}

const fn case(seen: Seen, code: &'static str, at: &'static str, text: &'static str) -> Case {
    Case { seen, code, at, text }
}

const HEAD: &str = "apiVersion: metricwright.dev/v1alpha1\nkind: ";

use Seen::{Connected, Offline};

/// The cases; each text stands after the two lines of [`HEAD`], so its first line is line 2.
const CASES: &[Case] = &[
    case(Offline, "YAML_SYNTAX", "4:5", "Metric\nmetadata: {name: m\nspec: x: y"),
    case(Offline, "UNKNOWN_KIND", "2:7", "Metrik\nmetadata: {name: m}\nspec: {}"),
    case(
        Offline,
        "UNKNOWN_FIELD",
        "4:24",
        "Metric\nmetadata: {name: m}\nspec: {dataset: sales, formla: sum(amount)}",
    ),
    case(Offline, "MISSING_FIELD", "4:1", "Dataset\nmetadata: {name: d}\nspec: {table: t}"),
    case(
        Offline,
        "INVALID_VALUE",
        "4:57",
        "Metric\nmetadata: {name: m}\nspec: {dataset: sales, formula: sum(amount), direction: Up}",
    ),
    case(
        Offline,
        "INVALID_VALUE",
        "5:50",
        "Dataset\nmetadata: {name: d}\nspec: {source: shop, table: sales,\n  time: {column: sold_at, latency: 2h, storedAs: 1}}",
    ),
    case(
        Offline,
        "SCHEMA_RULE",
        "4:1",
        "Metric\nmetadata: {name: m}\nspec: {dataset: sales, formula: sum(amount), ratio: {numerator: {metric: revenue}, denominator: {metric: tickets}}}",
    ),
    case(
        Offline,
        "DUPLICATE_OBJECT",
        "3:18",
        "Metric\nmetadata: {name: revenue}\nspec: {dataset: sales, formula: sum(amount)}",
    ),
    case(
        Offline,
        "INVALID_NAME",
        "3:18",
        "Metric\nmetadata: {name: Revenue_2}\nspec: {dataset: sales, formula: sum(amount)}",
    ),
    case(
        Offline,
        "INVALID_NAME",
        "3:18",
        "Metric\nmetadata: {name: coalesce}\nspec: {dataset: sales, formula: sum(amount)}",
    ),
    case(
        Offline,
        "REFERENCE_NOT_FOUND",
        "4:17",
        "Metric\nmetadata: {name: m}\nspec: {dataset: sale, formula: sum(amount)}",
    ),
    case(
        Offline,
        "REFERENCE_NOT_ALLOWED",
        "4:17",
        "Metric\nmetadata: {name: m, namespace: other}\nspec: {dataset: default/sales, formula: sum(amount)}",
    ),
    case(Offline, "REFERENCE_CYCLE", "4:1", "Metric\nmetadata: {name: m}\nspec: {derived: {expr: m + 1}}"),
    case(
        Offline,
        "FORMULA_SYNTAX",
        "6:26",
        "Metric\nmetadata: {name: m}\nspec:\n  dataset: sales\n  formula: sum(amount) * / 2",
    ),
    case(
        Offline,
        "UNKNOWN_FUNCTION",
        "6:12",
        "Metric\nmetadata: {name: m}\nspec:\n  dataset: sales\n  formula: total(amount)",
    ),
    case(
        Offline,
        "UNKNOWN_COLUMN",
        "7:9",
        "Metric\nmetadata: {name: m}\nspec:\n  dataset: sales\n  formula: |\n    sum(amont)",
    ),
    case(
        Offline,
        "UNKNOWN_METRIC",
        "5:23",
        "Metric\nmetadata: {name: m}\nspec:\n  derived: {expr: 2 * revenu}",
    ),
    case(
        Offline,
        "AGGREGATE_MISPLACED",
        "6:12",
        "Metric\nmetadata: {name: m}\nspec:\n  dataset: sales\n  formula: amount + sum(amount)",
    ),
    case(
        Offline,
        "TYPE_MISMATCH",
        "6:16",
        "Metric\nmetadata: {name: m}\nspec:\n  dataset: sales\n  formula: sum(status)",
    ),
    case(
        Offline,
        "UNIT_MISMATCH",
        "4:52",
        "Metric\nmetadata: {name: m}\nspec: {dataset: sales, formula: sum(amount), unit: Count}",
    ),
    case(
        Offline,
        "UNKNOWN_DIMENSION",
        "4:59",
        "Metric\nmetadata: {name: m}\nspec: {dataset: sales, formula: sum(amount), dimensions: [store.regio]}",
    ),
    case(
        Offline,
        "DUPLICATE_PRIMARY",
        "4:63",
        "Dataset\nmetadata: {name: d}\nspec: {source: shop, table: t, entities: [{name: store, type: Primary, expr: id}]}",
    ),
    case(
        Offline,
        "UNKNOWN_ZONE",
        "4:42",
        "Dataset\nmetadata: {name: d}\nspec: {source: shop, table: t, timezone: Asia/Shangai}",
    ),
    case(
        Offline,
        "INVALID_CRON",
        "4:63",
        "Metric\nmetadata: {name: m}\nspec: {dataset: sales, formula: sum(amount), schedule: {cron: every hour}}",
    ),
    case(
        Offline,
        "QUERY_NOT_READ_ONLY",
        "4:29",
        "Dataset\nmetadata: {name: d}\nspec: {source: shop, query: DROP TABLE sales}",
    ),
    case(
        Offline,
        "INVALID_CONDITION",
        "4:32",
        "AlertRule\nmetadata: {name: r}\nspec: {metric: revenue, grain: Month, anyOf: [{threshold: value < 1}]}",
    ),
    case(
        Offline,
        "TIME_MISSING",
        "4:17",
        "Metric\nmetadata: {name: m}\nspec: {dataset: stores, formula: count(*)}",
    ),
    case(
        Connected,
        "TABLE_NOT_FOUND",
        "4:29",
        "Dataset\nmetadata: {name: d}\nspec: {source: shop, table: sale}",
    ),
    case(
        Connected,
        "COLUMN_MISMATCH",
        "5:20",
        "Dataset\nmetadata: {name: d}\nspec: {source: shop, table: sales,\n  columns: [{name: amout, type: Float}]}",
    ),
    case(
        Connected,
        "KEY_NOT_UNIQUE",
        "4:48",
        "Dataset\nmetadata: {name: d}\nspec: {source: shop, table: sales, entities: [{name: sale, type: Primary, expr: store}]}",
    ),
    case(
        Connected,
        "PATH_INVALID",
        "7:18",
        "DataSource\nmetadata: {name: away}\nspec: {files: {path: nowhere/}}\n---\n{apiVersion: metricwright.dev/v1alpha1, kind: Dataset, metadata: {name: d},\n  spec: {source: away, table: t}}",
    ),
];

fn write_data(folder: &Path) {
    let data = folder.join("data");
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join("stores.csv"), "id,region\n1,north\n2,south\n").unwrap();
    std::fs::write(
        data.join("sales.csv"),
        "sold_at,store,amount,status\n2025-01-01T10:00:00Z,1,10.5,completed\n2025-01-01T11:00:00Z,1,4.5,completed\n",
    )
    .unwrap();
    std::fs::write(folder.join("0-good.yaml"), GOOD).unwrap();
}

/// The findings on `faulty.yaml`, as `code@line:column`, and the whole of them.
fn findings(folder: &Path, connect: bool) -> (Option<i32>, Vec<(String, Value)>) {
    let dir = folder.display().to_string();
    let mut arguments = vec!["check", dir.as_str(), "-o", "json"];
    if connect {
        arguments.push("--connect");
    }
    let output = run(&arguments);
    let text = String::from_utf8(output.stdout).unwrap();
    let all: Vec<Value> = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let short = |finding: &Value| {
        let code = finding["code"].as_str().unwrap();
        (format!("{code}@{}:{}", finding["line"], finding["column"]), finding.clone())
    };
    let ours = all.iter().filter(|finding| finding["file"].as_str().unwrap().ends_with("faulty.yaml"));
    (output.status.code(), ours.map(short).collect())
}

#[test]
fn every_faulty_manifest_gets_its_code_at_its_place() {
    let mut wrong = String::new();
    for case in CASES {
        let folder = TempDir::new().unwrap();
        write_data(folder.path());
        let text = format!("{HEAD}{}\n", case.text);
        std::fs::write(folder.path().join("faulty.yaml"), &text).unwrap();
        let (offline_exit, offline) = findings(folder.path(), false);
        let (connected_exit, connected) = findings(folder.path(), true);
        let (exit, found) =
            if case.seen == Offline { (offline_exit, &offline) } else { (connected_exit, &connected) };
        let wanted = format!("{}@{}", case.code, case.at);
        if exit != Some(1) || !found.iter().any(|(short, _)| *short == wanted) {
            let shown: Vec<_> =
                found.iter().map(|(short, finding)| format!("{short} {}", finding["reason"])).collect();
            writeln!(wrong, "wanted {wanted}, exit {exit:?}, found {shown:?} in\n{text}").unwrap();
        }
        if case.seen == Connected && offline.iter().any(|(short, _)| *short == wanted) {
            writeln!(wrong, "{wanted} was found without the source").unwrap();
        }
        for (short, finding) in found {
            if finding["reason"].as_str().unwrap().is_empty()
                || finding["remedy"].as_str().unwrap().is_empty()
            {
                writeln!(wrong, "{short} says too little: {finding}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(CASES.len() >= 25);
}

#[test]
fn status_says_the_words_of_check() {
    for case in CASES
        .iter()
        .filter(|case| matches!(case.code, "UNKNOWN_COLUMN" | "TABLE_NOT_FOUND" | "UNIT_MISMATCH"))
    {
        let folder = TempDir::new().unwrap();
        write_data(folder.path());
        std::fs::write(folder.path().join("faulty.yaml"), format!("{HEAD}{}\n", case.text)).unwrap();
        let (_, found) = findings(folder.path(), true);
        let finding = &found.iter().find(|(short, _)| short.starts_with(case.code)).unwrap().1;
        let dir = folder.path().display().to_string();
        let up = run(&["up", &dir, "--once", "--as-of", "2025-01-03T00:00Z"]);
        assert_eq!(up.status.code(), Some(1));
        let said = String::from_utf8_lossy(&up.stderr).into_owned();
        let words = format!(
            "{} at {}: {}; {}",
            case.code,
            finding["path"].as_str().unwrap(),
            finding["reason"].as_str().unwrap(),
            finding["remedy"].as_str().unwrap()
        );
        assert!(said.contains(&words), "{words}\n{said}");
    }
}

#[test]
fn good_manifests_are_clean_and_paths_that_are_not_there_are_an_error() {
    let folder = TempDir::new().unwrap();
    write_data(folder.path());
    let dir = folder.path().display().to_string();
    assert_eq!(run(&["check", &dir, "--connect"]).status.code(), Some(0));
    assert_eq!(run(&["check", "/no/such/path"]).status.code(), Some(2));
}

#[test]
fn the_examples_have_no_fault() {
    for folder in ["examples/retail", "examples/kinds"] {
        let output = run(&["check", &root().join(folder).display().to_string()]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{folder}: {said}");
    }
}
