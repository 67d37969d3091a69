//! Real database servers in local processes, each in a temporary folder and on a free port of 127.0.0.1.
//!
//! ```no_run
//! # async fn example() -> Result<(), &'static metricwright_testkit::databases::Error> {
//! use metricwright_testkit::databases::Postgres;
//!
//! let server = Postgres::shared().await?;
//! let url = server.create_database().await.unwrap();
//! # Ok(()) }
//! ```
//!
//! The servers are those of the system; nothing of them stays behind, however the test process ends.

mod error;
mod files;
mod load;
mod mariadb;
mod postgres;
mod sqlite;

pub use error::Error;
pub use load::{LoadError, load};
pub use mariadb::{MariaDb, Options as MariaDbOptions};
pub use postgres::{Options as PostgresOptions, Postgres};
pub use sqlite::write_sqlite;
