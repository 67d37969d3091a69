//! Opening the store: the lock, the connections, the schema.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Executor};
use tokio::sync::Mutex;

use super::SqliteStore;
use crate::error::StoreError;

const DATABASE: &str = "store.db";
const LOCK: &str = "lock";
const VERSION: i64 = 1;

/// Where the rows of one run wait before they are compared with what is kept. Each connection has its own.
const STAGED: &str = "CREATE TEMP TABLE staged (series INTEGER, start INTEGER, \"end\" INTEGER, value TEXT, \
                      components TEXT, partial INTEGER, PRIMARY KEY (series, start)) WITHOUT ROWID";

impl SqliteStore {
    /// Opens the store in a folder for writing; makes it where there is none.
    ///
    /// # Errors
    /// The folder cannot be used, another process writes to it, or the database fails.
    pub async fn open(folder: &Path) -> Result<Self, StoreError> {
        let unusable =
            |error: std::io::Error| StoreError::Folder { path: folder.to_owned(), why: error.to_string() };
        std::fs::create_dir_all(folder).map_err(unusable)?;
        let lock = File::create(folder.join(LOCK)).map_err(unusable)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => StoreError::Locked(folder.to_owned()),
            TryLockError::Error(error) => unusable(error),
        })?;
        let options = options(folder).create_if_missing(true);
        let mut writer = options.connect().await?;
        migrate(&mut writer).await?;
        writer.execute(STAGED).await?;
        let readers = SqlitePoolOptions::new().max_connections(4).connect_lazy_with(options.read_only(true));
        Ok(Self { _lock: Some(lock), writer: Some(Mutex::new(writer)), readers, hook: None })
    }

    /// Opens the store in a folder for reading only, whether or not a process writes to it.
    ///
    /// # Errors
    /// There is no store, or the database fails.
    pub fn open_read_only(folder: &Path) -> Result<Self, StoreError> {
        if !folder.join(DATABASE).exists() {
            return Err(StoreError::Missing(folder.to_owned()));
        }
        let readers =
            SqlitePoolOptions::new().max_connections(2).connect_lazy_with(options(folder).read_only(true));
        Ok(Self { _lock: None, writer: None, readers, hook: None })
    }
}

/// WAL: readers do not wait for the writer. `synchronous = NORMAL` survives a killed process whole; a power
/// loss may take back the last transactions, whose work is then simply due again.
fn options(folder: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(folder.join(DATABASE))
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10))
}

async fn migrate(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let version: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *connection).await?;
    match version {
        VERSION => Ok(()),
        0 => {
            let mut transaction = sqlx::Connection::begin(connection).await?;
            transaction.execute(include_str!("schema.sql")).await?;
            transaction.execute("PRAGMA user_version = 1").await?;
            Ok(transaction.commit().await?)
        }
        newer => {
            Err(StoreError::Corrupt(format!("a store of version {newer}, made by a newer Metricwright")))
        }
    }
}
