//! Connections to a database file that may be replaced at any time.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{ConnectOptions, Sqlite, SqlitePool};

use super::failure::translate;
use crate::error::SourceError;
use crate::path::{PathFault, resolve_path};

/// How long a statement waits for somebody who writes.
const BUSY: Duration = Duration::from_secs(5);
/// How long a connection is kept that nobody uses.
const IDLE: Duration = Duration::from_mins(1);

/// Read-only connections to one database file.
pub(super) struct ReadOnlyPool {
    data_root: PathBuf,
    path: String,
    max_connections: u32,
    opened: Mutex<Option<(FileId, SqlitePool)>>,
}

impl ReadOnlyPool {
    pub(super) fn new(data_root: PathBuf, path: String, max_connections: u32) -> Self {
        Self { data_root, path, max_connections: max_connections.max(1), opened: Mutex::new(None) }
    }

    /// A connection to the file that is there now.
    pub(super) async fn acquire(&self) -> Result<PoolConnection<Sqlite>, SourceError> {
        let (data_root, path) = (self.data_root.clone(), self.path.clone());
        let found = tokio::task::spawn_blocking(move || find(&data_root, &path)).await;
        let (file, id) = found.map_err(|error| self.unavailable(error.to_string()))??;
        self.pool(&file, id).acquire().await.map_err(|error| translate(&error))
    }

    /// An error with the name of the database.
    pub(super) fn named(&self, error: SourceError) -> SourceError {
        match error {
            SourceError::Unavailable { reason, .. } => self.unavailable(reason),
            other => other,
        }
    }

    fn unavailable(&self, reason: String) -> SourceError {
        SourceError::Unavailable { what: format!("database `{}`", self.path), reason }
    }

    /// The pool of the file. A pool of a file that was there before is left to those who still read it.
    fn pool(&self, file: &Path, id: FileId) -> SqlitePool {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        match &*opened {
            Some((known, pool)) if *known == id => pool.clone(),
            _ => {
                let pool = connect(file, self.max_connections);
                *opened = Some((id, pool.clone()));
                pool
            }
        }
    }
}

fn connect(file: &Path, max_connections: u32) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .read_only(true)
        .immutable(false)
        .create_if_missing(false)
        .pragma("query_only", "ON")
        .pragma("trusted_schema", "OFF")
        .busy_timeout(BUSY)
        .statement_cache_capacity(4)
        .disable_statement_logging();
    SqlitePoolOptions::new().max_connections(max_connections).idle_timeout(IDLE).connect_lazy_with(options)
}

/// What stays the same as long as it is the same file, however it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct FileId {
    path: PathBuf,
    #[cfg(unix)]
    device_and_inode: (u64, u64),
}

fn find(data_root: &Path, path: &str) -> Result<(PathBuf, FileId), SourceError> {
    let invalid = |fault| SourceError::PathInvalid { path: path.to_owned(), fault };
    let file = resolve_path(data_root, path)?;
    let metadata = std::fs::metadata(&file).map_err(|_| invalid(PathFault::Missing))?;
    if !metadata.is_file() {
        return Err(invalid(PathFault::NotFile));
    }
    let id = FileId {
        path: file.clone(),
        #[cfg(unix)]
        device_and_inode: {
            use std::os::unix::fs::MetadataExt;
            (metadata.dev(), metadata.ino())
        },
    };
    Ok((file, id))
}
