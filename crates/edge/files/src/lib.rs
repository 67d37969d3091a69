//! Reading folders of CSV, Parquet and spreadsheet files with DataFusion, which stands in this crate only.
//!
//! ```text
//!   FilesSource ──▶ Folder: which file is which table, and its stamps (size, time of change)
//!        │            └──▶ Table: opened when a query first names it, kept while its stamps stay
//!        └──▶ FilesRuntime: threads, memory and spill space, shared by every folder
//! ```
//!
//! - `orders.csv` and `orders.parquet` are a table `orders`; so is a folder `orders/` of files of one kind. Two of them at
//!   once make the name ambiguous, which is an error for queries that use it, and for no others.
//! - Names of tables and columns are as written in the files, whether quoted or not; `Orders` is not `orders`.
//! - Files that change are noticed at the next query. A query whose files change under it is run again.
//! - A spreadsheet is the table of its first sheet; `plan!Budget!B3:F40` is a range of another one.
//! - CSV has a header. An empty field is null, also of text. Types are inferred: from the whole file if it is small, else
//!   from its first [`SAMPLED_RECORDS`] records; a later field of another type is an error.
//! - A timestamp without a zone is a `DateTime`, whatever moment it stands for: the dataset's `storedAs` says how to read
//!   it. One with a zone is an `Instant`. CSV timestamps with an offset are turned into UTC and have no zone.

mod cells;
mod depth;
mod failure;
mod folder;
mod read;
mod runtime;
mod session;
mod sheet;
mod source;
mod stop;
mod table;
mod types;

pub use runtime::{FilesRuntime, FilesSettings};
pub use source::FilesSource;
pub use table::SAMPLED_RECORDS;
