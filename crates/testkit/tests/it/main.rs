//! The testkit against itself: a real control plane, started once and shared.

// Helpers beside the tests fail the way tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod control_plane;
mod databases;
mod node;
mod orphans;
mod reference;
mod servers;
