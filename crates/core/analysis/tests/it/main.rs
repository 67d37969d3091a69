//! Judging from outside: values in, episodes and messages out.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on may panic"
)]

mod attribution;
mod conditions;
mod detect;
mod episodes;
mod forecast;
mod messages;
mod support;
