//! Errors of SQLite in our words.

use sqlx::Error;

use crate::error::SourceError;

/// Primary result codes: <https://sqlite.org/rescode.html>.
mod code {
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const NO_MEMORY: i32 = 7;
    pub(super) const READ_ONLY: i32 = 8;
    pub(super) const IO: i32 = 10;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const CANNOT_OPEN: i32 = 14;
    pub(super) const TOO_BIG: i32 = 18;
    pub(super) const AUTH: i32 = 23;
    pub(super) const NOT_A_DATABASE: i32 = 26;
}

/// What an error of sqlx means here. Tables and columns that are there are not known yet: see `schema::explain`.
pub(super) fn translate(error: &Error) -> SourceError {
    let Error::Database(failure) = error else {
        return SourceError::Unavailable { what: "the database".to_owned(), reason: error.to_string() };
    };
    let reason = failure.message().to_owned();
    let extended: i32 = failure.code().and_then(|text| text.parse().ok()).unwrap_or_default();
    match extended & 0xff {
        code::READ_ONLY | code::AUTH => SourceError::NotReadOnly { reason },
        code::NO_MEMORY | code::FULL | code::TOO_BIG => SourceError::OutOfMemory { reason },
        code::BUSY | code::LOCKED | code::IO | code::CORRUPT | code::CANNOT_OPEN | code::NOT_A_DATABASE => {
            SourceError::Unavailable { what: "the database".to_owned(), reason }
        }
        _ => missing_name(&reason).unwrap_or(SourceError::Query { reason }),
    }
}

/// `no such table: main.orders`, `no such column: net`.
fn missing_name(reason: &str) -> Option<SourceError> {
    let (kind, name) = reason.strip_prefix("no such ")?.split_once(": ")?;
    let name = name.split(" - should this be").next().unwrap_or(name);
    match kind {
        "table" => {
            let table = name.strip_prefix("main.").unwrap_or(name).to_owned();
            Some(SourceError::TableNotFound { table, known: Vec::new() })
        }
        "column" => Some(SourceError::UnknownColumn { column: name.to_owned(), known: Vec::new() }),
        _ => None,
    }
}
