//! Nothing unchanged is rewritten.

use std::fmt::Write as _;

use metricwright_testkit::eventually;
use tempfile::TempDir;

use crate::support::operator::{LONG, Place};
use crate::support::shop::{definitions, write_sales};

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_unchanged_objects_cause_no_write_over_two_resyncs() {
    let place = Place::new("idle").await;
    let folder = TempDir::new().unwrap();
    write_sales(&folder.path().join("data"), 40);
    let mut text = definitions("http://127.0.0.1:9/");
    for index in 0..194 {
        let formula = format!("sum(amount) filter (where amount > {index})");
        writeln!(
            text,
            "---\napiVersion: metricwright.dev/v1alpha1\nkind: Metric\nmetadata: {{name: m-{index}}}\n\
             spec: {{dataset: sales, formula: {formula}, dimensions: [store]}}"
        )
        .unwrap();
    }
    place.kubectl_with(&["apply", "-f", "-"], &text).await.ok().unwrap();
    let operator = place.operator(folder.path(), &["--resync", "3s", "--status-interval", "1s"]).await;
    for kind in ["datasources", "datasets", "metrics", "alertrules", "channels"] {
        place.kubectl(&["wait", "--for=condition=Ready", kind, "--all", "--timeout=300s"]).await;
    }
    let resyncs = "metricwright_resyncs_total";
    let more = async |count: u64| {
        let until = operator.counter(resyncs) + count;
        let passed = || async {
            let seen = operator.counters([resyncs, "metricwright_queue_depth", "metricwright_working"]);
            if seen[0] >= until && seen[1..] == [0, 0] { Ok(()) } else { Err(format!("{seen:?}")) }
        };
        eventually(LONG, passed).await.unwrap_or_else(|error| panic!("{error}\n{}", operator.tail()));
    };
    // The first ones may still settle what was backfilled.
    more(2).await;
    let log = place.cluster.audit_log();
    let mark = log.mark().unwrap();
    more(2).await;
    let objects = place.kubectl(&["get", "metricwright", "-o", "name"]).await;
    assert!(objects.lines().count() >= 200, "{} objects", objects.lines().count());
    let writes = log.since(mark).unwrap().writes_by(&place.user);
    assert!(writes.is_empty(), "an idle operator wrote:\n{writes}");
}
