//! A node for tests: Pods that the control plane makes really run, as local processes.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use metricwright_testkit::control_plane::{ControlPlane, Options};
//! use metricwright_testkit::node::{Node, NodeOptions};
//!
//! let plane = ControlPlane::start(Options::default()).await?;
//! let node = Node::start(&plane, NodeOptions::default().with_program("metricwright", "target/debug/metricwright")).await?;
//! # Ok(()) }
//! ```
//!
//! What it does as a kubelet and a scheduler do it: binding, environment, volumes (emptyDir, hostPath, secret, configMap,
//! projected with a token bound to the Pod, downward API, claims with a folder each), a file system, processes and an
//! address of its own for each Pod, `runAsUser`, `readOnlyRootFilesystem`, httpGet and tcpSocket probes, restarts with back-off, graceful
//! termination, statuses.
//!
//! What it does not, and says so in the Pod's status where a Pod asks for it: init containers, exec and gRPC probes, other
//! volumes. And what no status tells:
//!
//! - There are no container images. An image's repository names a program of this machine, which stands at
//!   `/PROGRAM` in the Pod; a container with a `command` runs the machine's own programs, for `/usr` and `/etc` are the
//!   machine's.
//! - Pods share the machine's network: a program must listen at its Pod's address alone, or Pods take each other's
//!   ports. Services have no addresses that answer; the names of Services stand in `/etc/hosts` with the address of a Pod that was ready
//!   when the container began.
//! - Limits of memory and processor, seccomp and network policies are not enforced; tokens are not renewed (they hold
//!   for an hour or longer).
//! - `kubectl logs` and `kubectl exec` need a kubelet; logs are files, see [`Node::log`].
//!
//! It needs Linux and root, for namespaces and addresses.

mod address;
mod claim;
mod container;
mod environment;
mod error;
mod hosts;
mod pod;
mod probe;
mod process;
mod register;
mod run;
mod status;
mod volume;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use kube::Client;
use tokio::sync::{oneshot, watch};

use crate::control_plane::{ADMIN, ControlPlane};
pub use error::NodeError;

/// What a node is called and which programs stand for images.
#[derive(Debug, Clone)]
pub struct NodeOptions {
    name: String,
    programs: BTreeMap<String, PathBuf>,
}

impl Default for NodeOptions {
    /// `node-1`, without programs: only containers that have a `command` run.
    fn default() -> Self {
        Self { name: "node-1".to_owned(), programs: BTreeMap::new() }
    }
}

impl NodeOptions {
    /// The node's name, which must be a DNS label and no other node's.
    #[must_use]
    pub fn with_name(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    /// Runs `program` as the entry point of every image of this repository, whatever its tag.
    #[must_use]
    pub fn with_program(mut self, repository: &str, program: impl Into<PathBuf>) -> Self {
        self.programs.insert(repository.to_owned(), program.into());
        self
    }
}

/// A running node. Dropping it kills what runs on it; so does the end of the test process, however it comes.
#[derive(Debug)]
pub struct Node {
    name: String,
    folder: PathBuf,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

/// What every part of a node needs.
struct Host {
    client: Client,
    name: String,
    folder: PathBuf,
    programs: BTreeMap<String, PathBuf>,
    /// Where the API server is: host and port.
    api: (String, String),
}

impl Node {
    /// Registers a node and begins to run the Pods of the whole cluster.
    ///
    /// Fails with [`NodeError::Rights`] where this process may not make namespaces.
    pub async fn start(plane: &ControlPlane, options: NodeOptions) -> Result<Self, NodeError> {
        process::check_rights().await?;
        let folder = plane.folder().join("nodes").join(&options.name);
        std::fs::create_dir_all(&folder).map_err(NodeError::file(&folder))?;
        let config = plane.client_config(ADMIN).await?;
        let address = plane.url().trim_start_matches("https://");
        let (host, port) = address.split_once(':').unwrap_or((address, "443"));
        let parts = Parts {
            config,
            name: options.name.clone(),
            folder: folder.clone(),
            programs: options.programs,
            api: (host.to_owned(), port.to_owned()),
        };
        let (stop, stopped) = watch::channel(false);
        let (started, outcome) = oneshot::channel();
        // A thread of its own: the kernel kills a process when the thread that started it ends, and test runtimes come
        // and go.
        let thread = std::thread::Builder::new()
            .name(options.name.clone())
            .spawn(move || parts.run(stopped, started))
            .map_err(|source| NodeError::Run { program: "thread".to_owned(), source })?;
        outcome.await.unwrap_or(Err(NodeError::Ended))?;
        Ok(Self { name: options.name, folder, stop, thread: Some(thread) })
    }

    /// The node's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the containers of a Pod have written so far, all runs of the container one after the other, also after the Pod
    /// is gone.
    ///
    /// Empty for what never ran. Pods of one name, as of a StatefulSet, write one log.
    pub fn log(&self, namespace: &str, pod: &str) -> String {
        std::fs::read_to_string(log_of(&self.folder, namespace, pod)).unwrap_or_default()
    }

    /// The folder that stands for a PersistentVolumeClaim.
    pub fn claim_folder(&self, namespace: &str, claim: &str) -> PathBuf {
        claim::folder_of(&self.folder, namespace, claim)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed already.
            let _ = thread.join();
        }
    }
}

/// Where the log of a Pod is.
fn log_of(folder: &Path, namespace: &str, pod: &str) -> PathBuf {
    folder.join(format!("{namespace}_{pod}.log"))
}

/// What goes over to the node's thread. A client belongs to the runtime it is made in, so it is made there.
struct Parts {
    config: kube::Config,
    name: String,
    folder: PathBuf,
    programs: BTreeMap<String, PathBuf>,
    api: (String, String),
}

impl Parts {
    fn run(self, stop: watch::Receiver<bool>, started: oneshot::Sender<Result<(), NodeError>>) {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(source) => {
                let _ = started.send(Err(NodeError::Run { program: "runtime".to_owned(), source }));
                return;
            }
        };
        runtime.block_on(async {
            match self.host().await {
                Ok(host) => {
                    let _ = started.send(Ok(()));
                    run::until(host.into(), stop).await;
                }
                Err(error) => {
                    let _ = started.send(Err(error));
                }
            }
        });
    }

    async fn host(self) -> Result<Host, NodeError> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let Self { config, name, folder, programs, api } = self;
        let host = Host { client: Client::try_from(config)?, name, folder, programs, api };
        register::node(&host).await?;
        claim::storage_class(&host).await?;
        Ok(host)
    }
}
