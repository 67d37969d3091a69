//! Sources against real files.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on may panic"
)]

mod limits;
mod paths;
mod schema;
mod sqlite;
mod support;
