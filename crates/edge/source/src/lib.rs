//! Reading data where it is.
//!
//! An [`Engine`] is one way to run SQL; [`Limited`] makes a [`Source`] of it, and is the only thing that does, so that
//! every query keeps its limits: how many at once, how long, how many rows. The engine for files is a crate of its own,
//! because it is large.
//!
//! ```text
//!   compute ──▶ dyn Source = Limited<Engine> ──▶ SqliteSource     one database file, read-only
//!                            permits, clock,     PostgresSource   a database on a server, in read-only sessions
//!                            row cap             MySqlSource      the same for MariaDB and MySQL
//!                                                FilesSource      a folder, in metricwright-files
//! ```
//!
//! Paths of sources go through [`resolve_path`], which never leaves the data root.

mod engine;
mod error;
mod limited;
mod limits;
mod mysql;
mod number;
mod path;
mod postgres;
mod rows;
mod server;
mod sqlite;
mod statement;

pub use engine::{Engine, Source, SourceHealth};
pub use error::SourceError;
pub use limited::Limited;
pub use limits::Limits;
pub use mysql::MySqlSource;
pub use path::{PathFault, resolve_path};
pub use postgres::PostgresSource;
pub use rows::{RowBuffer, Rows};
pub use server::{AddressFault, ServerSettings, Trouble};
pub use sqlite::SqliteSource;
