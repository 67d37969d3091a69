//! `metricwright crds`: write the CustomResourceDefinitions.

use std::process::ExitCode;

use metricwright_api::Kind;
use metricwright_api::crds::{file_name, yaml};

use super::args::CrdsArgs;
use super::{CliError, CliResult};

/// Writes one file a kind, or everything to standard output.
pub fn run(args: &CrdsArgs) -> CliResult {
    for kind in Kind::ALL {
        let text =
            yaml(kind).map_err(|error| CliError::because(format!("the definition of {kind}"), error))?;
        match &args.out {
            Some(folder) => {
                let path = folder.join(file_name(kind));
                std::fs::write(&path, text).map_err(|error| {
                    CliError::because(format!("{} cannot be written", path.display()), error)
                })?;
            }
            None => anstream::print!("---\n{text}"),
        }
    }
    Ok(ExitCode::SUCCESS)
}
