//! The example on a real API server.

use std::collections::BTreeMap;

use metricwright_testkit::eventually;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::operator::{LONG, Place};
use crate::support::{AS_OF, retail, root, stdout};

const KINDS: [&str; 6] = ["datasources", "datasets", "metrics", "channels", "alertrules", "incidents"];

/// Statuses by kind and name, without what counts the API server's generations or measures time.
fn statuses(lists: impl IntoIterator<Item = (&'static str, Value)>) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for (kind, list) in lists {
        for item in list["items"].as_array().unwrap() {
            let mut status = item["status"].clone();
            strip(&mut status);
            all.insert(format!("{kind}/{}", item["metadata"]["name"].as_str().unwrap()), status);
        }
    }
    all
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for name in ["observedGeneration", "seconds", "latencyMs", "lastTransitionTime"] {
                fields.remove(name);
            }
            fields.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

/// Equal as the design defines it: floating point numbers, which engines add in any order, within a relative 1e-9.
fn equal_values(one: &Value, other: &Value) -> bool {
    let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok());
    match (one, other) {
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, v)| b.get(name).is_some_and(|w| equal_values(v, w)))
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(v, w)| equal_values(v, w))
        }
        _ => match (number(one), number(other)) {
            (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()),
            _ => one == other,
        },
    }
}

/// The names that Incidents get carry a hash of the namespace: the local run uses the same one.
fn in_a_directory(namespace: &str) -> BTreeMap<String, Value> {
    let folder = TempDir::new().unwrap();
    let manifests = retail();
    let dir = folder.path().join("retail");
    crate::support::copy_files(&manifests.join("data"), &dir.join("data"));
    for entry in std::fs::read_dir(&manifests).unwrap().map(Result::unwrap) {
        if entry.path().extension().is_some_and(|ending| ending == "yaml") {
            let text = std::fs::read_to_string(entry.path()).unwrap();
            let text =
                text.replace("metadata:\n  name:", &format!("metadata:\n  namespace: {namespace}\n  name:"));
            std::fs::write(dir.join(entry.file_name()), text).unwrap();
        }
    }
    let dir = dir.display().to_string();
    stdout(&["up", &dir, "--once", "--as-of", AS_OF]);
    let list = |kind: &'static str| {
        (kind, serde_json::from_str(&stdout(&["get", kind, "-C", &dir, "-o", "json"])).unwrap())
    };
    statuses(KINDS.map(list))
}

async fn on_the_cluster(place: &Place) -> BTreeMap<String, Value> {
    let mut lists = Vec::new();
    for kind in KINDS {
        lists.push((kind, serde_json::from_str(&place.kubectl(&["get", kind, "-o", "json"]).await).unwrap()));
    }
    statuses(lists)
}

/// Columns that a terminal needs for a line: East-Asian characters take two.
fn width(line: &str) -> usize {
    line.trim_end().chars().map(|c| if c as u32 >= 0x2E80 { 2 } else { 1 }).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_gives_the_same_statuses_as_in_a_directory() {
    let place = Place::new("retail").await;
    let local = in_a_directory(&place.namespace);
    let operator = place.operator(&retail(), &[]).await;
    let example = retail().display().to_string();
    place.kubectl(&["apply", "-k", &example]).await;
    for kind in ["datasources", "datasets", "metrics", "alertrules", "channels"] {
        place.kubectl(&["wait", "--for=condition=Ready", kind, "--all", "--timeout=400s"]).await;
    }
    let equal = || async {
        let cluster = on_the_cluster(&place).await;
        for (name, status) in &local {
            let there = cluster.get(name).unwrap_or(&Value::Null);
            if !equal_values(there, status) {
                return Err(format!("{name}\n here: {status}\nthere: {there}"));
            }
        }
        if cluster.len() == local.len() {
            Ok(())
        } else {
            Err(format!("{} and {} objects", cluster.len(), local.len()))
        }
    };
    eventually(LONG, equal).await.unwrap_or_else(|error| panic!("{error}\n{}", operator.tail()));

    let table = place.kubectl(&["get", "mwm"]).await;
    for line in table.lines() {
        assert!(width(line) <= 120, "{} columns: {line}", width(line));
    }
    let header = table.lines().next().unwrap();
    let order = ["NAME", "READY", "VALUE", "WINDOW", "PREV", "YEAR", "STATE", "AGE", "OWNER", "指标"];
    assert_eq!(header.split_whitespace().collect::<Vec<_>>(), order, "{table}");
    let explained = place.kubectl(&["explain", "metric.spec.formula"]).await;
    assert!(explained.contains("aggregates of `dataset`"), "{explained}");
    let events = place.kubectl(&["get", "events.events.k8s.io", "-o", "json"]).await;
    assert!(events.contains("IncidentOpen"), "{events}");

    place.kubectl(&["delete", "-k", &example]).await;
    let gone = || async {
        let names = place.kubectl(&["get", "metricwright", "-o", "name"]).await;
        if names.trim().is_empty() { Ok(()) } else { Err(names) }
    };
    eventually(LONG, gone).await.unwrap_or_else(|error| panic!("{error}\n{}", operator.tail()));
    assert!(operator.end(), "the operator did not end well");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_overlay_is_accepted_whole() {
    let place = Place::new("overlay").await;
    let overlay = root().join("deploy/kustomize").display().to_string();
    let out = place.cluster.kubectl(&["apply", "--dry-run=server", "-k", &overlay]).await.unwrap();
    // The namespace is not there in a dry run, so what lives in it is not found; nothing else may be wrong.
    for line in out.stderr.lines().filter(|line| line.starts_with("Error")) {
        assert!(line.contains("namespaces \"metricwright-system\" not found"), "{line}");
    }
    assert!(out.stdout.contains("customresourcedefinition"), "{}", out.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_object_stops_no_other() {
    // Others would see what is done to the CRD here.
    let place = Place::apart("malformed").await;
    let folder = TempDir::new().unwrap();
    crate::support::shop::write_sales(&folder.path().join("data"), 40);
    let definitions = crate::support::shop::definitions("http://127.0.0.1:9/");
    place.kubectl_with(&["apply", "-f", "-"], &definitions).await.ok().unwrap();
    // What was stored under an older schema: the server does not look at it again.
    let crd = "metrics.metricwright.dev";
    let unchecked = r#"[{"op":"remove","path":"/spec/versions/0/schema/openAPIV3Schema/properties/spec/x-kubernetes-validations"}]"#;
    place
        .cluster
        .kubectl(&["patch", "crd", crd, "--type=json", "-p", unchecked])
        .await
        .unwrap()
        .ok()
        .unwrap();
    let broken = "apiVersion: metricwright.dev/v1alpha1\nkind: Metric\nmetadata: {name: broken}\nspec: {dataset: sales}\n";
    let apply = || async {
        let out = place.kubectl_with(&["apply", "-f", "-"], broken).await;
        if out.succeeded() { Ok(()) } else { Err(out.stderr) }
    };
    eventually(LONG, apply).await.unwrap();

    let operator = place.operator(folder.path(), &[]).await;
    place.kubectl(&["wait", "--for=condition=Ready", "mwm/revenue", "--timeout=120s"]).await;
    let status = async |name: &str| {
        let text = place.kubectl(&["get", "mwm", name, "-o", "json"]).await;
        serde_json::from_str::<Value>(&text).unwrap()["status"].clone()
    };
    let malformed = |name: &'static str, wanted: bool| {
        let status = &status;
        move || async move {
            let status = status(name).await;
            let conditions = status["conditions"].as_array().cloned().unwrap_or_default();
            let stalled = conditions.iter().find(|condition| condition["type"] == "Stalled");
            let is = stalled.is_some_and(|stalled| stalled["reason"] == "Malformed");
            if is == wanted { Ok(status) } else { Err(status.to_string()) }
        }
    };
    let told = eventually(LONG, malformed("broken", true)).await;
    let told = told.unwrap_or_else(|error| panic!("{error}\n{}", operator.tail()));
    let message = told["conditions"][0]["message"].as_str().unwrap();
    assert!(message.contains("SCHEMA_RULE") && message.contains("exactly one of"), "{message}");

    // One that had values keeps them while it cannot be read, and is as before once it is mended.
    let backfilled = || async {
        let status = status("revenue").await;
        if status["state"] == "OK" { Ok(status) } else { Err(status.to_string()) }
    };
    let before = eventually(LONG, backfilled).await.unwrap();
    let both = r#"{"spec":{"ratio":{"numerator":{"metric":"tickets"},"denominator":{"metric":"tickets"}}}}"#;
    place.kubectl(&["patch", "mwm", "revenue", "--type=merge", "-p", both]).await;
    let broken = eventually(LONG, malformed("revenue", true)).await.unwrap();
    assert_eq!((&broken["state"], &broken["latest"]), (&"Invalid".into(), &before["latest"]), "{broken}");
    place.kubectl(&["patch", "mwm", "revenue", "--type=merge", "-p", r#"{"spec":{"ratio":null}}"#]).await;
    eventually(LONG, malformed("revenue", false)).await.unwrap();
    let mended = eventually(LONG, backfilled).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(mended["latest"], before["latest"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_label_of_a_namespace_opens_what_is_shared_by_label() {
    // The operator works on all namespaces.
    let place = Place::apart("shared").await;
    let folder = TempDir::new().unwrap();
    crate::support::shop::write_sales(&folder.path().join("data"), 40);
    let home = &place.namespace;
    let shared = format!(
        "apiVersion: metricwright.dev/v1alpha1\nkind: DataSource\nmetadata: {{name: shop}}\nspec:\n  files: {{path: data/}}\n  \
         allowedNamespaces: {{from: Selector, selector: {{matchLabels: {{sees: {home}}}}}}}\n"
    );
    place.kubectl_with(&["apply", "-f", "-"], &shared).await.ok().unwrap();
    let other = place.cluster.create_namespace("reader").await.unwrap();
    let dataset = format!(
        "apiVersion: metricwright.dev/v1alpha1\nkind: Dataset\nmetadata: {{name: sales, namespace: {other}}}\n\
         spec: {{source: {home}/shop, table: sales}}\n"
    );
    place.cluster.kubectl_with_input(&["apply", "-f", "-"], &dataset).await.unwrap().ok().unwrap();
    let operator = place.operator(folder.path(), &["--all-namespaces"]).await;
    let wait = async |condition: &str| {
        let wait = ["-n", &other, "wait", condition, "mwset/sales", "--timeout=120s"];
        let waited = place.cluster.kubectl(&wait).await.unwrap().ok();
        waited.unwrap_or_else(|error| panic!("{error}\n{}", operator.tail()));
    };
    wait("--for=condition=Ready=False").await;
    let label = format!("sees={home}");
    place.cluster.kubectl(&["label", "namespace", &other, &label]).await.unwrap().ok().unwrap();
    wait("--for=condition=Ready").await;
    place.cluster.kubectl(&["label", "namespace", &other, "sees-"]).await.unwrap().ok().unwrap();
    wait("--for=condition=Ready=False").await;
}
