//! Why a database server cannot be started or used, and what to do about it.

use crate::process;

/// What can go wrong with a database server of the tests.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server is not installed; a test never installs it.
    #[error("`{program}` is missing (looked in {looked}): install the Debian package `{package}`")]
    ProgramMissing {
        /// The program.
        program: &'static str,
        /// The folders that were searched, separated by commas.
        looked: String,
        /// The package that has it.
        package: &'static str,
    },

    /// The user that the server runs as, since it refuses root, is not there.
    #[error(
        "there is no user `{user}` to run the server as: install the Debian package `{package}`, which makes it"
    )]
    NoUser {
        /// The user.
        user: &'static str,
        /// The package that makes it.
        package: &'static str,
    },

    /// The server's folder could not be prepared.
    #[error("`{command}` failed: {output}")]
    Setup {
        /// The program that prepares it.
        command: &'static str,
        /// What it said.
        output: String,
    },

    /// A program, a file or a port was not to be had, or the server ended.
    #[error(transparent)]
    Process(#[from] process::Error),

    /// The certificates could not be made.
    #[error("certificates of the test server: {0}")]
    Certificates(#[from] rcgen::Error),

    /// The server refused a statement or did not answer.
    #[error("the test server: {0}")]
    Database(#[from] sqlx::Error),
}
