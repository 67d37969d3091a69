//! Every end-to-end test, in one binary: linking is what costs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on may panic"
)]

mod admission;
mod asking;
mod check;
mod cluster;
mod crash;
mod databases;
mod explain;
mod helm;
mod idle;
mod leadership;
mod local;
mod mending;
mod metricflow;
mod oracle;
mod outage;
mod plugin;
mod reference;
mod repeats;
mod rights;
mod rotation;
mod store;
mod support;
mod targets;
mod worked;
