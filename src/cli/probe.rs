//! `metricwright probe`: whether an operator answers, for images without a shell.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use metricwright_api::MwDuration;

use super::args::ProbeArgs;
use super::{CliError, CliResult};

/// How long to rest between two questions, and how long one answer may take.
const PAUSE: Duration = Duration::from_secs(1);
const ANSWER: Duration = Duration::from_secs(5);

/// Asks until the answer is a success: 0 then, 1 if it was none in time.
pub async fn run(args: ProbeArgs) -> CliResult {
    let timeout: MwDuration =
        args.timeout.parse().map_err(|error: String| CliError::because("--timeout", error))?;
    let timeout = Duration::from_secs(u64::try_from(timeout.approximate_seconds()).unwrap_or_default());
    // Straight to the address: what stands for the environment's proxy does not answer for the operator.
    let client = reqwest::Client::builder().no_proxy().timeout(ANSWER).build();
    let client = client.map_err(|error| CliError::because("no client can be made", error))?;
    let began = Instant::now();
    loop {
        let last = match ask(&client, &args.url).await {
            Ok(answer) => {
                anstream::println!("{}: {answer}", args.url);
                return Ok(ExitCode::SUCCESS);
            }
            Err(last) => last,
        };
        if began.elapsed() + PAUSE >= timeout {
            anstream::eprintln!("{} is not ready after {} s: {last}", args.url, began.elapsed().as_secs());
            return Ok(ExitCode::from(1));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The text of a successful answer, or why there is none.
async fn ask(client: &reqwest::Client, url: &str) -> Result<String, String> {
    let answer = client.get(url).send().await.map_err(|error| causes(&error))?;
    let status = answer.status();
    let text = answer.text().await.map_err(|error| causes(&error))?;
    if status.is_success() { Ok(text) } else { Err(format!("{status}, {text}")) }
}

/// An error with what lies under it, which says more.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut under = error.source();
    while let Some(cause) = under {
        text += &format!(": {cause}");
        under = cause.source();
    }
    text
}
