//! Secrets of the cluster, read by name.

use async_trait::async_trait;
use k8s_openapi::api::core::v1::Secret;
use kube::{Api, Client};
use metricwright_api::shared::SecretKeyRef;
use metricwright_service::SecretReader;

/// Reads Secrets by name, each time anew, so that a rotated one counts at once.
pub struct ClusterSecrets(Client);

impl ClusterSecrets {
    /// Reads through a client.
    pub fn new(client: Client) -> Self {
        Self(client)
    }
}

#[async_trait]
impl SecretReader for ClusterSecrets {
    async fn read(&self, namespace: &str, reference: &SecretKeyRef) -> Result<Option<Vec<u8>>, String> {
        let api: Api<Secret> = Api::namespaced(self.0.clone(), namespace);
        let secret =
            api.get_opt(&reference.name).await.map_err(|error| reason(namespace, reference, &error))?;
        let key = secret.and_then(|secret| secret.data?.get(&reference.key).cloned());
        Ok(key.map(|bytes| bytes.0))
    }
}

/// Rights on Secrets are given by name, so a new Secret is often one that nobody has given yet.
fn reason(namespace: &str, reference: &SecretKeyRef, error: &kube::Error) -> String {
    let name = &reference.name;
    match error {
        kube::Error::Api(answer) if answer.is_forbidden() => format!(
            "the operator may not read the Secret `{name}` in namespace `{namespace}`: who looks after the cluster adds it to \
             `secrets` of the Helm chart, or to a Role (docs/operations.md, Secrets)"
        ),
        other => other.to_string(),
    }
}
