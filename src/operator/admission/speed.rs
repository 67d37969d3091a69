//! How long a review takes over HTTPS with many metrics loaded that change meanwhile.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum_server::tls_rustls::RustlsConfig;
use jiff::Timestamp;
use metricwright_api::{Kind, ObjectId};
use metricwright_catalog::Object;
use metricwright_catalog::manifest::read_object;
use metricwright_service::World;
use serde_json::{Value, json};

use super::certificate::Material;
use super::tests::{client, load};
use super::tls::none_yet;
use super::{PATH, app};

/// Longest time that 99 of 100 reviews may take, of the release build.
const LIMIT: Duration = Duration::from_millis(20);

fn json_of(kind: Kind, name: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": "metricwright.dev/v1alpha1", "kind": kind.as_str(),
        "metadata": { "name": name, "namespace": "shop", "labels": { "set": name.get(..2) } }, "spec": spec,
    })
}

fn object(kind: Kind, name: &str, spec: &Value) -> Object {
    read_object(&ObjectId::new(kind, "shop", name), &json_of(kind, name, spec)).unwrap()
}

/// Metrics on 100 datasets that join stores; each tenth is a ratio of two others.
fn spec(number: usize) -> Value {
    if number % 10 == 9 {
        let input = |back: usize| json!({ "metric": format!("m{}", number - back) });
        return json!({ "ratio": { "numerator": input(1), "denominator": input(2) } });
    }
    let dataset = format!("d{}", number % 100);
    json!({ "dataset": dataset, "formula": format!("sum(amount + {number}) filter (where store.region = 'A')") })
}

fn world(metrics: usize) -> Arc<World> {
    let world = World::new();
    world.insert(object(Kind::DataSource, "s", &json!({ "files": { "path": "data/" } })));
    let stores = json!({
        "source": "s", "table": "stores", "entities": [{ "name": "store", "type": "Primary", "expr": "id" }],
        "dimensions": [{ "name": "region" }],
        "columns": [{ "name": "id", "type": "Int" }, { "name": "region", "type": "String" }],
    });
    world.insert(object(Kind::Dataset, "stores", &stores));
    for number in 0..100 {
        let sales = json!({
            "source": "s", "table": format!("t{number}"), "time": { "column": "at" },
            "entities": [{ "name": "store", "type": "Foreign", "expr": "store" }],
            "columns": [
                { "name": "at", "type": "Instant" }, { "name": "store", "type": "Int" },
                { "name": "amount", "type": "Float" },
            ],
        });
        world.insert(object(Kind::Dataset, &format!("d{number}"), &sales));
    }
    for number in 0..metrics {
        world.insert(object(Kind::Metric, &format!("m{number}"), &spec(number)));
    }
    Arc::new(world)
}

/// Sends a review over a connection that stays open, and reads the answer.
fn ask(stream: &mut (impl Read + Write), number: usize, spec: &Value) -> Value {
    let name = format!("m{number}");
    let review = json!({ "request": {
        "uid": name, "kind": { "kind": "Metric" }, "namespace": "shop", "name": name,
        "object": json_of(Kind::Metric, &name, spec),
    }});
    let body = review.to_string();
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    loop {
        let read = stream.read(&mut part).unwrap();
        assert!(read > 0, "the connection was closed");
        answer.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&answer);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        if body.len() == length.parse::<usize>().unwrap() {
            return serde_json::from_str(body).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_review_is_quick_with_many_metrics_loaded() {
    let soak = std::env::var_os("METRICWRIGHT_SOAK").is_some();
    let (metrics, reviews) = if soak { (10_000, 2_000) } else { (300, 60) };
    let world = world(metrics);
    let material = Material::new(&["127.0.0.1".to_owned()], Timestamp::now()).unwrap();
    let config = RustlsConfig::from_config(Arc::new(none_yet().unwrap()));
    load(&config, &material).await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let server = axum_server::from_tcp_rustls(listener, config).unwrap();
    tokio::spawn(server.serve(app(world.clone()).into_make_service()));
    let times = tokio::task::spawn_blocking(move || {
        let mut connection = client(&material.bundle());
        let mut socket = TcpStream::connect(address).unwrap();
        socket.set_nodelay(true).unwrap();
        let mut stream = rustls::Stream::new(&mut connection, &mut socket);
        let mut times = Vec::new();
        for round in 0..reviews {
            let number = round * 7 % metrics;
            // Each tenth time a metric changes, so that no review lives on what the last one resolved.
            if round % 10 == 0 {
                world.insert(object(Kind::Metric, &format!("m{}", number - number % 10), &spec(round * 10)));
            }
            let began = Instant::now();
            let answer = ask(&mut stream, number, &spec(number));
            times.push(began.elapsed());
            assert_eq!(answer["response"], json!({ "uid": format!("m{number}"), "allowed": true }));
        }
        times
    });
    let mut times = times.await.unwrap();
    times.sort();
    let (middle, late) = (times[times.len() / 2], times[times.len() * 99 / 100]);
    println!("{metrics} metrics, {reviews} reviews over HTTPS: p50 {middle:?}, p99 {late:?}");
    if !cfg!(debug_assertions) {
        assert!(late <= LIMIT, "p99 is {late:?}");
    }
}
