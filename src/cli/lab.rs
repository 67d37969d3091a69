//! `metricwright lab`: judgement by itself, over folders of labelled cases.

use std::process::ExitCode;
use std::time::Instant;

use metricwright_lab::{Error, Options};

use super::args::{LabArgs, LabKind};
use super::{CliError, CliResult};

/// Answers every case, and says how long it took.
pub async fn run(args: LabArgs) -> CliResult {
    let began = Instant::now();
    // The work keeps its threads busy; nothing else waits in this process.
    let done = tokio::task::spawn_blocking(move || answers(&args)).await;
    let told = done.map_err(|error| CliError(error.to_string()))?;
    let told = told.map_err(|error| CliError(error.to_string()))?;
    anstream::eprintln!("{told} in {:.1} s", began.elapsed().as_secs_f64());
    Ok(ExitCode::SUCCESS)
}

fn answers(args: &LabArgs) -> Result<String, Error> {
    let options = Options {
        data: args.data.clone(),
        out: args.out.clone(),
        threads: args.threads.max(1),
        only: args.only.clone(),
    };
    match args.kind {
        LabKind::Forecast => {
            metricwright_lab::forecast(&options).map(|summary| format!("{} cases", summary.cases))
        }
        LabKind::Detect => metricwright_lab::detect(&options).map(|summary| {
            format!("{} rows of {} series, {} alerts", summary.rows, summary.series, summary.alerts)
        }),
        LabKind::Attribute => metricwright_lab::attribute(&options)
            .map(|summary| format!("{} cases, {} without a local cause", summary.cases, summary.silent)),
    }
}
