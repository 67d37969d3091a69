//! What a rule remembers of a metric between windows.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::episode::Episode;

/// Version of the state's form; a state of another version is begun anew.
pub const STATE_VERSION: u32 = 1;

/// What a rule remembers of one metric at one grain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleState {
    /// Version of this form.
    pub version: u32,
    /// Start of the last window that was taken in.
    pub last_window: Option<Timestamp>,
    /// Slices that are not simply well, by their canonical JSON.
    pub slices: BTreeMap<String, SliceState>,
    /// The episode that goes on.
    pub episode: Option<Episode>,
}

/// What is remembered of a slice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SliceState {
    /// Breaching windows in a row.
    pub breaches: u32,
    /// Start of the first window of that row.
    pub since: Option<Timestamp>,
    /// Normal windows in a row since it fired.
    pub normals: u32,
    /// Whether it fires.
    pub firing: bool,
}

impl Default for RuleState {
    fn default() -> Self {
        Self { version: STATE_VERSION, last_window: None, slices: BTreeMap::new(), episode: None }
    }
}
