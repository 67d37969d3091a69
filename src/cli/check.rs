//! `metricwright check`: find faults in manifests, like a compiler.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use jiff::Timestamp;
use metricwright_api::{Diagnostic, Kind, Level};
use metricwright_catalog::Catalog;
use metricwright_catalog::manifest::Finding;
use metricwright_service::SourcePool;
use metricwright_service::collect::inspect;

use super::args::{CheckArgs, CheckOutput};
use super::context::as_of;
use super::diagnostics::{findings_json, render_findings};
use super::{CliError, CliResult};
use crate::local::{LocalSecrets, Manifests, read_manifests};
use crate::plugin::against;
use crate::plugin::connection::Connection;

/// Reads the manifests and says what is wrong with them.
pub async fn run(args: CheckArgs) -> CliResult {
    if args.against.is_some() {
        let connection = Connection::open(&args.cluster).await?;
        return against::run(&args.paths, args.output, &connection).await;
    }
    let as_of = as_of(args.as_of.as_deref())?;
    let manifests = read_manifests(&args.paths)?;
    let inventory = Arc::new(manifests.inventory());
    let catalog = Catalog::new(inventory.clone());
    let mut on_objects = catalog.all_diagnostics();
    if args.connect {
        on_objects.extend(at_sources(&args, &manifests, &catalog, as_of).await?);
    }
    let findings = manifests.findings(&on_objects);
    match args.output {
        CheckOutput::Text => say(&manifests, &findings, inventory.objects().count()),
        CheckOutput::Json => {
            let text = serde_json::to_string_pretty(&findings_json(&findings)).unwrap_or_default();
            anstream::println!("{text}");
        }
    }
    let faulty = findings.iter().any(|finding| finding.diagnostic.level == Level::Error);
    Ok(ExitCode::from(u8::from(faulty)))
}

/// What the sources say against the datasets.
async fn at_sources(
    args: &CheckArgs,
    manifests: &Manifests,
    catalog: &Catalog,
    as_of: Option<Timestamp>,
) -> Result<Vec<Diagnostic>, CliError> {
    let root = args.data_root.clone().or_else(|| args.paths.iter().find(|path| path.is_dir()).cloned());
    let sources =
        SourcePool::new(root.unwrap_or_else(|| PathBuf::from(".")), Arc::new(LocalSecrets::of(manifests)))
            .map_err(|error| CliError(error.to_string()))?;
    let now = as_of.unwrap_or_else(Timestamp::now);
    let mut findings = Vec::new();
    for object in catalog.inventory().of_kind(Kind::Dataset) {
        let Ok(dataset) = catalog.dataset(&object.id) else { continue };
        match inspect(catalog, &sources, &dataset, now, as_of).await {
            Ok(facts) => findings.extend(facts.faults),
            Err(fault) => findings.push(fault),
        }
    }
    Ok(findings)
}

fn say(manifests: &Manifests, findings: &[Finding], objects: usize) {
    if !findings.is_empty() {
        let color = std::io::stdout().is_terminal();
        anstream::println!("{}", render_findings(findings, &manifests.files, color));
    }
    let errors = findings.iter().filter(|finding| finding.diagnostic.level == Level::Error).count();
    let warnings = findings.len() - errors;
    let files = counted(manifests.files.len(), "file");
    if findings.is_empty() {
        anstream::eprintln!("{} in {files}: no faults", counted(objects, "object"));
        return;
    }
    let (errors, warnings) = (counted(errors, "error"), counted(warnings, "warning"));
    anstream::eprintln!("{errors} and {warnings} in {files}");
}

pub(crate) fn counted(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
