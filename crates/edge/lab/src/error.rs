//! What can be wrong with a folder of cases.

use std::path::PathBuf;

/// Why a lab run stopped. Each says which file, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The answers cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file does not hold what the format says.
    #[error("{}{}: {reason}", path.display(), line.map(|line| format!(":{line}")).unwrap_or_default())]
    Format {
        /// The file.
        path: PathBuf,
        /// The line in it, from 1, where that is known.
        line: Option<u64>,
        /// What is wrong and what is expected.
        reason: String,
    },
    /// A pattern that fits no case.
    #[error("--only {pattern}: no case fits; there are {cases}, for example {example}")]
    NothingFits {
        /// The pattern.
        pattern: String,
        /// How many cases there are.
        cases: usize,
        /// One of them.
        example: String,
    },
}
