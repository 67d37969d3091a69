//! The certificate under load, and what a review answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use axum::Router;
use axum::routing::get;
use axum_server::tls_rustls::RustlsConfig;
use jiff::{SignedDuration, Timestamp};
use metricwright_catalog::{Catalog, Inventory};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::{Value, json};

use super::answer::answer;
use super::certificate::{Material, STATE_KEY, leaf};
use super::tls::none_yet;

fn days(number: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * number)
}

/// A client as the API server is one that trusts `bundle`.
pub fn client(bundle: &str) -> rustls::ClientConnection {
    let mut roots = rustls::RootCertStore::empty();
    for authority in CertificateDer::pem_slice_iter(bundle.as_bytes()) {
        roots.add(authority.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    rustls::ClientConnection::new(Arc::new(config), name).unwrap()
}

/// A request as the API server makes one that trusts `bundle`.
fn handshake(address: std::net::SocketAddr, bundle: &str) -> Result<(), String> {
    use std::io::{Read, Write};
    let said = |error: &dyn std::fmt::Display| error.to_string();
    let mut client = client(bundle);
    let mut socket = std::net::TcpStream::connect(address).map_err(|error| said(&error))?;
    let mut stream = rustls::Stream::new(&mut client, &mut socket);
    let request = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    stream.write_all(request).map_err(|error| said(&error))?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(|error| said(&error))?;
    if answer.starts_with("HTTP/1.1 200") { Ok(()) } else { Err(answer) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_fails_while_the_certificate_is_renewed() {
    let hosts = vec!["127.0.0.1".to_owned()];
    // Clients go by the real clock, so the authority is one that was made long ago.
    let now = Timestamp::now();
    let mut material = Material::new(&hosts, now.checked_sub(days(300)).unwrap()).unwrap();
    material.leaf = leaf(&material.authority, &hosts, now).unwrap();
    let config = RustlsConfig::from_config(Arc::new(none_yet().unwrap()));
    load(&config, &material).await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().route("/", get(async || "ok"));
    tokio::spawn(
        axum_server::from_tcp_rustls(listener, config.clone()).unwrap().serve(app.into_make_service()),
    );
    // What the API server trusts: it learns of a bundle later than it is written.
    let trusted = Arc::new(std::sync::Mutex::new(material.bundle()));
    let (stop, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let clients: Vec<_> = (0..2)
        .map(|_| {
            let (trusted, stop, asked) = (trusted.clone(), stop.clone(), asked.clone());
            std::thread::spawn(move || {
                let mut failed = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let bundle = trusted.lock().unwrap().clone();
                    failed.extend(handshake(address, &bundle).err());
                    asked.fetch_add(1, Ordering::Relaxed);
                }
                failed
            })
        })
        .collect();
    let first = material.authority.name.clone();
    let mut steps = 0;
    while material.signed_by == first || material.authority.name != material.signed_by {
        let told = *trusted.lock().unwrap() == material.bundle();
        match material.step(&hosts, told, now).unwrap() {
            Some(next) => material = next,
            None => *trusted.lock().unwrap() = material.bundle(),
        }
        load(&config, &material).await;
        let before = asked.load(Ordering::Relaxed);
        while asked.load(Ordering::Relaxed) < before + 6 {
            tokio::task::yield_now().await;
        }
        steps += 1;
        assert!(steps < 10, "it comes to no end");
    }
    stop.store(true, Ordering::Relaxed);
    let failed: Vec<String> = clients.into_iter().flat_map(|client| client.join().unwrap()).collect();
    assert_eq!(failed, Vec::<String>::new(), "of {} requests", asked.load(Ordering::Relaxed));
    assert_eq!(steps, 3, "tell the new authority, trust it, sign by it");
    // Who trusts the new authority alone is served, who trusts the old one alone is not.
    let newest = material.authority.certificate.clone();
    assert_eq!(handshake(address, &newest), Ok(()));
    assert!(handshake(address, &material.earlier[0].certificate).is_err());
}

/// Serves a certificate from now on.
pub async fn load(config: &RustlsConfig, material: &Material) {
    let (certificate, key) = (material.leaf.certificate.clone(), material.leaf.key.clone());
    config.reload_from_pem(certificate.into_bytes(), key.into_bytes()).await.unwrap();
}

#[test]
fn a_certificate_is_renewed_once_two_thirds_of_its_time_are_over() {
    let hosts = vec!["a.b.svc".to_owned()];
    let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let material = Material::new(&hosts, now).unwrap();
    let at = |day| now.checked_add(days(day)).unwrap();
    assert_eq!(material.step(&hosts, true, at(59)).unwrap(), None);
    assert_eq!(material.step(&hosts, false, at(60)).unwrap(), None, "not before it is trusted");
    let renewed = material.step(&hosts, true, at(60)).unwrap().unwrap();
    assert_ne!(renewed.leaf, material.leaf);
    assert_eq!(renewed.bundle(), material.bundle());
    let moved = material.step(&["c.b.svc".to_owned()], true, at(1)).unwrap().unwrap();
    assert_eq!(moved.leaf.name, "c.b.svc");
    // The whole of it comes back from the Secret.
    let state = moved.to_secret().unwrap().remove(STATE_KEY).unwrap();
    assert_eq!(serde_json::from_str::<Material>(&state).unwrap(), moved);
    // An authority whose time is over leaves the bundle.
    let next = moved.step(&hosts, true, at(240)).unwrap().unwrap();
    assert_eq!(next.earlier.len(), 1);
    assert!(next.earlier[0].key.is_empty(), "its key is forgotten");
    let signed = next.step(&hosts, true, at(241)).unwrap().unwrap();
    let ended = signed.step(&hosts, true, at(240 + 59)).unwrap();
    assert_eq!(ended, None);
    let later = Material { leaf: Material::new(&hosts, at(400)).unwrap().leaf, ..signed };
    assert_eq!(later.step(&hosts, true, at(400)).unwrap().unwrap().earlier, []);
}

fn metric(formula: &str) -> Value {
    json!({
        "apiVersion": "metricwright.dev/v1alpha1", "kind": "Metric",
        "metadata": { "name": "m", "namespace": "shop" },
        "spec": { "dataset": "sales", "formula": formula },
    })
}

fn asked(object: &Value, before: Option<&Value>) -> Value {
    let review = json!({ "request": {
        "uid": "u", "kind": { "kind": "Metric" }, "namespace": "shop", "name": "m",
        "object": object, "oldObject": before,
    }});
    answer(&Arc::new(Catalog::new(Arc::new(Inventory::new()))), &review)["response"].clone()
}

#[test]
fn what_the_object_alone_makes_wrong_is_denied_and_the_rest_is_a_warning() {
    let missing = "REFERENCE_NOT_FOUND at spec.dataset: there is no Dataset `sales`; create a Dataset of that \
                   name; `shop` has none yet";
    let fine = asked(&metric("sum(amount)"), None);
    assert_eq!(fine, json!({ "uid": "u", "allowed": true, "warnings": [missing] }));
    let faulty = asked(&metric("sum(amount"), None);
    assert_eq!(faulty["allowed"], false);
    assert_eq!(faulty["warnings"], json!([missing]));
    assert_eq!(faulty["status"]["details"]["causes"][0]["reason"], "FORMULA_SYNTAX");
    assert_eq!(faulty["status"]["details"]["causes"][0]["field"], "spec.formula");
    let mixed = asked(&metric("sum(1 + 'a')"), None);
    assert_eq!(mixed["status"]["details"]["causes"][0]["reason"], "TYPE_MISMATCH");
}

#[test]
fn an_update_that_leaves_the_spec_passes_and_warns() {
    let faulty = metric("sum(amount");
    let mut labelled = faulty.clone();
    labelled["metadata"]["labels"] = json!({ "a": "b" });
    let answer = asked(&labelled, Some(&faulty));
    assert_eq!(answer["allowed"], true);
    assert!(answer["warnings"][0].as_str().unwrap().starts_with("FORMULA_SYNTAX at spec.formula"));
    let changed = asked(&metric("sum(amount))"), Some(&faulty));
    assert_eq!(changed["allowed"], false);
    let mut deleted = metric("sum(amount))");
    deleted["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    assert_eq!(asked(&deleted, Some(&faulty))["allowed"], true);
}

#[test]
fn what_is_no_review_is_let_pass() {
    let nobody = Arc::new(Catalog::new(Arc::new(Inventory::new())));
    for odd in [
        json!(null),
        json!([]),
        json!({ "request": { "kind": 3 } }),
        json!({ "request": { "kind": { "kind": "Pod" } } }),
    ] {
        assert_eq!(answer(&nobody, &odd)["response"]["allowed"], true, "{odd}");
    }
}
