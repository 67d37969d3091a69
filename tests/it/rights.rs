//! The operator has the rights that it uses, and uses those that it has.

use std::collections::BTreeSet;

use metricwright_testkit::control_plane::{ADMIN, ControlPlane, Options};
use metricwright_testkit::eventually;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::operator::{LONG, Place};
use crate::support::receiver::Receiver;
use crate::support::root;
use crate::support::shop::{definitions, write_sales};

/// `verb group/resource`, as roles and the audit log have it.
type Rights = BTreeSet<String>;

/// What the generated roles grant.
fn granted() -> Rights {
    let text = std::fs::read_to_string(root().join("deploy/rbac/role.yaml")).unwrap();
    let mut rights = Rights::new();
    for document in text.split("---\n") {
        let role: Value = serde_yaml::from_str(document).unwrap();
        for rule in role["rules"].as_array().unwrap() {
            let group = rule["apiGroups"][0].as_str().unwrap();
            for resource in rule["resources"].as_array().unwrap() {
                let resource = resource.as_str().unwrap();
                rights.extend(
                    rule["verbs"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|verb| format!("{} {group}/{resource}", verb.as_str().unwrap())),
                );
            }
        }
    }
    rights
}

/// What the operator's account did, and what it was refused.
fn used(place: &Place) -> (Rights, Vec<String>) {
    let events = place.cluster.audit_log().all().unwrap().only(|event| event.user == place.user);
    let refused = events.iter().filter(|event| event.code == 403).map(ToString::to_string).collect();
    let used = events.iter().filter(|event| !event.resource.is_empty()).map(|event| {
        let slash = if event.subresource.is_empty() { "" } else { "/" };
        format!("{} {}/{}{slash}{}", event.verb, event.group, event.resource, event.subresource)
    });
    (used.collect(), refused)
}

async fn wait_ready(place: &Place, ready: &str) {
    let condition = format!("--for=condition=Ready={ready}");
    place.kubectl(&["wait", &condition, "mwm/revenue", "--timeout=120s"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_right_is_used_and_none_is_missing() {
    // A control plane of its own: the operator works on all namespaces here.
    let cluster = ControlPlane::start(Options::default()).await.unwrap_or_else(|error| panic!("{error}"));
    let place = Place::on(Box::leak(Box::new(cluster)), "rights").await;
    let (folder, receiver) = (TempDir::new().unwrap(), Receiver::start());
    write_sales(&folder.path().join("data"), 40);
    let secret = "--from-literal=key=rather-secret";
    place.kubectl(&["create", "secret", "generic", "signing", secret]).await;
    let signed = format!("url: \"{}\"", receiver.url);
    let text = definitions(&receiver.url)
        .replace(&signed, &format!("{signed}, signingSecretRef: {{name: signing, key: key}}"));
    assert!(text.contains("signingSecretRef"), "{text}");
    place.kubectl_with(&["apply", "-f", "-"], &text).await.ok().unwrap();
    let operator = place
        .operator(folder.path(), &["--all-namespaces", "--leader-election", "--status-interval", "1s"])
        .await;
    wait_ready(&place, "True").await;
    // The same fault twice: the second event is the first one's series.
    for _ in 0..2 {
        for (formula, ready) in [("sum(nothing)", "False"), ("sum(amount)", "True")] {
            let patch = format!(r#"{{"spec":{{"formula":"{formula}"}}}}"#);
            place.kubectl(&["patch", "mwm", "revenue", "--type=merge", "-p", &patch]).await;
            wait_ready(&place, ready).await;
        }
    }
    // Somebody asks what a value is made of: who they are and what they may is asked of the API server.
    let path = format!("/api/v1/namespaces/{}/metrics/revenue/explain", place.namespace);
    let token = place.cluster.token(ADMIN).unwrap();
    let (status, answer) = operator.answer(&path, Some(&format!("Bearer {token}")));
    assert_eq!(status, 200, "{answer}");
    place.kubectl(&["delete", "alertrule", "drop"]).await;
    let gone = || async {
        let left = place.kubectl(&["get", "incidents", "-o", "name"]).await;
        if left.is_empty() { Ok(()) } else { Err(left) }
    };
    eventually(LONG, gone).await.unwrap_or_else(|error| panic!("{error}\n{}", operator.tail()));
    // A watch is in the log when it has ended.
    assert!(operator.end());
    let all = || async {
        let (used, refused) = used(&place);
        let granted = granted();
        let unused: Vec<&String> = granted.difference(&used).collect();
        let missing: Vec<&String> = used.difference(&granted).collect();
        if unused.is_empty() && missing.is_empty() && refused.is_empty() {
            Ok(())
        } else {
            Err(format!(
                "granted and not used: {unused:?}; used and not granted: {missing:?}; refused: {refused:?}"
            ))
        }
    };
    eventually(LONG, all).await.unwrap_or_else(|error| panic!("{error}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn viewers_look_and_editors_change_and_nobody_makes_incidents() {
    let place = Place::new("users").await;
    let roles = root().join("deploy/rbac/user-roles.yaml").display().to_string();
    place.cluster.kubectl(&["apply", "-f", &roles]).await.unwrap().ok().unwrap();
    for role in ["view", "edit", "admin"] {
        let (user, role_flag) = (format!("--user={role}er"), format!("--clusterrole={role}"));
        place.kubectl(&["create", "rolebinding", role, &role_flag, &user]).await;
    }
    let can = async |who: &str, verb: &str, what: &str| {
        let (what, part) = what.split_once('/').unwrap_or((what, ""));
        let part = format!("--subresource={part}");
        let arguments = ["-n", &place.namespace, "auth", "can-i", verb, what, &part, "--as", who];
        place.cluster.kubectl(&arguments).await.unwrap().stdout.trim() == "yes"
    };
    let aggregated = || async {
        if can("editer", "patch", "incidents.metricwright.dev").await {
            Ok(())
        } else {
            Err("not yet aggregated")
        }
    };
    eventually(LONG, aggregated).await.unwrap();
    let metrics = "metrics.metricwright.dev";
    let incidents = "incidents.metricwright.dev";
    for (who, verb, what, may) in [
        ("viewer", "list", metrics, true),
        ("viewer", "list", incidents, true),
        ("viewer", "create", metrics, false),
        ("viewer", "patch", incidents, false),
        ("editer", "create", metrics, true),
        ("editer", "delete", incidents, true),
        ("editer", "create", incidents, false),
        ("adminer", "delete", metrics, true),
        ("adminer", "create", incidents, false),
        ("adminer", "update", "metrics.metricwright.dev/status", false),
    ] {
        assert_eq!(can(who, verb, what).await, may, "{who} {verb} {what}");
    }
}
