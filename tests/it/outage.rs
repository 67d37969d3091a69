//! The database of the store goes and comes under an operator that is never restarted.

use metricwright_testkit::databases::{Postgres, PostgresOptions};
use metricwright_testkit::eventually;
use tempfile::TempDir;

use crate::support::operator::{LONG, Operator, Place};
use crate::support::shop::{definitions, write_sales};

async fn ready(operator: &Operator, wanted: impl Fn(&Result<String, String>) -> bool) {
    let answers = || async {
        let answer = operator.get("/readyz");
        if wanted(&answer) { Ok(()) } else { Err(format!("{answer:?}")) }
    };
    eventually(LONG, answers).await.unwrap_or_else(|error| panic!("{error}\n{}", operator.tail()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_outlasts_the_database_of_its_store() {
    let server = Postgres::launch(PostgresOptions::default()).await.unwrap();
    let place = Place::new("outage").await;
    let folder = TempDir::new().unwrap();
    write_sales(&folder.path().join("data"), 40);
    place.kubectl_with(&["apply", "-f", "-"], &definitions("http://127.0.0.1:9/")).await.ok().unwrap();
    let url = folder.path().join("url").display().to_string();
    std::fs::write(&url, server.url("postgres")).unwrap();
    let operator =
        place.operator(folder.path(), &["--store-url-file", &url, "--status-interval", "1s"]).await;
    place.kubectl(&["wait", "--for=condition=Ready", "mwm/revenue", "--timeout=120s"]).await;

    server.stop();
    let gone = |answer: &Result<String, String>| {
        answer.as_ref().is_err_and(|said| said.contains(" 503 ") && said.contains("the store "))
    };
    ready(&operator, gone).await;
    assert!(operator.get("/healthz").is_ok(), "it lives on");
    // What is asked for meanwhile is done afterwards.
    place.kubectl(&["annotate", "mwm", "revenue", "metricwright.dev/reconcile-requested-at=1"]).await;

    server.start().await.unwrap();
    ready(&operator, Result::is_ok).await;
    let asked = "--for=jsonpath={.status.lastHandledReconcileAt}=1";
    place.kubectl(&["wait", asked, "mwm/revenue", "--timeout=400s"]).await;
    assert!(operator.end());
}
