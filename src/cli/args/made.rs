//! What is made from the code: `crds` and `reference`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

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
    /// Every right that is given, and the test that uses it.
    Rights,
    /// The values of the Helm chart with their defaults.
    ChartValues,
    /// The README of the Helm chart.
    ChartReadme,
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
    /// The page of Calendar.
    Calendar,
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
