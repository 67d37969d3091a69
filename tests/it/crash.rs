//! A process that is killed loses nothing, and repeats nothing that a person would notice.

use std::collections::BTreeMap;
use std::path::Path;

use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use tempfile::TempDir;

use crate::support::receiver::Receiver;
use crate::support::shop::{definitions, write_sales};
use crate::support::{metricwright, run, stdout};

/// Before the drop begins: what comes later is news.
const BEFORE: &str = "2025-01-15T02:00Z";
/// In the middle of the drop.
const DURING: &str = "2025-01-23T02:00Z";
/// After it.
const AFTER: &str = "2025-02-05T02:00Z";

/// One directory with a store of its own and a receiver.
struct Shop {
    folder: TempDir,
    receiver: Receiver,
}

impl Shop {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let receiver = Receiver::start();
        write_sales(&folder.path().join("data"), 40);
        std::fs::write(folder.path().join("shop.yaml"), definitions(&receiver.url)).unwrap();
        Self { folder, receiver }
    }

    fn dir(&self) -> String {
        self.folder.path().display().to_string()
    }

    /// Runs to the end, killed at the given write, if any; says whether it came to its end.
    fn up(&self, as_of: &str, killed_at: Option<u64>) -> bool {
        let mut command = metricwright(&["up", &self.dir(), "--once", "--as-of", as_of]);
        if let Some(write) = killed_at {
            command.env("METRICWRIGHT_CRASH_AT_WRITE", write.to_string());
        }
        command.output().unwrap().status.success()
    }

    /// Everything that people see: the points of every slice, and the incidents.
    async fn seen(&self) -> (Vec<String>, Vec<(String, String, String)>) {
        let dir = self.dir();
        let points = points(&self.folder.path().join(".metricwright/store.db")).await;
        let text = stdout(&["get", "incidents", "-C", &dir, "-o", "json"]);
        let list: serde_json::Value = serde_json::from_str(&text).unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let incident = |item: &serde_json::Value| {
            let status = &item["status"];
            (text(&item["metadata"]["name"]), text(&status["state"]), text(&status["firstWindow"]["label"]))
        };
        (points, list["items"].as_array().unwrap().iter().map(incident).collect())
    }

    /// Messages by key; every resend of a key has the same bytes.
    fn messages(&self) -> BTreeMap<String, Vec<u8>> {
        let mut by_key: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for (key, body) in self.receiver.messages() {
            let first = by_key.entry(key.clone()).or_insert_with(|| body.clone());
            assert_eq!(*first, body, "{key} was sent again with other bytes");
        }
        by_key
    }
}

/// Every point of a store, a line each.
async fn points(database: &Path) -> Vec<String> {
    let options = SqliteConnectOptions::new().filename(database).read_only(true);
    let mut connection = options.connect().await.unwrap();
    sqlx::query_scalar(
        "SELECT concat_ws('|', name, hash, grain, grouping, slice, start, value, components, partial) \
         FROM series JOIN point ON series = id ORDER BY name, hash, grain, grouping, slice, start",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_write_the_shop_ends_as_if_nothing_had_happened() {
    let undisturbed = Shop::new();
    for as_of in [BEFORE, DURING, AFTER] {
        assert!(undisturbed.up(as_of, None));
    }
    let expected = undisturbed.seen().await;
    let told: Vec<String> = undisturbed.messages().into_keys().collect();
    assert_eq!(expected.1.len(), 1, "{:?}", expected.1);
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(undisturbed.receiver.messages().len(), 2);

    let kills = if std::env::var_os("METRICWRIGHT_SOAK").is_some() { 60 } else { 20 };
    let mut killed = 0;
    // Spread over backfill, alerting and sending: a seeded walk through the writes. A run may have fewer.
    for point in 0..10 * kills {
        if killed == kills {
            break;
        }
        let write = 1 + (point * 7919 + 13) % 23;
        let killed_in = [BEFORE, DURING, AFTER][usize::try_from(point % 3).unwrap()];
        let shop = Shop::new();
        for as_of in [BEFORE, DURING, AFTER] {
            let kill = (as_of == killed_in).then_some(write);
            if !shop.up(as_of, kill) {
                assert!(kill.is_some(), "it failed at {as_of} without being killed");
                killed += 1;
                assert!(shop.up(as_of, None), "it did not recover at {as_of} from write {write}");
            }
        }
        assert_eq!(shop.seen().await, expected, "killed at write {write} of the run at {killed_in}");
        let keys: Vec<String> = shop.messages().into_keys().collect();
        assert_eq!(keys, told, "killed at write {write} of the run at {killed_in}");
        assert!(shop.receiver.messages().len() <= told.len() + 1, "more than one resend");
    }
    assert_eq!(killed, kills, "too few runs had a write to be killed at");
}

#[test]
fn a_store_in_use_is_refused_with_what_to_do() {
    let shop = Shop::new();
    assert!(shop.up(BEFORE, None));
    let lock = std::fs::File::create(shop.folder.path().join(".metricwright/lock")).unwrap();
    lock.lock().unwrap();
    let output = run(&["up", &shop.dir(), "--once"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("in use by another process"), "{said}");
}
