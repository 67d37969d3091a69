//! Statuses: what the resources say of themselves. Pure: facts in, status out.

pub mod any_kind;
mod conditions;
pub mod incident;
pub mod metric;
pub mod rule;
pub mod simple;
mod value;

pub use conditions::{Verdict, apply};
pub use value::{decimal_text, number_text, window_status};
