//! The store from outside: what is kept, what is not written twice, and what a killed process leaves.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on may panic"
)]

mod fencing;
mod killed;
mod locking;
mod points;
mod rules;
mod statuses;
mod support;
