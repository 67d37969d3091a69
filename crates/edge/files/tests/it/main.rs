//! Folders of files against the real engine.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on may panic"
)]

mod csv;
mod folder;
mod limits;
mod parquet;
mod same;
mod sheets;
mod sql;
mod support;
