//! `metricwright store`: looking after what is kept.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use metricwright_store::archive::{Archive, Check, Reader, Row, Sink, Supply, Table, Writer};
use metricwright_store::{PostgresStore, SqliteStore, Store, StoreError};

use super::args::{ExportArgs, ImportArgs, StoreAction, StoreArgs};
use super::{CliError, CliResult};

/// Variable of the environment that may hold the URL of a store. It holds a password, so that it is no flag: everybody on a
/// machine sees the command lines of all.
const STORE_URL: &str = "METRICWRIGHT_STORE_URL";

/// Where a store is.
#[derive(Clone)]
pub enum Place {
    /// In a folder, SQLite.
    Folder(PathBuf),
    /// At a URL, PostgreSQL.
    Url(String),
}

impl Place {
    /// Where the arguments and the environment say that the store is.
    ///
    /// # Errors
    /// Both a URL and a file with one are given, or the file cannot be read.
    pub fn of(args: &StoreArgs) -> Result<Self, CliError> {
        let url = std::env::var(STORE_URL).ok().filter(|url| !url.trim().is_empty());
        match (url, &args.store_url_file) {
            (Some(_), Some(_)) => {
                Err(CliError(format!("both {STORE_URL} and --store-url-file are given; give one of them")))
            }
            (Some(url), None) => Ok(Self::Url(url)),
            (None, Some(file)) => {
                let text = std::fs::read_to_string(file).map_err(|error| {
                    CliError::because(format!("--store-url-file {}", file.display()), error)
                })?;
                Ok(Self::Url(text.trim().to_owned()))
            }
            (None, None) => Ok(Self::Folder(args.state.clone())),
        }
    }

    /// Opens the store for a process that works.
    ///
    /// # Errors
    /// The folder cannot be used or is in use, or the URL is none. A server that cannot be reached is no error yet.
    pub async fn open(&self) -> Result<Arc<dyn Store>, CliError> {
        let hook = crate::crash::hook();
        match self {
            Self::Folder(folder) => {
                Ok(Arc::new(SqliteStore::open(folder).await.map_err(said)?.with_hook(hook)))
            }
            Self::Url(url) => Ok(Arc::new(PostgresStore::open(url).map_err(said)?.with_hook(hook))),
        }
    }

    /// Opens the store to be read whole, beside whoever writes to it.
    async fn to_read(&self) -> Result<Box<dyn Archive>, CliError> {
        match self {
            Self::Folder(folder) => Ok(Box::new(SqliteStore::open_read_only(folder).map_err(said)?)),
            Self::Url(url) => {
                let store = PostgresStore::open(url).map_err(said)?;
                store.check_schema().await.map_err(said)?;
                Ok(Box::new(store))
            }
        }
    }

    /// Opens the store to be written whole. An operator that writes to it is refused from now on.
    async fn to_write(&self) -> Result<Box<dyn Archive>, CliError> {
        match self {
            Self::Folder(folder) => Ok(Box::new(SqliteStore::open(folder).await.map_err(said)?)),
            Self::Url(url) => {
                let store = PostgresStore::open(url).map_err(said)?;
                store.lead(None).await.map_err(said)?;
                Ok(Box::new(store))
            }
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn said(error: StoreError) -> CliError {
    CliError(error.to_string())
}

/// Does what is asked for.
pub async fn run(action: StoreAction) -> CliResult {
    match action {
        StoreAction::Migrate(args) => migrate(&args).await,
        StoreAction::Check(args) => check(&args).await,
        StoreAction::Export(args) => export(&args).await,
        StoreAction::Import(args) => import(&args).await,
    }
}

async fn migrate(args: &StoreArgs) -> CliResult {
    match Place::of(args)? {
        Place::Folder(folder) => drop(SqliteStore::open(&folder).await.map_err(said)?),
        Place::Url(url) => PostgresStore::open(&url).map_err(said)?.migrate().await.map_err(said)?,
    }
    anstream::eprintln!("the schema is up to date");
    Ok(ExitCode::SUCCESS)
}

async fn check(args: &StoreArgs) -> CliResult {
    let store = Place::of(args)?.to_read().await?;
    let mut watched = Watched::new(Check::default());
    store.dump(&mut watched).await.map_err(said)?;
    let check = watched.done();
    for (table, rows) in &check.rows {
        anstream::println!("{table:<12} {rows:>10} rows");
    }
    for (finding, times) in &check.findings {
        let often = if *times > 1 { format!(", {times} times") } else { String::new() };
        anstream::println!("{finding}{often}");
    }
    if check.faults == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    anstream::println!(
        "{} faults; restore a copy, or delete the store to compute everything again",
        check.faults
    );
    Ok(ExitCode::FAILURE)
}

async fn export(args: &ExportArgs) -> CliResult {
    let store = Place::of(&args.store)?.to_read().await?;
    let mut watched = Watched::new(Writer::new(&args.to).map_err(said)?);
    store.dump(&mut watched).await.map_err(said)?;
    let rows = watched.rows;
    watched.done().finish().map_err(said)?;
    finished(rows, &args.to);
    Ok(ExitCode::SUCCESS)
}

async fn import(args: &ImportArgs) -> CliResult {
    // The archive first: a broken one must not fence anybody.
    let mut watched = Watched::new(Reader::open(&args.from).map_err(said)?);
    let store = Place::of(&args.store)?.to_write().await?;
    store.load(&mut watched, args.replace).await.map_err(said)?;
    let rows = watched.rows;
    watched.done();
    finished(rows, &args.from);
    Ok(ExitCode::SUCCESS)
}

fn finished(rows: u64, folder: &Path) {
    anstream::eprintln!("{rows} rows, {}", folder.display());
}

/// Shows how far it is, on a terminal.
struct Watched<T> {
    inner: T,
    rows: u64,
    bar: ProgressBar,
}

impl<T> Watched<T> {
    fn new(inner: T) -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {human_pos} rows, {per_sec}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { inner, rows: 0, bar }
    }

    fn passed(&mut self, table: &Table, rows: usize) {
        self.rows += rows as u64;
        self.bar.set_position(self.rows);
        self.bar.set_message(table.name);
    }

    fn done(self) -> T {
        self.bar.finish_and_clear();
        self.inner
    }
}

impl<T: Sink> Sink for Watched<T> {
    fn rows(&mut self, table: &'static Table, rows: Vec<Row>) -> Result<(), StoreError> {
        self.passed(table, rows.len());
        self.inner.rows(table, rows)
    }
}

impl<T: Supply> Supply for Watched<T> {
    fn next(&mut self, table: &'static Table) -> Result<Option<Vec<Row>>, StoreError> {
        let rows = self.inner.next(table)?;
        self.passed(table, rows.as_ref().map_or(0, Vec::len));
        Ok(rows)
    }
}
