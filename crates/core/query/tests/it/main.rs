//! The crate from outside.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod offsets;
mod support;
mod windows;
