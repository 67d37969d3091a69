//! Attribution: which slices hold a change, what each contributes, and how to say so.
//!
//! [`explain`] takes a [`Table`] of leaves and finds the fewest slices that describe what happened to them;
//! [`statement`] puts it into words; [`Tree`] splits a change over the inputs of a metric that is made of others.
//! docs/analysis/attribution.md has the method, its sources, figures and limits.

mod background;
mod counts;
mod cuboid;
mod dependency;
mod effects;
mod events;
mod explain;
mod screen;
mod search;
mod statement;
mod table;
mod tree;

pub(crate) use cuboid::Lattice;
pub use dependency::{Dependency, dependencies};
pub use effects::Effects;
pub use events::{Coincidence, Days, coincidences};
pub use explain::{Cause, Explanation, Traced, explain};
pub use statement::{Finding, Language, Statement, statement};
pub use table::{Dimension, Measure, Pair, Table, Uneven};
pub use tree::Tree;
