//! /healthz, /readyz, /metrics and the API.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use tokio_util::sync::CancellationToken;

use super::{Shared, api};
use crate::cli::CliError;

/// How long the store may take to answer a probe: shorter than probes wait.
const STORE_ANSWERS: Duration = Duration::from_millis(800);

/// Serves until told to stop.
pub async fn serve(listen: SocketAddr, shared: Arc<Shared>, stop: CancellationToken) -> Result<(), CliError> {
    let listener = tokio::net::TcpListener::bind(listen)
        .await
        .map_err(|error| CliError::because(format!("{listen} cannot be listened at"), error))?;
    let app = Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .nest("/api/v1", api::routes())
        .with_state(shared);
    axum::serve(listener, app)
        .with_graceful_shutdown(stop.cancelled_owned())
        .await
        .map_err(|error| CliError::because("the server ended", error))
}

/// Ready once every kind is listed, while the store answers.
async fn ready(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    if !shared.queue.is_open() {
        return (StatusCode::SERVICE_UNAVAILABLE, "the objects are not listed yet".to_owned());
    }
    match tokio::time::timeout(STORE_ANSWERS, shared.engine.store.ping()).await {
        Ok(Ok(())) => (StatusCode::OK, "ok".to_owned()),
        Ok(Err(error)) => (StatusCode::SERVICE_UNAVAILABLE, format!("the store cannot be reached: {error}")),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer".to_owned()),
    }
}

async fn metrics(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], shared.telemetry.encode(&shared))
}
