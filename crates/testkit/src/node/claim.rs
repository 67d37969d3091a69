//! PersistentVolumeClaims: a folder each, which outlives the Pods that use it.
//!
//! The node is the provisioner of the cluster's default StorageClass; the control plane's own controller binds what it makes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeClaim};
use k8s_openapi::api::storage::v1::StorageClass;
use kube::api::{Patch, PatchParams};
use kube::{Api, ResourceExt};
use serde_json::json;

use super::register::MANAGER;
use super::{Host, NodeError};

/// The default StorageClass.
const CLASS: &str = "folders";

/// Makes the default StorageClass, or leaves the one that another node made.
pub(super) async fn storage_class(host: &Host) -> Result<(), NodeError> {
    let classes: Api<StorageClass> = Api::all(host.client.clone());
    let class = json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
        "metadata": {"name": CLASS, "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "provisioner": "metricwright.dev/node-for-tests", "reclaimPolicy": "Retain",
    });
    classes.patch(CLASS, &PatchParams::apply(MANAGER).force(), &Patch::Apply(&class)).await?;
    Ok(())
}

/// Where the data of a claim is.
pub(super) fn folder_of(node: &Path, namespace: &str, claim: &str) -> PathBuf {
    node.join("claims").join(namespace).join(claim)
}

/// Makes the volume that a claim asks for.
pub(super) async fn provision(host: Arc<Host>, claim: PersistentVolumeClaim) -> Result<(), NodeError> {
    let (namespace, name) = (claim.namespace().unwrap_or_default(), claim.name_any());
    let spec = claim.spec.clone().unwrap_or_default();
    if spec.volume_name.is_some() || spec.storage_class_name.as_deref() != Some(CLASS) {
        return Ok(());
    }
    let folder = folder_of(&host.folder, &namespace, &name);
    std::fs::create_dir_all(&folder).map_err(NodeError::file(&folder))?;
    let volume_name = format!("pvc-{}", claim.uid().unwrap_or_default());
    let capacity = spec.resources.unwrap_or_default().requests.unwrap_or_default();
    let volume = json!({
        "apiVersion": "v1", "kind": "PersistentVolume",
        "metadata": {"name": volume_name},
        "spec": {
            "capacity": capacity,
            "accessModes": spec.access_modes,
            "volumeMode": "Filesystem",
            "storageClassName": CLASS,
            "persistentVolumeReclaimPolicy": "Retain",
            "hostPath": {"path": folder, "type": "Directory"},
            "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": namespace, "name": name,
                "uid": claim.uid()},
        },
    });
    let volumes: Api<PersistentVolume> = Api::all(host.client.clone());
    volumes.patch(&volume_name, &PatchParams::apply(MANAGER).force(), &Patch::Apply(&volume)).await?;
    Ok(())
}

/// The folder of a claim that is bound; [`NodeError::Missing`] until it is.
pub(super) async fn bound(host: &Host, namespace: &str, name: &str) -> Result<PathBuf, NodeError> {
    let claims: Api<PersistentVolumeClaim> = Api::namespaced(host.client.clone(), namespace);
    let claim = claims.get(name).await?;
    let phase = claim.status.and_then(|status| status.phase).unwrap_or_default();
    if phase != "Bound" {
        return Err(NodeError::Missing(format!("persistentvolumeclaim {name:?} is not bound yet")));
    }
    let volumes: Api<PersistentVolume> = Api::all(host.client.clone());
    let volume = volumes.get(&claim.spec.and_then(|spec| spec.volume_name).unwrap_or_default()).await?;
    let path = volume.spec.and_then(|spec| spec.host_path).map(|host_path| PathBuf::from(host_path.path));
    path.ok_or_else(|| NodeError::NotDone(format!("the volume of persistentvolumeclaim {name:?}")))
}
