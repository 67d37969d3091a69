//! What is served over TLS: from the Secret's material or from files, changed while connections go on.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::server::ResolvesServerCertUsingSni;
use tokio_util::sync::CancellationToken;

use crate::cli::CliError;

/// How often files are looked at.
const LOOK: Duration = Duration::from_secs(5);

/// A server without any certificate: a handshake fails until there is one.
pub fn none_yet() -> Result<ServerConfig, CliError> {
    let none = Arc::new(ResolvesServerCertUsingSni::new());
    ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map(|builder| builder.with_no_client_auth().with_cert_resolver(none))
        .map_err(|error| CliError::because("TLS cannot be set up", error))
}

/// Serves `tls.crt` and `tls.key` of a folder, and follows their changes, as a mounted Secret makes them. Files
/// that do not fit each other leave the former certificate served.
pub async fn follow_files(
    folder: &Path,
    config: &RustlsConfig,
    stop: &CancellationToken,
) -> Result<(), CliError> {
    let mut served = (Vec::new(), Vec::new());
    loop {
        let read = async |name: &str| tokio::fs::read(folder.join(name)).await;
        match (read("tls.crt").await, read("tls.key").await) {
            (Ok(certificate), Ok(key)) if (&certificate, &key) != (&served.0, &served.1) => {
                match config.reload_from_pem(certificate.clone(), key.clone()).await {
                    Ok(()) => tracing::info!("the webhook serves the certificate of the files"),
                    Err(error) => tracing::warn!(%error, "certificate and key of the files cannot be served"),
                }
                served = (certificate, key);
            }
            (Ok(_), Ok(_)) => {}
            (Err(error), _) | (_, Err(error)) => {
                tracing::warn!(folder = %folder.display(), %error, "tls.crt and tls.key cannot be read");
            }
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}
