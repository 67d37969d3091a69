//! Why the store did not do it.

use std::path::PathBuf;

/// Why the store did not do it. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process writes to it.
    #[error("the store in {} is in use by another process; end that one, or give another folder with `--state`", .0.display())]
    Locked(PathBuf),
    /// There is no store yet.
    #[error("there is no store in {}; run `metricwright up` on the directory first", .0.display())]
    Missing(PathBuf),
    /// The folder cannot be used.
    #[error("the store's folder {} cannot be used: {why}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Somebody else has moved a rule on in the meantime.
    #[error("the state of the rule has changed in the meantime; it is evaluated again")]
    Conflict,
    /// Another replica has taken the turn to write.
    #[error("another replica writes to the store now; this one changes nothing any more")]
    Fenced,
    /// What should be a URL of a PostgreSQL database is none. It may hold a password and is not shown.
    #[error(
        "the store's URL cannot be read; it must be like postgres://USER:PASSWORD@HOST:5432/DATABASE, with what is not a \
         letter or digit in the password as %XX"
    )]
    Url,
    /// The schema and this program do not go together.
    #[error("the store cannot be used: {0}")]
    Schema(String),
    /// Something is there that would be lost.
    #[error("the store is not empty; say `--replace` to lose what it holds, or give an empty one")]
    NotEmpty,
    /// An archive cannot be written or read.
    #[error("the archive cannot be used: {0}")]
    Archive(String),
    /// What was kept cannot be read.
    #[error(
        "the store holds what cannot be read: {0}; restore it from a copy, or delete it to compute everything again"
    )]
    Corrupt(String),
    /// The database failed, for example because the disk is full.
    #[error("the store's database failed: {0}")]
    Database(#[from] sqlx::Error),
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Corrupt(error.to_string())
    }
}
