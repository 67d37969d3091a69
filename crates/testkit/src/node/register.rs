//! The Node object.

use k8s_openapi::api::core::v1::Node;
use kube::Api;
use kube::api::{Patch, PatchParams, PostParams};
use serde_json::json;

use super::{Host, NodeError};

/// Who wrote a field.
pub(super) const MANAGER: &str = "node-for-tests";

/// Makes the Node, which is Ready and has room for everything. Nothing watches over its Lease here, so there is none.
pub(super) async fn node(host: &Host) -> Result<(), NodeError> {
    let nodes: Api<Node> = Api::all(host.client.clone());
    let mut node = Node::default();
    node.metadata.name = Some(host.name.clone());
    node.metadata.labels = Some(
        [("kubernetes.io/hostname", host.name.as_str()), ("kubernetes.io/os", "linux")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
    );
    nodes.create(&PostParams::default(), &node).await?;
    let now = jiff::Timestamp::now().to_string();
    let room = json!({"cpu": "64", "memory": "256Gi", "pods": "1000", "ephemeral-storage": "256Gi"});
    let status = json!({"status": {
        "capacity": room, "allocatable": room,
        "addresses": [{"type": "Hostname", "address": host.name}],
        "conditions": [{"type": "Ready", "status": "True", "reason": "Registered", "message": "runs Pods as local processes",
            "lastHeartbeatTime": now, "lastTransitionTime": now}],
    }});
    nodes.patch_status(&host.name, &PatchParams::apply(MANAGER), &Patch::Merge(&status)).await?;
    // A new node is tainted until its first status is there; nothing else takes the taint away here.
    let untaint = json!({"spec": {"taints": null}});
    nodes.patch(&host.name, &PatchParams::apply(MANAGER), &Patch::Merge(&untaint)).await?;
    Ok(())
}
