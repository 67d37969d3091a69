//! What the plugin's command line says.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use metricwright_api::Kind;

use crate::cli::args::{CheckOutput, GetOutput};
use crate::cli::explain::{ExplainOutput, WhichValue};
use crate::cli::history::{HistoryOutput, WhichValues};

/// Look at the business metrics of a cluster: values, states, and where they come from.
///
/// 查看集群中的业务指标：数值、状态与来源。
#[derive(Debug, Parser)]
#[command(
    name = "kubectl-metricwright",
    bin_name = "kubectl metricwright",
    version,
    arg_required_else_help = true,
    subcommand_required = true,
    after_help = "Exit codes: 0 fine; 1 something is not Ready, a run failed, or faults were found; 2 could not run."
)]
pub struct Plugin {
    /// Which cluster.
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: PluginCommand,
}

/// Which cluster, which namespace, and as whom; as kubectl takes them.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Cluster")]
pub struct ClusterArgs {
    /// Kubeconfig file [default: KUBECONFIG, else ~/.kube/config]
    #[arg(long, global = true, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig [default: its current one]
    #[arg(long, global = true, value_name = "NAME")]
    pub context: Option<String>,
    /// Namespace [default: that of the context]
    #[arg(long, short, global = true, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// All namespaces
    #[arg(long, short = 'A', global = true, conflicts_with = "namespace")]
    pub all_namespaces: bool,
    /// Act as this user
    #[arg(long = "as", global = true, value_name = "USER")]
    pub as_user: Option<String>,
    /// Act as a member of this group; may be given several times
    #[arg(long = "as-group", global = true, value_name = "GROUP", requires = "as_user")]
    pub as_groups: Vec<String>,
}

/// What the plugin does.
#[derive(Debug, Subcommand)]
pub enum PluginCommand {
    /// Show how objects stand, what they wait for, and what they read
    Status(StatusArgs),
    /// Ask for a run now, and wait for what comes of it
    Run(RunArgs),
    /// Say what a kept value is made of: definition, window, components, inputs, query, rules
    Explain(AskExplain),
    /// Show the values that are kept of a metric
    History(AskHistory),
    /// Show objects with their latest values
    Get(ListArgs),
    /// Find faults in manifests, with the cluster as their background
    Check(PluginCheck),
}

/// How a status is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum StatusOutput {
    /// For people.
    #[default]
    Text,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

/// Arguments of `status`.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 everything shown is Ready; 1 something is not; 2 could not run.

Examples:
  kubectl metricwright status                          the namespace in one look
  kubectl metricwright status gross-margin             a metric: values, conditions, inputs, incidents
  kubectl metricwright status dataset/orders mwds/shop")]
pub struct StatusArgs {
    /// Objects: KIND/NAME, or the NAME of a metric; the whole namespace when left out
    #[arg(value_name = "KIND/NAME")]
    pub objects: Vec<String>,
    /// How to show it
    #[arg(long, short, value_enum, default_value_t)]
    pub output: StatusOutput,
}

/// Arguments of `run`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 done; 1 a run failed, an object is not Ready, or the time ran out; 2 could not run.

Examples:
  kubectl metricwright run gross-margin
  kubectl metricwright run dataset/orders              look at its columns again
  kubectl metricwright run revenue orders --no-wait"
)]
pub struct RunArgs {
    /// Objects: the NAME of a metric, or KIND/NAME
    #[arg(value_name = "METRIC", required = true)]
    pub objects: Vec<String>,
    /// Ask only, and wait for nothing
    #[arg(long, overrides_with = "wait")]
    pub no_wait: bool,
    /// Wait until the run has ended (the default)
    #[arg(long, overrides_with = "no_wait")]
    pub wait: bool,
    /// How long to wait, such as 90s or 5m
    #[arg(long, default_value = "5m", value_name = "DURATION")]
    pub timeout: String,
}

/// How the operator is reached.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Operator")]
pub struct OperatorAddress {
    /// Address of the operator's API [default: a port-forward to its Pod]
    #[arg(long, env = "METRICWRIGHT_SERVER", value_name = "URL")]
    pub server: Option<String>,
    /// Namespace of the operator, for the port-forward
    #[arg(long, value_name = "NAMESPACE", default_value = "metricwright-system")]
    pub operator_namespace: String,
    /// Bearer token to ask with, such as from `kubectl create token` [default: that of the kubeconfig]
    #[arg(long, env = "METRICWRIGHT_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub token: Option<String>,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kubectl metricwright explain gross-margin
  kubectl metricwright explain in-stock-rate --window 2025-11-20 --slice store=18,category=fresh")]
pub struct AskExplain {
    /// Which value.
    #[command(flatten)]
    pub which: WhichValue,
    /// How to show it
    #[arg(long, short, value_enum, default_value_t)]
    pub output: ExplainOutput,
    /// The operator.
    #[command(flatten)]
    pub operator: OperatorAddress,
}

/// Arguments of `history`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kubectl metricwright history revenue --from 2025-11-01
  kubectl metricwright history revenue --by channel -o csv")]
pub struct AskHistory {
    /// Which values.
    #[command(flatten)]
    pub which: WhichValues,
    /// How to show them
    #[arg(long, short, value_enum, default_value_t)]
    pub output: HistoryOutput,
    /// The operator.
    #[command(flatten)]
    pub operator: OperatorAddress,
}

/// Arguments of `get`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kubectl metricwright get metrics
  kubectl metricwright get incidents -A -o wide
  kubectl metricwright get mwm gross-margin -o yaml")]
pub struct ListArgs {
    /// Kind: metrics, datasets, datasources, alertrules, channels, incidents, or a short name such as mwm
    #[arg(value_name = "KIND")]
    pub kind: Kind,
    /// Name of one object
    pub name: Option<String>,
    /// How to show them
    #[arg(long, short, value_enum, default_value_t)]
    pub output: GetOutput,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 clean, 1 faults found or something in the cluster breaks, 2 could not run.

Example: kubectl metricwright check metrics/"
)]
pub struct PluginCheck {
    /// Files and directories of manifests
    #[arg(value_name = "PATHS", required = true)]
    pub paths: Vec<PathBuf>,
    /// How to show findings
    #[arg(long, short, value_enum, default_value_t)]
    pub output: CheckOutput,
}
