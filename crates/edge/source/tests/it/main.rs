//! Sources against real files.

mod limits;
mod paths;
mod schema;
mod sqlite;
mod support;
