//! `kubectl metricwright status`: how objects stand, what they wait for, and what they read.

mod overview;
mod render;
mod view;

use jiff::Timestamp;

use super::args::{StatusArgs, StatusOutput};
use super::connection::{Connection, exit};
use super::snapshot::Snapshot;
use crate::cli::{CliError, CliResult};
use overview::Overview;
use view::View;

/// Shows the objects asked for, or the namespace in one look.
pub async fn run(connection: &Connection, args: &StatusArgs) -> CliResult {
    let asked: Vec<_> =
        args.objects.iter().map(|text| connection.named(text)).collect::<Result<_, CliError>>()?;
    let snapshot = Snapshot::take(connection).await?;
    let now = Timestamp::now();
    if asked.is_empty() {
        let overview = Overview::of(&snapshot, connection.namespace.as_deref());
        write(args.output, &overview, || overview.text())?;
        return exit(overview.all_ready());
    }
    let mut views = Vec::new();
    for id in &asked {
        if snapshot.get(id).is_none() {
            // Says what there is to be named, or which right is missing.
            connection.one(id).await?;
        }
        views.push(View::of(&snapshot, id));
    }
    let text = || views.iter().map(|view| render::text(view, now)).collect::<Vec<_>>().join("\n\n");
    write(args.output, &views, text)?;
    exit(views.iter().all(View::is_ready))
}

fn write<T: serde::Serialize>(
    output: StatusOutput,
    shown: &T,
    text: impl Fn() -> String,
) -> Result<(), CliError> {
    match output {
        StatusOutput::Text => anstream::println!("{}", text()),
        StatusOutput::Json => {
            anstream::println!("{}", serde_json::to_string_pretty(shown).unwrap_or_default());
        }
        StatusOutput::Yaml => {
            let text = serde_yaml::to_string(shown).map_err(|error| CliError(error.to_string()))?;
            anstream::print!("{text}");
        }
    }
    Ok(())
}
