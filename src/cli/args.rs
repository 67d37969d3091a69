//! What the command line says.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use metricwright_api::{Grain, Kind};

/// Metrics as code: define business metrics as resources, compute them on schedule, and know when they go wrong.
///
/// 指标即代码：以资源声明业务指标，按计划计算，异常时及时知晓。
#[derive(Debug, Parser)]
#[command(name = "metricwright", version, propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the whole loop over a directory of manifests, without a cluster
    Up(UpArgs),
    /// Show resources with their status
    Get(GetArgs),
    /// Find faults in manifests, like a compiler
    Check(CheckArgs),
    /// Compute values of a metric now, straight from its sources
    Query(QueryArgs),
    /// Run as the operator of a Kubernetes cluster
    Operator(OperatorArgs),
    /// Write the CustomResourceDefinitions
    Crds(CrdsArgs),
    /// Write reference documents and manifests that are made from the code
    #[command(hide = true)]
    Reference(ReferenceArgs),
}

/// Arguments of `up`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  metricwright up examples/retail                                  watch the directory and keep everything computed
  metricwright up examples/retail --once                           compute what is due, then end: 0 all Ready, 1 not
  metricwright up examples/retail --once --as-of 2025-11-21T02:00Z as if it were that time; later rows are invisible")]
pub struct UpArgs {
    /// Directory of manifests; `files` and `sqlite` paths are relative to it
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// Compute what is due, then end with 0 if everything is Ready and with 1 if not
    #[arg(long)]
    pub once: bool,
    /// Take this as the present time, such as 2025-11-21T02:00Z; rows after it are invisible
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// Where values and states are kept [default: DIR/.metricwright]
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
}

/// How `get` shows objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum GetOutput {
    /// A table that fits 120 columns.
    #[default]
    Table,
    /// A table with messages.
    Wide,
    /// YAML documents.
    Yaml,
    /// A JSON list.
    Json,
}

/// Arguments of `get`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  metricwright get metrics --dir examples/retail
  metricwright get mwm gross-margin --dir examples/retail -o yaml --resolved
  metricwright get incidents --dir examples/retail -o json")]
pub struct GetArgs {
    /// Kind: metrics, datasets, datasources, alertrules, channels, incidents, or a short name such as mwm
    #[arg(value_name = "KIND")]
    pub kind: Kind,
    /// Name of one object
    pub name: Option<String>,
    /// Directory that `up` runs on
    #[arg(long, short = 'C', value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
    /// Namespace; all when left out
    #[arg(long, short)]
    pub namespace: Option<String>,
    /// How to show it
    #[arg(long, short, value_enum, default_value_t)]
    pub output: GetOutput,
    /// Show what defaults and references became, too
    #[arg(long)]
    pub resolved: bool,
    /// Where values and states are kept [default: DIR/.metricwright]
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
}

/// How findings are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CheckOutput {
    /// Drawn for people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 clean, 1 faults found, 2 could not run.

Examples:
  metricwright check examples/retail               what definitions alone tell
  metricwright check examples/retail --connect     tables, columns and keys at the sources, too
  metricwright check metrics/*.yaml -o json        for a pipeline")]
pub struct CheckArgs {
    /// Files and directories of manifests
    #[arg(value_name = "PATHS", required = true)]
    pub paths: Vec<PathBuf>,
    /// Look at the sources, too
    #[arg(long)]
    pub connect: bool,
    /// How to show findings
    #[arg(long, short, value_enum, default_value_t)]
    pub output: CheckOutput,
    /// Folder that `files` and `sqlite` paths are relative to [default: the first directory of PATHS]
    #[arg(long, value_name = "DIR")]
    pub data_root: Option<PathBuf>,
}

/// How `query` shows values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum QueryOutput {
    /// A table.
    #[default]
    Table,
    /// Comma-separated, exact values.
    Csv,
    /// A JSON list, exact values as texts.
    Json,
}

/// Arguments of `query`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  metricwright query revenue -C examples/retail --grain Month --from 2025-01 --to 2025-07
  metricwright query gross-margin -C examples/retail --by store.region --from 7d --as-of 2025-11-21T02:00Z
  metricwright query conversion-rate -C examples/retail --by channel --sql")]
pub struct QueryArgs {
    /// The metric: `name`, or `namespace/name`
    #[arg(value_name = "METRIC")]
    pub metric: String,
    /// Directory of manifests
    #[arg(long, short = 'C', value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
    /// Dimensions to group by, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "DIM,…")]
    pub by: Vec<String>,
    /// Hour, Day, Week, Month, Quarter or Year
    #[arg(long, default_value_t = Grain::Day)]
    pub grain: Grain,
    /// First moment: a date, month, week or time, or how long ago, such as 30d
    #[arg(long, default_value = "30d", value_name = "TIME")]
    pub from: String,
    /// First moment after the range [default: now]
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// Take this as the present time; rows after it are invisible
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// Show the queries that would be run, and run nothing
    #[arg(long)]
    pub sql: bool,
    /// How to show values
    #[arg(long, short, value_enum, default_value_t)]
    pub output: QueryOutput,
}

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
    /// Folder of the store
    #[arg(
        long,
        env = "METRICWRIGHT_STATE",
        value_name = "DIR",
        default_value = "/var/lib/metricwright/state"
    )]
    pub state: PathBuf,
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

/// Arguments of `crds`.
#[derive(Debug, Args)]
#[command(after_help = "Example: metricwright crds | kubectl apply --server-side -f -")]
pub struct CrdsArgs {
    /// Write one file a kind into this folder, in place of everything to standard output
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// A document that is made from the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReferenceKind {
    /// The codes of findings.
    Diagnostics,
    /// The ClusterRole of the operator, and its Role in its own namespace.
    Rbac,
    /// The Role of an operator that works on one namespace.
    NamespacedRbac,
    /// ClusterRoles that add the kinds to view, edit and admin.
    UserRoles,
    /// The configuration of the admission webhook.
    Webhook,
    /// The admission policies that need no webhook.
    Policies,
    /// The commands.
    Cli,
    /// The page of DataSource.
    DataSource,
    /// The page of Dataset.
    Dataset,
    /// The page of Metric.
    Metric,
    /// The page of AlertRule.
    AlertRule,
    /// The page of Channel.
    Channel,
    /// The page of Incident.
    Incident,
}

/// Arguments of `reference`.
#[derive(Debug, Args)]
pub struct ReferenceArgs {
    /// Which document
    pub kind: ReferenceKind,
}
