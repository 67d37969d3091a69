//! The reference evaluator: metrics computed row by row, slowly and obviously, to compare the engines with.
//!
//! ```text
//!   Tables (rows by table or dataset) ─┐
//!   ResolvedMetric (from the catalogue) ├──▶ evaluate ──▶ Values by (window start, slice) ──▶ compare with an engine's
//!   Question (grain, range, dimensions) ┘
//! ```
//!
//! It takes definitions from the catalogue and the tree of expressions, and nothing else from the product: expressions,
//! three-valued logic, buckets, joins and aggregates are its own, without SQL. It never runs a dataset's `query:` either;
//! its rows are made with [`distinct`], [`join`], [`select`] and [`with_column`] and given by [`Tables::with_dataset`].
//!
//! The rules of meaning: a window is loaded for a component when its dataset has a row in what is read for the window, before filters.
//! In a loaded window a group without rows gives 0 for counts and is missing for everything else; in one that is not loaded everything
//! is missing. A slice begins with its first window for which a row of it is read.
//!
//! ```no_run
//! # use metricwright_catalog::resolved::ResolvedMetric;
//! # use metricwright_testkit::reference::{Error, Values};
//! # fn example(metric: &ResolvedMetric, of_the_engine: &Values) -> Result<(), Box<dyn std::error::Error>> {
//! use metricwright_api::Grain;
//! use metricwright_testkit::reference::{Question, Tables, compare, evaluate};
//!
//! let tables = Tables::read_folder("data".as_ref())?;
//! let question = Question::total(Grain::Day, "2025-01-01T00:00:00Z".parse()?, "2025-02-01T00:00:00Z".parse()?);
//! let expected = evaluate(metric, &tables, &question.by(metric, &["store"])?)?;
//! compare(&expected, of_the_engine)?;
//! # Ok(()) }
//! ```

mod aggregate;
mod bucket;
mod call;
mod compare;
mod conversion;
mod csv;
mod error;
mod evaluate;
mod files;
mod fiscal;
mod frame;
mod interpret;
mod level;
mod number;
mod offset;
mod rows;
mod table;

pub use compare::{Differences, TOLERANCE, compare, same};
pub use error::Error;
pub use evaluate::{Question, Slice, Values, evaluate};
pub use files::read_file;
pub use table::{Row, Table, Tables, distinct, join, select, with_column};
