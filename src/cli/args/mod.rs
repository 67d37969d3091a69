//! What the command line says.

mod directory;
mod lab;
mod made;
mod operator;
mod store;

use clap::{Parser, Subcommand};

pub use self::directory::{
    Against, CheckArgs, CheckOutput, ExplainArgs, GetArgs, GetOutput, HistoryArgs, KeptArgs, QueryArgs,
    QueryOutput, TargetsArgs, UpArgs,
};
pub use self::lab::{LabArgs, LabKind};
pub use self::made::{CrdsArgs, ReferenceArgs, ReferenceKind};
pub use self::operator::{AdmissionArgs, OperatorArgs, ProbeArgs};
pub use self::store::{ExportArgs, ImportArgs, StoreAction, StoreArgs, StoreCommandArgs};
use crate::plugin::args::Plugin;

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
    /// Show how a metric stands against its targets: attainment, gap, pace, and what is needed a day
    Targets(TargetsArgs),
    /// Try a method of judgement over folders of labelled cases, without a cluster or a source
    Lab(LabArgs),
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
