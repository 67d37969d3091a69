//! Series in, a judgement of every row out.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use metricwright_lab::{Error, Options, detect};
use serde_json::{Value, json};
use tempfile::TempDir;

fn options(data: &Path, out: &Path) -> Options {
    Options { data: data.to_owned(), out: out.to_owned(), threads: 1, only: None }
}

/// A folder of four daily and hourly series with a few odd rows, the way the data sets are laid out.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("series")).unwrap();
    let mut series = Vec::new();
    for (place, id) in ["one", "two", "three", "four"].into_iter().enumerate() {
        let file = format!("series/{id}.csv");
        let hourly = place % 2 == 0;
        fs::write(folder.path().join(&file), rows(place, hourly)).unwrap();
        series.push(json!({
            "id": id, "file": file, "n": 600, "group": "made", "domain": id, "source": "made up", "probation": 150,
            "step_seconds": if hourly { 3600 } else { 86_400 },
            "seasonality": if hourly { json!([24, 168]) } else { json!([7]) },
            "holidays": if place == 1 { json!("XX") } else { Value::Null },
        }));
    }
    write_json(&folder.path().join("manifest.json"), &json!({ "series": series }));
    write_json(&folder.path().join("calendars.json"), &json!({ "XX": { "1971-01-01": "New Year's Day" } }));
    folder
}

fn rows(place: usize, hourly: bool) -> String {
    let mut text = "timestamp,value\n".to_owned();
    let day = jiff::civil::date(1970, 6, 1);
    for row in 0..600_usize {
        let noise = ((row * 7919 + place * 104_729) % 1000) as f64 / 100.0;
        let value = 100.0 + 20.0 * (row as f64).sin() + noise + if row == 400 { 200.0 } else { 0.0 };
        let days = i32::try_from(if hourly { row / 24 } else { row }).unwrap();
        let date = day.checked_add(jiff::Span::new().days(days)).unwrap();
        let time = if hourly { format!("T{:02}:00:00", row % 24) } else { String::new() };
        let value = if row % 97 == 5 { String::new() } else { value.to_string() };
        writeln!(text, "{date}{time},{value}").unwrap();
    }
    // a timestamp that comes twice and one that is out of order
    let again = text.lines().nth(200).unwrap().to_owned();
    text + &again + "\n"
}

fn write_json(path: &Path, value: &Value) {
    fs::write(path, value.to_string()).unwrap();
}

/// The text of the answers by series, without the ids.
fn texts(path: &Path) -> BTreeMap<String, String> {
    let mut by_series: BTreeMap<String, String> = BTreeMap::new();
    for line in fs::read_to_string(path).unwrap().lines() {
        let (id, rest) = line.strip_prefix("{\"series\":\"").unwrap().split_once('"').unwrap();
        by_series.entry(id.to_owned()).or_default().push_str(rest);
    }
    by_series
}

/// The answers by series, each without the id.
fn answers(path: &Path) -> BTreeMap<String, Vec<Value>> {
    let mut by_series: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in fs::read_to_string(path).unwrap().lines() {
        let mut answer: Value = serde_json::from_str(line).unwrap();
        let id = answer.as_object_mut().unwrap().remove("series").unwrap();
        by_series.entry(id.as_str().unwrap().to_owned()).or_default().push(answer);
    }
    by_series
}

#[test]
fn every_row_is_answered_in_the_order_and_with_the_timestamp_of_the_file() {
    let folder = folder();
    let out = folder.path().join("out.jsonl");
    let summary = detect(&options(folder.path(), &out)).unwrap();
    assert_eq!((summary.series, summary.rows), (4, 4 * 601));
    let answers = answers(&out);
    for (id, judged) in &answers {
        let file = fs::read_to_string(folder.path().join(format!("series/{id}.csv"))).unwrap();
        let written: Vec<&str> = file.lines().skip(1).map(|row| row.split_once(',').unwrap().0).collect();
        let told: Vec<&str> = judged.iter().map(|answer| answer["timestamp"].as_str().unwrap()).collect();
        assert_eq!(told, written);
        assert_eq!(judged[400]["is_anomaly"], true, "{id}");
        assert_eq!(judged[400]["kind"], "spike", "{id}");
    }
}

#[test]
fn answers_depend_neither_on_names_nor_on_order() {
    let folder = folder();
    names_and_order(folder.path());
    let data = std::env::var("METRICWRIGHT_DATA").map_or_else(
        |_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data"),
        PathBuf::from,
    );
    let data = data.join("anomaly");
    if data.join("manifest.json").exists() {
        names_and_order(&data);
    } else {
        eprintln!("skipped: no {}", data.display());
    }
}

/// Renames the series of a folder, drops what may not be read, shuffles, and compares the answers.
fn names_and_order(data: &Path) {
    let work = tempfile::tempdir().unwrap();
    let plain = work.path().join("plain.jsonl");
    detect(&options(data, &plain)).unwrap();
    let plain = texts(&plain);

    let mut manifest: Value =
        serde_json::from_str(&fs::read_to_string(data.join("manifest.json")).unwrap()).unwrap();
    let series = manifest["series"].as_array_mut().unwrap();
    let mut names = Vec::new();
    for (place, entry) in series.iter_mut().enumerate() {
        let entry = entry.as_object_mut().unwrap();
        names.push((entry["id"].as_str().unwrap().to_owned(), format!("renamed {place}")));
        let file = data.join(entry["file"].as_str().unwrap());
        entry.insert("id".to_owned(), json!(format!("renamed {place}")));
        entry.insert("file".to_owned(), json!(file));
        for forbidden in ["group", "domain", "source", "licence"] {
            entry.remove(forbidden);
        }
    }
    series.reverse();
    let middle = series.len() / 3;
    series.rotate_left(middle);
    write_json(&work.path().join("manifest.json"), &manifest);
    fs::copy(data.join("calendars.json"), work.path().join("calendars.json")).unwrap();
    let out = work.path().join("renamed.jsonl");
    detect(&Options { threads: 2, ..options(work.path(), &out) }).unwrap();
    let renamed = texts(&out);
    assert_eq!(plain.len(), renamed.len());
    for (before, after) in names {
        assert!(plain[&before] == renamed[&after], "{before} is judged otherwise under another name");
    }
}

#[test]
fn only_some_series_are_judged_and_a_pattern_that_fits_none_is_told() {
    let folder = folder();
    let out = folder.path().join("out.jsonl");
    let some = Options { only: Some("t*".to_owned()), ..options(folder.path(), &out) };
    assert_eq!(detect(&some).unwrap().series, 2);
    let none = Options { only: Some("x?".to_owned()), ..some };
    let error = detect(&none).unwrap_err();
    assert!(matches!(error, Error::NothingFits { cases: 4, .. }), "{error}");
}

#[test]
fn what_is_wrong_with_a_folder_is_told_with_its_place() {
    let folder = folder();
    let out = folder.path().join("out.jsonl");
    let told = || detect(&options(folder.path(), &out)).unwrap_err().to_string();
    fs::write(folder.path().join("series/two.csv"), "timestamp,value\n1970-01-01,1\n1970-01-02,many\n")
        .unwrap();
    let error = told();
    assert!(error.contains("two.csv:3: \"many\" is no number; leave a missing value empty"), "{error}");
    fs::remove_file(folder.path().join("series/two.csv")).unwrap();
    assert!(told().starts_with("cannot read "), "{}", told());
    fs::write(folder.path().join("manifest.json"), "{\"series\":[\n{\"id\":1}]}").unwrap();
    let error = told();
    assert!(
        error.contains("manifest.json:2: ") && error.contains("each with id, file and step_seconds"),
        "{error}"
    );
}
