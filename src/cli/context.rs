//! What several commands need: directories, clocks, catalogues.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use metricwright_api::conditions::MESSAGE_LIMIT;
use metricwright_catalog::calendar::Chronology;
use metricwright_catalog::moment::parse_moment;

use super::CliError;
use crate::local::STATE_FOLDER;

/// The time that counts as now: `--as-of`, or none for the present.
///
/// # Errors
/// The text is no time.
pub fn as_of(text: Option<&str>) -> Result<Option<Timestamp>, CliError> {
    let read = |text: &str| {
        parse_moment(text, &Chronology::default(), Timestamp::now())
            .map_err(|error| CliError::because("--as-of", error))
    };
    text.map(read).transpose()
}

/// The directory, if it is one.
///
/// # Errors
/// There is no such directory.
pub fn directory(dir: &Path) -> Result<&Path, CliError> {
    if dir.is_dir() {
        return Ok(dir);
    }
    Err(CliError(format!("{} is no directory; name the directory that holds the manifests", dir.display())))
}

/// Where values and states of a directory are kept.
pub fn state(dir: &Path, given: Option<&PathBuf>) -> PathBuf {
    given.cloned().unwrap_or_else(|| dir.join(STATE_FOLDER))
}

/// A message on one line, short enough to be read.
pub fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MESSAGE_LIMIT).collect()
}
