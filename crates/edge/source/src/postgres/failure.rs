//! Errors of PostgreSQL in our words.

use std::time::Duration;

use sqlx::Error;

use crate::error::SourceError;
use crate::server::{Trouble, is_lost, whole};

/// Classes and codes: <https://www.postgresql.org/docs/15/errcodes-appendix.html>.
fn trouble(code: &str, reason: &str) -> Option<Trouble> {
    Some(match code {
        // The server's rules (pg_hba.conf) name the encryption that they miss.
        "28000" if reason.contains("no encryption") || reason.contains("SSL off") => Trouble::WantsTls,
        "28000" | "28P01" => Trouble::Login,
        "3D000" => Trouble::NoDatabase,
        "53300" => Trouble::Busy,
        "42501" => Trouble::Denied,
        "57P03" => Trouble::Unreachable,
        "57P01" | "57P02" | "57P04" | "57P05" => Trouble::Gone,
        code if code.starts_with("08") => Trouble::Gone,
        _ => return None,
    })
}

/// What an error of a connection that is being made means.
pub(super) fn of_connecting(error: &Error, what: &str) -> SourceError {
    let server = |trouble, reason| SourceError::Server { what: what.to_owned(), trouble, reason };
    match error {
        Error::Database(failure) => {
            let (code, reason) = (failure.code().unwrap_or_default(), failure.message().to_owned());
            match trouble(&code, &reason) {
                Some(trouble) => server(trouble, reason),
                None => SourceError::Query { reason },
            }
        }
        other => server(Trouble::of_connecting(other), whole(other)),
    }
}

/// What an error of a statement means. Tables that are there are not known yet.
pub(super) fn translate(error: &Error, what: &str, after: Duration) -> SourceError {
    let Error::Database(failure) = error else {
        let trouble = if is_lost(error) { Trouble::Gone } else { Trouble::of_connecting(error) };
        return SourceError::Server { what: what.to_owned(), trouble, reason: whole(error) };
    };
    let (code, reason) = (failure.code().unwrap_or_default(), failure.message().to_owned());
    if let Some(trouble) = trouble(&code, &reason) {
        let what = if trouble == Trouble::Denied { denied(&reason) } else { what.to_owned() };
        return SourceError::Server { what, trouble, reason };
    }
    match code.as_ref() {
        "57014" if reason.contains("statement timeout") => SourceError::Timeout { after },
        "25006" => SourceError::NotReadOnly { reason },
        "53100" | "53200" | "53400" | "54000" | "54001" => SourceError::OutOfMemory { reason },
        "42P01" => match between(&reason, "relation \"", "\" does not exist") {
            Some(table) => SourceError::TableNotFound { table, known: Vec::new() },
            None => SourceError::Query { reason },
        },
        "42703" => match column(&reason) {
            Some(column) => SourceError::UnknownColumn { column, known: Vec::new() },
            None => SourceError::Query { reason },
        },
        _ => SourceError::Query { reason },
    }
}

/// `permission denied for table orders` → table `orders`
fn denied(reason: &str) -> String {
    let thing = reason.strip_prefix("permission denied for ").and_then(|rest| rest.split_once(' '));
    thing.map_or_else(|| "what the query reads".to_owned(), |(kind, name)| format!("{kind} `{name}`"))
}

/// `column "net" does not exist` and `column r.net does not exist`
fn column(reason: &str) -> Option<String> {
    let name = reason.strip_prefix("column ")?.strip_suffix(" does not exist")?;
    Some(name.rsplit('.').next().unwrap_or(name).trim_matches('"').to_owned())
}

fn between(text: &str, before: &str, after: &str) -> Option<String> {
    Some(text.strip_prefix(before)?.strip_suffix(after)?.to_owned())
}
