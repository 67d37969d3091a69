//! The example over PostgreSQL and MariaDB, and what the status says when they do not let themselves be asked.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use metricwright::local::{LocalHost, LocalSecrets, read_manifests};
use metricwright_api::{Grain, Kind, ObjectId};
use metricwright_catalog::Catalog;
use metricwright_catalog::resolved::ResolvedMetric;
use metricwright_query::plan::Wanted;
use metricwright_query::window::window_at;
use metricwright_query::{Stretch, combine, plan_scans, read, statement};
use metricwright_service::SourcePool;
use metricwright_testkit::databases::{MariaDb, MariaDbOptions, Postgres, PostgresOptions, load};
use metricwright_testkit::reference::{Row, Tables, Values, compare};
use serde_json::Value;
use tempfile::TempDir;

use crate::reference::{TABLES, UNTIL, since};
use crate::support::{retail, root};

/// A Secret with an address and an authority.
pub fn secret(url: &str, authority: Option<&str>) -> String {
    let authority = authority.map(|pem| STANDARD.encode(pem)).unwrap_or_default();
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: shop-db}}\n\
         stringData: {{url: '{url}'}}\ndata: {{ca.crt: '{authority}'}}\n"
    )
}

/// The example with another source: nothing else changes.
fn write_example(folder: &Path, source: &str, secret: &str) {
    for name in ["10-calendar.yaml", "10-datasets.yaml", "20-metrics.yaml"] {
        std::fs::copy(retail().join(name), folder.join(name)).unwrap();
    }
    std::fs::copy(root().join("examples/retail-on-a-server").join(source), folder.join("source.yaml"))
        .unwrap();
    std::fs::write(folder.join("secret.yaml"), secret).unwrap();
}

/// Loads the example's tables into a database.
async fn load_example(url: &str) {
    let all = Tables::read_folder(&retail().join("data")).unwrap();
    let named: Vec<(&str, &[Row])> = TABLES.iter().map(|name| (*name, all.table(name))).collect();
    load(url, &named).await.unwrap();
}

/// What the example is compared by, and by what where a server takes half a minute for each at small counts.
const EVERY: [Grain; 3] = [Grain::Day, Grain::Week, Grain::Month];
const ONE: [Grain; 1] = [Grain::Week];

/// Values by metric and dimension; the total has none.
type All = BTreeMap<(String, Vec<String>), Values>;

/// Every metric as the total and by each dimension, as a run computes them: one scan a dataset for all of them.
async fn all_values(catalog: &Catalog, sources: &SourcePool, grain: Grain) -> All {
    let ids = catalog.inventory().of_kind(Kind::Metric).map(|object| object.id.clone());
    let metrics: Vec<_> = ids.map(|id| catalog.metric(&id).unwrap()).collect();
    let zone = &metrics[0].schedule.chronology;
    let from = window_at(grain, zone, since()).end;
    let to = window_at(grain, zone, UNTIL.parse().unwrap()).start;
    let groupings = |metric: &ResolvedMetric| metric.dimensions.iter().map(|one| vec![one.clone()]).collect();
    let wanted: Vec<Wanted> = metrics
        .iter()
        .map(|metric| Wanted { metric: metric.clone(), groupings: groupings(metric) })
        .collect();
    let mut scanned = Vec::new();
    let stretch = Stretch { grain, whole: false, chronology: zone.clone(), from, to, as_of: Timestamp::MAX };
    for scan in plan_scans(&wanted, &stretch) {
        let source = sources.open(catalog, &scan.dataset.source).unwrap();
        let statement = statement(&scan, source.dialect());
        let rows =
            source.run(&statement.sql).await.unwrap_or_else(|error| panic!("{error}\n{}", statement.sql));
        let cells = read(&scan, &statement.layout, &rows.rows).unwrap();
        scanned.push((scan, cells));
    }
    let mut all = All::new();
    for metric in &metrics {
        let dimensions = metric.dimensions.iter().map(|dimension| vec![dimension.name.clone()]);
        for by in std::iter::once(Vec::new()).chain(dimensions) {
            let cells = combine(metric, &by, &stretch, &scanned, &BTreeMap::new());
            let values = cells.into_iter().map(|cell| ((cell.window.start, cell.slice.0), cell.value));
            all.insert((metric.id.name.clone(), by), values.collect());
        }
    }
    all
}

/// Every metric by each grain, as the total and by each dimension, on the files and on a server.
async fn same_values(source: &str, secret: &str, grains: &[Grain]) {
    let folder = TempDir::new().unwrap();
    write_example(folder.path(), source, secret);
    let on_server = read_manifests(&[folder.path().to_owned()]).unwrap();
    let secrets = Arc::new(LocalSecrets::of(&on_server));
    let server = SourcePool::new(folder.path().to_owned(), secrets.clone()).unwrap();
    let files = SourcePool::new(retail(), secrets).unwrap();
    let there = Catalog::new(Arc::new(on_server.inventory()));
    let here = Catalog::new(Arc::new(read_manifests(&[retail()]).unwrap().inventory()));
    let mut compared = 0;
    for grain in grains.iter().copied() {
        let expected = all_values(&here, &files, grain).await;
        let found = all_values(&there, &server, grain).await;
        assert_eq!(expected.len(), found.len());
        for (what, expected) in &expected {
            assert!(expected.values().any(|value| !value.is_null()), "{what:?} has no value");
            compare(expected, &found[what])
                .unwrap_or_else(|differences| panic!("{what:?} {grain}: {differences}"));
            compared += expected.len();
        }
    }
    println!("{compared} values are the same, by {grains:?}");
    assert!(compared > 1_000 * grains.len(), "only {compared} values");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_has_the_values_of_the_files_on_postgres() {
    let server = Postgres::launch(PostgresOptions::default().with_tls()).await.unwrap();
    let url = server.url("postgres");
    load_example(&url).await;
    same_values("postgres.yaml", &secret(&url, server.ca_pem()), &EVERY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_has_the_values_of_the_files_on_mariadb() {
    let server = MariaDb::launch(MariaDbOptions::default().with_tls()).await.unwrap();
    let url = server.url("shop");
    load_example(&url).await;
    let soak = std::env::var_os("METRICWRIGHT_SOAK").is_some();
    let grains: &[Grain] = if soak { &EVERY } else { &ONE };
    same_values("mysql.yaml", &secret(&url, server.ca_pem()), grains).await;
}

/// A shop of one small table, on a host that goes on whatever happens to the server.
struct Shop {
    folder: TempDir,
    host: LocalHost,
}

pub const METRIC: &str = "
apiVersion: metricwright.dev/v1alpha1
kind: Dataset
metadata: {name: sales}
spec:
  source: shop
  table: sales
  time: {column: day, storedAs: Date}
---
apiVersion: metricwright.dev/v1alpha1
kind: Metric
metadata: {name: revenue}
spec: {dataset: sales, formula: sum(amount)}
";

impl Shop {
    async fn new(source: &str, secret: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let example = root().join("examples/retail-on-a-server").join(source);
        std::fs::copy(example, folder.path().join("source.yaml")).unwrap();
        std::fs::write(folder.path().join("shop.yaml"), METRIC).unwrap();
        let as_of = Some("2025-02-01T00:00:00Z".parse().unwrap());
        let host = LocalHost::open(folder.path(), &folder.path().join(".metricwright"), as_of).await.unwrap();
        let mut shop = Self { folder, host };
        shop.with_secret(secret).await;
        shop
    }

    /// Reads the directory with another Secret.
    async fn with_secret(&mut self, secret: &str) {
        std::fs::write(self.folder.path().join("secret.yaml"), secret).unwrap();
        let manifests = read_manifests(&[self.folder.path().to_owned()]).unwrap();
        self.host.take(&manifests).await.unwrap();
        self.host.settle(&|_, _| ()).await.unwrap();
    }

    /// Looks at everything again, as a host does now and then.
    async fn look(&mut self) {
        let manifests = read_manifests(&[self.folder.path().to_owned()]).unwrap();
        self.host.take(&manifests).await.unwrap();
        self.host.settle(&|_, _| ()).await.unwrap();
    }

    fn condition(&self, kind: Kind, name: &str, condition: &str) -> (String, String) {
        let status: Value = self.host.status(&ObjectId::new(kind, "default", name));
        let conditions = status["conditions"].as_array().cloned().unwrap_or_default();
        let found = conditions.iter().find(|known| known["type"] == condition).cloned().unwrap_or_default();
        let text = |field: &str| found[field].as_str().unwrap_or_default().to_owned();
        (text("status"), text("message"))
    }

    fn source(&self) -> (String, String) {
        self.condition(Kind::DataSource, "shop", "Ready")
    }

    fn health(&self) -> Value {
        let status: Value = self.host.status(&ObjectId::new(Kind::DataSource, "default", "shop"));
        status["health"].clone()
    }
}

pub async fn load_sales(url: &str) {
    let day = |day: u32| {
        let date: jiff::civil::Date = format!("2025-01-{day:02}").parse().unwrap();
        Row::from([
            ("amount".to_owned(), metricwright_formula::Value::Int(i64::from(day))),
            ("day".to_owned(), metricwright_formula::Value::Date(date)),
        ])
    };
    let rows: Vec<Row> = (1..=30).map(day).collect();
    load(url, &[("sales", &rows)]).await.unwrap();
}

/// What both servers can do.
trait Server {
    fn stop(&self);
    async fn start(&self);
    fn address(&self) -> String;
    fn authority(&self) -> Option<&str>;
}

impl Server for Postgres {
    fn stop(&self) {
        Self::stop(self);
    }
    async fn start(&self) {
        Self::start(self).await.unwrap();
    }
    fn address(&self) -> String {
        self.url("postgres")
    }
    fn authority(&self) -> Option<&str> {
        self.ca_pem()
    }
}

impl Server for MariaDb {
    fn stop(&self) {
        Self::stop(self);
    }
    async fn start(&self) {
        Self::start(self).await.unwrap();
    }
    fn address(&self) -> String {
        self.url("shop")
    }
    fn authority(&self) -> Option<&str> {
        self.ca_pem()
    }
}

/// An authority that signed nothing.
fn other_authority() -> String {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    authority.self_signed(&key).unwrap().pem()
}

/// The address with another password.
pub fn guessed(url: &str) -> String {
    let (user, host) = url.rsplit_once('@').unwrap();
    format!("{}:guessed@{host}", user.rsplit_once(':').unwrap().0)
}

/// A wrong password and its correction, an authority that is not known, a server that goes and comes: the host goes on.
async fn what_the_status_says(server: impl Server, source: &str, version: &str) {
    let right = server.address();
    load_sales(&right).await;
    let wrong = secret(&guessed(&right), server.authority());
    let mut shop = Shop::new(source, &wrong).await;
    let (ready, said) = shop.source();
    assert_eq!(ready, "False");
    assert!(said.starts_with("LOGIN_REFUSED: database `") && !said.contains("guessed"), "{said}");

    // The password is put right: no restart.
    let good = secret(&right, server.authority());
    shop.with_secret(&good).await;
    let (ready, said) = shop.source();
    assert!(ready == "True" && said.starts_with(version), "{ready}: {said}");
    assert!(shop.health()["version"].as_str().is_some_and(|text| text.starts_with(version)));
    assert_eq!(shop.condition(Kind::Metric, "revenue", "Ready").0, "True");
    let before = shop.health();
    shop.look().await;
    assert_eq!(shop.health(), before, "nothing changed, so nothing is written");

    // An authority that is not the server's.
    shop.with_secret(&secret(&right, Some(&other_authority()))).await;
    let (ready, said) = shop.source();
    assert!(ready == "False" && said.starts_with("TLS_FAILED: "), "{ready}: {said}");
    shop.with_secret("").await;
    let (ready, said) = shop.source();
    assert_eq!(ready, "False");
    assert!(said.contains(".urlSecretRef: there is no key `url` in a Secret `shop-db`"), "{said}");
    shop.with_secret(&good).await;
    assert_eq!(shop.source().0, "True");

    server.stop();
    shop.look().await;
    let (ready, said) = shop.source();
    assert!(ready == "False" && said.starts_with("SOURCE_UNAVAILABLE: "), "{ready}: {said}");
    assert_eq!(shop.condition(Kind::Metric, "revenue", "Ready").0, "True", "values that are there stay");
    server.start().await;
    shop.look().await;
    assert_eq!(shop.source().0, "True");
    assert_eq!(shop.condition(Kind::Metric, "revenue", "Ready").0, "True");
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_that_refuses_goes_and_comes_back() {
    let server = Postgres::launch(PostgresOptions::default().with_tls()).await.unwrap();
    what_the_status_says(server, "postgres.yaml", "PostgreSQL 15.").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_that_refuses_goes_and_comes_back() {
    let server = MariaDb::launch(MariaDbOptions::default().with_tls()).await.unwrap();
    what_the_status_says(server, "mysql.yaml", "MariaDB 10.").await;
}
