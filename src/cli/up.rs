//! `metricwright up`: the whole loop over a directory.

use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;
use metricwright_api::Kind;
use notify::{RecursiveMode, Watcher};
use tokio::sync::mpsc;

use super::args::UpArgs;
use super::context::{as_of, directory, one_line, state};
use super::diagnostics::render_findings;
use super::get::{Listing, show};
use super::{CliError, CliResult};
use crate::local::{LocalHost, Manifests, STATE_FOLDER, read_manifests};
use crate::signals::told_to_end;

/// Longest time between two looks at the clock, so that a changed clock is noticed.
const LONGEST_NAP: Duration = Duration::from_mins(1);
/// Shortest time between two looks, whatever falls due.
const SHORTEST_NAP: Duration = Duration::from_millis(200);

/// Runs the loop once, or until it is told to end.
pub async fn run(args: UpArgs) -> CliResult {
    let dir = directory(&args.dir)?;
    let mut host =
        LocalHost::open(dir, &state(dir, args.state.as_ref()), as_of(args.as_of.as_deref())?).await?;
    let clean = settle(&mut host, dir).await?;
    if args.once {
        return Ok(report(&host, clean));
    }
    watch(&mut host, dir).await
}

/// Reads the manifests and reconciles until nothing is pending. Gives whether all files could be read.
async fn settle(host: &mut LocalHost, dir: &Path) -> Result<bool, CliError> {
    let manifests = read_manifests(&[dir.to_owned()])?;
    say_faults(&manifests);
    let failed = |error: metricwright_store::StoreError| CliError(error.to_string());
    host.take(&manifests).await.map_err(failed)?;
    run_pending(host).await?;
    Ok(manifests.loaded.findings.is_empty())
}

async fn run_pending(host: &mut LocalHost) -> Result<(), CliError> {
    let bar = progress_bar();
    let report = |done: i64, total: i64| {
        bar.set_length(u64::try_from(total).unwrap_or_default());
        bar.set_position(u64::try_from(done).unwrap_or_default());
    };
    let outcome = host.settle(&report).await;
    bar.finish_and_clear();
    outcome.map_err(|error| CliError(error.to_string()))
}

fn progress_bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(5));
    if let Ok(style) =
        ProgressStyle::with_template("computing {bar:40} {pos}/{len} windows, {elapsed} ({eta} left)")
    {
        bar.set_style(style);
    }
    bar
}

fn say_faults(manifests: &Manifests) {
    if !manifests.loaded.findings.is_empty() {
        let color = std::io::stderr().is_terminal();
        anstream::eprintln!("{}", render_findings(&manifests.loaded.findings, &manifests.files, color));
    }
}

/// Says what was done and whether all is Ready.
fn report(host: &LocalHost, clean: bool) -> ExitCode {
    let tally = host.engine().computer.tally();
    let not_ready = host.not_ready();
    let number = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    match (number(&tally.runs), number(&tally.failed)) {
        (0, 0) if not_ready.is_empty() && clean => {
            anstream::eprintln!("nothing to compute: every due window is in the store already");
        }
        (0, 0) => anstream::eprintln!("nothing was computed"),
        (0, failed) => anstream::eprintln!("nothing was computed: {failed} runs failed"),
        (runs, failed) => {
            let points = number(&tally.points);
            let but = if failed > 0 { format!("; {failed} runs failed") } else { String::new() };
            anstream::eprintln!("computed {points} new or changed points in {runs} runs{but}");
        }
    }
    for (id, why) in host.not_fresh() {
        anstream::eprintln!("behind: {} {}: {}", id.kind, id.name, one_line(&why));
    }
    for (id, message) in &not_ready {
        anstream::eprintln!("not ready: {} {}: {}", id.kind, id.name, one_line(message));
    }
    if clean && not_ready.is_empty() {
        anstream::eprintln!(
            "all {} objects are Ready",
            host.engine().world.catalog().inventory().objects().count()
        );
        return ExitCode::SUCCESS;
    }
    ExitCode::from(1)
}

/// Looks again when the clock or the directory says so, and shows the metrics each time, until the process
/// is told to end.
async fn watch(host: &mut LocalHost, dir: &Path) -> CliResult {
    let (changed, mut changes) = mpsc::channel(1);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // The store's own writes are no news.
        let news =
            |path: &std::path::PathBuf| !path.components().any(|part| part.as_os_str() == STATE_FOLDER);
        if event.is_ok_and(|event| !event.kind.is_access() && event.paths.iter().any(news)) {
            // A full channel means that a look is due anyway.
            let _ = changed.try_send(());
        }
    })
    .map_err(|error| CliError::because("the directory cannot be watched", error))?;
    watcher
        .watch(dir, RecursiveMode::Recursive)
        .map_err(|error| CliError::because(format!("{} cannot be watched", dir.display()), error))?;
    let round = async {
        loop {
            show_live(host, dir);
            tokio::select! {
                Some(()) = changes.recv() => drop(settle(host, dir).await?),
                () = tokio::time::sleep(nap(host)) => {
                    host.wake();
                    run_pending(host).await?;
                }
            }
        }
    };
    // What is cut off in the middle is done again at the next start.
    tokio::select! {
        () = told_to_end() => Ok(ExitCode::SUCCESS),
        ended = round => ended,
    }
}

fn nap(host: &LocalHost) -> Duration {
    if host.engine().as_of.is_some() {
        return LONGEST_NAP;
    }
    let until = host.next_wake().map(|at| at.duration_since(Timestamp::now()));
    let until = until.map(|until| Duration::try_from(until).unwrap_or_default());
    until.unwrap_or(LONGEST_NAP).clamp(SHORTEST_NAP, LONGEST_NAP)
}

fn show_live(host: &LocalHost, dir: &Path) {
    if std::io::stdout().is_terminal() {
        anstream::print!("\x1b[2J\x1b[H");
    }
    let listing = Listing::of_host(host, Kind::Metric);
    anstream::println!("{}\n", show(&listing, false));
    let incidents = Listing::of_host(host, Kind::Incident);
    anstream::println!("{}", show(&incidents, false));
    anstream::eprintln!("\nwatching {}; end with Ctrl-C", dir.display());
}
