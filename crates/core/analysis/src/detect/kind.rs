//! What an anomaly is called.

use serde::{Deserialize, Serialize};

/// What kind of anomaly a row shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Higher than expected, at once and for few rows.
    Spike,
    /// Lower than expected, at once and for few rows.
    Dip,
    /// Above or below what was expected for a good part of a season.
    Shift,
    /// Away from what was expected for a whole season, little by little.
    Drift,
    /// The season's shape is another one.
    Season,
    /// Wilder than usual.
    Variance,
    /// The same value again and again, where values used to differ.
    Flat,
    /// No value for longer than usual.
    Missing,
}
