//! An operator as a process against the test control plane.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use metricwright_testkit::control_plane::{ControlPlane, Options, shared};
use metricwright_testkit::eventually;
use tempfile::TempDir;

use super::{AS_OF, metricwright, root};

/// How long a cluster may take for anything.
pub const LONG: Duration = Duration::from_mins(8);

/// An address that a webhook can listen at, and its URL by a name of this machine.
pub fn webhook_address(host: &str) -> (String, String) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    (format!("127.0.0.1:{port}"), format!("https://{host}:{port}/validate"))
}

/// A namespace of the shared control plane with the rights that an operator needs there.
pub struct Place {
    pub cluster: &'static ControlPlane,
    pub namespace: String,
    pub user: String,
    state: TempDir,
}

/// A running operator; it ends with its value.
pub struct Operator {
    child: Child,
    port: u16,
    log: PathBuf,
}

impl Place {
    /// A namespace of its own with the CRDs there and an operator's account that has exactly the generated role.
    pub async fn new(prefix: &str) -> Self {
        Self::on(shared().await.unwrap_or_else(|error| panic!("{error}")), prefix).await
    }

    /// The same on a control plane of its own.
    pub async fn apart(prefix: &str) -> Self {
        let cluster = ControlPlane::start(Options::default()).await.unwrap_or_else(|error| panic!("{error}"));
        Self::on(Box::leak(Box::new(cluster)), prefix).await
    }

    /// The same on a given control plane.
    pub async fn on(cluster: &'static ControlPlane, prefix: &str) -> Self {
        let place = Self::without_rights(cluster, prefix).await;
        place.grant("deploy/rbac/role.yaml").await;
        let (namespace, account) = (place.namespace.as_str(), place.account());
        let bind = ["create", "clusterrolebinding", namespace, "--clusterrole=metricwright", &account];
        cluster.kubectl(&bind).await.unwrap().ok().unwrap();
        place
    }

    /// The same with the rights of an operator that works on one namespace.
    pub async fn alone_in(prefix: &str) -> Self {
        let cluster = shared().await.unwrap_or_else(|error| panic!("{error}"));
        let place = Self::without_rights(cluster, prefix).await;
        place.grant("deploy/rbac/namespaced-role.yaml").await;
        place
    }

    async fn without_rights(cluster: &'static ControlPlane, prefix: &str) -> Self {
        let crds = root().join("crds");
        let crds = crds.display().to_string();
        cluster.kubectl(&["apply", "--server-side", "-k", &crds]).await.unwrap().ok().unwrap();
        let wait = ["wait", "--for=condition=Established", "crd", "--all", "--timeout=60s"];
        cluster.kubectl(&wait).await.unwrap().ok().unwrap();
        let namespace = cluster.create_namespace(prefix).await.unwrap();
        let account = ["-n", &namespace, "create", "serviceaccount", "operator"];
        cluster.kubectl(&account).await.unwrap().ok().unwrap();
        let user = cluster.service_account(&namespace, "operator").await.unwrap();
        Self { cluster, namespace, user, state: TempDir::new().unwrap() }
    }

    fn account(&self) -> String {
        format!("--serviceaccount={}:operator", self.namespace)
    }

    /// Gives the operator the generated Role of its namespace.
    async fn grant(&self, roles: &str) {
        let roles = std::fs::read_to_string(root().join(roles)).unwrap();
        let roles = roles.replace("metricwright-system", &self.namespace);
        // Server-side: tests that run at the same time share the ClusterRole.
        self.kubectl_with(&["apply", "--server-side", "-f", "-"], &roles).await.ok().unwrap();
        self.kubectl(&["create", "rolebinding", "operator", "--role=metricwright", &self.account()]).await;
    }

    /// Lets the operator read a Secret, as whoever installs it does.
    pub async fn grant_secret(&self, name: &str) {
        let secret = format!("--resource-name={name}");
        let role = ["create", "role", "secrets", "--verb=get", "--resource=secrets", &secret];
        self.kubectl(&role).await;
        self.kubectl(&["create", "rolebinding", "secrets", "--role=secrets", &self.account()]).await;
    }

    /// Runs kubectl in the namespace; it must succeed.
    pub async fn kubectl(&self, arguments: &[&str]) -> String {
        let mut all = vec!["-n", self.namespace.as_str()];
        all.extend(arguments);
        self.cluster.kubectl(&all).await.unwrap().ok().unwrap()
    }

    /// Runs kubectl in the namespace with input; gives the output whatever its exit code.
    pub async fn kubectl_with(
        &self,
        arguments: &[&str],
        input: &str,
    ) -> metricwright_testkit::control_plane::KubectlOutput {
        let mut all = vec!["-n", self.namespace.as_str()];
        all.extend(arguments);
        self.cluster.kubectl_with_input(&all, input).await.unwrap()
    }

    /// Starts an operator on the namespace and waits until it is ready.
    pub async fn operator(&self, data_root: &Path, more: &[&str]) -> Operator {
        self.replica("operator", data_root, more).await
    }

    /// Starts one of several operators on the namespace, with a state of its own, and waits until it is ready.
    pub async fn replica(&self, name: &str, data_root: &Path, more: &[&str]) -> Operator {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = self.state.path().join(format!("{name}.log"));
        let mut command: Command = metricwright(&["operator"]);
        if !more.contains(&"--all-namespaces") {
            command.args(["--namespace", &self.namespace]);
        }
        if !more.contains(&"--as-of") {
            command.args(["--as-of", AS_OF]);
        }
        let more = more.iter().filter(|argument| **argument != "--all-namespaces");
        command
            .arg("--data-root")
            .arg(data_root)
            .arg("--state")
            .arg(self.state.path().join(name))
            .args(["--listen", &format!("127.0.0.1:{port}"), "--identity", name])
            .args(["--lease-namespace", &self.namespace])
            .args(more)
            .env("KUBECONFIG", self.cluster.kubeconfig(&self.user).unwrap())
            .stdout(Stdio::null())
            .stderr(File::options().create(true).append(true).open(&log).unwrap());
        let operator = Operator { child: command.spawn().unwrap(), port, log };
        let ready = || async { operator.get("/readyz").map(drop) };
        eventually(LONG, ready).await.unwrap_or_else(|error| panic!("{error}\n{}", operator.tail()));
        operator
    }
}

/// What an address answers at a path, if it answers 200; else the status and what is said.
pub fn answer(address: &str, path: &str) -> Result<String, String> {
    let said = |error: std::io::Error| error.to_string();
    let mut stream = TcpStream::connect(address).map_err(said)?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).map_err(said)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(said)?;
    if answer.starts_with("HTTP/1.1 200") {
        Ok(answer)
    } else {
        let body = answer.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
        Err(format!("{}: {body}", answer.lines().next().unwrap_or("nothing")))
    }
}

impl Operator {
    /// What the operator answers at a path, if it answers 200.
    pub fn get(&self, path: &str) -> Result<String, String> {
        answer(&format!("127.0.0.1:{}", self.port), path)
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What its API answers somebody with this `Authorization` header: the HTTP status and the JSON.
    pub fn answer(&self, path: &str, authorization: Option<&str>) -> (u16, serde_json::Value) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let header = authorization.map(|value| format!("Authorization: {value}\r\n")).unwrap_or_default();
        let request = format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n{header}\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        let body = answer.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
        (status, serde_json::from_str(body).unwrap_or_default())
    }

    /// A counter of its metrics, summed over its labels.
    pub fn counter(&self, name: &str) -> u64 {
        self.counters([name])[0]
    }

    /// Some counters of one moment, each summed over its labels.
    pub fn counters<const N: usize>(&self, names: [&str; N]) -> [u64; N] {
        let text = self.get("/metrics").unwrap_or_default();
        let number = |line: &str| line.rsplit(' ').next().and_then(|number| number.parse::<u64>().ok());
        names.map(|name| {
            let of_name =
                |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']));
            text.lines().filter(of_name).filter_map(number).sum()
        })
    }

    /// The end of its log.
    pub fn tail(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }

    /// Tells it to end, and waits until it has; gives whether it ended well.
    pub fn end(self) -> bool {
        self.signal("TERM");
        self.ended()
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap();
        assert!(sent.success(), "SIG{name} could not be sent");
    }

    /// Waits until it ends; gives whether it ended well.
    pub fn ended(mut self) -> bool {
        self.child.wait().unwrap().success()
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
