//! The lab without the rest of the program, for who tunes a method:
//! `cargo run --release -p metricwright-lab --example lab -- forecast DIR OUT [THREADS] [GLOB]`.

use std::process::ExitCode;

use metricwright_lab::{Error, Options};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (Some(kind), Some(data), Some(out)) = (arguments.first(), arguments.get(1), arguments.get(2)) else {
        eprintln!("usage: lab KIND DIR OUT [THREADS] [GLOB]");
        return ExitCode::from(2);
    };
    let options = Options {
        data: data.into(),
        out: out.into(),
        threads: arguments.get(3).and_then(|text| text.parse().ok()).unwrap_or(1),
        only: arguments.get(4).cloned(),
    };
    match run(kind, &options) {
        Ok(told) => {
            eprintln!("{told}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(kind: &str, options: &Options) -> Result<String, Error> {
    match kind {
        "forecast" => metricwright_lab::forecast(options).map(|summary| format!("{summary:?}")),
        "detect" => metricwright_lab::detect(options).map(|summary| format!("{summary:?}")),
        "attribute" => metricwright_lab::attribute(options).map(|summary| format!("{summary:?}")),
        other => Ok(format!("there is no kind {other}")),
    }
}
