//! Admission on a real API server, as `kubectl apply` prints it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, PostParams};
use metricwright_testkit::control_plane::{ADMIN, ControlPlane, Options};
use metricwright_testkit::eventually;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::operator::{LONG, Operator, Place, webhook_address};
use crate::support::receiver::Receiver;
use crate::support::root;
use crate::support::shop::{definitions, write_sales};

/// A control plane of its own: the configuration of a webhook is the cluster's.
async fn place() -> Place {
    let cluster = ControlPlane::start(Options::default()).await.unwrap_or_else(|error| panic!("{error}"));
    let place = Place::on(Box::leak(Box::new(cluster)), "admission").await;
    for file in ["webhook.yaml", "policies.yaml"] {
        let text = std::fs::read_to_string(root().join("deploy/admission").join(file)).unwrap();
        let account = format!("system:serviceaccount:{}:operator", place.namespace);
        let text = text.replace("system:serviceaccount:metricwright-system:metricwright", &account);
        place.cluster.kubectl_with_input(&["apply", "-f", "-"], &text).await.unwrap().ok().unwrap();
    }
    place
}

async fn with_webhook(place: &Place, folder: &TempDir) -> Operator {
    let (listen, url) = webhook_address("127.0.0.1");
    let more = ["--all-namespaces", "--admission-listen", &listen, "--admission-url", &url];
    let operator = place.operator(folder.path(), &more).await;
    let denied = || async {
        let said = apply(place, &metric("probe", "sum(")).await.1;
        if said.contains("is invalid: spec.formula: FORMULA_SYNTAX: ") { Ok(()) } else { Err(said) }
    };
    eventually(LONG, denied).await.unwrap_or_else(|error| panic!("{error}\n{}", operator.tail()));
    operator
}

fn metric(name: &str, formula: &str) -> String {
    format!(
        "apiVersion: metricwright.dev/v1alpha1\nkind: Metric\nmetadata: {{name: {name}}}\n\
         spec: {{dataset: sales, formula: \"{formula}\"}}\n"
    )
}

/// What `kubectl apply` says: on success, and otherwise.
async fn apply(place: &Place, text: &str) -> (String, String) {
    // A dry run is reviewed like a real one and leaves nothing behind.
    let said = place.kubectl_with(&["apply", "--dry-run=server", "-f", "-"], text).await;
    (said.stdout, said.stderr)
}

const NO_DATASET: &str = "Warning: REFERENCE_NOT_FOUND at spec.dataset: there is no Dataset `sales`; create a Dataset of \
                          that name;";

#[tokio::test(flavor = "multi_thread")]
async fn kubectl_says_what_check_says() {
    let place = place().await;
    let (folder, receiver) = (TempDir::new().unwrap(), Receiver::start());
    write_sales(&folder.path().join("data"), 40);
    // Stored while nobody reviewed: the reconciler refuses it.
    place.kubectl_with(&["apply", "-f", "-"], &metric("early", "sum(")).await.ok().unwrap();
    let operator = with_webhook(&place, &folder).await;
    place.kubectl(&["wait", "--for=condition=Ready=False", "mwm/early", "--timeout=60s"]).await;
    // Its labels can be changed all the same.
    place.kubectl(&["label", "mwm", "early", "a=b"]).await;

    for (formula, code) in [
        ("sum(amount", "FORMULA_SYNTAX"),
        ("summ(amount)", "UNKNOWN_FUNCTION"),
        ("sum(amount + 'a')", "TYPE_MISMATCH"),
    ] {
        let denied = format!("spec.formula: {code}: ");
        let (_, said) = apply(&place, &metric("m", formula)).await;
        assert!(said.contains("The Metric \"m\" is invalid: ") && said.contains(&denied), "{said}");
        assert!(said.contains(NO_DATASET), "{said}");
    }
    // In reverse order each refers to what is not there yet.
    let shop = definitions(&receiver.url);
    let reversed: Vec<&str> = shop.split("---\n").collect();
    let reversed: Vec<&str> = reversed.into_iter().rev().collect();
    let reversed = reversed.join("\n---\n");
    let (stored, warned) = apply(&place, &reversed).await;
    assert_eq!(stored.lines().count(), 6, "{stored}{warned}");
    let warned: Vec<&str> = warned.lines().collect();
    assert!(!warned.is_empty() && warned.iter().all(|line| line.starts_with("Warning: ")), "{warned:?}");
    let said = place.kubectl_with(&["apply", "-f", "-"], &reversed).await;
    said.ok().unwrap();
    place.kubectl(&["wait", "--for=condition=Ready", "mwm/revenue", "--timeout=120s"]).await;

    nobody_writes_another_name(&place).await;
    assert!(operator.end());
}

/// Makes authority and certificate look as if two thirds of their time were over: both are renewed.
async fn grow_old(secrets: &Api<Secret>) -> Value {
    let mut secret = secrets.get("metricwright-admission").await.unwrap();
    let state = &secret.data.as_ref().unwrap()["state.json"];
    let before: Value = serde_json::from_slice(&state.0).unwrap();
    let mut old = before.clone();
    for part in ["authority", "leaf"] {
        old[part]["made"] = "2000-01-01T00:00:00Z".into();
    }
    secret.string_data = Some([("state.json".to_owned(), old.to_string())].into());
    secrets.replace("metricwright-admission", &PostParams::default(), &secret).await.unwrap();
    before
}

/// Tries to store a faulty object, again and again until told to stop: each time it must be denied.
async fn deny(client: kube::Client, namespace: String, stop: Arc<AtomicBool>, denied: Arc<AtomicU64>) {
    let kind = ApiResource::from_gvk(&GroupVersionKind::gvk("metricwright.dev", "v1alpha1", "Metric"));
    let metrics: Api<DynamicObject> = Api::namespaced_with(client, &namespace, &kind);
    let spec = serde_json::json!({ "spec": { "dataset": "sales", "formula": "sum(" } });
    let faulty = DynamicObject::new("faulty", &kind).data(spec);
    let dry_run = PostParams { dry_run: true, ..PostParams::default() };
    while !stop.load(Ordering::Relaxed) {
        let error = metrics.create(&dry_run, &faulty).await.expect_err("it was let pass");
        assert!(error.to_string().contains("FORMULA_SYNTAX"), "{error}");
        denied.fetch_add(1, Ordering::Relaxed);
    }
}

/// A review that fails lets a faulty object pass (`failurePolicy: Ignore`): so all are denied, or a request failed.
#[tokio::test(flavor = "multi_thread")]
async fn every_review_is_answered_while_the_certificate_is_renewed() {
    let place = place().await;
    let folder = TempDir::new().unwrap();
    let operator = with_webhook(&place, &folder).await;
    let client = place.cluster.client(ADMIN).await.unwrap();
    let secrets: Api<Secret> = Api::namespaced(client.clone(), &place.namespace);
    let before = grow_old(&secrets).await;

    let (stop, denied) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let asking: Vec<_> = (0..4)
        .map(|_| tokio::spawn(deny(client.clone(), place.namespace.clone(), stop.clone(), denied.clone())))
        .collect();
    let renewed = || async {
        let secret = secrets.get("metricwright-admission").await.unwrap();
        let now: Value = serde_json::from_slice(&secret.data.unwrap()["state.json"].0).unwrap();
        let authority = now["authority"]["name"] != before["authority"]["name"];
        let leaf = now["leaf"]["certificate"] != before["leaf"]["certificate"];
        if authority && leaf { Ok(()) } else { Err(format!("authority {authority}, certificate {leaf}")) }
    };
    eventually(LONG, renewed).await.unwrap_or_else(|error| panic!("{error}\n{}", operator.tail()));
    let so_far = denied.load(Ordering::Relaxed);
    let on = || async {
        let now = denied.load(Ordering::Relaxed);
        if now >= so_far + 200 { Ok(()) } else { Err(format!("{now} answers")) }
    };
    eventually(LONG, on).await.unwrap();
    stop.store(true, Ordering::Relaxed);
    for task in asking {
        task.await.unwrap();
    }
    println!("{} reviews, all answered", denied.load(Ordering::Relaxed));
    assert!(operator.end());
}

async fn nobody_writes_another_name(place: &Place) {
    let one = || async {
        let list = place.kubectl(&["get", "incidents", "-o", "name"]).await;
        list.lines().next().map(str::to_owned).ok_or("no incident yet")
    };
    let incident = eventually(LONG, one).await.unwrap();
    let roles = root().join("deploy/rbac/user-roles.yaml").display().to_string();
    place.cluster.kubectl(&["apply", "-f", &roles]).await.unwrap().ok().unwrap();
    for who in ["chen", "wang"] {
        let user = format!("--user={who}");
        place.kubectl(&["create", "rolebinding", who, "--clusterrole=edit", &user]).await;
        // The cluster's `edit` takes the kinds in when its controller has seen the roles.
        let may = || async {
            let ask = ["auth", "can-i", "patch", "incidents.metricwright.dev", "--as", who];
            let answer = place.kubectl_with(&ask, "").await;
            if answer.succeeded() { Ok(()) } else { Err(answer.stdout) }
        };
        eventually(LONG, may).await.unwrap();
    }
    let write = async |who: &str, name: &str| {
        let patch = format!(r#"{{"spec":{{"acknowledgedBy":{name}}}}}"#);
        let arguments = ["patch", &incident, "--type=merge", "-p", &patch, "--as", who];
        place.kubectl_with(&arguments, "").await
    };
    let impostor = write("wang", "\"chen\"").await;
    assert!(
        impostor.stderr.contains(
            "spec.acknowledgedBy is chen, but the request comes from wang; acknowledge in your own name"
        ),
        "{impostor:?}"
    );
    write("chen", "\"chen\"").await.ok().unwrap();
    place.kubectl(&["label", &incident, "seen=yes", "--as", "chen"]).await;
    let acknowledged = |by: Value| {
        let incident = &incident;
        async move {
            let text = place.kubectl(&["get", incident, "-o", "json"]).await;
            let status = &serde_json::from_str::<Value>(&text).unwrap()["status"];
            let same =
                status["acknowledgedBy"] == by && status["acknowledgedAt"].is_string() == by.is_string();
            if same { Ok(()) } else { Err(status.to_string()) }
        }
    };
    eventually(LONG, || acknowledged("chen".into())).await.unwrap();
    let told = || async {
        let events = place.kubectl(&["get", "events.events.k8s.io", "-o", "json"]).await;
        if events.contains("chen takes care of it") { Ok(()) } else { Err(events) }
    };
    eventually(LONG, told).await.unwrap();
    // Another person changes something else, and may take the acknowledgement back.
    place.kubectl(&["label", &incident, "seen=twice", "--overwrite", "--as", "wang"]).await;
    write("wang", "null").await.ok().unwrap();
    eventually(LONG, || acknowledged(Value::Null)).await.unwrap();
}
