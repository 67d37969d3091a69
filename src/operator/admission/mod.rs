//! The admission webhook: what `check` would say of an object, said before it is stored.
//!
//! ```text
//! API server ──HTTPS──▶ serve ──▶ answer (core/catalog review) ──▶ denied, or warnings
//!                         ▲
//!          tls ───────────┘  from the Secret, which the leader keeps (certificate, keep), or from files
//! ```

mod answer;
mod certificate;
mod keep;
pub mod manifests;
mod tls;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on may panic")]
mod speed;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on may panic")]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use metricwright_service::World;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::Shared;
use crate::cli::CliError;
use crate::cli::args::AdmissionArgs;

/// Name of the Secret in the operator's namespace that holds the certificate.
pub const SECRET: &str = "metricwright-admission";
/// Name of the ValidatingWebhookConfiguration, and with it of the Service by default.
pub const CONFIGURATION: &str = "metricwright";
/// Path that objects are reviewed at.
pub const PATH: &str = "/validate";

/// How long answers that are under way may take at the end: what the API server waits for at most.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// Serves the webhook until told to stop. Every replica does; one that does not lead answers as well.
pub async fn serve(
    args: AdmissionArgs,
    namespace: String,
    shared: Arc<Shared>,
    stop: CancellationToken,
) -> Result<(), CliError> {
    let Some(listen) = args.admission_listen else {
        stop.cancelled().await;
        return Ok(());
    };
    let config = RustlsConfig::from_config(Arc::new(tls::none_yet()?));
    let follow = follow(&args, &namespace, &shared, config.clone(), stop.clone());
    let app = app(shared.engine.world.clone());
    let handle = Handle::new();
    let mut server = std::pin::pin!(
        axum_server::bind_rustls(listen, config).handle(handle.clone()).serve(app.into_make_service())
    );
    let not_served = |error: std::io::Error| CliError::because(format!("{listen} cannot be served"), error);
    tokio::select! {
        ended = &mut server => return ended.map_err(not_served),
        ended = follow => ended?,
        () = stop.cancelled() => {}
    }
    // Whoever asked before the end is answered.
    handle.graceful_shutdown(Some(LAST_ANSWERS));
    server.await.map_err(not_served)
}

/// Keeps the certificate that is served the newest one.
async fn follow(
    args: &AdmissionArgs,
    namespace: &str,
    shared: &Shared,
    config: RustlsConfig,
    stop: CancellationToken,
) -> Result<(), CliError> {
    if let Some(folder) = &args.admission_cert_dir {
        return tls::follow_files(folder, &config, &stop).await;
    }
    let keeper = keep::Keeper::new(args, namespace, shared);
    keeper.follow(&config, &stop).await
}

/// What is served over the objects of a world.
fn app(world: Arc<World>) -> Router {
    Router::new().route(PATH, post(review)).with_state(world)
}

async fn review(State(world): State<Arc<World>>, Json(review): Json<Value>) -> Json<Value> {
    // Catalogues are lazy: what the object refers to may have to be resolved, which is no work for the
    // threads that serve.
    let answer = tokio::task::spawn_blocking(move || answer::answer(&world.catalog(), &review)).await;
    Json(answer.unwrap_or_default())
}
