//! What the tests of Metricwright stand on.
//!
//! - [`control_plane`]: a real Kubernetes control plane (etcd, API server, controller manager) as local processes, with
//!   users, kubectl and an audit log that tests count writes in.
//! - [`node`]: a node for that control plane, which runs Pods as local processes.
//! - [`helm`]: helm for that control plane.
//! - [`databases`]: real database servers as local processes, with TLS, limits, and stopping and starting again.
//! - [`mod@reference`]: metrics computed row by row, slowly and obviously, to compare the engines with.
//! - [`eventually`]: waits for something to become true by asking again until a deadline, so that no test sleeps.

pub mod control_plane;
pub mod databases;
mod eventually;
pub mod helm;
pub mod node;
mod process;
pub mod reference;

pub use eventually::{TimedOut, eventually};
