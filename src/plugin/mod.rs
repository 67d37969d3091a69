//! The kubectl plugin: what people ask of a cluster. It reads what the API server shows, and asks the operator only for
//! what its store keeps. It decides nothing.
//!
//! ```text
//! get · status · run · check ──▶ API server (the user's own rights)
//! explain · history          ──▶ operator's API (the user's token) ◀── port-forward, or --server
//! ```

pub mod against;
pub mod args;
mod ask;
pub mod connection;
mod errors;
mod forward;
mod get;
mod run;
mod snapshot;
mod status;

use std::ffi::OsString;
use std::path::Path;

use crate::cli::CliResult;
use args::{Plugin, PluginCommand};
use connection::Connection;

/// The name by which kubectl finds the plugin.
pub const NAME: &str = "kubectl-metricwright";

/// Whether the program was called as a plugin.
pub fn is_called(program: Option<OsString>) -> bool {
    let program = program.unwrap_or_default();
    Path::new(&program).file_stem().is_some_and(|name| name == NAME)
}

/// Runs a command of the plugin.
pub async fn run(args: Plugin) -> CliResult {
    let connection = Connection::open(&args.cluster).await?;
    match &args.command {
        PluginCommand::Status(what) => status::run(&connection, what).await,
        PluginCommand::Run(what) => run::run(&connection, what).await,
        PluginCommand::Explain(which) => ask::explain(&connection, which).await,
        PluginCommand::History(which) => ask::history(&connection, which).await,
        PluginCommand::Get(what) => get::run(&connection, what).await,
        PluginCommand::Check(check) => against::run(&check.paths, check.output, &connection).await,
    }
}
