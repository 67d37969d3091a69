//! Keeping the certificate: the leader writes Secret and `caBundle`, every replica serves what the Secret holds.

use std::time::Duration;

use axum_server::tls_rustls::RustlsConfig;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration;
use k8s_openapi::api::core::v1::Secret;
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, ResourceExt};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::super::Shared;
use super::certificate::{Material, STATE_KEY};
use super::{CONFIGURATION, SECRET};
use crate::cli::CliError;
use crate::cli::args::AdmissionArgs;

/// How often it is looked whether there is something to do, once all is well.
const CALM: Duration = Duration::from_mins(1);
/// The same while a certificate is being made or renewed: a step must be seen by everybody before the next.
const BUSY: Duration = Duration::from_secs(2);

/// Why the certificate could not be kept.
#[derive(Debug, thiserror::Error)]
enum KeepError {
    #[error("the API server did not take it: {0}")]
    Api(#[from] kube::Error),
    #[error("a certificate cannot be made: {0}")]
    Certificate(#[from] rcgen::Error),
    #[error("the certificate cannot be written down: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the certificate cannot be served: {0}")]
    Serve(#[from] std::io::Error),
}

/// Keeps the certificate of the webhook.
pub struct Keeper<'a> {
    shared: &'a Shared,
    secrets: Api<Secret>,
    configurations: Api<ValidatingWebhookConfiguration>,
    hosts: Vec<String>,
    url: Option<String>,
}

/// How things stand after a look.
#[derive(PartialEq, Eq)]
enum Stand {
    Calm,
    Busy,
}

impl<'a> Keeper<'a> {
    /// For a Service, or for a URL where one is given.
    pub fn new(args: &AdmissionArgs, namespace: &str, shared: &'a Shared) -> Self {
        let client = shared.cluster.client().clone();
        let service = &args.admission_service;
        let hosts = match args.admission_url.as_deref().and_then(host) {
            Some(host) => vec![host],
            None => {
                vec![format!("{service}.{namespace}.svc"), format!("{service}.{namespace}.svc.cluster.local")]
            }
        };
        Self {
            shared,
            secrets: Api::namespaced(client.clone(), namespace),
            configurations: Api::all(client),
            hosts,
            url: args.admission_url.clone(),
        }
    }

    /// Looks again and again until told to stop. What fails is logged and tried again: meanwhile the former
    /// certificate is served.
    pub async fn follow(&self, config: &RustlsConfig, stop: &CancellationToken) -> Result<(), CliError> {
        let mut served = String::new();
        loop {
            let wait = match self.look(config, &mut served).await {
                Ok(Stand::Calm) => CALM,
                Ok(Stand::Busy) => BUSY,
                Err(error) => {
                    tracing::warn!(%error, "the webhook's certificate could not be kept; it is tried again");
                    BUSY
                }
            };
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    async fn look(&self, config: &RustlsConfig, served: &mut String) -> Result<Stand, KeepError> {
        let secret = self.secrets.get_opt(SECRET).await?;
        let known = secret.as_ref().and_then(material);
        if let Some(known) = known.as_ref().filter(|known| known.leaf.certificate != *served) {
            let (certificate, key) = (known.leaf.certificate.clone(), known.leaf.key.clone());
            config.reload_from_pem(certificate.into_bytes(), key.into_bytes()).await?;
            served.clone_from(&known.leaf.certificate);
            tracing::info!(ends = %known.leaf.ends, "the webhook serves a new certificate");
        }
        if !self.shared.leadership.holds() {
            return Ok(if served.is_empty() { Stand::Busy } else { Stand::Calm });
        }
        let trusted = match &known {
            Some(known) => self.inject(&known.bundle()).await?,
            None => false,
        };
        let now = Timestamp::now();
        let next = match &known {
            Some(known) => known.step(&self.hosts, trusted, now)?,
            None => Some(Material::new(&self.hosts, now)?),
        };
        let Some(next) = next else { return Ok(if trusted { Stand::Calm } else { Stand::Busy }) };
        self.write(secret, &next).await?;
        Ok(Stand::Busy)
    }

    /// Writes the Secret over what was read: one who was faster makes it a conflict, and it is looked at again.
    async fn write(&self, before: Option<Secret>, next: &Material) -> Result<(), KeepError> {
        let there = before.is_some();
        let mut secret = before.unwrap_or_default();
        secret.metadata.name = Some(SECRET.to_owned());
        secret.string_data = Some(next.to_secret()?);
        if !self.shared.leadership.holds() {
            return Ok(());
        }
        if there {
            self.secrets.replace(SECRET, &PostParams::default(), &secret).await?;
        } else {
            self.secrets.create(&PostParams::default(), &secret).await?;
        }
        Ok(())
    }

    /// Makes the API server trust the authorities; says whether it did so already at the last look. Without
    /// a configuration there is nobody to tell.
    async fn inject(&self, bundle: &str) -> Result<bool, KeepError> {
        let Some(configuration) = self.configurations.get_opt(CONFIGURATION).await? else { return Ok(false) };
        let hooks = configuration.webhooks.clone().unwrap_or_default();
        let told = hooks.iter().all(|hook| {
            let config = &hook.client_config;
            config.ca_bundle.as_ref().is_some_and(|told| told.0 == bundle.as_bytes())
                && (self.url.is_none() || config.url == self.url)
        });
        if told || !self.shared.leadership.holds() {
            return Ok(told);
        }
        let hooks: Vec<_> = hooks
            .into_iter()
            .map(|hook| {
                let bundle = STANDARD.encode(bundle);
                let config = match &self.url {
                    Some(url) => json!({ "caBundle": bundle, "url": url, "service": null }),
                    None => json!({ "caBundle": bundle }),
                };
                json!({ "name": hook.name, "clientConfig": config })
            })
            .collect();
        let patch = json!({
            "metadata": { "resourceVersion": configuration.resource_version() },
            "webhooks": hooks,
        });
        self.configurations.patch(CONFIGURATION, &PatchParams::default(), &Patch::Strategic(patch)).await?;
        Ok(false)
    }
}

/// The material of a Secret; none where it holds none that can be read, and it is made anew.
fn material(secret: &Secret) -> Option<Material> {
    let state = secret.data.as_ref()?.get(STATE_KEY)?;
    serde_json::from_slice(&state.0).ok()
}

/// The host of an address.
fn host(url: &str) -> Option<String> {
    let rest = url.strip_prefix("https://")?;
    let end = rest.find(['/', ':']).unwrap_or(rest.len());
    Some(rest.get(..end)?.to_owned())
}
