//! Secrets of the local host: Secret manifests, in which `${NAME}` stands for a variable of the environment.

use std::sync::{PoisonError, RwLock};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use metricwright_api::shared::SecretKeyRef;
use metricwright_catalog::manifest::SecretManifest;
use metricwright_service::SecretReader;

use super::directory::Manifests;

/// Secrets as manifests give them.
#[derive(Default)]
pub struct LocalSecrets(RwLock<Vec<SecretManifest>>);

impl LocalSecrets {
    /// The Secrets of some manifests.
    pub fn of(manifests: &Manifests) -> Self {
        Self(RwLock::new(manifests.loaded.secrets.clone()))
    }

    /// Puts new manifests in place of the old ones.
    pub fn replace(&self, secrets: Vec<SecretManifest>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = secrets;
    }
}

#[async_trait]
impl SecretReader for LocalSecrets {
    async fn read(&self, namespace: &str, reference: &SecretKeyRef) -> Result<Option<Vec<u8>>, String> {
        let secrets = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let found =
            secrets.iter().find(|secret| secret.namespace == namespace && secret.name == reference.name);
        let Some(secret) = found else { return Ok(None) };
        if let Some(text) = secret.texts.get(&reference.key) {
            return expand(text).map(|text| Some(text.into_bytes()));
        }
        let Some(encoded) = secret.encoded.get(&reference.key) else { return Ok(None) };
        let decoded = STANDARD.decode(encoded.trim());
        decoded.map(Some).map_err(|error| format!("key `{}` is no base64: {error}", reference.key))
    }
}

/// Puts the environment's variables in.
fn expand(text: &str) -> Result<String, String> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else { break };
        let value = std::env::var(name).map_err(|_| format!("the variable `{name}` is not set"))?;
        expanded += before;
        expanded += &value;
        rest = after;
    }
    Ok(expanded + rest)
}
