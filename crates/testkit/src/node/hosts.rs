//! /etc/hosts of a Pod: the names of Services, in place of a cluster's DNS.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::api::ListParams;
use kube::{Api, ResourceExt};

use super::{Host, NodeError};

/// The label that names the Service of an `EndpointSlice`.
const SERVICE: &str = "kubernetes.io/service-name";

/// Writes the file as Services are now: each with the address of one ready Pod.
pub(super) async fn write(host: &Host, folder: &Path) -> Result<PathBuf, NodeError> {
    let slices: Api<EndpointSlice> = Api::all(host.client.clone());
    let mut text = String::from("127.0.0.1 localhost\n");
    let mut named = BTreeSet::new();
    for slice in slices.list(&ListParams::default()).await? {
        let namespace = slice.namespace().unwrap_or_default();
        let Some(service) = slice.labels().get(SERVICE).cloned() else { continue };
        let mut ready = slice.endpoints.iter().filter(|endpoint| {
            endpoint.conditions.as_ref().is_none_or(|conditions| conditions.ready != Some(false))
        });
        let Some(address) = ready.find_map(|endpoint| endpoint.addresses.first()) else { continue };
        let name = format!("{service}.{namespace}");
        if named.insert(name.clone()) {
            text += &format!("{address} {name}.svc.cluster.local {name}.svc {name}\n");
        }
    }
    let path = folder.join("hosts");
    std::fs::write(&path, text).map_err(NodeError::file(&path))?;
    Ok(path)
}
