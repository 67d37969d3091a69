//! The operator has the rights that it uses, and uses those that it has.

use std::collections::BTreeSet;

use metricwright_testkit::control_plane::ADMIN;
use metricwright_testkit::eventually;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::operator::{LONG, Operator, Place, webhook_address};
use crate::support::receiver::Receiver;
use crate::support::root;
use crate::support::shop::{definitions, write_sales};

/// `verb group/resource`, as roles and the audit log have it, with the name of the object where the right is for one.
type Rights = BTreeSet<String>;

/// What generated roles grant.
fn granted(roles: &str) -> Rights {
    let text = std::fs::read_to_string(root().join(roles)).unwrap();
    let texts = |value: &Value| -> Vec<String> {
        let list = value.as_array().cloned().unwrap_or_default();
        list.iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let mut rights = Rights::new();
    for document in text.split("---\n") {
        let role: Value = serde_yaml::from_str(document).unwrap();
        for rule in role["rules"].as_array().unwrap() {
            let group = &texts(&rule["apiGroups"])[0];
            let mut names = texts(&rule["resourceNames"]);
            names = if names.is_empty() { vec![String::new()] } else { names };
            for (resource, name) in
                texts(&rule["resources"]).iter().flat_map(|of| names.iter().map(move |n| (of, n)))
            {
                let all = texts(&rule["verbs"]);
                rights.extend(
                    all.iter().map(|verb| format!("{verb} {group}/{resource} {name}").trim().to_owned()),
                );
            }
        }
    }
    rights
}

/// What the operator's account did, and what it was refused.
fn used(place: &Place) -> (Vec<(String, String)>, Vec<String>) {
    let events = place.cluster.audit_log().all().unwrap().only(|event| event.user == place.user);
    let refused = events.iter().filter(|event| event.code == 403).map(ToString::to_string).collect();
    let used = events.iter().filter(|event| !event.resource.is_empty()).map(|event| {
        let slash = if event.subresource.is_empty() { "" } else { "/" };
        (
            format!("{} {}/{}{slash}{}", event.verb, event.group, event.resource, event.subresource),
            event.name.clone(),
        )
    });
    (used.collect(), refused)
}

/// The one kind that a shop does without.
const CALENDAR: &str =
    "apiVersion: metricwright.dev/v1alpha1\nkind: Calendar\nmetadata: {name: days}\nspec: {public: [UK]}\n";

/// Waits until the log shows that every right was used and nothing without a right.
async fn all_used(place: &Place, granted: &Rights) {
    let all = || async {
        let (used, refused) = used(place);
        let mut unused = granted.clone();
        let mut missing = Rights::new();
        for (right, name) in used {
            let named = format!("{right} {name}");
            if granted.contains(&right) {
                unused.remove(&right);
            } else if granted.contains(&named) {
                unused.remove(&named);
            } else {
                missing.insert(named);
            }
        }
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

async fn wait_ready(place: &Place, ready: &str) {
    let condition = format!("--for=condition=Ready={ready}");
    place.kubectl(&["wait", &condition, "mwm/revenue", "--timeout=120s"]).await;
}

/// An operator with everything on; waits until the API server trusts its webhook.
async fn operator(place: &Place, folder: &TempDir, host: &str) -> Operator {
    let (listen, url) = webhook_address(host);
    let more = ["--all-namespaces", "--leader-election", "--status-interval", "1s"];
    let webhook = ["--admission-listen", &listen, "--admission-url", &url];
    let operator = place.operator(folder.path(), &[&more[..], &webhook[..]].concat()).await;
    let trusted = || async {
        let hook = ["get", "validatingwebhookconfiguration", "metricwright", "-o", "json"];
        let text = place.cluster.kubectl(&hook).await.unwrap().ok().unwrap();
        if text.contains(&url) && text.contains("caBundle") { Ok(()) } else { Err(text) }
    };
    eventually(LONG, trusted).await.unwrap_or_else(|error| panic!("{error}\n{}", operator.tail()));
    operator
}

#[tokio::test(flavor = "multi_thread")]
async fn every_right_is_used_and_none_is_missing() {
    // The operator works on all namespaces.
    let place = Place::apart("rights").await;
    let (folder, receiver) = (TempDir::new().unwrap(), Receiver::start());
    write_sales(&folder.path().join("data"), 40);
    place.kubectl_with(&["apply", "-f", "-"], &definitions(&receiver.url)).await.ok().unwrap();
    place.kubectl_with(&["apply", "-f", "-"], CALENDAR).await.ok().unwrap();
    let webhook = root().join("deploy/admission/webhook.yaml").display().to_string();
    place.cluster.kubectl(&["apply", "-f", &webhook]).await.unwrap().ok().unwrap();
    // The certificate is made for one name, and then, as the webhook moves, for another.
    let operator = operator(&place, &folder, "localhost").await;
    let certificate =
        async || place.kubectl(&["get", "secret", "metricwright-admission", "-o", "yaml"]).await;
    let first = certificate().await;
    assert!(operator.end());
    let operator = self::operator(&place, &folder, "127.0.0.1").await;
    let moved = || async {
        if certificate().await == first { Err("the certificate is still for localhost") } else { Ok(()) }
    };
    eventually(LONG, moved).await.unwrap_or_else(|error| panic!("{error}\n{}", operator.tail()));
    wait_ready(&place, "True").await;
    same_fault_twice(&place).await;
    // Somebody asks what a value is made of: who they are and what they may is asked of the API server.
    let path = format!("/api/v1/namespaces/{}/metrics/revenue/explain", place.namespace);
    let token = place.cluster.token(ADMIN).unwrap();
    let (status, answer) = operator.answer(&path, Some(&format!("Bearer {token}")));
    assert_eq!(status, 200, "{answer}");
    no_incidents_left(&place, &operator).await;
    // A watch is in the log when it has ended.
    assert!(operator.end());
    all_used(&place, &granted("deploy/rbac/role.yaml")).await;
}

/// The same fault twice: the second event is the first one's series.
async fn same_fault_twice(place: &Place) {
    for _ in 0..2 {
        for (formula, ready) in [("sum(nothing)", "False"), ("sum(amount)", "True")] {
            let patch = format!(r#"{{"spec":{{"formula":"{formula}"}}}}"#);
            place.kubectl(&["patch", "mwm", "revenue", "--type=merge", "-p", &patch]).await;
            wait_ready(place, ready).await;
        }
    }
}

/// A rule that is deleted takes its incidents with it.
async fn no_incidents_left(place: &Place, operator: &Operator) {
    place.kubectl(&["delete", "alertrule", "drop"]).await;
    let gone = || async {
        let left = place.kubectl(&["get", "incidents", "-o", "name"]).await;
        if left.is_empty() { Ok(()) } else { Err(left) }
    };
    eventually(LONG, gone).await.unwrap_or_else(|error| panic!("{error}\n{}", operator.tail()));
}

/// The role of one namespace has no rights on the cluster: what needs them says so, and all else works.
#[tokio::test(flavor = "multi_thread")]
async fn in_one_namespace_its_role_is_enough() {
    let place = Place::alone_in("one-namespace").await;
    let (folder, receiver) = (TempDir::new().unwrap(), Receiver::start());
    write_sales(&folder.path().join("data"), 40);
    place.kubectl_with(&["apply", "-f", "-"], &definitions(&receiver.url)).await.ok().unwrap();
    place.kubectl_with(&["apply", "-f", "-"], CALENDAR).await.ok().unwrap();
    let more = ["--leader-election", "--status-interval", "1s"];
    let operator = place.operator(folder.path(), &more).await;
    wait_ready(&place, "True").await;
    same_fault_twice(&place).await;
    no_incidents_left(&place, &operator).await;
    assert!(operator.end());
    all_used(&place, &granted("deploy/rbac/namespaced-role.yaml")).await;

    // Who asks cannot be found out without a right to ask.
    let operator = place.operator(folder.path(), &more).await;
    let path = format!("/api/v1/namespaces/{}/metrics/revenue/explain", place.namespace);
    let token = place.cluster.token(ADMIN).unwrap();
    let (status, answer) = operator.answer(&path, Some(&format!("Bearer {token}")));
    assert_eq!(status, 503, "{answer}");
    assert!(answer.to_string().contains("system:auth-delegator"), "{answer}");
}

/// A Secret is read where a Role names it, and where none does the status says what to do.
#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_read_where_they_are_named() {
    let place = Place::new("named-secrets").await;
    let (folder, receiver) = (TempDir::new().unwrap(), Receiver::start());
    write_sales(&folder.path().join("data"), 40);
    place.kubectl(&["create", "secret", "generic", "signing", "--from-literal=key=rather-secret"]).await;
    let address = format!("url: \"{}\"", receiver.url);
    let signed = format!("{address}, signingSecretRef: {{name: signing, key: key}}");
    let text = definitions(&receiver.url).replace(&address, &signed);
    assert!(text.contains("signingSecretRef"), "{text}");
    place.kubectl_with(&["apply", "-f", "-"], &text).await.ok().unwrap();
    let operator = place.operator(folder.path(), &["--status-interval", "1s", "--resync", "5s"]).await;
    let channel = async |ready: &str| {
        let condition = format!("--for=condition=Ready={ready}");
        place.kubectl(&["wait", &condition, "channels.metricwright.dev", "--all", "--timeout=120s"]).await;
        place.kubectl(&["get", "channels.metricwright.dev", "-o", "json"]).await
    };
    let said = channel("False").await;
    assert!(
        said.contains("SECRET_NOT_FOUND") && said.contains("may not read the Secret `signing`"),
        "{said}"
    );
    assert!(said.contains("`secrets` of the Helm chart"), "{said}");
    place.grant_secret("signing").await;
    channel("True").await;
    assert!(operator.end());
}

#[test]
fn the_page_of_rights_names_tests_that_are_there() {
    let page = std::fs::read_to_string(root().join("docs/rights.md")).unwrap();
    let tests = include_str!("rights.rs");
    let mut named = 0;
    for test in page.split('`').filter_map(|word| word.strip_prefix("rights::")) {
        assert!(tests.contains(&format!("async fn {test}()")), "there is no test {test}");
        named += 1;
    }
    assert!(named > 20, "{named}");
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
    for right in granted("deploy/rbac/user-roles.yaml") {
        let (verb, what) = right.split_once(" metricwright.dev/").unwrap();
        let what = format!("{what}.metricwright.dev");
        assert!(can("editer", verb, &what).await, "an editor cannot {right}");
        let looks = ["get", "list", "watch"].contains(&verb);
        assert_eq!(can("viewer", verb, &what).await, looks, "viewer: {right}");
    }
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
