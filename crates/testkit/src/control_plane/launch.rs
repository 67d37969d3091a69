//! Starts the three components one after the other, each when the one before is ready.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;

use super::binaries::Binaries;
use super::error::Error;
use super::identity::{self, ADMIN, Login, User};
use super::{ControlPlane, Options, client_from};
use crate::process::{self, Component, Sweeper};

/// Every request is logged once, when it is answered, without bodies.
const AUDIT_POLICY: &str = r#"{"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "Metadata"}],
 "omitStages": ["RequestReceived", "ResponseStarted"]}"#;

pub(super) const AUDIT_LOG: &str = "audit.log";
const AUDIT_POLICY_FILE: &str = "audit-policy.json";

/// What a control plane can use that has no nodes, or one for tests: jobs, workloads, volumes, namespaces, service accounts and garbage
/// collection.
const CONTROLLERS: &str = "job-controller,cronjob-controller,garbage-collector-controller,namespace-controller,\
    serviceaccount-controller,serviceaccount-token-controller,ttl-after-finished-controller,deployment-controller,\
    replicaset-controller,statefulset-controller,endpointslice-controller,clusterrole-aggregation-controller,\
    root-ca-certificate-publisher-controller,disruption-controller,persistentvolume-binder-controller";

/// What does not depend on ports; file names are relative to the control plane's folder.
const APISERVER_FLAGS: [&str; 17] = [
    "--audit-log-path=audit.log",
    "--audit-policy-file=audit-policy.json",
    // Never rotated: marks into the log stay good.
    "--audit-log-maxsize=0",
    "--authorization-mode=RBAC",
    "--token-auth-file=tokens.csv",
    "--anonymous-auth=false",
    "--tls-cert-file=server.crt",
    "--tls-private-key-file=server.key",
    "--service-account-issuer=https://kubernetes.default.svc",
    "--service-account-key-file=sa.pub",
    "--service-account-signing-key-file=sa.key",
    "--service-cluster-ip-range=10.96.0.0/16",
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    "--endpoint-reconciler-type=none",
    // Webhooks are reached at the addresses of Pods: there are no Service addresses that answer.
    "--enable-aggregator-routing=true",
    "--allow-privileged=true",
];

const CONTROLLER_MANAGER_FLAGS: [&str; 5] = [
    "--root-ca-file=ca.crt",
    "--service-account-private-key-file=sa.key",
    "--use-service-account-credentials",
    "--leader-elect=false",
    "--secure-port=0",
];

/// How long one probe may take before it counts as unanswered.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

/// Starts everything once; fails with [`Error::lost_a_port`] if another process took a port in between.
pub(super) async fn launch(binaries: &Binaries, options: &Options) -> Result<ControlPlane, Error> {
    let folder = tempfile::Builder::new().prefix("metricwright-control-plane-").tempdir();
    let folder = folder.map_err(Error::file(std::env::temp_dir()))?;
    let sweeper = Sweeper::over(folder.path())?;
    let ports = Ports::free()?;
    let url = format!("https://127.0.0.1:{}", ports.api);
    let ca_pem = identity::write_certificates(folder.path())?;
    identity::write(&folder.path().join(AUDIT_POLICY_FILE), AUDIT_POLICY)?;
    let logins = write_logins(folder.path(), &url, &options.users)?;

    let admin = Login::kubeconfig_of(folder.path(), ADMIN);
    let deadline = Instant::now() + options.deadline;
    let start = Start { binaries, folder: folder.path(), ports, admin, deadline };
    let etcd = start.etcd().await?;
    let apiserver = start.apiserver().await?;
    let controller_manager = start.controller_manager().await?;
    Ok(ControlPlane {
        components: [controller_manager, apiserver, etcd],
        folder,
        _sweeper: sweeper,
        kubectl: binaries.kubectl.clone(),
        url,
        ca_pem,
        logins: Mutex::new(logins),
    })
}

fn write_logins(folder: &Path, url: &str, users: &[User]) -> Result<BTreeMap<String, Login>, Error> {
    let tokens = identity::write_tokens(folder, users)?;
    let named = users.iter().zip(tokens);
    named
        .map(|(user, token)| Ok((user.name.clone(), Login::write(folder, url, &user.name, token)?)))
        .collect()
}

/// What the start of every component needs.
struct Start<'a> {
    binaries: &'a Binaries,
    folder: &'a Path,
    ports: Ports,
    admin: PathBuf,
    deadline: Instant,
}

impl Start<'_> {
    async fn etcd(&self) -> Result<Component, Error> {
        let Ports { etcd, etcd_peer, .. } = self.ports;
        let arguments = [
            "--data-dir=etcd".to_owned(),
            format!("--listen-client-urls=http://127.0.0.1:{etcd}"),
            format!("--advertise-client-urls=http://127.0.0.1:{etcd}"),
            format!("--listen-peer-urls=http://127.0.0.1:{etcd_peer}"),
            // The data lives as long as the test: nothing to save from a power cut.
            "--unsafe-no-fsync=true".to_owned(),
        ];
        let mut component = Component::start("etcd", &self.binaries.etcd, arguments, self.folder)?;
        component.wait_until_ready(self.deadline, || listens(etcd)).await?;
        Ok(component)
    }

    async fn apiserver(&self) -> Result<Component, Error> {
        let Ports { etcd, api, .. } = self.ports;
        let ports = [format!("--secure-port={api}"), format!("--etcd-servers=http://127.0.0.1:{etcd}")];
        let arguments = APISERVER_FLAGS.map(str::to_owned).into_iter().chain(ports);
        let mut component =
            Component::start("kube-apiserver", &self.binaries.apiserver, arguments, self.folder)?;
        component.wait_until_ready(self.deadline, || answers(&self.admin, "/readyz")).await?;
        Ok(component)
    }

    async fn controller_manager(&self) -> Result<Component, Error> {
        let own = [format!("--kubeconfig={}", self.admin.display()), format!("--controllers={CONTROLLERS}")];
        let arguments = CONTROLLER_MANAGER_FLAGS.map(str::to_owned).into_iter().chain(own);
        let program = &self.binaries.controller_manager;
        let mut component = Component::start("kube-controller-manager", program, arguments, self.folder)?;
        // It answers no probe without a port of its own; its first visible work shows that it is up.
        let work = "/api/v1/namespaces/default/serviceaccounts/default";
        component.wait_until_ready(self.deadline, || answers(&self.admin, work)).await?;
        Ok(component)
    }
}

/// Whether something accepts connections on the port, or why not.
async fn listens(port: u16) -> Result<(), String> {
    let connected = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await;
    connected.map(drop).map_err(|error| error.to_string())
}

/// Whether a GET of `path` succeeds, or why not.
async fn answers(kubeconfig: &Path, path: &str) -> Result<(), String> {
    let attempt = async {
        let client = client_from(kubeconfig).await.map_err(|error| error.to_string())?;
        let request = http::Request::get(path).body(Vec::new()).map_err(|error| error.to_string())?;
        client.request_text(request).await.map(drop).map_err(|error| error.to_string())
    };
    tokio::time::timeout(PROBE_TIMEOUT, attempt).await.unwrap_or_else(|_| Err(format!("{path}: no answer")))
}

/// Where the components listen, on 127.0.0.1.
#[derive(Clone, Copy)]
struct Ports {
    etcd: u16,
    etcd_peer: u16,
    api: u16,
}

impl Ports {
    /// Different free ports: all are held until all are known.
    fn free() -> Result<Self, Error> {
        let hold = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(process::Error::Port);
        let number = |held: &TcpListener| held.local_addr().map(|at| at.port()).map_err(process::Error::Port);
        let (etcd, etcd_peer, api) = (hold()?, hold()?, hold()?);
        Ok(Self { etcd: number(&etcd)?, etcd_peer: number(&etcd_peer)?, api: number(&api)? })
    }
}
