//! The environment of a container: values, references, and where the API server is.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{ConfigMap, Container, EnvVar, EnvVarSource, Pod, Secret};
use kube::{Api, ResourceExt};

use super::pod::PodPlace;
use super::{Host, NodeError};

type Texts = BTreeMap<String, String>;

/// Everything that the container's program finds in its environment.
pub(super) async fn of(place: &PodPlace, container: &Container) -> Result<Texts, NodeError> {
    let (host, port) = place.host.api.clone();
    let mut all = Texts::from([
        ("HOSTNAME".to_owned(), place.pod.name_any()),
        ("KUBERNETES_SERVICE_HOST".to_owned(), host),
        ("KUBERNETES_SERVICE_PORT".to_owned(), port),
    ]);
    let namespace = place.pod.namespace().unwrap_or_default();
    for from in container.env_from.iter().flatten() {
        let prefix = from.prefix.clone().unwrap_or_default();
        let mut values = Texts::new();
        if let Some(map) = &from.config_map_ref {
            values.extend(config_map(&place.host, &namespace, &map.name, map.optional).await?);
        }
        if let Some(secret) = &from.secret_ref {
            let bytes = self::secret(&place.host, &namespace, &secret.name, secret.optional).await?;
            values.extend(bytes.into_iter().map(|(key, value)| (key, text(&value))));
        }
        all.extend(values.into_iter().map(|(key, value)| (format!("{prefix}{key}"), value)));
    }
    for variable in container.env.iter().flatten() {
        if let Some(value) = value_of(place, variable, &all).await? {
            all.insert(variable.name.clone(), value);
        }
    }
    Ok(all)
}

async fn value_of(place: &PodPlace, variable: &EnvVar, before: &Texts) -> Result<Option<String>, NodeError> {
    let Some(source) = &variable.value_from else {
        return Ok(Some(expand(variable.value.as_deref().unwrap_or_default(), before)));
    };
    let namespace = place.pod.namespace().unwrap_or_default();
    let missing = |kind: &str, name: &str, key: &str| {
        NodeError::Missing(format!("couldn't find key {key} in {kind} {namespace}/{name}"))
    };
    let EnvVarSource { field_ref, config_map_key_ref, secret_key_ref, .. } = source;
    if let Some(field) = field_ref {
        return field_of(&place.pod, &field.field_path, &place.ip, &place.host.name).map(Some);
    }
    if let Some(key) = config_map_key_ref {
        let values = config_map(&place.host, &namespace, &key.name, key.optional).await?;
        return match values.get(&key.key) {
            None if key.optional != Some(true) => Err(missing("ConfigMap", &key.name, &key.key)),
            value => Ok(value.cloned()),
        };
    }
    if let Some(key) = secret_key_ref {
        let values = secret(&place.host, &namespace, &key.name, key.optional).await?;
        return match values.get(&key.key) {
            None if key.optional != Some(true) => Err(missing("Secret", &key.name, &key.key)),
            value => Ok(value.map(|bytes| text(bytes))),
        };
    }
    Err(NodeError::NotDone(format!("the source of the variable {}", variable.name)))
}

/// A field of the Pod as the downward API names it.
pub(super) fn field_of(pod: &Pod, path: &str, ip: &str, node: &str) -> Result<String, NodeError> {
    let part = |all: Option<&Texts>, rest: &str| {
        let key = rest.trim_start_matches("['").trim_end_matches("']");
        all.and_then(|all| all.get(key)).cloned().unwrap_or_default()
    };
    if let Some(rest) = path.strip_prefix("metadata.labels") {
        return Ok(part(pod.metadata.labels.as_ref(), rest));
    }
    if let Some(rest) = path.strip_prefix("metadata.annotations") {
        return Ok(part(pod.metadata.annotations.as_ref(), rest));
    }
    let spec = pod.spec.as_ref();
    match path {
        "metadata.name" => Ok(pod.name_any()),
        "metadata.namespace" => Ok(pod.namespace().unwrap_or_default()),
        "metadata.uid" => Ok(pod.uid().unwrap_or_default()),
        "spec.nodeName" => Ok(node.to_owned()),
        "spec.serviceAccountName" => {
            Ok(spec.and_then(|spec| spec.service_account_name.clone()).unwrap_or_default())
        }
        "status.podIP" | "status.podIPs" | "status.hostIP" => Ok(ip.to_owned()),
        other => Err(NodeError::NotDone(format!("the field {other}"))),
    }
}

/// The texts of a `ConfigMap`; none where it is optional and not there.
pub(super) async fn config_map(
    host: &Host,
    namespace: &str,
    name: &str,
    optional: Option<bool>,
) -> Result<Texts, NodeError> {
    let maps: Api<ConfigMap> = Api::namespaced(host.client.clone(), namespace);
    match maps.get_opt(name).await? {
        Some(map) => Ok(map.data.unwrap_or_default()),
        None if optional == Some(true) => Ok(Texts::new()),
        None => Err(NodeError::Missing(format!("configmap {name:?} not found"))),
    }
}

/// The bytes of a Secret; none where it is optional and not there.
pub(super) async fn secret(
    host: &Host,
    namespace: &str,
    name: &str,
    optional: Option<bool>,
) -> Result<BTreeMap<String, Vec<u8>>, NodeError> {
    let secrets: Api<Secret> = Api::namespaced(host.client.clone(), namespace);
    match secrets.get_opt(name).await? {
        Some(secret) => {
            Ok(secret.data.unwrap_or_default().into_iter().map(|(key, value)| (key, value.0)).collect())
        }
        None if optional == Some(true) => Ok(BTreeMap::new()),
        None => Err(NodeError::Missing(format!("secret {name:?} not found"))),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Puts values in place of `$(NAME)`; a name that is not there stays as it is written, `$$` becomes `$`.
pub(super) fn expand(text: &str, values: &Texts) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out += before;
        rest = after;
        if let Some(escaped) = after.strip_prefix('$') {
            out.push('$');
            rest = escaped;
            continue;
        }
        let name = after.strip_prefix('(').and_then(|inner| inner.split_once(')'));
        match name.and_then(|(name, tail)| Some((values.get(name)?, tail))) {
            Some((value, tail)) => {
                out += value;
                rest = tail;
            }
            None => out.push('$'),
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_expanded_as_kubernetes_does() {
        let values = Texts::from([("A".to_owned(), "1".to_owned()), ("B".to_owned(), "$(A)".to_owned())]);
        for (text, expected) in [
            ("$(A)-$(B)", "1-$(A)"),
            ("$$(A) $(C) $A $", "$(A) $(C) $A $"),
            ("$(A", "$(A"),
            ("plain", "plain"),
        ] {
            assert_eq!(expand(text, &values), expected, "{text}");
        }
    }

    #[test]
    fn fields_of_the_pod_have_their_downward_names() {
        let mut pod = Pod::default();
        pod.metadata.name = Some("p".to_owned());
        pod.metadata.labels = Some(Texts::from([("a/b".to_owned(), "c".to_owned())]));
        let field = |path: &str| field_of(&pod, path, "10.77.0.9", "node-1");
        assert_eq!(field("metadata.name").unwrap(), "p");
        assert_eq!(field("metadata.labels['a/b']").unwrap(), "c");
        assert_eq!(field("status.podIP").unwrap(), "10.77.0.9");
        assert!(field("status.phase").unwrap_err().to_string().contains("status.phase"));
    }
}
