//! The use cases: they own the order of things, and decide nothing that core can decide.
//!
//! ```text
//! reconcile (one kind, five steps) ──▶ collect   what a dataset's source shows
//!                                  ──▶ compute   due windows → scans → points
//!                                  ──▶ watch     points → states of rules → episodes
//!                                  ──▶ warn      episodes → incidents, messages → channels
//!                                  ──▶ remind    incidents that nobody acknowledged → messages again
//! ask     (a question) ──▶ values from the sources, now; target: how they stand against what is to be reached
//! explain (a question) ──▶ what a kept value is made of, and the values that are kept
//! ```

pub mod ask;
pub mod collect;
pub mod compute;
pub mod engine;
pub mod explain;
pub mod past;
pub mod reconcile;
pub mod remind;
pub mod retention;
pub mod sources;
pub mod status;
pub mod target;
pub mod warn;
pub mod watch;
pub mod world;

pub use engine::{Engine, SecretReader};
pub use sources::SourcePool;
pub use world::{DatasetFacts, World};

pub use metricwright_source as source;
