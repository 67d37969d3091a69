//! What Metricwright remembers. The trait [`Store`] says what there is to keep; [`SqliteStore`] keeps it in
//! one file, for one process; [`PostgresStore`] in a database that several replicas share, of which one writes.
//!
//! All writes of one call are one transaction, and each can be repeated: a crash loses nothing that was
//! answered, and what is done again is not done twice.

pub mod archive;
mod encode;
mod error;
mod hook;
mod postgres;
mod rows;
mod same;
mod sqlite;
mod store;
mod types;

pub use error::StoreError;
pub use hook::{Hook, WRITE_POINTS};
pub use postgres::PostgresStore;
pub use sqlite::SqliteStore;
pub use store::{Lead, Store};
pub use types::{
    CommitSummary, EpisodeRow, Interval, OutboxCounts, OutboxRow, PointQuery, PointRow, RuleCommit, RuleKey,
    RuleRecord, RunCommit, RunPart, RunRow,
};
