//! The volumes of a Pod, as folders on the machine that are bound into the roots of its containers.

use std::collections::BTreeMap;
use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

use k8s_openapi::api::authentication::v1::{BoundObjectReference, TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::{
    Container, KeyToPath, Pod, PodSpec, ProjectedVolumeSource, ServiceAccount, ServiceAccountTokenProjection,
    Volume, VolumeProjection,
};
use kube::api::PostParams;
use kube::{Api, ResourceExt};

use super::{Host, NodeError, claim, environment};

/// A folder or file of the machine and where it stands in a container.
#[derive(Debug, Clone)]
pub(super) struct Mount {
    pub source: PathBuf,
    pub target: String,
    pub read_only: bool,
}

/// The folder of each volume of a Pod.
#[derive(Debug, Default)]
pub(super) struct Mounts(BTreeMap<String, PathBuf>);

impl Mounts {
    /// What one container mounts.
    pub fn of(&self, container: &Container) -> Result<Vec<Mount>, NodeError> {
        let mounts = container.volume_mounts.iter().flatten().map(|mount| {
            let missing = || NodeError::Missing(format!("no volume {:?}", mount.name));
            let mut source = self.0.get(&mount.name).ok_or_else(missing)?.clone();
            if let Some(part) = &mount.sub_path {
                source.push(part);
            }
            let read_only = mount.read_only.unwrap_or_default();
            Ok(Mount { source, target: mount.mount_path.trim_end_matches('/').to_owned(), read_only })
        });
        mounts.collect()
    }
}

/// Files of a volume: path inside it, bytes.
type Files = BTreeMap<String, Vec<u8>>;

/// Makes the folders of all volumes; [`NodeError::Missing`] until everything that they refer to is there.
pub(super) async fn prepare(
    host: &Host,
    pod: &Pod,
    spec: &PodSpec,
    folder: &Path,
    ip: &str,
) -> Result<Mounts, NodeError> {
    let mut mounts = Mounts::default();
    let group = spec.security_context.as_ref().and_then(|context| context.fs_group);
    for volume in spec.volumes.iter().flatten() {
        let path = folder.join("volumes").join(&volume.name);
        let source = one(host, pod, volume, path, ip).await?;
        if volume.host_path.is_none() {
            give_to_group(&source, group)?;
        }
        mounts.0.insert(volume.name.clone(), source);
    }
    Ok(mounts)
}

async fn one(host: &Host, pod: &Pod, volume: &Volume, path: PathBuf, ip: &str) -> Result<PathBuf, NodeError> {
    let namespace = pod.namespace().unwrap_or_default();
    if let Some(claim) = &volume.persistent_volume_claim {
        return claim::bound(host, &namespace, &claim.claim_name).await;
    }
    if let Some(host_path) = &volume.host_path {
        return Ok(PathBuf::from(&host_path.path));
    }
    let files = if volume.empty_dir.is_some() {
        Files::new()
    } else if let Some(secret) = &volume.secret {
        let name = secret.secret_name.clone().unwrap_or_default();
        select(environment::secret(host, &namespace, &name, secret.optional).await?, secret.items.as_deref())?
    } else if let Some(map) = &volume.config_map {
        let texts = environment::config_map(host, &namespace, &map.name, map.optional).await?;
        select(bytes(texts), map.items.as_deref())?
    } else if let Some(projected) = &volume.projected {
        project(host, pod, projected, ip).await?
    } else {
        return Err(NodeError::NotDone(format!("the kind of volume {:?}", volume.name)));
    };
    write(&path, &files)?;
    Ok(path)
}

async fn project(
    host: &Host,
    pod: &Pod,
    projected: &ProjectedVolumeSource,
    ip: &str,
) -> Result<Files, NodeError> {
    let namespace = pod.namespace().unwrap_or_default();
    let mut files = Files::new();
    for source in projected.sources.iter().flatten() {
        let VolumeProjection { service_account_token, config_map, secret, downward_api, .. } = source;
        if let Some(token) = service_account_token {
            files.insert(token.path.clone(), token_of(host, pod, token).await?.into_bytes());
        } else if let Some(map) = config_map {
            let texts = environment::config_map(host, &namespace, &map.name, map.optional).await?;
            files.extend(select(bytes(texts), map.items.as_deref())?);
        } else if let Some(secret) = secret {
            let all = environment::secret(host, &namespace, &secret.name, secret.optional).await?;
            files.extend(select(all, secret.items.as_deref())?);
        } else if let Some(downward) = downward_api {
            for item in downward.items.iter().flatten() {
                let path = item.field_ref.as_ref().map(|field| field.field_path.as_str()).unwrap_or_default();
                let text = environment::field_of(pod, path, ip, &host.name)?;
                files.insert(item.path.clone(), text.into_bytes());
            }
        } else {
            return Err(NodeError::NotDone("a source of a projected volume".to_owned()));
        }
    }
    Ok(files)
}

/// A token of the Pod's account that is good for as long as the Pod is there.
async fn token_of(
    host: &Host,
    pod: &Pod,
    token: &ServiceAccountTokenProjection,
) -> Result<String, NodeError> {
    let accounts: Api<ServiceAccount> =
        Api::namespaced(host.client.clone(), &pod.namespace().unwrap_or_default());
    let account = pod.spec.as_ref().and_then(|spec| spec.service_account_name.clone());
    let request = TokenRequest {
        spec: TokenRequestSpec {
            audiences: token.audience.iter().cloned().collect(),
            expiration_seconds: token.expiration_seconds,
            bound_object_ref: Some(BoundObjectReference {
                api_version: Some("v1".to_owned()),
                kind: Some("Pod".to_owned()),
                name: Some(pod.name_any()),
                uid: pod.uid(),
            }),
        },
        ..TokenRequest::default()
    };
    let account = account.unwrap_or_else(|| "default".to_owned());
    let answer = accounts.create_token_request(&account, &PostParams::default(), &request).await?;
    answer
        .status
        .map(|status| status.token)
        .ok_or_else(|| NodeError::Missing("no token was given".to_owned()))
}

fn bytes(texts: BTreeMap<String, String>) -> Files {
    texts.into_iter().map(|(key, text)| (key, text.into_bytes())).collect()
}

/// All files, or those that `items` name, under the names that they give.
fn select(mut all: Files, items: Option<&[KeyToPath]>) -> Result<Files, NodeError> {
    let Some(items) = items else { return Ok(all) };
    let renamed = items.iter().map(|item| {
        let missing = || NodeError::Missing(format!("references non-existent key: {}", item.key));
        Ok((item.path.clone(), all.remove(&item.key).ok_or_else(missing)?))
    });
    renamed.collect()
}

fn write(folder: &Path, files: &Files) -> Result<(), NodeError> {
    std::fs::create_dir_all(folder).map_err(NodeError::file(folder))?;
    // Any user of a Pod writes to its emptyDirs.
    std::fs::set_permissions(folder, Permissions::from_mode(0o777)).map_err(NodeError::file(folder))?;
    for (name, bytes) in files {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(NodeError::file(parent))?;
        }
        std::fs::write(&path, bytes).map_err(NodeError::file(&path))?;
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).map_err(NodeError::file(&path))?;
    }
    Ok(())
}

/// `fsGroup`: the folder belongs to the group, which may write, and so does what is made in it.
fn give_to_group(folder: &Path, group: Option<i64>) -> Result<(), NodeError> {
    let Some(group) = group.and_then(|group| u32::try_from(group).ok()) else { return Ok(()) };
    chown(folder, None, Some(group)).map_err(NodeError::file(folder))?;
    let mode = std::fs::metadata(folder).map_err(NodeError::file(folder))?.permissions().mode();
    std::fs::set_permissions(folder, Permissions::from_mode(mode | 0o2770)).map_err(NodeError::file(folder))
}
