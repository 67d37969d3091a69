//! What `lab` is asked.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Arguments of `lab`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  metricwright lab forecast --data cases/ --out forecasts.jsonl
  metricwright lab detect --data series/ --out anomalies.jsonl --threads 4
  metricwright lab attribute --data incidents/ --out causes.jsonl --only 'shop-*'

Formats: docs/lab.md")]
pub struct LabArgs {
    /// What to try
    pub kind: LabKind,
    /// Folder of cases
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// File of answers, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Cases worked on at once
    #[arg(long, default_value_t = 1, value_name = "COUNT")]
    pub threads: usize,
    /// Only the cases whose id fits a pattern (`*` and `?`)
    #[arg(long, value_name = "GLOB")]
    pub only: Option<String>,
}

/// What can be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LabKind {
    /// Forecasts with bands.
    Forecast,
    /// Anomalies, row by row.
    Detect,
    /// What a change is due to.
    Attribute,
}
