//! `operator` and `probe`.

use std::path::PathBuf;

use clap::Args;

use super::store::StoreArgs;

/// Arguments of `operator`.
#[derive(Clone, Debug, Args)]
pub struct OperatorArgs {
    /// Folder that `files` and `sqlite` paths are relative to
    #[arg(
        long,
        env = "METRICWRIGHT_DATA_ROOT",
        value_name = "DIR",
        default_value = "/var/lib/metricwright/data"
    )]
    pub data_root: PathBuf,
    /// Where values and states are kept
    #[command(flatten)]
    pub store: StoreArgs,
    /// Address that /healthz, /readyz and /metrics are served at
    #[arg(long, env = "METRICWRIGHT_LISTEN", value_name = "ADDRESS", default_value = "0.0.0.0:8080")]
    pub listen: std::net::SocketAddr,
    /// Watch only this namespace [default: all]
    #[arg(long, env = "METRICWRIGHT_NAMESPACE", value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// Take this as the present time, for replays and tests
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// Take turns with other replicas: only the one that holds the Lease works, the others stand by
    #[arg(long, env = "METRICWRIGHT_LEADER_ELECTION")]
    pub leader_election: bool,
    /// Name of the Lease
    #[arg(long, default_value = "metricwright", value_name = "NAME")]
    pub lease: String,
    /// Namespace of the Lease [default: the operator's own]
    #[arg(long, env = "POD_NAMESPACE", value_name = "NAMESPACE")]
    pub lease_namespace: Option<String>,
    /// Name of this replica in the Lease [default: made from host and process]
    #[arg(long, env = "POD_NAME", value_name = "NAME")]
    pub identity: Option<String>,
    /// Objects of a kind that are worked on at once
    #[arg(long, default_value_t = 8, value_name = "N")]
    pub concurrency: u16,
    /// Shortest time between two writes of an object's status that change only values
    #[arg(long, default_value = "1m", value_name = "DURATION")]
    pub status_interval: String,
    /// Longest time until an object is looked at again though nothing happened
    #[arg(long, default_value = "10m", value_name = "DURATION")]
    pub resync: String,
    /// The admission webhook
    #[command(flatten)]
    pub admission: AdmissionArgs,
}

/// How the admission webhook is served.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Admission webhook")]
pub struct AdmissionArgs {
    /// Address that the webhook is served at, by HTTPS [default: no webhook]
    #[arg(long, env = "METRICWRIGHT_ADMISSION_LISTEN", value_name = "ADDRESS")]
    pub admission_listen: Option<std::net::SocketAddr>,
    /// Name of the Service before it, in the operator's own namespace; the certificate is made for it
    #[arg(long, default_value = "metricwright-admission", value_name = "NAME")]
    pub admission_service: String,
    /// Address that the API server reaches it at, where there is no Service
    #[arg(long, value_name = "URL")]
    pub admission_url: Option<String>,
    /// Folder with tls.crt and tls.key to serve, followed when they change; then nothing is made or injected
    #[arg(long, value_name = "DIR")]
    pub admission_cert_dir: Option<PathBuf>,
}

/// Arguments of `probe`.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 it is ready, 1 it was not in time, 2 could not run.

Example: metricwright probe http://metricwright.metricwright.svc:8080/readyz --timeout 60s")]
pub struct ProbeArgs {
    /// Where to ask
    #[arg(value_name = "URL")]
    pub url: String,
    /// How long to ask again
    #[arg(long, default_value = "60s", value_name = "DURATION")]
    pub timeout: String,
}
