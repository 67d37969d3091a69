//! From a typed query to values, without calling out:
//!
//! ```text
//! Query ──plan──▶ Scan (dataset, components, groupings, grain, range) ──statement──▶ SQL
//!                                                        rows ──read──▶ Cell ──combine──▶ values by window and slice
//! ```

pub mod combine;
pub mod dialect;
pub mod format;
pub mod moment;
pub mod plan;
pub mod probe;
pub mod scan;
pub mod slice;
pub mod sql;
pub mod window;

pub(crate) use sql::relation as sql_relation;

pub use combine::{ValueCell, combine};
pub use dialect::{DataFusionSql, MySqlSql, PostgresSql, SqlDialect, SqliteSql};
pub use plan::{Query, plan, plan_scans};
pub use scan::{Cell, Scan};
pub use slice::Slice;
pub use sql::{Layout, ReadError, Statement, read, statement};
pub use window::Window;
