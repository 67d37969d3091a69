//! An episode: from the first slice that fires to the last one that is well again.

use jiff::Timestamp;
use metricwright_api::{Grain, ObjectId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Most slices that an episode shows; all are counted.
pub const TOP_SLICES: usize = 20;

/// One thing that went wrong on one metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Episode {
    /// Start of the first window that breached.
    pub first_window: Timestamp,
    /// Start of the last window that breached.
    pub last_window: Timestamp,
    /// When it fired: when the window that made it fire was due.
    pub started_at: Timestamp,
    /// When it ended: when the window that ended it was due. None while it is open.
    pub resolved_at: Option<Timestamp>,
    /// Slices that fired, the worst first.
    pub slices: Vec<EpisodeSlice>,
}

/// A slice of an episode, with the worst that was seen of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpisodeSlice {
    /// Canonical JSON of the slice.
    pub slice: String,
    /// The worst value.
    pub observed: f64,
    /// What it was compared with.
    pub expected: Option<f64>,
    /// How far off, relative.
    pub deviation: f64,
    /// Start of the window of the worst value.
    pub window: Timestamp,
    /// The condition that held, in words.
    pub condition: String,
    /// Whether it still fires.
    pub open: bool,
}

impl Episode {
    /// Whether it goes on.
    pub fn is_open(&self) -> bool {
        self.resolved_at.is_none()
    }

    /// The slices to show.
    pub fn top(&self) -> &[EpisodeSlice] {
        self.slices.get(..TOP_SLICES).unwrap_or(&self.slices)
    }

    /// Takes in a breach of a firing slice.
    pub(super) fn record(&mut self, seen: EpisodeSlice) {
        match self.slices.iter_mut().find(|known| known.slice == seen.slice) {
            Some(known) if known.deviation >= seen.deviation => known.open = true,
            Some(known) => *known = seen,
            None => self.slices.push(seen),
        }
    }

    /// The worst first; equal ones by slice, so that the order is always the same.
    pub(super) fn sort(&mut self) {
        self.slices.sort_by(|a, b| b.deviation.total_cmp(&a.deviation).then_with(|| a.slice.cmp(&b.slice)));
    }
}

/// The name of an episode's Incident: readable, and the same however often it is made. At most 63
/// characters of a-z, 0-9 and `-`.
pub fn incident_name(rule: &ObjectId, metric: &ObjectId, grain: Grain, first_window: Timestamp) -> String {
    let identity = format!("{rule}\n{metric}\n{grain}\n{first_window}");
    let digest = Sha256::digest(identity.as_bytes());
    let hash: String = digest.iter().take(5).map(|byte| format!("{byte:02x}")).collect();
    let readable: String = rule.name.chars().map(|c| if c == '.' { '-' } else { c }).take(52).collect();
    format!("{}-{hash}", readable.trim_end_matches('-'))
}
