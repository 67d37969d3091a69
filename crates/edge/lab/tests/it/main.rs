//! The lab from outside: folders of cases in, answers out.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on may panic"
)]

mod attribute;
mod detect;
mod forecast;
