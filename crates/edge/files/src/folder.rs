//! Which file is which table.

use std::collections::BTreeMap;
use std::fs::{DirEntry, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use metricwright_source::{PathFault, SourceError, resolve_path};

/// How the files of a table are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Csv,
    Parquet,
    Xlsx,
}

/// A file as it is now. Two equal stamps are the same content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Name as people know it, from the source's folder on.
    pub(crate) name: String,
    /// Where it is, symbolic links followed.
    pub(crate) path: PathBuf,
    /// Size in bytes.
    pub(crate) size: u64,
    changed: Option<SystemTime>,
}

/// The files of one table, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Files {
    pub(crate) kind: Kind,
    pub(crate) stamps: Vec<Stamp>,
}

/// The tables of a folder by name; an error where a name stands for no one table.
pub(crate) type Folder = BTreeMap<String, Result<Files, SourceError>>;

/// Looks at a folder inside the data root.
pub(crate) fn scan(data_root: &Path, path: &str) -> Result<Folder, SourceError> {
    let invalid = |fault| SourceError::PathInvalid { path: path.to_owned(), fault };
    let folder = resolve_path(data_root, path)?;
    if !folder.is_dir() {
        return Err(invalid(PathFault::NotFolder));
    }
    let root = data_root.canonicalize().map_err(|_| invalid(PathFault::Missing))?;
    let mut claims: BTreeMap<String, Vec<Claim>> = BTreeMap::new();
    for entry in entries(&folder).map_err(|_| invalid(PathFault::Unreadable))? {
        if let Some((table, claim)) = claim(&root, "", &entry) {
            claims.entry(table).or_default().push(claim);
        }
    }
    Ok(claims.into_iter().map(|(table, claims)| settle(table, claims)).collect())
}

/// A file or folder that would be a table.
struct Claim {
    name: String,
    files: Result<Files, SourceError>,
}

fn settle(table: String, mut claims: Vec<Claim>) -> (String, Result<Files, SourceError>) {
    match claims.pop() {
        Some(only) if claims.is_empty() => (table, only.files),
        last => {
            let files = claims.into_iter().chain(last).map(|claim| claim.name).collect();
            (table.clone(), Err(SourceError::TableAmbiguous { table, files }))
        }
    }
}

/// Entries by name, without hidden ones and those that engines put beside data (`_SUCCESS`).
fn entries(folder: &Path) -> io::Result<Vec<DirEntry>> {
    let mut entries = std::fs::read_dir(folder)?.collect::<io::Result<Vec<DirEntry>>>()?;
    entries.retain(|entry| {
        entry.file_name().to_str().is_some_and(|name| !name.starts_with('.') && !name.starts_with('_'))
    });
    entries.sort_by_key(DirEntry::file_name);
    Ok(entries)
}

/// What an entry would be a table of, if anything.
fn claim(root: &Path, above: &str, entry: &DirEntry) -> Option<(String, Claim)> {
    let file_name = entry.file_name().into_string().ok()?;
    let name = format!("{above}{file_name}");
    let metadata = std::fs::metadata(entry.path()).ok()?;
    if metadata.is_dir() {
        let name = format!("{name}/");
        let files = inside(root, &name, &entry.path()).transpose()?;
        return Some((file_name, Claim { name, files }));
    }
    let (stem, kind) = kind_of(&file_name)?;
    let files = stamp(root, &name, &entry.path(), &metadata).map(|stamp| Files { kind, stamps: vec![stamp] });
    Some((stem.to_owned(), Claim { name, files }))
}

fn kind_of(file_name: &str) -> Option<(&str, Kind)> {
    let (stem, ending) = file_name.rsplit_once('.')?;
    match ending.to_ascii_lowercase().as_str() {
        "csv" => Some((stem, Kind::Csv)),
        "parquet" => Some((stem, Kind::Parquet)),
        "xlsx" => Some((stem, Kind::Xlsx)),
        _ => None,
    }
}

/// The files of a folder that is one table; none where it holds no data.
fn inside(root: &Path, name: &str, folder: &Path) -> Result<Option<Files>, SourceError> {
    let unavailable = |reason: &str| SourceError::Unavailable {
        what: format!("folder `{name}`"),
        reason: reason.to_owned(),
    };
    let mut found: Option<Files> = None;
    for entry in entries(folder).map_err(|error| unavailable(&error.to_string()))? {
        let file_name = entry.file_name();
        let Some((_, kind)) = file_name.to_str().and_then(kind_of) else { continue };
        let file = format!("{name}{}", file_name.to_string_lossy());
        let metadata = std::fs::metadata(entry.path()).map_err(|error| unavailable(&error.to_string()))?;
        let stamp = stamp(root, &file, &entry.path(), &metadata)?;
        match &mut found {
            None => found = Some(Files { kind, stamps: vec![stamp] }),
            Some(files) if files.kind == kind => files.stamps.push(stamp),
            Some(_) => return Err(unavailable("it holds files of several kinds")),
        }
    }
    Ok(found)
}

fn stamp(root: &Path, name: &str, path: &Path, metadata: &Metadata) -> Result<Stamp, SourceError> {
    let invalid = |fault| SourceError::PathInvalid { path: name.to_owned(), fault };
    let path = path.canonicalize().map_err(|_| invalid(PathFault::Missing))?;
    if !path.starts_with(root) {
        return Err(invalid(PathFault::Outside));
    }
    Ok(Stamp { name: name.to_owned(), path, size: metadata.len(), changed: metadata.modified().ok() })
}
