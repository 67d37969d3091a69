//! Probes: really asked, at the Pod's address.

use std::time::Duration;

use k8s_openapi::api::core::v1::{Container, HTTPGetAction, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{MissedTickBehavior, interval_at, timeout};

use super::NodeError;

/// The probes of a container.
pub(super) struct Checks {
    pub startup: Option<Check>,
    pub readiness: Option<Check>,
    liveness: Option<Check>,
}

/// One probe, with its defaults filled in.
pub(super) struct Check {
    target: Target,
    address: String,
    delay: Duration,
    period: Duration,
    timeout: Duration,
    failures: i32,
    successes: i32,
}

enum Target {
    Http { path: String },
    Tcp,
}

impl Checks {
    /// The probes that a container declares.
    pub fn of(container: &Container, ip: &str) -> Result<Self, NodeError> {
        let check =
            |probe: &Option<Probe>| probe.as_ref().map(|probe| Check::of(container, probe, ip)).transpose();
        Ok(Self {
            startup: check(&container.startup_probe)?,
            readiness: check(&container.readiness_probe)?,
            liveness: check(&container.liveness_probe)?,
        })
    }
}

impl Check {
    fn of(container: &Container, probe: &Probe, ip: &str) -> Result<Self, NodeError> {
        let (target, port, host) = match (&probe.http_get, &probe.tcp_socket) {
            (Some(HTTPGetAction { scheme: Some(scheme), .. }), _) if scheme == "HTTPS" => {
                return Err(NodeError::NotDone("probes over HTTPS".to_owned()));
            }
            (Some(get), _) => {
                let path = get.path.clone().unwrap_or_else(|| "/".to_owned());
                (Target::Http { path }, &get.port, get.host.clone())
            }
            (None, Some(tcp)) => (Target::Tcp, &tcp.port, tcp.host.clone()),
            (None, None) => return Err(NodeError::NotDone("exec and gRPC probes".to_owned())),
        };
        let seconds = |value: Option<i32>, default: i32| {
            Duration::from_secs(u64::try_from(value.unwrap_or(default)).unwrap_or_default())
        };
        Ok(Self {
            target,
            address: format!("{}:{}", host.unwrap_or_else(|| ip.to_owned()), number(container, port)?),
            delay: seconds(probe.initial_delay_seconds, 0),
            period: seconds(probe.period_seconds, 10).max(Duration::from_secs(1)),
            timeout: seconds(probe.timeout_seconds, 1).max(Duration::from_secs(1)),
            failures: probe.failure_threshold.unwrap_or(3),
            successes: probe.success_threshold.unwrap_or(1),
        })
    }

    /// Asks once.
    async fn passes(&self) -> bool {
        let ask = async {
            let mut stream = TcpStream::connect(&self.address).await.ok()?;
            let Target::Http { path } = &self.target else { return Some(()) };
            let request =
                format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address);
            stream.write_all(request.as_bytes()).await.ok()?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.ok()?;
            let code: u16 = answer.split_whitespace().nth(1)?.parse().ok()?;
            (200..400).contains(&code).then_some(())
        };
        matches!(timeout(self.timeout, ask).await, Ok(Some(())))
    }

    /// Asks on and on, and tells each time whether thresholds say that it passes or fails; `None` while neither is reached.
    async fn follow(&self, mut tell: impl FnMut(bool) -> bool) {
        // Asked more often than declared until it first answers: tests wait for it.
        let period = self.period.min(Duration::from_secs(1));
        let mut ticks = interval_at(tokio::time::Instant::now() + self.delay, period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut passed, mut failed) = (0, 0);
        loop {
            ticks.tick().await;
            (passed, failed) = if self.passes().await { (passed + 1, 0) } else { (0, failed + 1) };
            let said =
                (passed >= self.successes).then_some(true).or((failed >= self.failures).then_some(false));
            if said.is_some_and(&mut tell) {
                return;
            }
        }
    }
}

/// Keeps `ready` told, and ends when the program must be ended: liveness or startup has failed.
pub(super) async fn watch(checks: &Checks, ready: impl Fn(bool)) {
    if let Some(startup) = &checks.startup {
        let mut started = false;
        startup
            .follow(|passes| {
                started = passes;
                true
            })
            .await;
        if !started {
            return;
        }
        if checks.readiness.is_none() {
            ready(true);
        }
    }
    let readiness = async {
        if let Some(check) = &checks.readiness {
            check
                .follow(|passes| {
                    ready(passes);
                    false
                })
                .await;
        }
        std::future::pending::<()>().await;
    };
    let liveness = async {
        match &checks.liveness {
            Some(check) => check.follow(|passes| !passes).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = readiness => {}
        () = liveness => {}
    }
}

fn number(container: &Container, port: &IntOrString) -> Result<i32, NodeError> {
    match port {
        IntOrString::Int(number) => Ok(*number),
        IntOrString::String(name) => {
            let mut ports = container.ports.iter().flatten();
            let port = ports.find(|port| port.name.as_deref() == Some(name));
            port.map(|port| port.container_port).ok_or_else(|| {
                NodeError::Missing(format!("no port {name:?} in container {:?}", container.name))
            })
        }
    }
}
