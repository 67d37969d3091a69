//! What can go wrong with a source.

use std::time::Duration;

use metricwright_api::Code;
use metricwright_formula::suggest;

use crate::path::PathFault;
use crate::server::Trouble;

/// Why a source did not answer. Messages are lower case and say what failed on which thing; [`SourceError::remedy`] says
/// what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The source cannot be reached or opened.
    #[error("{what} cannot be read: {reason}")]
    Unavailable {
        /// Such as "database `shop.db`".
        what: String,
        /// Why.
        reason: String,
    },
    /// A server does not let itself be asked.
    #[error("{what} {trouble}: {reason}")]
    Server {
        /// Such as "database `shop` on db:5432".
        what: String,
        /// What stands in the way.
        trouble: Trouble,
        /// What the server, or the way to it, says.
        reason: String,
    },
    /// A Secret, or a key of it, is not there or cannot be read.
    #[error("{reason}")]
    SecretNotFound {
        /// Path of the field that names it.
        path: String,
        /// Name of the Secret.
        name: String,
        /// Key inside the Secret.
        key: String,
        /// Why.
        reason: String,
    },
    /// What a Secret holds cannot be used.
    #[error("key `{key}` of Secret `{name}` cannot be used: {reason}")]
    SecretUnusable {
        /// Path of the field that names it.
        path: String,
        /// Name of the Secret.
        name: String,
        /// Key inside the Secret.
        key: String,
        /// Why, without anything of what it holds.
        reason: String,
    },
    /// A path leads out of the data root, or nothing that can be used is there.
    #[error("path `{path}` {fault}")]
    PathInvalid {
        /// The path as given.
        path: String,
        /// What is wrong with it.
        fault: PathFault,
    },
    /// A table is not in the source.
    #[error("table `{table}` is not in the source")]
    TableNotFound {
        /// Name of the table.
        table: String,
        /// Tables that are there.
        known: Vec<String>,
    },
    /// Two files claim the name of one table.
    #[error("table `{table}` could be any of {}", listed(.files))]
    TableAmbiguous {
        /// Name of the table.
        table: String,
        /// The files and folders, as named in the source.
        files: Vec<String>,
    },
    /// A column is not in the tables that a query reads.
    #[error("column `{column}` is not in the tables that the query reads")]
    UnknownColumn {
        /// Name of the column.
        column: String,
        /// Columns that are there, as far as the engine tells.
        known: Vec<String>,
    },
    /// A statement is something else than one SELECT.
    #[error("the query is not one read-only SELECT: {reason}")]
    NotReadOnly {
        /// Why.
        reason: String,
    },
    /// The engine refused a query, or broke it off.
    #[error("the query failed: {reason}")]
    Query {
        /// What the engine says.
        reason: String,
    },
    /// A cell holds something that is no value here.
    #[error("column `{column}` of the result holds {holds}")]
    Unreadable {
        /// Name of the column.
        column: String,
        /// Such as "binary data".
        holds: String,
    },
    /// A query took longer than it may.
    #[error("the query was stopped after {} s", .after.as_secs_f64())]
    Timeout {
        /// The limit.
        after: Duration,
    },
    /// A query returned more rows than it may.
    #[error("the query returned more than {limit} rows")]
    TooManyRows {
        /// The limit.
        limit: u64,
    },
    /// A query needed more memory than it may.
    #[error("the query needs more memory or disk than it may have: {reason}")]
    OutOfMemory {
        /// What the engine says.
        reason: String,
    },
    /// The limits of a source cannot be read.
    #[error("`{field}` of the limits cannot be used: {reason}")]
    LimitsInvalid {
        /// Name of the field.
        field: &'static str,
        /// Why.
        reason: String,
    },
}

impl SourceError {
    /// The stable code under which the fault is reported.
    pub fn code(&self) -> Code {
        match self {
            Self::Unavailable { .. } => Code::SourceUnavailable,
            Self::Server { trouble, .. } => trouble.code(),
            Self::SecretNotFound { .. } => Code::SecretNotFound,
            Self::SecretUnusable { .. } | Self::LimitsInvalid { .. } => Code::InvalidValue,
            Self::PathInvalid { .. } => Code::PathInvalid,
            Self::TableNotFound { .. } | Self::TableAmbiguous { .. } => Code::TableNotFound,
            Self::UnknownColumn { .. } => Code::UnknownColumn,
            Self::NotReadOnly { .. } => Code::QueryNotReadOnly,
            Self::Query { .. } | Self::Unreadable { .. } => Code::QueryFailed,
            Self::Timeout { .. } | Self::TooManyRows { .. } | Self::OutOfMemory { .. } => Code::LimitReached,
        }
    }

    /// Path of the field of the DataSource that it is about, where it is about one.
    pub fn path(&self) -> &str {
        match self {
            Self::SecretNotFound { path, .. } | Self::SecretUnusable { path, .. } => path,
            Self::LimitsInvalid { .. } => "spec.limits",
            _ => "",
        }
    }

    /// Whether a server refused settings that may have changed since they were read.
    pub fn is_of_settings(&self) -> bool {
        matches!(self, Self::Server { trouble, .. } if trouble.is_of_settings())
    }

    /// What to do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::Unavailable { .. } => "see that the file is there, whole and readable".to_owned(),
            Self::Server { trouble, .. } => trouble.remedy().to_owned(),
            Self::SecretNotFound { name, key, .. } => {
                format!("create Secret `{name}` with the key `{key}`")
            }
            Self::SecretUnusable { name, key, .. } => format!("correct the key `{key}` of Secret `{name}`"),
            Self::PathInvalid { fault, .. } => fault.remedy().to_owned(),
            Self::TableNotFound { table, known } => choose("table", table, known),
            Self::TableAmbiguous { .. } => "rename all but one of them, or move them away".to_owned(),
            Self::UnknownColumn { column, known } => choose("column", column, known),
            Self::NotReadOnly { .. } => "write one SELECT, without parameters".to_owned(),
            Self::Query { .. } => "correct the query, or the data that it reads".to_owned(),
            Self::Unreadable { column, .. } => format!("cast `{column}` to a number or text in the query"),
            Self::Timeout { .. } => "read less, or raise `limits.statementTimeout` of the source".to_owned(),
            Self::TooManyRows { .. } => {
                "group by less, or raise `limits.maxResultRows` of the source".to_owned()
            }
            Self::OutOfMemory { .. } => "group by less, or give Metricwright more memory".to_owned(),
            Self::LimitsInvalid { .. } => {
                "write a duration such as `60s`, and whole numbers from 1".to_owned()
            }
        }
    }
}

/// "did you mean `orders`? there are …", as far as that is known.
fn choose(kind: &str, name: &str, known: &[String]) -> String {
    if known.is_empty() {
        return format!("name a {kind} that is there");
    }
    let there = format!("there are {}", listed(known));
    match suggest(name, known) {
        Some(meant) => format!("did you mean `{meant}`? {there}"),
        None => there,
    }
}

/// `a`, `b` and 3 more.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let mut shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    match names.len().checked_sub(SHOWN) {
        Some(more @ 1..) => format!("{} and {more} more", shown.join(", ")),
        _ => match shown.pop() {
            Some(last) if shown.is_empty() => last,
            Some(last) => format!("{} and {last}", shown.join(", ")),
            None => String::new(),
        },
    }
}
