//! The crate from outside; the SQL runs on a real SQLite.

mod support;
mod windows;
