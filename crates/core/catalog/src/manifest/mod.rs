//! Manifests: from files to objects, with the place of every field, so that a finding points at its text.
//!
//! ```text
//! text ──tree──▶ Node (places) ──plain──▶ JSON ──schema, metadata──▶ Diagnostic ──place──▶ Finding
//!                                           └──read──▶ Object
//! ```

mod lines;
mod load;
mod metadata;
mod place;
mod plain;
mod read;
mod scalar;
mod schema;
mod tree;

#[cfg(test)]
mod tests;

pub use lines::Lines;
pub use load::{Loaded, Located, SourceFile, load, load_in};
pub use place::{Finding, locate};
pub use read::{SecretManifest, read_object};
pub use schema::validate_object;
pub use tree::Node;
