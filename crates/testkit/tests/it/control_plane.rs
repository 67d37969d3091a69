//! What a test may expect of the control plane.

use std::time::Duration;

use k8s_openapi::api::core::v1::{ConfigMap, ServiceAccount};
use kube::Api;
use kube::api::{ObjectMeta, PostParams};
use metricwright_testkit::control_plane::{ADMIN, ControlPlane, Error, OPERATOR, VERSION, shared};
use metricwright_testkit::eventually;

const SOON: Duration = Duration::from_mins(1);

async fn plane() -> &'static ControlPlane {
    shared().await.unwrap_or_else(|error| panic!("{error}"))
}

fn config_map(name: &str) -> ConfigMap {
    let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
    ConfigMap { metadata, ..ConfigMap::default() }
}

#[tokio::test]
async fn the_server_and_kubectl_are_of_the_promised_version() {
    let plane = plane().await;
    let server = plane.client(ADMIN).await.unwrap().apiserver_version().await.unwrap();
    assert_eq!(server.git_version, format!("v{VERSION}"));
    let versions = plane.kubectl(&["version"]).await.unwrap().ok().unwrap();
    assert_eq!(versions.matches(VERSION).count(), 2, "{versions}");
}

#[tokio::test]
async fn a_write_is_in_the_audit_log_under_the_name_of_who_made_it() {
    let plane = plane().await;
    let namespace = plane.create_namespace("audit").await.unwrap();
    let grant =
        ["create", "rolebinding", "operator", "--clusterrole=edit", "--user=operator", "-n", &namespace];
    plane.kubectl(&grant).await.unwrap().ok().unwrap();
    let mark = plane.audit_log().mark().unwrap();

    let create = ["create", "configmap", "prices", "--from-literal=a=1", "-n", &namespace];
    plane.kubectl_as(OPERATOR).unwrap().run(&create).await.unwrap().ok().unwrap();

    let writes = plane.audit_log().since(mark).unwrap().in_namespace(&namespace);
    let expected = format!("operator create configmaps {namespace}/prices: 201\n");
    assert_eq!(writes.clone().writes_by(OPERATOR).to_string(), expected);
    assert!(writes.writes_by(ADMIN).is_empty());
}

#[tokio::test]
async fn every_write_that_was_answered_is_in_the_audit_log_at_once() {
    let plane = plane().await;
    let namespace = plane.create_namespace("at-once").await.unwrap();
    let maps: Api<ConfigMap> = Api::namespaced(plane.client(ADMIN).await.unwrap(), &namespace);
    let mark = plane.audit_log().mark().unwrap();
    for count in 1..=50 {
        maps.create(&PostParams::default(), &config_map(&format!("map-{count}"))).await.unwrap();
        let seen = plane.audit_log().since(mark).unwrap().writes_by(ADMIN).in_namespace(&namespace);
        assert_eq!(seen.len(), count);
    }
}

#[tokio::test]
async fn a_user_without_rights_is_refused_and_the_refusal_is_logged() {
    let plane = plane().await;
    let namespace = plane.create_namespace("refused").await.unwrap();
    let operator = plane.kubectl_as(OPERATOR).unwrap();
    let outcome = operator.run(&["create", "configmap", "prices", "-n", &namespace]).await.unwrap();
    assert!(!outcome.succeeded());
    assert!(outcome.stderr.contains(r#"User "operator" cannot create resource "configmaps""#), "{outcome:?}");
    let refused = plane.audit_log().all().unwrap().writes_by(OPERATOR).in_namespace(&namespace);
    assert_eq!(refused.iter().map(|event| event.code).collect::<Vec<_>>(), [403]);
}

#[tokio::test]
async fn applies_manifests_from_standard_input() {
    let plane = plane().await;
    let namespace = plane.create_namespace("apply").await.unwrap();
    let manifest = serde_json::to_string(&config_map("prices")).unwrap();
    let apply = ["apply", "-f", "-", "-n", &namespace];
    let first = plane.kubectl_with_input(&apply, &manifest).await.unwrap().ok().unwrap();
    let second = plane.kubectl_with_input(&apply, &manifest).await.unwrap().ok().unwrap();
    assert_eq!(
        (first.as_str(), second.as_str()),
        ("configmap/prices created\n", "configmap/prices unchanged\n")
    );
}

#[tokio::test]
async fn a_service_account_logs_in_under_its_own_name() {
    let plane = plane().await;
    let namespace = plane.create_namespace("account").await.unwrap();
    plane.kubectl(&["create", "serviceaccount", "collector", "-n", &namespace]).await.unwrap().ok().unwrap();
    let user = plane.service_account(&namespace, "collector").await.unwrap();
    let answer = plane.kubectl_as(&user).unwrap().run(&["auth", "whoami", "-o", "name"]).await.unwrap();
    assert!(answer.succeeded(), "{answer:?}");
    let asked = plane.audit_log().all().unwrap().only(|event| event.user == user);
    assert!(!asked.is_empty());
}

#[tokio::test]
async fn the_controllers_work() {
    let plane = plane().await;
    let namespace = plane.create_namespace("controllers").await.unwrap();
    let client = plane.client(ADMIN).await.unwrap();
    let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), &namespace);
    eventually(SOON, || accounts.get("default")).await.unwrap();

    let job = ["create", "job", "count", "--image=none", "-n", &namespace];
    plane.kubectl(&job).await.unwrap().ok().unwrap();
    eventually(SOON, || async {
        let pods = plane.kubectl(&["get", "pods", "-n", &namespace, "-o", "name"]).await?.ok()?;
        if pods.starts_with("pod/count-") { Ok(()) } else { Err(not_yet(&pods)) }
    })
    .await
    .unwrap();

    plane.kubectl(&["delete", "namespace", &namespace, "--wait=false"]).await.unwrap().ok().unwrap();
    let gone = ["wait", "--for=delete", "--timeout=60s", &format!("namespace/{namespace}")];
    plane.kubectl(&gone).await.unwrap().ok().unwrap();
}

#[tokio::test]
async fn a_spawned_task_can_use_the_shared_one() {
    let url = tokio::spawn(async { plane().await.url().to_owned() }).await.unwrap();
    assert_eq!(url, plane().await.url());
}

fn not_yet(seen: &str) -> Error {
    Error::Kubectl { command: "get pods".to_owned(), code: Some(0), stderr: format!("only {seen:?}") }
}

#[tokio::test]
async fn an_unknown_user_is_an_error_that_names_the_known_ones() {
    let error = plane().await.kubeconfig("nobody").unwrap_err().to_string();
    assert!(error.contains("admin, operator"), "{error}");
}
