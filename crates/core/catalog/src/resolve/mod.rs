//! From what people wrote to what it means.

pub mod calendar;
pub mod channel;
pub mod chronology;
pub mod circle;
pub mod component;
pub mod composed;
pub mod condition;
pub mod conversion;
pub mod cumulative;
pub mod data_source;
pub mod dataset;
pub mod dimension;
pub mod expression;
pub mod hash;
pub mod invariant;
pub mod level;
pub mod metric;
pub mod moved;
pub mod narrow;
pub mod read_only;
pub mod reference;
pub mod rule;
pub mod schedule;
pub mod shared;
pub mod target;
pub mod unreachable;
