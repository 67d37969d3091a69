//! The command line: one file a command.

pub mod args;
pub mod check;
pub mod context;
pub mod crds;
pub mod diagnostics;
pub mod explain;
pub mod get;
pub mod history;
pub mod lab;
pub mod probe;
pub mod query;
pub mod reference;
pub mod store;
pub mod table;
pub mod targets;
pub mod up;

pub use args::{Cli, Command};
pub use context::as_of;

use std::process::ExitCode;

/// Runs the command. Data goes to standard output, everything said about it to standard error.
pub async fn run(cli: Cli) -> ExitCode {
    ended(command(cli).await)
}

async fn command(cli: Cli) -> CliResult {
    match cli.command {
        Command::Up(args) => up::run(args).await,
        Command::Get(args) => get::run(args).await,
        Command::Check(args) => check::run(args).await,
        Command::Query(args) => query::run(args).await,
        Command::Targets(args) => targets::run(args).await,
        Command::Lab(args) => lab::run(args).await,
        Command::Explain(args) => explain::run(args).await,
        Command::History(args) => history::run(args).await,
        Command::Kubectl(args) => crate::plugin::run(args).await,
        Command::Operator(args) => crate::operator::run(args).await,
        Command::Probe(args) => probe::run(args).await,
        Command::Store(args) => store::run(args.action).await,
        Command::Crds(args) => crds::run(&args),
        Command::Reference(args) => reference::run(&args),
    }
}

/// What a program ends with; an error is said first.
pub fn ended(outcome: CliResult) -> ExitCode {
    outcome.unwrap_or_else(|error| {
        anstream::eprintln!(
            "{}error:{} {error}",
            anstyle::AnsiColor::Red.on_default().bold(),
            anstyle::Reset
        );
        ExitCode::from(2)
    })
}

/// An error that ends a command: what failed, on what, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CliError(pub String);

impl CliError {
    /// Puts what failed before why.
    pub fn because(what: impl std::fmt::Display, why: impl std::fmt::Display) -> Self {
        Self(format!("{what}: {why}"))
    }
}

/// What a command ends with.
pub type CliResult = Result<ExitCode, CliError>;
