//! Messages against a real HTTP receiver on loopback.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on may panic")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::post;
use hmac::{Hmac, KeyInit, Mac};
use metricwright_channel::{Channel, ChannelError, Envelope, WebhookChannel, WebhookSettings};
use sha2::Sha256;

type Seen = Arc<Mutex<Vec<(HeaderMap, Vec<u8>)>>>;

/// Receives one kind of answer at `/ok`, `/busy`, `/refuse` and `/move`, and keeps what came.
async fn receiver() -> (String, Seen) {
    let seen = Seen::default();
    let keep = |answer: (StatusCode, [(&'static str, &'static str); 1])| {
        move |State(seen): State<Seen>, headers: HeaderMap, body: Bytes| async move {
            seen.lock().unwrap().push((headers, body.to_vec()));
            answer.into_response()
        }
    };
    let app = Router::new()
        .route("/ok", post(keep((StatusCode::NO_CONTENT, [("x", "y")]))))
        .route("/busy", post(keep((StatusCode::TOO_MANY_REQUESTS, [("retry-after", "7")]))))
        .route("/refuse", post(keep((StatusCode::NOT_FOUND, [("x", "y")]))))
        .route("/move", post(keep((StatusCode::FOUND, [("location", "/ok")]))))
        .with_state(seen.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    (format!("http://{address}"), seen)
}

fn channel(url: &str, secret: Option<&str>) -> WebhookChannel {
    // The second test to get here finds a provider installed, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    WebhookChannel::new(WebhookSettings {
        url: url.to_owned(),
        signing_secret: secret.map(|text| text.as_bytes().to_vec()),
    })
    .unwrap()
}

fn envelope() -> Envelope {
    Envelope { idempotency_key: "inc-1/shop/floor/Firing".to_owned(), body: "{\"指标\":1}".into() }
}

#[tokio::test]
async fn a_message_arrives_with_its_key_and_signature() {
    let (base, seen) = receiver().await;
    channel(&format!("{base}/ok"), Some("s3cret")).send(&envelope()).await.unwrap();
    let seen = seen.lock().unwrap();
    let (headers, body) = &seen[0];
    assert_eq!(headers["idempotency-key"], "inc-1/shop/floor/Firing");
    assert_eq!(body, &envelope().body);
    let signature = headers["x-metricwright-signature"].to_str().unwrap().strip_prefix("sha256=").unwrap();
    let bytes: Vec<u8> = (0..signature.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&signature[i..i + 2], 16).unwrap())
        .collect();
    let mut mac = Hmac::<Sha256>::new_from_slice(b"s3cret").unwrap();
    mac.update(body);
    mac.verify_slice(&bytes).unwrap();
}

#[tokio::test]
async fn answers_say_whether_and_when_to_try_again() {
    let (base, _) = receiver().await;
    let send = async |path: &str| channel(&format!("{base}{path}"), None).send(&envelope()).await;
    let busy = ChannelError::Busy { status: 429, retry_after: Some(Duration::from_secs(7)) };
    assert_eq!(send("/busy").await, Err(busy));
    assert_eq!(send("/refuse").await, Err(ChannelError::Refused { status: 404 }));
    assert_eq!(send("/move").await, Err(ChannelError::Refused { status: 302 }));
}

#[tokio::test]
async fn no_error_tells_the_address() {
    let dead = channel("http://127.0.0.1:1/very-secret-token", None).send(&envelope()).await.unwrap_err();
    assert!(matches!(dead, ChannelError::Unreachable(_)));
    let bad =
        WebhookChannel::new(WebhookSettings { url: "very-secret-token".to_owned(), signing_secret: None });
    for text in [dead.to_string(), bad.err().unwrap().to_string()] {
        assert!(!text.contains("secret-token"), "{text}");
    }
}
