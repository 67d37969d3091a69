//! Attribution: answers that do not depend on names, order or what is forbidden, and errors that help.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use metricwright_analysis::attribute::{Cause, Effects, explain};
use metricwright_lab::{Error, Options, attribute};
use serde_json::{Value, json};

fn options(data: &Path, out: &Path) -> Options {
    Options { data: data.to_owned(), out: out.to_owned(), threads: 1, only: None }
}

/// The folder of public cases, where it is there.
fn public() -> Option<PathBuf> {
    let folder = std::env::var_os("METRICWRIGHT_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data"), PathBuf::from);
    let folder = folder.join("rca");
    if !folder.join("cases.json").exists() {
        println!("skipped: no cases in {}", folder.display());
        return None;
    }
    Some(folder)
}

fn answers(path: &Path) -> BTreeMap<String, Value> {
    let text = std::fs::read_to_string(path).unwrap();
    let answers = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    answers.map(|answer| (answer["id"].as_str().unwrap().to_owned(), answer["root_causes"].clone())).collect()
}

fn small(folder: &Path, rows: &str) -> Options {
    std::fs::create_dir_all(folder.join("cases")).unwrap();
    let cases = json!([{"id": "one", "kind": "additive", "dims": ["region", "store"]}]);
    std::fs::write(folder.join("cases.json"), cases.to_string()).unwrap();
    std::fs::write(folder.join("cases/one.csv"), rows).unwrap();
    options(folder, &folder.join("answers.jsonl"))
}

#[test]
fn answers_do_not_depend_on_ids_order_or_other_keys() {
    let Some(folder) = public() else { return };
    let work = tempfile::tempdir().unwrap();
    let out = work.path().join("answers.jsonl");
    attribute(&options(&folder, &out)).unwrap();
    let expected = answers(&out);

    std::fs::create_dir_all(work.path().join("cases")).unwrap();
    let cases: Vec<Value> =
        serde_json::from_str(&std::fs::read_to_string(folder.join("cases.json")).unwrap()).unwrap();
    let mut renamed = Vec::new();
    for (place, case) in cases.iter().enumerate().rev() {
        let (old, new) = (case["id"].as_str().unwrap(), format!("case-{place}"));
        std::fs::copy(folder.join(format!("cases/{old}.csv")), work.path().join(format!("cases/{new}.csv")))
            .unwrap();
        renamed.push(json!({"id": new, "kind": case["kind"], "dims": case["dims"]}));
    }
    std::fs::write(work.path().join("cases.json"), serde_json::to_string(&renamed).unwrap()).unwrap();
    attribute(&options(work.path(), &out)).unwrap();
    let found = answers(&out);
    for (place, case) in cases.iter().enumerate() {
        assert_eq!(found[&format!("case-{place}")], expected[case["id"].as_str().unwrap()], "{case}");
    }
}

#[test]
fn contributions_sum_to_the_change_on_every_case() {
    let Some(folder) = public() else { return };
    for case in attribute::cases(&options(&folder, Path::new("unused"))).unwrap() {
        let table = case.table(&folder).unwrap();
        let found = explain(&table);
        let sum = found.causes.iter().map(Cause::contribution).sum::<f64>() + found.rest;
        let scale = found.actual.abs().max(found.baseline.abs()).max(1.0);
        assert!((sum - found.change()).abs() <= 1e-9 * scale, "{}: {sum} is not {}", case.id, found.change());
        let effects = Effects::of(&table);
        let whole: f64 = effects.rate.iter().chain(&effects.mix).sum();
        assert!((whole - found.change()).abs() <= 1e-9 * scale, "{}", case.id);
    }
}

#[test]
fn a_store_is_named_without_its_region() {
    let work = tempfile::tempdir().unwrap();
    let mut rows = String::from("region,store,category,actual,baseline\n");
    for store in 0..8 {
        for category in 0..6 {
            let noise = [1.01, 0.99, 1.02, 0.98, 1.005][(store * 6 + category) % 5];
            let actual = 100.0 * noise * if store == 5 { 0.4 } else { 1.0 };
            rows.push_str(&format!("r{},s{store},c{category},{actual},100\n", store / 2));
        }
    }
    let options = small(work.path(), &rows);
    attribute(&options).unwrap();
    assert_eq!(answers(&options.out)["one"], json!([{"store": "s5"}]));
}

#[test]
fn what_cannot_be_read_is_told_with_its_line() {
    let work = tempfile::tempdir().unwrap();
    let found = attribute(&small(work.path(), "region,store,actual,baseline\na,b,1,2\na,c,many,2\n"));
    assert!(matches!(&found, Err(Error::Format { line: Some(3), .. })), "{found:?}");
    let found = attribute(&small(work.path(), "region,actual,baseline\na,1,2\n"));
    assert!(found.unwrap_err().to_string().contains("no column store"));
    let mut options = small(work.path(), "region,store,actual,baseline\n");
    assert_eq!(attribute(&options).unwrap().silent, 1);
    options.only = Some("two*".into());
    assert!(matches!(attribute(&options), Err(Error::NothingFits { .. })));
}
