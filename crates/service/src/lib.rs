//! The use cases: they own the order of things, and decide nothing that core can decide.
//!
//! ```text
//! reconcile (one kind, five steps) ──▶ collect   what a dataset's source shows
//!                                  ──▶ compute   due windows → scans → points
//!                                  ──▶ watch     points → states of rules → episodes
//!                                  ──▶ warn      episodes → incidents, messages → channels
//! ```

pub mod collect;
pub mod compute;
pub mod engine;
pub mod reconcile;
pub mod sources;
pub mod status;
pub mod warn;
pub mod watch;
pub mod world;

pub use engine::{Engine, SecretReader};
pub use sources::{SourcePool, dialect};
pub use world::{DatasetFacts, World};

pub use metricwright_source as source;
