//! The SQL of a scan, and reading what it gives.

mod joins;
mod ranks;
mod read;
mod render;
mod time;

pub(crate) use joins::{column, relation};
pub use read::{ReadError, read};
pub use render::statement;

/// A statement, and how its result is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The SQL, for people to read too.
    pub sql: String,
    /// How the result is laid out.
    pub layout: Layout,
}

/// The columns of a result: the grouping, the bucket, the members, the components, the number of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// For each grouping, the total first: the names of its dimensions and the columns of their members.
    pub groupings: Vec<Vec<(String, usize)>>,
    /// Number of member columns.
    pub members: usize,
    /// Number of component columns.
    pub components: usize,
}
