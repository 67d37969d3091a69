//! The `metricwright` program.

use std::process::ExitCode;

use clap::Parser;
use metricwright::cli::{Cli, Command, run};
use metricwright::plugin;

fn main() -> ExitCode {
    // Under the name by which kubectl finds plugins the program is one.
    let cli = if plugin::is_called(std::env::args_os().next()) {
        Cli { command: Command::Kubectl(plugin::args::Plugin::parse()) }
    } else {
        Cli::parse()
    };
    // rustls wants one provider for the whole process before the first connection.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime {
        Ok(runtime) => {
            let code = runtime.block_on(run(cli));
            // Work that was abandoned must not hold the process up.
            runtime.shutdown_background();
            code
        }
        Err(error) => {
            eprintln!("error: the runtime cannot be started: {error}");
            ExitCode::from(2)
        }
    }
}
