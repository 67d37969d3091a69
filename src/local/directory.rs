//! Reading a directory of manifests.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use metricwright_api::{Diagnostic, Level, ObjectId};
use metricwright_catalog::Inventory;
use metricwright_catalog::manifest::{Finding, Loaded, SourceFile, load, load_in};

use crate::cli::CliError;

/// The manifests of some paths.
pub struct Manifests {
    /// The files.
    pub files: Vec<SourceFile>,
    /// What they hold.
    pub loaded: Loaded,
}

impl Manifests {
    /// The objects that can be read.
    pub fn inventory(&self) -> Inventory {
        let mut inventory = Inventory::new();
        for object in &self.loaded.objects {
            inventory.insert(object.value.clone());
        }
        for (namespace, labels) in &self.loaded.namespaces {
            inventory.set_namespace_labels(namespace, labels.clone());
        }
        inventory
    }

    /// The objects that are declared and cannot be read, each with the first reason.
    pub fn unreadable(&self) -> BTreeMap<ObjectId, &Diagnostic> {
        let mut unreadable = BTreeMap::new();
        let readable: BTreeSet<&ObjectId> =
            self.loaded.objects.iter().map(|object| &object.value.id).collect();
        for finding in &self.loaded.findings {
            let Some(id) = &finding.diagnostic.object else { continue };
            if !readable.contains(id) {
                unreadable.entry(id.clone()).or_insert(&finding.diagnostic);
            }
        }
        unreadable
    }

    /// Whether every document could be told apart: what is not declared is then known to be gone.
    pub fn are_whole(&self) -> bool {
        let nameless = |finding: &Finding| {
            finding.diagnostic.object.is_none() && finding.diagnostic.level == Level::Error
        };
        !self.loaded.findings.iter().any(nameless)
    }

    /// The findings on files, and those on objects with their places.
    pub fn findings(&self, on_objects: &[metricwright_api::Diagnostic]) -> Vec<Finding> {
        let mut all = self.loaded.findings.clone();
        all.extend(on_objects.iter().filter_map(|finding| self.loaded.locate(&self.files, finding)));
        all.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
        all
    }
}

/// Reads the YAML and JSON files of some paths, folders with all below them. Names that begin with a dot
/// are passed over.
///
/// # Errors
/// A path cannot be read.
pub fn read_manifests(paths: &[PathBuf]) -> Result<Manifests, CliError> {
    read_files(paths).map(|files| Manifests { loaded: load(&files), files })
}

/// The same, where objects that name no namespace are in `home`, as `kubectl apply -n` takes them.
///
/// # Errors
/// A path cannot be read.
pub fn read_manifests_in(paths: &[PathBuf], home: &str) -> Result<Manifests, CliError> {
    read_files(paths).map(|files| Manifests { loaded: load_in(&files, home), files })
}

fn read_files(paths: &[PathBuf]) -> Result<Vec<SourceFile>, CliError> {
    let mut found = Vec::new();
    for path in paths {
        collect(path, &mut found)?;
    }
    let read = |path: &PathBuf| {
        let bytes = std::fs::read(path).map_err(|error| cannot_read(path, &error))?;
        Ok(SourceFile {
            path: path.display().to_string(),
            text: String::from_utf8_lossy(&bytes).into_owned(),
        })
    };
    found.iter().map(read).collect()
}

fn cannot_read(path: &Path, error: &std::io::Error) -> CliError {
    CliError::because(format!("{} cannot be read", path.display()), error)
}

fn collect(path: &Path, found: &mut Vec<PathBuf>) -> Result<(), CliError> {
    let about = std::fs::metadata(path).map_err(|error| cannot_read(path, &error))?;
    if about.is_file() {
        found.push(path.to_owned());
        return Ok(());
    }
    let entries = std::fs::read_dir(path).map_err(|error| cannot_read(path, &error))?;
    let mut entries: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    entries.sort();
    for entry in entries {
        let name = entry.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let manifest = entry
            .extension()
            .is_some_and(|ending| ["yaml", "yml", "json"].iter().any(|known| ending == *known));
        if name.starts_with('.') {
            continue;
        }
        if entry.is_dir() || manifest {
            collect(&entry, found)?;
        }
    }
    Ok(())
}
