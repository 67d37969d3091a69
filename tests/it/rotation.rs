//! A database whose password is changed and that goes and comes, under an operator in a cluster that is never restarted.

use metricwright_testkit::databases::{Postgres, PostgresOptions};
use metricwright_testkit::eventually;
use serde_json::Value;
use tempfile::TempDir;

use crate::databases::{METRIC, guessed, load_sales, secret};
use crate::support::operator::{LONG, Place};
use crate::support::root;

async fn status(place: &Place, object: &str) -> Value {
    let text = place.kubectl(&["get", object, "-o", "json"]).await;
    serde_json::from_str::<Value>(&text).unwrap()["status"].take()
}

/// Waits until a condition of an object has this status; gives its reason and message.
async fn condition(place: &Place, object: &str, kind: &str, wanted: &str) -> String {
    let holds = || async {
        let status = status(place, object).await;
        let conditions = status["conditions"].as_array().cloned().unwrap_or_default();
        let found =
            conditions.iter().find(|condition| condition["type"] == kind).cloned().unwrap_or_default();
        if found["status"] == wanted { Ok(found.to_string()) } else { Err(status.to_string()) }
    };
    let what = format!("{object} {kind}={wanted}");
    eventually(LONG, holds).await.unwrap_or_else(|error| panic!("{what}: {error}"))
}

/// Asks for a run now.
async fn ask(place: &Place, object: &str, request: &str) {
    let annotation = format!("metricwright.dev/reconcile-requested-at={request}");
    place.kubectl(&["annotate", "--overwrite", object, &annotation]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_rotated_and_the_server_goes_and_comes_without_a_restart() {
    let server = Postgres::launch(PostgresOptions::default().with_tls()).await.unwrap();
    let right = server.url("postgres");
    load_sales(&right).await;
    let place = Place::new("rotation").await;
    place.grant_secret("shop-db").await;
    let keep = async |url: &str| {
        let text = secret(url, server.ca_pem());
        place.kubectl_with(&["apply", "-f", "-"], &text).await.ok().unwrap();
    };
    keep(&guessed(&right)).await;
    let source = root().join("examples/retail-on-a-server/postgres.yaml").display().to_string();
    place.kubectl(&["apply", "-f", &source]).await;
    place.kubectl_with(&["apply", "-f", "-"], METRIC).await.ok().unwrap();
    let folder = TempDir::new().unwrap();
    let more = ["--resync", "2s", "--status-interval", "1s", "--as-of", "2025-01-31T02:00:00Z"];
    let operator = place.operator(folder.path(), &more).await;
    let said = condition(&place, "datasources/shop", "Ready", "False").await;
    assert!(said.contains("LOGIN_REFUSED: database `") && !said.contains("guessed"), "{said}");

    keep(&right).await;
    condition(&place, "datasources/shop", "Ready", "True").await;
    condition(&place, "mwm/revenue", "Fresh", "True").await;
    assert_eq!(status(&place, "mwm/revenue").await["latest"][0]["value"], "30");

    server.stop();
    let said = condition(&place, "datasources/shop", "Ready", "False").await;
    assert!(said.contains("SOURCE_UNAVAILABLE: "), "{said}");
    condition(&place, "mwm/revenue", "Ready", "True").await;
    // Three runs that fail in a row; a failed one is tried again by itself.
    ask(&place, "mwm/revenue", "1").await;
    let said = condition(&place, "mwm/revenue", "Fresh", "False").await;
    assert!(said.contains("SourceUnavailable"), "{said}");
    let said = condition(&place, "mwm/revenue", "Ready", "False").await;
    assert!(said.contains("runs in a row failed"), "{said}");
    assert_eq!(status(&place, "mwm/revenue").await["latest"][0]["value"], "30", "values stay");

    server.start().await.unwrap();
    condition(&place, "datasources/shop", "Ready", "True").await;
    condition(&place, "mwm/revenue", "Ready", "True").await;
    condition(&place, "mwm/revenue", "Fresh", "True").await;
    assert!(operator.end());
}
