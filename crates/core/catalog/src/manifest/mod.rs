//! Manifests: from files to objects, with the place of every field, so that a finding points at its text.

mod load;
mod place;
mod schema;
mod tree;

pub use load::{Loaded, Located, SecretManifest, SourceFile, load, read_object};
pub use place::{Finding, locate};
pub use schema::validate_object;
pub use tree::Node;
