//! `metricwright check --against cluster`: manifests with the objects of a cluster as their background. References lead to
//! PATHS first, then to the cluster; what the change breaks in the cluster is found, too. Nothing is written, and the operator
//! need not run.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;

use futures::future::try_join_all;
use k8s_openapi::api::core::v1::Namespace;
use kube::api::ListParams;
use kube::core::DynamicObject;
use kube::{Api, ResourceExt};
use metricwright_api::{Diagnostic, Kind, Level, ObjectId};
use metricwright_catalog::manifest::Finding;
use metricwright_catalog::{Catalog, Inventory, references};
use serde_json::{Value, json};

use super::connection::{Connection, exit, identity};
use super::errors::{Tried, resource, said};
use super::snapshot::inventory;
use crate::cli::args::CheckOutput;
use crate::cli::check::counted;
use crate::cli::diagnostics::{findings_json, render_findings};
use crate::cli::{CliError, CliResult};
use crate::local::{Manifests, read_manifests_in};

/// The kinds that people write.
const KINDS: [Kind; 6] =
    [Kind::Calendar, Kind::DataSource, Kind::Dataset, Kind::Metric, Kind::Channel, Kind::AlertRule];

/// Checks the manifests.
pub async fn run(paths: &[PathBuf], output: CheckOutput, connection: &Connection) -> CliResult {
    let manifests = read_manifests_in(paths, &connection.home)?;
    let own = manifests.inventory();
    let background = background(connection, &own).await?;
    let after = overlaid(&background, &manifests);
    let (before, after) = (Catalog::new(Arc::new(background)), Catalog::new(Arc::new(after)));
    let on_own: Vec<Diagnostic> = own.objects().flat_map(|object| after.diagnostics(&object.id)).collect();
    let findings = manifests.findings(&on_own);
    let broken = broken(&before, &after, &own);
    match output {
        CheckOutput::Text => say(&manifests, &findings, &broken, own.objects().count()),
        CheckOutput::Json => {
            let text = serde_json::to_string_pretty(&as_json(&findings, &broken)).unwrap_or_default();
            anstream::println!("{text}");
        }
    }
    let is_error = |finding: &Diagnostic| finding.level == Level::Error;
    exit(!findings.iter().map(|finding| &finding.diagnostic).chain(&broken).any(is_error))
}

/// The cluster with the manifests in place of objects of the same identity.
fn overlaid(background: &Inventory, manifests: &Manifests) -> Inventory {
    let mut after = background.clone();
    for object in &manifests.loaded.objects {
        after.insert(object.value.clone());
    }
    for (namespace, labels) in &manifests.loaded.namespaces {
        after.set_namespace_labels(namespace, labels.clone());
    }
    after
}

/// Findings on objects of the cluster that were not there before the change.
fn broken(before: &Catalog, after: &Catalog, own: &Inventory) -> Vec<Diagnostic> {
    let theirs = after.inventory().objects().filter(|object| own.get(&object.id).is_none());
    theirs
        .flat_map(|object| {
            let known = before.diagnostics(&object.id);
            let mut found = after.diagnostics(&object.id);
            // Words may change with what there is to suggest; code and place tell whether it was found before.
            found.retain(|new| known.iter().all(|old| (old.code, &old.path) != (new.code, &new.path)));
            found
        })
        .collect()
}

/// The objects of the cluster: of all namespaces, or where that is not allowed of those that the manifests name.
async fn background(connection: &Connection, own: &Inventory) -> Result<Inventory, CliError> {
    let mut objects = BTreeMap::new();
    match everything(connection, None).await {
        Ok(all) => objects.extend(all),
        Err((kind, error)) if is_forbidden(&error) => {
            let named = namespaces(connection, own);
            let list: Vec<&str> = named.iter().map(String::as_str).collect();
            anstream::eprintln!(
                "note: you may not `list {}` in all namespaces, so only {} is looked at: references elsewhere are not \
                 found, and what breaks elsewhere is not seen",
                resource(kind),
                list.join(", ")
            );
            for namespace in &named {
                let found = everything(connection, Some(namespace)).await;
                objects.extend(found.map_err(|(kind, error)| not_given(&error, kind, Some(namespace)))?);
            }
        }
        Err((kind, error)) => return Err(not_given(&error, kind, None)),
    }
    let mut inventory = inventory(&objects);
    let unread = objects.len() - inventory.objects().count();
    if unread > 0 {
        anstream::eprintln!(
            "note: {} of the cluster cannot be read and is passed over",
            counted(unread, "object")
        );
    }
    match Api::<Namespace>::all(connection.client.clone()).list(&ListParams::default()).await {
        Ok(found) => {
            for namespace in found {
                inventory.set_namespace_labels(&namespace.name_any(), namespace.labels().clone());
            }
        }
        Err(error) => {
            let CliError(why) = said(&error, Tried { verb: "list", resource: "namespaces", namespace: None });
            anstream::eprintln!(
                "note: {why}; an `allowedNamespaces` that selects by labels allows nobody here"
            );
        }
    }
    Ok(inventory)
}

/// Every object of the kinds that people write.
async fn everything(
    connection: &Connection,
    namespace: Option<&str>,
) -> Result<Vec<(ObjectId, DynamicObject)>, (Kind, kube::Error)> {
    let lists = KINDS.map(|kind| async move {
        let found = connection.list(kind, namespace).await.map_err(|error| (kind, error))?;
        Ok(found.into_iter().map(move |object| (identity(kind, &object), object)))
    });
    Ok(try_join_all(lists).await?.into_iter().flatten().collect())
}

fn is_forbidden(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(answer) if answer.is_forbidden())
}

fn not_given(error: &kube::Error, kind: Kind, namespace: Option<&str>) -> CliError {
    said(error, Tried { verb: "list", resource: &resource(kind), namespace })
}

/// The namespaces of the manifests and of what they refer to.
fn namespaces(connection: &Connection, own: &Inventory) -> BTreeSet<String> {
    let referred = own.objects().flat_map(|object| references(own, object)).map(|id| id.namespace);
    let mut named: BTreeSet<String> = own.objects().map(|object| object.id.namespace.clone()).collect();
    named.extend(referred);
    if named.is_empty() {
        named.insert(connection.home.clone());
    }
    named
}

fn say(manifests: &Manifests, findings: &[Finding], broken: &[Diagnostic], objects: usize) {
    if !findings.is_empty() {
        let color = std::io::stdout().is_terminal();
        anstream::println!("{}", render_findings(findings, &manifests.files, color));
    }
    for finding in broken {
        let object = finding.object.as_ref();
        let name = object.map(|id| format!("{} {}/{}", id.kind, id.namespace, id.name)).unwrap_or_default();
        let level = if finding.level == Level::Error { "" } else { " (warning)" };
        anstream::println!("BREAKS {name}{level}\n  {finding}");
    }
    let files = counted(manifests.files.len(), "file");
    let all = || findings.iter().map(|finding| &finding.diagnostic).chain(broken);
    if all().next().is_none() {
        anstream::eprintln!("{} in {files}, against the cluster: no faults", counted(objects, "object"));
        return;
    }
    let errors = findings.iter().filter(|finding| finding.diagnostic.level == Level::Error).count();
    let warnings = findings.len() - errors;
    anstream::eprintln!(
        "{} and {} in {files}; {} in the cluster",
        counted(errors, "error"),
        counted(warnings, "warning"),
        counted(broken.len(), "new finding")
    );
}

/// The findings on files as `check` writes them, and those on the cluster, which have no place and say `breaks`.
fn as_json(findings: &[Finding], broken: &[Diagnostic]) -> Value {
    let mut list = match findings_json(findings) {
        Value::Array(list) => list,
        other => vec![other],
    };
    list.extend(broken.iter().map(|finding| {
        json!({
            "code": finding.code,
            "level": if finding.level == Level::Error { "error" } else { "warning" },
            "breaks": true,
            "object": finding.object.as_ref().map(|id| json!({
                "kind": id.kind.as_str(), "namespace": id.namespace, "name": id.name,
            })),
            "path": finding.path,
            "reason": finding.reason,
            "remedy": finding.remedy,
        })
    }));
    Value::Array(list)
}
