//! Reading data where it is.
//!
//! An [`Engine`] is one way to run SQL; [`Limited`] makes a [`Source`] of it, and is the only thing that does, so that
//! every query keeps its limits: how many at once, how long, how many rows. [`SqliteSource`] is the engine of this crate;
//! the one for files is a crate of its own, because it is large.
//!
//! ```text
//!   compute ──▶ dyn Source = Limited<Engine> ──▶ SqliteSource   one database file, read-only
//!                            permits, clock,     FilesSource    a folder, in metricwright-files
//!                            row cap
//! ```
//!
//! Paths of sources go through [`resolve_path`], which never leaves the data root.

mod engine;
mod error;
mod limited;
mod limits;
mod path;
mod rows;
mod sqlite;

pub use engine::{Engine, Source, SourceHealth};
pub use error::SourceError;
pub use limited::Limited;
pub use limits::Limits;
pub use path::{PathFault, resolve_path};
pub use rows::{RowBuffer, Rows};
pub use sqlite::SqliteSource;
