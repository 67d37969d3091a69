//! What Metricwright remembers. The trait [`Store`] says what there is to keep; [`SqliteStore`] keeps it in
//! one file, for one process that writes.
//!
//! All writes of one call are one transaction, and each can be repeated: a crash loses nothing that was
//! answered, and what is done again is not done twice.

mod encode;
mod error;
mod same;
mod sqlite;
mod store;
mod types;

pub use error::StoreError;
pub use sqlite::{Hook, SqliteStore, WRITE_POINTS};
pub use store::Store;
pub use types::{
    CommitSummary, EpisodeRow, Interval, OutboxCounts, OutboxRow, PointQuery, PointRow, RuleCommit, RuleKey,
    RuleRecord, RunCommit, RunPart, RunRow,
};
