//! What each kind of lab run is asked.

use std::path::PathBuf;

/// Where cases are, where answers go, and how many are worked on at once.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder of cases.
    pub data: PathBuf,
    /// The file of answers, one JSON object a line.
    pub out: PathBuf,
    /// How many cases are worked on at once; at least one.
    pub threads: usize,
    /// Only the cases whose id fits this pattern (`*` and `?`); all without one.
    pub only: Option<String>,
}
