//! Where values are kept, and `store`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Where values and states are kept.
#[derive(Clone, Debug, Args)]
pub struct StoreArgs {
    /// Folder of the SQLite store, for one replica
    #[arg(
        long,
        env = "METRICWRIGHT_STATE",
        value_name = "DIR",
        default_value = "/var/lib/metricwright/state"
    )]
    pub state: PathBuf,
    /// File with the URL of a PostgreSQL store, for several replicas, in place of a folder; METRICWRIGHT_STORE_URL may hold
    /// the URL itself
    #[arg(long, env = "METRICWRIGHT_STORE_URL_FILE", value_name = "FILE")]
    pub store_url_file: Option<PathBuf>,
}

/// Arguments of `store`.
#[derive(Debug, Args)]
pub struct StoreCommandArgs {
    /// What to do with the store
    #[command(subcommand)]
    pub action: StoreAction,
}

/// What to do with the store.
#[derive(Debug, Subcommand)]
pub enum StoreAction {
    /// Bring the schema up to this program's version
    Migrate(StoreArgs),
    /// Look through everything that is kept
    #[command(after_help = "Exit codes: 0 sound, 1 faults found, 2 could not run.")]
    Check(StoreArgs),
    /// Write everything that is kept into a folder of Parquet files
    #[command(after_help = "Example: move from SQLite to PostgreSQL, with the operator stopped
  metricwright store export --state /var/lib/metricwright/state --to archive
  metricwright store import --store-url-file url --from archive")]
    Export(ExportArgs),
    /// Take in what was exported, all or nothing
    Import(ImportArgs),
}

/// Arguments of `store export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The store
    #[command(flatten)]
    pub store: StoreArgs,
    /// The folder to make
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
}

/// Arguments of `store import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The store
    #[command(flatten)]
    pub store: StoreArgs,
    /// The folder that `store export` made
    #[arg(long, value_name = "DIR")]
    pub from: PathBuf,
    /// Lose what the store holds
    #[arg(long)]
    pub replace: bool,
}
