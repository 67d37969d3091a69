//! From a typed query to values, without calling out:
//!
//! ```text
//! Query ──plan──▶ Scan (dataset, components, groupings, grain, range) ──statement──▶ SQL
//!            └ reading: the buckets that a component's frame needs
//!                                                        rows ──read──▶ Cell ──combine──▶ values by window and slice
//! ```

pub mod ask;
pub mod combine;
pub mod dialect;
pub mod format;
mod merge;
pub mod offset;
pub mod plan;
pub mod probe;
pub mod reading;
pub mod scan;
pub mod slice;
pub mod sql;
pub mod target;
pub mod window;

pub(crate) use sql::relation as sql_relation;

pub use ask::{Ask, Comparison};
pub use combine::{ValueCell, combine, violated};
pub use dialect::{DataFusionSql, MySqlSql, PostgresSql, SqlDialect, SqliteSql};
pub use plan::{Query, plan, plan_scans};
pub use reading::Stretch;
pub use scan::{Cell, Scan};
pub use slice::Slice;
pub use sql::{Layout, ReadError, Statement, read, statement};
pub use window::Window;
