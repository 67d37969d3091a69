//! The SQL of a scan, and reading what it gives.

mod conversion;
mod joins;
mod levels;
mod ranks;
mod read;
mod render;
mod rows;
mod spread;
mod time;

pub(crate) use joins::{column, relation};
pub use read::{ReadError, read};
pub use render::statement;

use metricwright_catalog::resolved::Component;

/// Name of the rows that are grouped.
const CELLS: &str = "mw_cells";

/// The condition on a row of [`CELLS`] under which it counts for a component; none where all do.
fn filter(component: &Component, index: usize) -> Option<String> {
    match &component.snapshot {
        Some(snapshot) if snapshot.is_chosen() => Some(format!("q{index} = 1")),
        _ => component.aggregate.filter.as_ref().map(|_| format!("p{index}")),
    }
}

/// A statement, and how its result is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The SQL, for people to read too.
    pub sql: String,
    /// How the result is laid out.
    pub layout: Layout,
}

/// The columns of a result: the grouping, the bucket, the members, the components.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// For each grouping, the total first: the names of its dimensions and the columns of their members.
    pub groupings: Vec<Vec<(String, usize)>>,
    /// Number of member columns.
    pub members: usize,
    /// Number of component columns.
    pub components: usize,
}
