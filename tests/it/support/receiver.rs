//! A webhook's receiver that keeps what it is sent.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;

type Seen = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// A receiver on loopback, on a thread of its own.
pub struct Receiver {
    pub url: String,
    seen: Seen,
}

impl Receiver {
    /// Starts to listen.
    pub fn start() -> Self {
        let seen = Seen::default();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let app = Router::new().route("/hook", post(keep)).with_state(seen.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, app).await.unwrap();
            });
        });
        Self { url, seen }
    }

    /// The messages that came: idempotency key and body, in order.
    pub fn messages(&self) -> Vec<(String, Vec<u8>)> {
        self.seen.lock().unwrap().clone()
    }
}

async fn keep(State(seen): State<Seen>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let key = headers["idempotency-key"].to_str().unwrap().to_owned();
    seen.lock().unwrap().push((key, body.to_vec()));
    StatusCode::NO_CONTENT
}
