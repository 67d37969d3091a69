//! What the tests of Metricwright stand on.
//!
//! - [`control_plane`]: a real Kubernetes control plane (etcd, API server, controller manager) as local processes, with
//!   users, kubectl and an audit log that tests count writes in.
//! - [`databases`]: PostgreSQL and MariaDB as local processes, to read from and to be without.
//! - [`mod@reference`]: metrics computed row by row, slowly and obviously, to compare the engines with.
//! - [`eventually`]: waits for something to become true by asking again until a deadline, so that no test sleeps.

pub mod control_plane;
pub mod databases;
mod eventually;
pub mod reference;

pub use eventually::{TimedOut, eventually};
