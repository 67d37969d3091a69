//! Compute: from due windows to points in the store. Metrics whose stretches agree share their scans.

mod batch;
pub mod cron;
mod due;
mod groupings;
mod run;

pub use batch::{Computer, Tally};
pub use due::{Chunk, Due, Facts, due, kept_since, last_due};
pub use groupings::groupings;
pub use run::{Job, RunError, RunReport};
