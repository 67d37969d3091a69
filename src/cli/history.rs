//! `metricwright history`: the values that are kept of a metric.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use metricwright_api::Grain;
use metricwright_service::explain::{History, HistoryQuestion, KeptPoint, history};

use super::args::HistoryArgs;
use super::explain::{Kept, members, refused};
use super::table::{csv_field, marks, table};
use super::{CliError, CliResult};

/// Which values are asked for.
#[derive(Clone, Debug, Args)]
pub struct WhichValues {
    /// The metric: `name`, or `namespace/name`
    #[arg(value_name = "METRIC")]
    pub metric: String,
    /// Grain: Hour, Day, Week, Month, Quarter or Year [default: the metric's first]
    #[arg(long)]
    pub grain: Option<Grain>,
    /// Dimensions, separated by commas: values of every member
    #[arg(long, value_delimiter = ',', value_name = "DIM,…", conflicts_with = "slice")]
    pub by: Vec<String>,
    /// One slice, such as store=S01,channel=online
    #[arg(long, value_name = "DIM=MEMBER,…")]
    pub slice: Vec<String>,
    /// First moment: a date, month, week or time, or how long ago, such as 90d [default: 30 windows ago]
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// First moment after the range [default: now]
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
}

impl WhichValues {
    /// The question that is meant.
    ///
    /// # Errors
    /// The slice cannot be read.
    pub fn question(&self) -> Result<HistoryQuestion, CliError> {
        Ok(HistoryQuestion {
            grain: self.grain,
            by: self.by.clone(),
            slice: members(&self.slice)?,
            from: self.from.clone(),
            to: self.to.clone(),
        })
    }
}

/// How `history` shows values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum HistoryOutput {
    /// A table with a small picture.
    #[default]
    Table,
    /// Comma-separated, exact values.
    Csv,
    /// One JSON object, exact values as texts.
    Json,
    /// The same as YAML.
    Yaml,
}

/// Shows what the store of a directory keeps.
pub async fn run(args: HistoryArgs) -> CliResult {
    let kept = Kept::open(&args.kept)?;
    let id = kept.metric(&args.which.metric);
    let answer =
        history(&kept.catalog, &kept.store, &id, &args.which.question()?, kept.now).await.map_err(refused)?;
    show(&answer, args.output)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes an answer to standard output.
///
/// # Errors
/// It cannot be written as YAML.
pub fn show(history: &History, output: HistoryOutput) -> Result<(), CliError> {
    match output {
        HistoryOutput::Table => anstream::println!("{}", as_table(history)),
        HistoryOutput::Csv => anstream::print!("{}", as_csv(history)),
        HistoryOutput::Json => {
            anstream::println!("{}", serde_json::to_string_pretty(history).unwrap_or_default());
        }
        HistoryOutput::Yaml => {
            let text = serde_yaml::to_string(history).map_err(|error| CliError(error.to_string()))?;
            anstream::print!("{text}");
        }
    }
    Ok(())
}

fn as_table(history: &History) -> String {
    if history.points.is_empty() {
        return "no values are kept in this range".to_owned();
    }
    let name = history.display_name.as_ref().unwrap_or(&history.metric.name);
    let mut headers: Vec<&str> = vec!["window"];
    headers.extend(history.by.iter().map(|(_, shown)| shown.as_str()));
    headers.extend([name.as_str(), "", "computed", ""]);
    let scale = Scale::of(&history.points);
    let row = |point: &KeptPoint| {
        let mut row = vec![point.window.label.clone()];
        row.extend(history.by.iter().map(|(name, _)| point.slice.get(name).cloned().unwrap_or_default()));
        row.push(point.display.clone());
        row.push(scale.bar(number(point)));
        row.push(point.computed_at.get(..16).unwrap_or(&point.computed_at).replace('T', " "));
        row.push(marks(point.partial, point.violated.iter().map(String::as_str)));
        row
    };
    let about = format!("definition {}, grain {}, {}", history.definition, history.grain, history.zone);
    format!("{}\n\n{about}", table(&headers, history.points.iter().map(row).collect()))
}

fn number(point: &KeptPoint) -> Option<f64> {
    point.value.as_ref()?.parse().ok()
}

/// How long bars are: from the smallest value, or from zero where all lie above it and it is near.
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    /// Characters of the longest bar.
    const WIDTH: f64 = 16.0;

    fn of(points: &[KeptPoint]) -> Self {
        let numbers = || points.iter().filter_map(number);
        let (low, high) =
            (numbers().fold(f64::INFINITY, f64::min), numbers().fold(f64::NEG_INFINITY, f64::max));
        let from_zero = low >= 0.0 && low < high / 2.0;
        Self { low: if from_zero { 0.0 } else { low }, high }
    }

    /// A bar of eighths of a character; the smallest value has the shortest.
    fn bar(&self, number: Option<f64>) -> String {
        let Some(number) = number else { return String::new() };
        let span = self.high - self.low;
        let share = if span > 0.0 { (number - self.low) / span } else { 1.0 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 128")]
        let eighths = (share * Self::WIDTH * 8.0).round().clamp(1.0, Self::WIDTH * 8.0) as usize;
        let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"].get(eighths % 8).copied().unwrap_or_default();
        format!("{}{rest}", "█".repeat(eighths / 8))
    }
}

fn as_csv(history: &History) -> String {
    let mut headers = vec!["window".to_owned(), "start".to_owned(), "end".to_owned()];
    headers.extend(history.by.iter().map(|(name, _)| csv_field(name)));
    headers.extend([history.metric.name.clone(), "partial".to_owned(), "computed_at".to_owned()]);
    let mut text = headers.join(",") + "\n";
    for point in &history.points {
        let window = &point.window;
        let mut row = vec![window.label.clone(), window.start.clone(), window.end.clone()];
        row.extend(
            history.by.iter().map(|(name, _)| csv_field(point.slice.get(name).map_or("", String::as_str))),
        );
        row.push(point.value.clone().unwrap_or_default());
        row.extend([point.partial.to_string(), point.computed_at.clone()]);
        text += &(row.join(",") + "\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_grow_with_values() {
        let scale = Scale { low: 0.0, high: 16.0 };
        assert_eq!(scale.bar(Some(16.0)), "█".repeat(16));
        assert_eq!(scale.bar(Some(1.5)), "█▌");
        assert_eq!(scale.bar(Some(0.0)), "▏");
        assert_eq!(scale.bar(None), "");
    }
}
