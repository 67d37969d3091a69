//! Definitions as people write them, and what they resolve to.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on may panic"
)]

mod calendars;
mod circles;
mod definitions;
mod faults;
mod filters;
mod joins;
mod kinds;
mod offsets;
mod order;
mod review;
mod support;
mod targets;
