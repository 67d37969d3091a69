//! Commands on a directory of manifests: `up`, `get`, `check`, `explain`, `history`, `query`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use metricwright_api::{Grain, Kind};
use metricwright_query::ask::{Comparison, OrderBy};

use crate::cli::explain::{ExplainOutput, WhichValue};
use crate::cli::history::{HistoryOutput, WhichValues};
use crate::plugin::args::ClusterArgs;

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
  metricwright query revenue orders -C examples/retail --by store --grain All --from 2025-10 --to 2025-11 --top 5 --share
  metricwright query revenue -C examples/retail --grain Month --compare last-year,previous --where \"channel = 'online'\"
  metricwright query conversion-rate -C examples/retail --by channel --sql")]
pub struct QueryArgs {
    /// The metrics: `name`, or `namespace/name`
    #[arg(value_name = "METRIC", required = true)]
    pub metrics: Vec<String>,
    /// Directory of manifests
    #[arg(long, short = 'C', value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
    /// Dimensions to group by, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "DIM,…")]
    pub by: Vec<String>,
    /// Hour, Day, Week, Month, Quarter or Year, or All for the whole range as one window
    #[arg(long, default_value = "Day")]
    pub grain: AskedGrain,
    /// Count only rows that meet a condition, such as "channel = 'online'"
    #[arg(long, value_name = "CONDITION")]
    pub r#where: Option<String>,
    /// Show only values that meet a condition over the metrics, such as "revenue > 1000" (`-` is written `_`)
    #[arg(long, value_name = "CONDITION")]
    pub having: Option<String>,
    /// Beside each value the one before: previous, last-week, last-year, last-year-weekday or last-year-feast; of a running window as much of the
    /// earlier one counts as has passed
    #[arg(long, value_delimiter = ',', value_name = "WITH,…")]
    pub compare: Vec<Comparison>,
    /// Beside each value its share of the window's total
    #[arg(long)]
    pub share: bool,
    /// Beside each value its place in the window, the largest first
    #[arg(long)]
    pub rank: bool,
    /// Show the members with the largest values over the whole range, and all others together
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub top: Option<u32>,
    /// Order rows: `window`, a dimension or a metric, and `desc`, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "NAME [desc],…")]
    pub order: Vec<OrderBy>,
    /// Show only the first rows
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<usize>,
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

/// Arguments of `targets`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  metricwright targets revenue -C examples/retail --as-of 2025-11-21T02:00Z
  metricwright targets revenue -C examples/retail --by store.region --from 2025-10
  metricwright targets revenue -C examples/retail --target plan-2025 --from 2025-01 -o csv")]
pub struct TargetsArgs {
    /// The metric: `name`, or `namespace/name`
    #[arg(value_name = "METRIC")]
    pub metric: String,
    /// Directory of manifests
    #[arg(long, short = 'C', value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
    /// Only the target of this name
    #[arg(long, value_name = "NAME")]
    pub target: Option<String>,
    /// Dimensions to group by, separated by commas: targets of slices, or shares of that of the whole where it is split by them
    #[arg(long, value_delimiter = ',', value_name = "DIM,…")]
    pub by: Vec<String>,
    /// First moment: a date, month, week or time, or how long ago [default: the period before the running one]
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// First moment after the range [default: now]
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// Take this as the present time; rows after it are invisible
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// How to show them
    #[arg(long, short, value_enum, default_value_t)]
    pub output: QueryOutput,
}

/// A grain, or the whole range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskedGrain(pub Option<Grain>);

impl std::str::FromStr for AskedGrain {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("All") {
            return Ok(Self(None));
        }
        text.parse().map(|grain| Self(Some(grain))).map_err(|error: String| format!("{error}, or All"))
    }
}
