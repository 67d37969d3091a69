//! The local host: the whole loop over a directory of manifests, without a cluster.

mod directory;
mod host;
mod secrets;

pub use directory::{Manifests, read_manifests, read_manifests_in};
pub use host::{LocalHost, STATE_FOLDER};
pub use secrets::LocalSecrets;
