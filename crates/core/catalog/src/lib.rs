//! The catalogue: resources resolved together, with every finding on the way.
//!
//! ```text
//! manifests / cluster ──▶ Inventory (as written) ──▶ Catalog (resolved on demand) ──▶ ResolvedMetric, ResolvedRule …
//!                                                         └──▶ Diagnostic (code, place, reason, remedy)
//! ```

pub mod calendar;
mod catalog;
mod component;
mod consumers;
pub mod frame;
mod inventory;
pub mod manifest;
pub mod moment;
mod resolve;
pub mod resolved;
mod review;

pub use catalog::{Catalog, Resolved};
pub use consumers::references;
pub use inventory::{Inventory, Object, Spec};
pub use resolve::unreachable::Unreachable;
pub use review::{Review, review};
