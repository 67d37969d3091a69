//! A real Kubernetes control plane in local processes: etcd, kube-apiserver, kube-controller-manager.
//!
//! ```no_run
//! # async fn example() -> Result<(), metricwright_testkit::control_plane::Error> {
//! use metricwright_testkit::control_plane::{ControlPlane, Options};
//!
//! let plane = ControlPlane::start(Options::default()).await?;
//! let namespace = plane.create_namespace("shop").await?;
//! let mark = plane.audit_log().mark()?;
//! plane.kubectl(&["create", "configmap", "prices", "-n", &namespace]).await?.ok()?;
//! assert_eq!(plane.audit_log().since(mark)?.writes_by("admin").len(), 1);
//! # Ok(()) }
//! ```
//!
//! There are no nodes: Pods stay pending, unless a test starts a [`node`](crate::node). The programs come from `make control-plane`, or from `KUBEBUILDER_ASSETS`.

mod audit;
mod binaries;
mod error;
mod identity;
mod kubectl;
mod launch;
mod shared;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use k8s_openapi::api::core::v1::Namespace;
use kube::Api;
use kube::config::{KubeConfigOptions, Kubeconfig};
use tempfile::TempDir;

pub use audit::{AuditEvent, AuditEvents, AuditLog, AuditMark};
pub use binaries::VERSION;
pub use error::Error;
pub use identity::{ADMIN, OPERATOR, User};
pub use kubectl::{Kubectl, KubectlOutput};
pub use shared::{shared, unique_namespace};

use binaries::Binaries;
pub(crate) use binaries::cache_folder;
use identity::Login;

use crate::process::{Component, Sweeper};

/// How often a start is tried again when another process took one of its ports in between.
const PORT_RETRIES: usize = 3;

/// How a control plane is started.
#[derive(Debug, Clone)]
pub struct Options {
    users: Vec<User>,
    deadline: Duration,
}

impl Default for Options {
    /// The users [`ADMIN`] and [`OPERATOR`], and 3 minutes to become ready on a busy machine (4 s on an idle one).
    fn default() -> Self {
        let users = vec![User::new(ADMIN, &["system:masters"]), User::new(OPERATOR, &[])];
        Self { users, deadline: Duration::from_mins(3) }
    }
}

impl Options {
    /// One more user, or other groups for a user that is there.
    #[must_use]
    pub fn with_user(mut self, user: User) -> Self {
        self.users.retain(|present| present.name != user.name);
        self.users.push(user);
        self
    }

    /// How long the whole start may take.
    #[must_use]
    pub fn with_deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }
}

/// A running control plane; dropping it kills its processes and removes its files.
///
/// They are gone as well when the test process is killed: see `process.rs`.
#[derive(Debug)]
pub struct ControlPlane {
    // In the order in which they are stopped; the folder goes after those who write to it.
    components: [Component; 3],
    folder: TempDir,
    _sweeper: Sweeper,
    kubectl: PathBuf,
    url: String,
    ca_pem: String,
    logins: Mutex<BTreeMap<String, Login>>,
}

impl ControlPlane {
    /// Starts the three components and waits until the API server is ready and the controllers work.
    ///
    /// Fails with [`Error::ProgramsMissing`] before anything is started, or with [`Error::Ended`] or [`Error::NotReady`] and
    /// the tail of the component's log.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let binaries = Binaries::locate()?;
        for _ in 0..PORT_RETRIES {
            match launch::launch(&binaries, &options).await {
                Err(error) if error.lost_a_port() => {}
                outcome => return outcome,
            }
        }
        launch::launch(&binaries, &options).await
    }

    /// The API server's address, `https://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The certificate of the authority that signed the API server's certificate, as PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The folder of the control plane's files: certificates, kubeconfigs, logs (`NAME.log`), etcd's data.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The user's bearer token.
    pub fn token(&self, user: &str) -> Result<String, Error> {
        self.login(user).map(|login| login.token)
    }

    /// The path of the user's kubeconfig.
    pub fn kubeconfig(&self, user: &str) -> Result<PathBuf, Error> {
        self.login(user).map(|login| login.kubeconfig)
    }

    /// Configuration of a [`kube::Client`] as this user.
    pub async fn client_config(&self, user: &str) -> Result<kube::Config, Error> {
        config_from(&self.kubeconfig(user)?).await
    }

    /// A client as this user. It belongs to the calling Tokio runtime: each test makes its own.
    pub async fn client(&self, user: &str) -> Result<kube::Client, Error> {
        client_from(&self.kubeconfig(user)?).await
    }

    /// The path of kubectl, for tests that run it in an environment of their own.
    pub fn kubectl_program(&self) -> &Path {
        &self.kubectl
    }

    /// Runs kubectl as [`ADMIN`].
    pub async fn kubectl(&self, arguments: &[&str]) -> Result<KubectlOutput, Error> {
        self.kubectl_as(ADMIN)?.run(arguments).await
    }

    /// Runs kubectl as [`ADMIN`] with `input` as its standard input, as for `apply -f -`.
    pub async fn kubectl_with_input(&self, arguments: &[&str], input: &str) -> Result<KubectlOutput, Error> {
        self.kubectl_as(ADMIN)?.run_with_input(arguments, input).await
    }

    /// kubectl as any user.
    pub fn kubectl_as(&self, user: &str) -> Result<Kubectl, Error> {
        Ok(Kubectl::new(&self.kubectl, self.kubeconfig(user)?, self.folder()))
    }

    /// Creates a namespace of a [unique name](unique_namespace) and gives the name.
    pub async fn create_namespace(&self, prefix: &str) -> Result<String, Error> {
        let name = unique_namespace(prefix);
        let mut namespace = Namespace::default();
        namespace.metadata.name = Some(name.clone());
        Api::all(self.client(ADMIN).await?).create(&kube::api::PostParams::default(), &namespace).await?;
        Ok(name)
    }

    /// Logs in as a service account that exists, with a token for a day, and gives its user name for the other methods.
    ///
    /// Tests that share a control plane tell their operators apart this way: each has a user of its own in the audit log.
    pub async fn service_account(&self, namespace: &str, name: &str) -> Result<String, Error> {
        let arguments = ["create", "token", name, "--namespace", namespace, "--duration=24h"];
        let token = self.kubectl(&arguments).await?.ok()?.trim().to_owned();
        let user = format!("system:serviceaccount:{namespace}:{name}");
        let login = Login::write(self.folder(), &self.url, &user, token)?;
        self.logins().insert(user.clone(), login);
        Ok(user)
    }

    /// The API server's audit log: every request that was answered, in the order of the answers.
    pub fn audit_log(&self) -> AuditLog {
        AuditLog::at(self.folder().join(launch::AUDIT_LOG))
    }

    /// The last 4 KiB of the log of `etcd`, `kube-apiserver` or `kube-controller-manager`; empty for any other name.
    pub fn log_tail(&self, component: &str) -> String {
        let component = self.components.iter().find(|candidate| candidate.name() == component);
        component.map(Component::log_tail).unwrap_or_default()
    }

    fn login(&self, user: &str) -> Result<Login, Error> {
        let logins = self.logins();
        logins.get(user).cloned().ok_or_else(|| Error::UnknownUser {
            user: user.to_owned(),
            known: logins.keys().map(String::as_str).collect::<Vec<_>>().join(", "),
        })
    }

    /// A test that panicked while it held the lock left a whole map behind: insertions are all that is done under it.
    fn logins(&self) -> MutexGuard<'_, BTreeMap<String, Login>> {
        self.logins.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn config_from(kubeconfig: &Path) -> Result<kube::Config, Error> {
    let content = Kubeconfig::read_from(kubeconfig)?;
    Ok(kube::Config::from_custom_kubeconfig(content, &KubeConfigOptions::default()).await?)
}

async fn client_from(kubeconfig: &Path) -> Result<kube::Client, Error> {
    // Fails if the process has a provider already, which is then as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(kube::Client::try_from(config_from(kubeconfig).await?)?)
}
