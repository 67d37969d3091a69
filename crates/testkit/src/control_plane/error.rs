//! Why a control plane cannot be started or used, and what to do about it.

use std::io;
use std::path::PathBuf;

use crate::process;

/// What can go wrong with a [`ControlPlane`](super::ControlPlane).
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Programs are missing; they are built by a script, never by a test.
    #[error(
        "{missing} of the test control plane missing (looked in {looked}): run `make control-plane helm`, which builds them once"
    )]
    ProgramsMissing {
        /// The names that were not found, separated by commas.
        missing: String,
        /// The folders that were searched.
        looked: String,
    },

    /// A program, a file or a port was not to be had, or a component ended.
    #[error(transparent)]
    Process(#[from] process::Error),

    /// The certificates or the key of the service accounts could not be made.
    #[error("certificates of the test control plane: {0}")]
    Certificates(#[from] rcgen::Error),

    /// A user that the control plane was not started with.
    #[error("no user {user:?}; there are {known}. Name it in `Options::with_user`, or use `service_account`")]
    UnknownUser {
        /// The name asked for.
        user: String,
        /// The names there are, separated by commas.
        known: String,
    },

    /// The API server refused or did not answer.
    #[error("API server: {0}")]
    Api(#[source] Box<kube::Error>),

    /// A kubeconfig that the control plane wrote could not be read back.
    #[error("kubeconfig: {0}")]
    Kubeconfig(#[source] Box<kube::config::KubeconfigError>),

    /// kubectl ended with a failure.
    #[error("`kubectl {command}` ended with {code:?}: {stderr}")]
    Kubectl {
        /// The arguments, joined by spaces.
        command: String,
        /// The exit code; none when a signal ended it.
        code: Option<i32>,
        /// What it wrote to stderr.
        stderr: String,
    },

    /// A line of the audit log is not an audit event.
    #[error("audit log: {source} in {line}")]
    AuditLine {
        /// The line.
        line: String,
        /// What does not parse.
        source: serde_json::Error,
    },
}

impl Error {
    /// Names the file an operation of the operating system failed on.
    pub(super) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let named = process::Error::file(path);
        move |source| Self::Process(named(source))
    }

    /// Whether another process took one of the ports between choosing and using it: worth another try.
    pub(super) fn lost_a_port(&self) -> bool {
        matches!(self, Self::Process(error) if error.lost_a_port())
    }
}

impl From<kube::Error> for Error {
    fn from(error: kube::Error) -> Self {
        Self::Api(Box::new(error))
    }
}

impl From<kube::config::KubeconfigError> for Error {
    fn from(error: kube::config::KubeconfigError) -> Self {
        Self::Kubeconfig(Box::new(error))
    }
}
