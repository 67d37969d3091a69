//! One definition over the same rows gives the same cells on both engines.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray};
use jiff::Timestamp;
use metricwright_api::{Grain, Kind, ObjectId};
use metricwright_catalog::{Catalog, Inventory, Object, Spec};
use metricwright_formula::Value;
use metricwright_query::{Cell, Query, Scan, plan, read, statement};
use metricwright_source::{Limited, Limits, Source, SqliteSource};
use serde_json::{Value as Json, from_value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use tempfile::TempDir;

use crate::support::{folder, open, write, write_parquet};

const ROWS: usize = 600;
const METRICS: [(&str, &str); 8] = [
    ("net", "sum(net)"),
    ("done", "sum(net) filter (where status = '完成')"),
    ("rows", "count(*)"),
    ("named", "count(status)"),
    ("shops", "count(distinct store_id)"),
    ("mean", "avg(net)"),
    ("range", "max(quantity) - min(quantity)"),
    ("north", "sum(net * quantity) filter (where store.region = '北' and net between -50 and 50)"),
];

struct Order {
    seconds: i64,
    store: Option<i64>,
    net: Option<f64>,
    quantity: Option<i64>,
    status: Option<&'static str>,
}

/// Numbers that look random and are the same each time (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        i64::try_from((mixed ^ (mixed >> 31)) >> 1).unwrap() % end
    }

    fn maybe<T>(&mut self, value: T) -> Option<T> {
        (self.below(10) > 0).then_some(value)
    }
}

fn orders(seed: u64) -> Vec<Order> {
    let mut random = Random(seed);
    let begin: Timestamp = "2024-12-20T00:00:00Z".parse().unwrap();
    let order = |_| {
        let seconds = begin.as_second() + random.below(120 * 86_400);
        let store = random.below(6);
        let quarters = random.below(1_000) - 400;
        let quantity = random.below(9) - 2;
        let status = ["完成", "取消", "Done", "it's"][usize::try_from(random.below(4)).unwrap()];
        Order {
            seconds,
            store: random.maybe(store),
            net: random.maybe(quarters as f64 / 4.0),
            quantity: random.maybe(quantity),
            status: random.maybe(status),
        }
    };
    (0..ROWS).map(order).collect()
}

fn wall(seconds: i64) -> String {
    Timestamp::from_second(seconds).unwrap().to_string().trim_end_matches('Z').replace('T', " ")
}

fn shown<T: ToString>(cell: Option<T>, missing: &str) -> String {
    cell.map_or_else(|| missing.to_owned(), |cell| cell.to_string())
}

const STORES: &str = "store_id,region\n0,北\n1,北\n2,南\n3,\n4,East side\n";

fn csv(orders: &[Order]) -> TempDir {
    let mut csv = "ordered_at,store_id,net,quantity,status\n".to_owned();
    for it in orders {
        let (store, net, quantity) = (shown(it.store, ""), shown(it.net, ""), shown(it.quantity, ""));
        writeln!(csv, "{},{store},{net},{quantity},{}", wall(it.seconds), it.status.unwrap_or("")).unwrap();
    }
    folder(&[("orders.csv", &csv), ("stores.csv", STORES)])
}

fn parquet(orders: &[Order]) -> TempDir {
    let root = folder(&[]);
    let times: Vec<i64> = orders.iter().map(|it| it.seconds * 1_000_000).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("ordered_at", Arc::new(TimestampMicrosecondArray::from(times).with_timezone("UTC"))),
        ("store_id", Arc::new(orders.iter().map(|it| it.store).collect::<Int64Array>())),
        ("net", Arc::new(orders.iter().map(|it| it.net).collect::<Float64Array>())),
        ("quantity", Arc::new(orders.iter().map(|it| it.quantity).collect::<Int64Array>())),
        ("status", Arc::new(orders.iter().map(|it| it.status).collect::<StringArray>())),
    ];
    write_parquet(&root, "orders.parquet", columns);
    write(&root, "stores.csv", STORES);
    root
}

async fn sqlite(orders: &[Order]) -> TempDir {
    let mut script = "CREATE TABLE orders(ordered_at, store_id INT, net REAL, quantity INT, status TEXT);
        CREATE TABLE stores(store_id INT, region TEXT);
        INSERT INTO stores VALUES (0, '北'), (1, '北'), (2, '南'), (3, NULL), (4, 'East side');\n"
        .to_owned();
    for it in orders {
        let status = it.status.map(|status| format!("'{}'", status.replace('\'', "''")));
        let (store, net) = (shown(it.store, "NULL"), shown(it.net, "NULL"));
        let (quantity, status) = (shown(it.quantity, "NULL"), shown(status, "NULL"));
        let at = wall(it.seconds);
        writeln!(script, "INSERT INTO orders VALUES ('{at}', {store}, {net}, {quantity}, {status});")
            .unwrap();
    }
    let root = TempDir::new().unwrap();
    let options = SqliteConnectOptions::new().filename(root.path().join("shop.db")).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    connection.execute(AssertSqlSafe(format!("BEGIN; {script} COMMIT"))).await.unwrap();
    connection.close().await.unwrap();
    root
}

fn put(inventory: &mut Inventory, kind: Kind, name: &str, spec: Spec) {
    let id = ObjectId::new(kind, "default", name);
    let (labels, annotations) = (BTreeMap::new(), BTreeMap::new());
    inventory.insert(Object { id, labels, annotations, generation: None, spec });
}

/// The definitions, with what differs from case to case.
fn catalog(zone: &str, stored_as: &str) -> Catalog {
    let mut inventory = Inventory::new();
    let source = json!({"files": {"path": "data"}});
    put(&mut inventory, Kind::DataSource, "shop", Spec::DataSource(from_value(source).unwrap()));
    let dataset = |inventory: &mut Inventory, name: &str, spec: Json| {
        put(inventory, Kind::Dataset, name, Spec::Dataset(from_value(spec).unwrap()));
    };
    let stores = json!({
        "source": "shop", "table": "stores", "dimensions": [{"name": "region"}],
        "entities": [{"name": "store", "type": "Primary", "expr": "store_id"}],
        "columns": [{"name": "store_id", "type": "Int"}, {"name": "region", "type": "String"}],
    });
    dataset(&mut inventory, "stores", stores);
    let orders = json!({
        "source": "shop", "table": "orders", "timezone": zone, "dimensions": [{"name": "status"}],
        "time": {"column": "ordered_at", "storedAs": stored_as, "storedZone": (stored_as == "Local").then_some("Europe/Berlin")},
        "entities": [{"name": "store", "type": "Foreign", "expr": "store_id"}],
        "columns": [
            {"name": "ordered_at", "type": "DateTime"}, {"name": "store_id", "type": "Int"},
            {"name": "net", "type": "Float"}, {"name": "quantity", "type": "Int"},
            {"name": "status", "type": "String"},
        ],
    });
    dataset(&mut inventory, "orders", orders);
    for (name, formula) in METRICS {
        let spec = from_value(json!({"dataset": "orders", "formula": formula})).unwrap();
        put(&mut inventory, Kind::Metric, name, Spec::Metric(Box::new(spec)));
    }
    Catalog::new(Arc::new(inventory))
}

/// The scans of every metric by every grouping.
fn scans(catalog: &Catalog, grain: Grain) -> Vec<Scan> {
    let mut scans = Vec::new();
    for (name, _) in METRICS {
        let metric = catalog.metric(&ObjectId::new(Kind::Metric, "default", name)).unwrap();
        for by in [&[][..], &["store.region"], &["status"], &["store", "status"]] {
            let by = by.iter().map(ToString::to_string).collect();
            let moment = |text: &str| text.parse::<Timestamp>().unwrap();
            let (from, to) = (moment("2025-01-01T00:00:00Z"), moment("2025-04-10T00:00:00Z"));
            let as_of = moment("2025-04-03T10:30:00Z");
            let query = Query { metric: Arc::clone(&metric), by, grain, from, to, as_of };
            scans.extend(plan(catalog, &query).unwrap());
        }
    }
    scans
}

/// The cells of a scan as texts, in an order of their own; numbers as far as they must be equal.
async fn cells(source: &dyn Source, scan: &Scan) -> Vec<String> {
    let statement = statement(scan, source.dialect());
    let rows =
        source.run(&statement.sql).await.unwrap_or_else(|error| panic!("{error}\n{}", statement.sql)).rows;
    let cells = read(scan, &statement.layout, &rows).unwrap();
    let mut shown: Vec<String> = cells.iter().map(show).collect();
    shown.sort();
    shown
}

fn show(cell: &Cell) -> String {
    let number = |value: &Value| match value {
        Value::Float(number) => format!("{number:.6}"),
        Value::Int(number) => format!("{:.6}", *number as f64),
        other => format!("{other:?}"),
    };
    let components: Vec<String> = cell.components.iter().map(number).collect();
    format!("{} {:?} {:?} {components:?}", cell.grouping, cell.window, cell.slice)
}

async fn check(grain: Grain, zone: &str, stored_as: &str) {
    let orders = orders(0x00c0_ffee);
    let (csv, parquet, database) = (csv(&orders), parquet(&orders), sqlite(&orders).await);
    let (of_csv, of_parquet) = (open(csv.path()), open(parquet.path()));
    let of_sqlite = Limited::new(SqliteSource::new(database.path(), "shop.db", 4), Limits::default());
    for scan in scans(&catalog(zone, stored_as), grain) {
        let expected = cells(&of_sqlite, &scan).await;
        assert!(!expected.is_empty());
        assert_eq!(cells(&of_csv, &scan).await, expected, "CSV {grain:?} {zone} {stored_as}");
        assert_eq!(cells(&of_parquet, &scan).await, expected, "Parquet {grain:?} {zone} {stored_as}");
    }
}

#[tokio::test]
async fn by_hour_across_a_change_of_clocks() {
    check(Grain::Hour, "America/New_York", "Instant").await;
}

#[tokio::test]
async fn by_day_in_a_zone() {
    check(Grain::Day, "Asia/Shanghai", "Instant").await;
}

#[tokio::test]
async fn by_week_of_the_wall_clock() {
    check(Grain::Week, "Asia/Shanghai", "Local").await;
}

#[tokio::test]
async fn by_month_of_dates() {
    check(Grain::Month, "America/New_York", "Date").await;
}

#[tokio::test]
async fn by_quarter_and_year() {
    check(Grain::Quarter, "UTC", "Instant").await;
    check(Grain::Year, "Asia/Shanghai", "Instant").await;
}
