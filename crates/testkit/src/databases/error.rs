//! Why a database server cannot be started.

use std::io;
use std::path::PathBuf;

/// What can go wrong with a database server for tests.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A program is not installed.
    #[error("`{program}` is not there: run scripts/databases.sh, which installs Debian's `{package}`")]
    ProgramMissing {
        /// The program.
        program: String,
        /// The package that has it.
        package: &'static str,
    },
    /// The user that the server is to run as is not there.
    #[error("there is no user `{0}`, as which the server runs for root")]
    UserMissing(&'static str),
    /// A file or folder cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A program that prepares the server failed.
    #[error("`{program}` failed: {output}")]
    Prepare {
        /// The program.
        program: String,
        /// What it wrote.
        output: String,
    },
    /// The certificates could not be made.
    #[error("certificates of a database server: {0}")]
    Certificates(#[from] rcgen::Error),
    /// The server did not start.
    #[error(transparent)]
    Process(#[from] crate::control_plane::Error),
}

impl Error {
    /// Names the file an operation of the operating system failed on.
    pub(super) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
