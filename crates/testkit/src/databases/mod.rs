//! Real database servers as local processes: PostgreSQL and MariaDB, each on a free port, with or without TLS.
//!
//! ```no_run
//! # async fn example() -> Result<(), metricwright_testkit::databases::Error> {
//! use metricwright_testkit::databases::{Options, Postgres};
//!
//! let mut server = Postgres::start(Options::default()).await?;
//! println!("{}", server.url("shop"));
//! server.stop();
//! server.start_again().await?;
//! # Ok(()) }
//! ```
//!
//! A server and its folder are gone when the value is dropped or the test process ends, however it ends. The programs come
//! from Debian's packages: `scripts/databases.sh` installs them. A server refuses to run as root, so for root it runs as the
//! user that its package made.

mod certificates;
mod error;
mod load;
mod mariadb;
mod postgres;
mod server;

pub use certificates::Certificates;
pub use error::Error;
pub use load::{LoadError, load};
pub use mariadb::MariaDb;
pub use postgres::Postgres;

/// How a server is started.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Whether it speaks TLS, with a certificate for `localhost` of an authority of its own.
    pub tls: bool,
    /// Settings in the server's own words, such as `max_connections=10`.
    pub settings: Vec<String>,
}

impl Options {
    /// A server that speaks TLS.
    pub fn with_tls() -> Self {
        Self { tls: true, ..Self::default() }
    }

    /// The same with one more setting.
    #[must_use]
    pub fn set(mut self, setting: &str) -> Self {
        self.settings.push(setting.to_owned());
        self
    }
}

/// The name and password of the user that may do everything.
pub const ADMIN: &str = "admin";
