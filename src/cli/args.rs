//! What the command line says.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use metricwright_api::{Grain, Kind};

use super::explain::{ExplainOutput, WhichValue};
use super::history::{HistoryOutput, WhichValues};
use crate::plugin::args::{ClusterArgs, Plugin};

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
    /// Say what a kept value is made of: definition, window, components, inputs, query, rules
    Explain(ExplainArgs),
    /// Show the values that are kept of a metric
    History(HistoryArgs),
    /// Look at a cluster: the same as `kubectl metricwright`
    Kubectl(Plugin),
    /// Run as the operator of a Kubernetes cluster
    Operator(OperatorArgs),
    /// Ask an operator whether it is ready
    Probe(ProbeArgs),
    /// Look after what is kept: migrate, check, export, import
    Store(StoreCommandArgs),
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
    /// One `kind/name` a line.
    Name,
}

/// Arguments of `get`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  metricwright get metrics --dir examples/retail
  metricwright get mwm gross-margin --dir examples/retail -o yaml --resolved
  metricwright get incidents --dir examples/retail -o json
  metricwright get metrics --dir examples/retail --as-of 2025-09-02T02:00Z   as it stood then, from what is kept")]
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
    /// Take this as the present time: the windows that were due then, the incidents that had begun
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
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
  metricwright check metrics/*.yaml -o json        for a pipeline
  metricwright check team/ --against cluster       references lead to a cluster, too; shows what the change breaks there")]
pub struct CheckArgs {
    /// Files and directories of manifests
    #[arg(value_name = "PATHS", required = true)]
    pub paths: Vec<PathBuf>,
    /// Look at the sources, too
    #[arg(long)]
    pub connect: bool,
    /// Take this as the present time; with --connect, rows after it are invisible
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// How to show findings
    #[arg(long, short, value_enum, default_value_t)]
    pub output: CheckOutput,
    /// Folder that `files` and `sqlite` paths are relative to [default: the first directory of PATHS]
    #[arg(long, value_name = "DIR")]
    pub data_root: Option<PathBuf>,
    /// Resolve references that PATHS do not hold against this, too, and show what the change breaks there
    #[arg(long, value_enum, conflicts_with = "connect")]
    pub against: Option<Against>,
    /// Which cluster.
    #[command(flatten)]
    pub cluster: ClusterArgs,
}

/// What `check` takes as the background of PATHS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Against {
    /// The objects of a cluster.
    Cluster,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  metricwright explain gross-margin -C examples/retail
  metricwright explain in-stock-rate -C examples/retail --window 2025-11-20 --slice store=18,category=fresh")]
pub struct ExplainArgs {
    /// Which value.
    #[command(flatten)]
    pub which: WhichValue,
    /// How to show it
    #[arg(long, short, value_enum, default_value_t)]
    pub output: ExplainOutput,
    /// The directory.
    #[command(flatten)]
    pub kept: KeptArgs,
}

/// Arguments of `history`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  metricwright history revenue -C examples/retail --from 2025-11-01
  metricwright history revenue -C examples/retail --by channel -o csv")]
pub struct HistoryArgs {
    /// Which values.
    #[command(flatten)]
    pub which: WhichValues,
    /// How to show them
    #[arg(long, short, value_enum, default_value_t)]
    pub output: HistoryOutput,
    /// The directory.
    #[command(flatten)]
    pub kept: KeptArgs,
}

/// The directory whose store is read.
#[derive(Debug, Args)]
pub struct KeptArgs {
    /// Directory that `up` runs on
    #[arg(long, short = 'C', value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
    /// Where values and states are kept [default: DIR/.metricwright]
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Take this as the present time
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
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

/// Where values and states are kept.
#[derive(Clone, Debug, Args)]
pub struct StoreArgs {
    /// Folder of the SQLite store, for one replica
    #[arg(
        long,
        env = "METRICWRIGHT_STATE",
        value_name = "DIR",
        default_value = "/var/lib/metricwright/state"
    )]
    pub state: PathBuf,
    /// File with the URL of a PostgreSQL store, for several replicas, in place of a folder; METRICWRIGHT_STORE_URL may hold
    /// the URL itself
    #[arg(long, env = "METRICWRIGHT_STORE_URL_FILE", value_name = "FILE")]
    pub store_url_file: Option<PathBuf>,
}

/// Arguments of `store`.
#[derive(Debug, Args)]
pub struct StoreCommandArgs {
    /// What to do with the store
    #[command(subcommand)]
    pub action: StoreAction,
}

/// What to do with the store.
#[derive(Debug, Subcommand)]
pub enum StoreAction {
    /// Bring the schema up to this program's version
    Migrate(StoreArgs),
    /// Look through everything that is kept
    #[command(after_help = "Exit codes: 0 sound, 1 faults found, 2 could not run.")]
    Check(StoreArgs),
    /// Write everything that is kept into a folder of Parquet files
    #[command(after_help = "Example: move from SQLite to PostgreSQL, with the operator stopped
  metricwright store export --state /var/lib/metricwright/state --to archive
  metricwright store import --store-url-file url --from archive")]
    Export(ExportArgs),
    /// Take in what was exported, all or nothing
    Import(ImportArgs),
}

/// Arguments of `store export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The store
    #[command(flatten)]
    pub store: StoreArgs,
    /// The folder to make
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
}

/// Arguments of `store import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The store
    #[command(flatten)]
    pub store: StoreArgs,
    /// The folder that `store export` made
    #[arg(long, value_name = "DIR")]
    pub from: PathBuf,
    /// Lose what the store holds
    #[arg(long)]
    pub replace: bool,
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
    /// The values of the Helm chart with their defaults.
    ChartValues,
    /// The README of the Helm chart.
    ChartReadme,
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
