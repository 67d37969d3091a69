//! Paths of sources: inside the data root, or refused.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use crate::error::SourceError;

/// What is wrong with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathFault {
    /// It does not start at the data root.
    Absolute,
    /// It goes up with `..`.
    Parent,
    /// A symbolic link on the way leads out of the data root.
    Outside,
    /// Nothing is there.
    Missing,
    /// Something is there that may not be read.
    Unreadable,
    /// A folder is needed and something else is there.
    NotFolder,
    /// A file is needed and something else is there.
    NotFile,
}

impl PathFault {
    /// What to do about it.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Absolute | Self::Parent => "write it relative to the data root, without `..`",
            Self::Outside => "put the data itself inside the data root",
            Self::Missing => "put the data there, or correct the path; it is relative to the data root",
            Self::Unreadable => "let Metricwright's user read it and the folders above",
            Self::NotFolder => "name the folder that holds the files",
            Self::NotFile => "name the database file",
        }
    }
}

impl fmt::Display for PathFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Absolute => "is absolute",
            Self::Parent => "goes up with `..`",
            Self::Outside => "leads out of the data root by a symbolic link",
            Self::Missing => "does not exist",
            Self::Unreadable => "may not be read",
            Self::NotFolder => "is no folder",
            Self::NotFile => "is no file",
        })
    }
}

/// Where `path` leads inside `data_root`, every symbolic link followed.
///
/// # Errors
/// [`SourceError::PathInvalid`] where it is absolute, has `..`, leads out by a symbolic link, or nothing is there.
///
/// ```
/// use metricwright_source::{PathFault, SourceError, resolve_path};
///
/// let refused = resolve_path("/data".as_ref(), "../etc");
/// assert_eq!(refused, Err(SourceError::PathInvalid { path: "../etc".into(), fault: PathFault::Parent }));
/// ```
pub fn resolve_path(data_root: &Path, path: &str) -> Result<PathBuf, SourceError> {
    resolve(data_root, Path::new(path))
        .map_err(|fault| SourceError::PathInvalid { path: path.to_owned(), fault })
}

fn resolve(data_root: &Path, path: &Path) -> Result<PathBuf, PathFault> {
    for component in path.components() {
        match component {
            Component::Prefix(_) | Component::RootDir => return Err(PathFault::Absolute),
            Component::ParentDir => return Err(PathFault::Parent),
            Component::CurDir | Component::Normal(_) => {}
        }
    }
    let root = data_root.canonicalize().map_err(|error| fault_of(&error))?;
    let found = root.join(path).canonicalize().map_err(|error| fault_of(&error))?;
    if found.starts_with(&root) { Ok(found) } else { Err(PathFault::Outside) }
}

fn fault_of(error: &std::io::Error) -> PathFault {
    match error.kind() {
        std::io::ErrorKind::PermissionDenied => PathFault::Unreadable,
        _ => PathFault::Missing,
    }
}
