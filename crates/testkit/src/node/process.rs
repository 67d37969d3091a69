//! A container's process: a root, a mount and a process namespace of its own.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::Child;

use super::NodeError;
use super::volume::Mount;

/// Makes the root in a mount namespace that ends with the process, then becomes the program: see the file.
const CONTAINER: &str = include_str!("container.sh");

/// What to run.
pub(super) struct Command {
    /// The folder that becomes the root.
    pub root: PathBuf,
    /// The image's program and the name it has in the root.
    pub program: Option<(PathBuf, String)>,
    pub arguments: Vec<String>,
    pub environment: BTreeMap<String, String>,
    pub user: i64,
    pub group: i64,
    /// Whether the program may not write to its root.
    pub read_only: bool,
    pub mounts: Vec<Mount>,
    /// The file that stands as /etc/hosts.
    pub hosts: PathBuf,
    /// What the program writes is added here.
    pub log: PathBuf,
    pub working_folder: Option<String>,
}

/// A running program. The kernel kills it, and all it started, when the node's thread ends.
pub(super) struct Process {
    child: Child,
}

/// Says whether this process may make namespaces at all.
pub(super) async fn check_rights() -> Result<(), NodeError> {
    let mut command = tokio::process::Command::new("unshare");
    let output = command.args(["--mount", "--pid", "--fork", "true"]).output().await;
    match output {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(NodeError::Rights(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
        Err(error) => Err(NodeError::Rights(format!("unshare: {error}"))),
    }
}

impl Process {
    /// Starts it.
    pub fn start(command: &Command) -> Result<Self, NodeError> {
        std::fs::create_dir_all(&command.root).map_err(NodeError::file(&command.root))?;
        let log = File::options().create(true).append(true).open(&command.log);
        let log = log.map_err(NodeError::file(&command.log))?;
        let errors = log.try_clone().map_err(NodeError::file(&command.log))?;
        let mut outer = tokio::process::Command::new("setpriv");
        outer.args(["--pdeathsig", "KILL", "--", "unshare", "--mount", "--propagation", "private"]);
        outer.args(["--pid", "--fork", "--kill-child", "--", "sh", "-c", CONTAINER, "container"]);
        outer.arg(&command.root).arg(&command.hosts);
        outer.args([command.user.to_string(), command.group.to_string()]);
        outer.arg(if command.read_only { "ro" } else { "rw" });
        outer.arg(command.working_folder.as_deref().unwrap_or("/"));
        if let Some((path, name)) = &command.program {
            outer.arg(path).arg(format!("/{name}")).arg("ro");
        }
        for mount in &command.mounts {
            outer.arg(&mount.source).arg(&mount.target).arg(if mount.read_only { "ro" } else { "rw" });
        }
        outer.arg("--").args(&command.arguments);
        outer.env_clear().env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        outer.envs(&command.environment).current_dir("/").kill_on_drop(true);
        outer.stdin(Stdio::null()).stdout(log).stderr(errors).process_group(0);
        let run = |source| NodeError::Run { program: "setpriv".to_owned(), source };
        Ok(Self { child: outer.spawn().map_err(run)? })
    }

    /// Waits for its end; gives the exit code as a shell counts it.
    pub async fn wait(&mut self) -> i32 {
        self.child.wait().await.map_or(255, code_of)
    }

    /// Asks it to end with SIGTERM and kills it after `grace`.
    pub async fn end(&mut self, grace: Duration) -> i32 {
        self.signal("TERM").await;
        if let Ok(code) = tokio::time::timeout(grace, self.wait()).await {
            return code;
        }
        // Its parent goes first, and the kernel takes the whole process namespace with it.
        let _ = self.child.kill().await;
        128 + 9
    }

    /// Sends a signal to the first process of the namespace, which is the program itself.
    async fn signal(&self, name: &str) {
        let Some(outer) = self.child.id() else { return };
        let children = std::fs::read_to_string(format!("/proc/{outer}/task/{outer}/children"));
        for program in children.unwrap_or_default().split_whitespace() {
            let mut kill = tokio::process::Command::new("kill");
            // A failure means that it is gone.
            let _ = kill.args(["-s", name, program]).stderr(Stdio::null()).status().await;
        }
    }
}

fn code_of(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}
