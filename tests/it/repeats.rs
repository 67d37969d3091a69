//! An incident that nobody takes care of is told again, and no more once somebody does.

use metricwright_testkit::eventually;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::operator::{LONG, Operator, Place};
use crate::support::receiver::Receiver;
use crate::support::shop::{definitions, write_sales};

/// An operator whose clock stands.
async fn at(place: &Place, folder: &TempDir, as_of: &str) -> Operator {
    place.operator(folder.path(), &["--status-interval", "1s", "--as-of", as_of]).await
}

/// Waits until so many messages came; gives the keys of all.
async fn messages(receiver: &Receiver, operator: &Operator, number: usize) -> Vec<String> {
    let came = || async {
        let keys: Vec<String> = receiver.messages().into_iter().map(|(key, _)| key).collect();
        if keys.len() == number { Ok(keys) } else { Err(format!("{keys:?}")) }
    };
    eventually(LONG, came).await.unwrap_or_else(|error| panic!("{error}\n{}", operator.tail()))
}

/// Waits until the incident's status says who takes care of it.
async fn acknowledged(place: &Place, incident: &str, by: Value) {
    let patch = serde_json::json!({ "spec": { "acknowledgedBy": by } }).to_string();
    place.kubectl(&["patch", incident, "--type=merge", "-p", &patch]).await;
    let seen = || async {
        let text = place.kubectl(&["get", incident, "-o", "json"]).await;
        let status = &serde_json::from_str::<Value>(&text).unwrap()["status"];
        if status["acknowledgedBy"] == by { Ok(()) } else { Err(status.to_string()) }
    };
    eventually(LONG, seen).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_repeat_until_somebody_acknowledges() {
    let place = Place::new("repeats").await;
    let (folder, receiver) = (TempDir::new().unwrap(), Receiver::start());
    write_sales(&folder.path().join("data"), 40);
    let text = definitions(&receiver.url);
    let repeating = text.replace("{channel: pager}", "{channel: pager, repeatAfter: 30m}");
    assert_ne!(text, repeating);
    place.kubectl_with(&["apply", "-f", "-"], &repeating).await.ok().unwrap();
    // The past is no news: the drop comes the day after.
    let operator = at(&place, &folder, "2025-01-21T02:00Z").await;
    place.kubectl(&["wait", "--for=condition=Ready", "mwm,alertrules", "--all", "--timeout=120s"]).await;
    assert!(operator.end());

    let operator = at(&place, &folder, "2025-01-22T02:00Z").await;
    let first = messages(&receiver, &operator, 1).await[0].clone();
    let incident = place.kubectl(&["get", "incidents", "-o", "name"]).await.trim().to_owned();
    assert!(operator.end());

    // Two repeats were missed while nothing ran: they are told once.
    let operator = at(&place, &folder, "2025-01-22T03:10Z").await;
    assert_eq!(messages(&receiver, &operator, 2).await[1], format!("{first}/2"));
    acknowledged(&place, &incident, "chen".into()).await;
    assert!(operator.end());

    // The acknowledgement is taken back. What comes next is the repeat of then: none was sent before.
    let operator = at(&place, &folder, "2025-01-22T04:10Z").await;
    place.kubectl(&["annotate", "alertrule", "drop", "metricwright.dev/reconcile-requested-at=now"]).await;
    let asked = || async {
        let text = place.kubectl(&["get", "alertrule", "drop", "-o", "json"]).await;
        let status = &serde_json::from_str::<Value>(&text).unwrap()["status"];
        if status["lastHandledReconcileAt"] == "now" { Ok(()) } else { Err(status.to_string()) }
    };
    eventually(LONG, asked).await.unwrap_or_else(|error| panic!("{error}\n{}", operator.tail()));
    assert_eq!(receiver.messages().len(), 2, "an acknowledged incident was told again");
    acknowledged(&place, &incident, Value::Null).await;
    assert_eq!(messages(&receiver, &operator, 3).await[2], format!("{first}/4"));
    assert!(operator.end());
}
