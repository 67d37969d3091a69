//! A way to the operator's port: through the API server, as `kubectl port-forward` goes.

use std::net::Ipv4Addr;

use k8s_openapi::api::core::v1::Pod;
use kube::api::ListParams;
use kube::{Api, Client, ResourceExt};
use tokio::io::copy_bidirectional;
use tokio::net::TcpListener;

use super::errors::{Tried, said};
use crate::cli::CliError;

/// The label by which the operator's Pods are known.
const LABEL: &str = "app.kubernetes.io/name=metricwright";
/// The operator's port where its Pod does not name one.
const PORT: u16 = 8080;

/// Opens a port on loopback that leads to an operator's Pod; it is served until the program ends.
///
/// # Errors
/// No Pod of the operator runs, or the user may not look for it.
pub async fn open(client: &Client, namespace: &str) -> Result<String, CliError> {
    let pods: Api<Pod> = Api::namespaced(client.clone(), namespace);
    let found = pods.list(&ListParams::default().labels(LABEL)).await.map_err(|error| {
        let CliError(text) =
            said(&error, Tried { verb: "list", resource: "pods", namespace: Some(namespace) });
        CliError(format!("{text}; or name the operator's address with `--server`"))
    })?;
    let Some(pod) = found.items.iter().find(|pod| is_ready(pod)) else {
        return Err(CliError(format!(
            "no Pod of the operator is ready in namespace `{namespace}` (label {LABEL}): name its namespace with \
             `--operator-namespace`, or its address with `--server`"
        )));
    };
    let (name, port) = (pod.name_any(), port_of(pod));
    let cannot = |error: std::io::Error| CliError::because("no port on loopback can be opened", error);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(cannot)?;
    let address = listener.local_addr().map_err(cannot)?;
    tokio::spawn(serve(listener, pods, name, port));
    Ok(format!("http://{address}"))
}

async fn serve(listener: TcpListener, pods: Api<Pod>, name: String, port: u16) {
    while let Ok((mut near, _)) = listener.accept().await {
        let (pods, name) = (pods.clone(), name.clone());
        tokio::spawn(async move {
            let far = pods.portforward(&name, &[port]).await;
            let far = far.map_err(|error| error.to_string()).map(|mut forwarder| forwarder.take_stream(port));
            match far {
                Ok(Some(mut far)) => drop(copy_bidirectional(&mut near, &mut far).await),
                Ok(None) => {}
                Err(error) => anstream::eprintln!(
                    "the port-forward to Pod `{name}` failed: {error}; you need `create pods/portforward`, or `--server`"
                ),
            }
        });
    }
}

fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    pod.metadata.deletion_timestamp.is_none()
        && conditions.into_iter().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

/// The port named `http`, or the first one.
fn port_of(pod: &Pod) -> u16 {
    let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
    let ports: Vec<_> = containers.flat_map(|container| container.ports.iter().flatten()).collect();
    let named = ports.iter().find(|port| port.name.as_deref() == Some("http"));
    named.or(ports.first()).and_then(|port| u16::try_from(port.container_port).ok()).unwrap_or(PORT)
}
