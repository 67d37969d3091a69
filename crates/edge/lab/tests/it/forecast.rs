//! The forecasts of a folder.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use metricwright_lab::{Error, Options, forecast};
use serde_json::{Value, json};

/// A folder with a daily series near a holiday, an hourly one, a very short, a constant and a single one.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let day = |at: usize| 100.0 + 20.0 * (at % 7) as f64 + (at * 37 % 11) as f64;
    let hour = |at: usize| 10.0 + (at % 24) as f64 + if at / 24 % 7 > 4 { 8.0 } else { 0.0 };
    series(folder.path(), "daily", 420, 24, day);
    series(folder.path(), "hourly", 400, 1, hour);
    series(folder.path(), "short", 3, 24, |at| at as f64);
    series(folder.path(), "constant", 60, 24, |_| 5.0);
    series(folder.path(), "single", 1, 24, |_| 7.0);
    let entry = |id: &str, frequency: &str, m: usize, seasonality: Value| {
        json!({"id": id, "file": format!("series/{id}.csv"), "group": "any", "frequency": frequency, "m": m,
            "seasonality": seasonality, "horizon": 14, "calendar": "X", "nominal_dates": id == "hourly", "source": "own"})
    };
    let all = [
        entry("daily", "D", 7, json!([7, 365.25])),
        entry("hourly", "H", 24, json!([24, 168])),
        entry("short", "D", 7, json!([7])),
        entry("constant", "D", 7, json!([7])),
        entry("single", "D", 7, json!([7])),
    ];
    write(folder.path(), "manifest.json", &json!({"series": all}).to_string());
    write(
        folder.path(),
        "calendars.json",
        &json!({"X": {"2024-01-05": "Fair", "2025-01-05": "Fair; Other"}}).to_string(),
    );
    folder
}

fn series(folder: &Path, id: &str, count: usize, hours: i64, value: impl Fn(usize) -> f64) {
    let start = jiff::civil::datetime(2024, 1, 1, 0, 0, 0, 0);
    let mut text = String::from("timestamp,value\n");
    for at in 0..count {
        let time = start + jiff::SignedDuration::from_hours(hours * i64::try_from(at).unwrap());
        let value = if at % 50 == 49 { String::new() } else { value(at).to_string() };
        writeln!(text, "{time},{value}").unwrap();
    }
    std::fs::create_dir_all(folder.join("series")).unwrap();
    write(folder, &format!("series/{id}.csv"), &text);
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

fn run(folder: &Path, only: Option<&str>) -> Result<Vec<Value>, Error> {
    let out = folder.join("answers.jsonl");
    forecast(&Options { data: folder.into(), out: out.clone(), threads: 2, only: only.map(Into::into) })?;
    Ok(std::fs::read_to_string(out)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect())
}

fn by_series(answers: Vec<Value>) -> BTreeMap<String, Vec<Value>> {
    let mut found: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for mut answer in answers {
        let id = answer["series"].take().as_str().unwrap().to_owned();
        found.entry(id).or_default().push(answer);
    }
    found
}

#[test]
fn every_step_has_a_mean_and_both_bands_in_order() {
    let folder = folder();
    let found = by_series(run(folder.path(), None).unwrap());
    assert_eq!(found.len(), 5);
    for (id, steps) in found {
        assert_eq!(steps.len(), 14, "{id}");
        for (place, step) in steps.iter().enumerate() {
            assert_eq!(step["step"], json!(place + 1), "{id}");
            let number =
                |name: &str| step[name].as_f64().unwrap_or_else(|| panic!("{id}: no {name} in {step}"));
            let order = ["lo95", "lo80", "mean", "hi80", "hi95"].map(number);
            assert!(order.is_sorted(), "{id}: {step}");
        }
    }
}

#[test]
fn answers_depend_neither_on_names_nor_on_order() {
    let folder = folder();
    let before = by_series(run(folder.path(), None).unwrap());
    let path = folder.path().join("manifest.json");
    let manifest: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let renamed: Vec<Value> = manifest["series"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .map(|case| {
            let mut case = case.as_object().unwrap().clone();
            case.retain(|key, _| !["group", "source", "licence"].contains(&key.as_str()));
            case["id"] = json!(format!("renamed-{}", case["id"].as_str().unwrap()));
            Value::Object(case)
        })
        .collect();
    write(folder.path(), "manifest.json", &json!({"series": renamed}).to_string());
    let after = by_series(run(folder.path(), None).unwrap());
    for (id, steps) in before {
        assert_eq!(steps, after[&format!("renamed-{id}")], "{id}");
    }
}

#[test]
fn only_the_cases_that_fit_are_answered() {
    let folder = folder();
    assert_eq!(
        by_series(run(folder.path(), Some("s*")).unwrap()).into_keys().collect::<Vec<_>>(),
        ["short", "single"]
    );
    let error = run(folder.path(), Some("x?")).unwrap_err();
    assert_eq!(error.to_string(), "--only x?: no case fits; there are 5, for example daily");
}

#[test]
fn what_is_wrong_is_said_with_file_and_line() {
    let folder = folder();
    write(folder.path(), "series/short.csv", "timestamp,value\n2024-01-01,1\n2024-01-02,many\n");
    let error = run(folder.path(), Some("short")).unwrap_err().to_string();
    assert!(
        error.ends_with("series/short.csv:3: \"many\" is no number; leave it empty where it is missing"),
        "{error}"
    );
    write(folder.path(), "series/short.csv", "timestamp,value\n2024-01-01,\n");
    let error = run(folder.path(), Some("short")).unwrap_err().to_string();
    assert!(error.ends_with("short.csv: no known value; a forecast needs one at least"), "{error}");
    std::fs::remove_file(folder.path().join("manifest.json")).unwrap();
    assert!(run(folder.path(), None).unwrap_err().to_string().starts_with("cannot read "));
}
