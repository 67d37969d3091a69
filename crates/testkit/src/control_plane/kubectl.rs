//! kubectl of the same version as the API server.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::error::Error;
use crate::process;

/// What one run of kubectl left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubectlOutput {
    /// The arguments, joined by spaces.
    pub command: String,
    /// The exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
}

impl KubectlOutput {
    /// Whether it ended with exit code 0.
    pub fn succeeded(&self) -> bool {
        self.code == Some(0)
    }

    /// What it wrote to stdout, if it succeeded; else [`Error::Kubectl`] with its stderr.
    pub fn ok(self) -> Result<String, Error> {
        if self.succeeded() {
            return Ok(self.stdout);
        }
        Err(Error::Kubectl { command: self.command, code: self.code, stderr: self.stderr })
    }
}

/// kubectl as one user; made by [`ControlPlane::kubectl_as`](super::ControlPlane::kubectl_as).
#[derive(Debug, Clone)]
pub struct Kubectl {
    program: PathBuf,
    kubeconfig: PathBuf,
    cache: PathBuf,
}

impl Kubectl {
    /// kubectl with the kubeconfig of a user; its discovery cache stays inside `folder`.
    pub(super) fn new(program: &Path, kubeconfig: PathBuf, folder: &Path) -> Self {
        Self { program: program.to_owned(), kubeconfig, cache: folder.join("kubectl-cache") }
    }

    /// Runs kubectl with these arguments. Fails only if it can't be run; see [`KubectlOutput::ok`].
    pub async fn run(&self, arguments: &[&str]) -> Result<KubectlOutput, Error> {
        self.run_with_input(arguments, "").await
    }

    /// Runs kubectl with `input` as its standard input, as for `apply -f -`.
    pub async fn run_with_input(&self, arguments: &[&str], input: &str) -> Result<KubectlOutput, Error> {
        let failed = |source| process::Error::Run { program: self.program.display().to_string(), source };
        let mut child = self.command(arguments).spawn().map_err(failed)?;
        let stdin = child.stdin.take();
        // Written beside reading, so that neither side waits for the other with a full pipe.
        let write = async move {
            // kubectl may end without reading everything; its exit code and stderr then say why.
            if let Some(mut stdin) = stdin {
                let _ = stdin.write_all(input.as_bytes()).await;
            }
        };
        let ((), output) = tokio::join!(write, child.wait_with_output());
        let output = output.map_err(failed)?;
        Ok(KubectlOutput {
            command: arguments.join(" "),
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .env("KUBECONFIG", &self.kubeconfig)
            .env("KUBECACHEDIR", &self.cache)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }
}
