//! Errors of MariaDB and MySQL in our words.

use std::time::Duration;

use sqlx::Error;
use sqlx::mysql::MySqlDatabaseError;

use crate::error::SourceError;
use crate::server::{Trouble, is_lost, whole};

/// Numbers: <https://mariadb.com/kb/en/mariadb-error-code-reference/>.
fn trouble(number: u16, reason: &str) -> Option<Trouble> {
    Some(match number {
        _ if reason.contains("insecure transport") => Trouble::WantsTls,
        1045 | 1698 | 1820 | 1862 | 4151 => Trouble::Login,
        1049 => Trouble::NoDatabase,
        1040 | 1203 | 1226 => Trouble::Busy,
        1044 | 1142 | 1143 | 1227 | 1370 | 1345 => Trouble::Denied,
        1129 | 1130 => Trouble::Unreachable,
        1053 | 1927 | 2006 | 2013 => Trouble::Gone,
        _ => return None,
    })
}

fn told(error: &Error) -> Option<(u16, String)> {
    let failure = error.as_database_error()?.try_downcast_ref::<MySqlDatabaseError>()?;
    Some((failure.number(), failure.message().to_owned()))
}

/// What an error of a connection that is being made means.
pub(super) fn of_connecting(error: &Error, what: &str) -> SourceError {
    let server = |trouble, reason| SourceError::Server { what: what.to_owned(), trouble, reason };
    match told(error) {
        Some((number, reason)) => match trouble(number, &reason) {
            Some(trouble) => server(trouble, reason),
            None => SourceError::Query { reason },
        },
        None => server(Trouble::of_connecting(error), whole(error)),
    }
}

/// What an error of a statement means. Tables that are there are not known yet.
pub(super) fn translate(error: &Error, what: &str, after: Duration) -> SourceError {
    let Some((number, reason)) = told(error) else {
        let trouble = if is_lost(error) { Trouble::Gone } else { Trouble::of_connecting(error) };
        return SourceError::Server { what: what.to_owned(), trouble, reason: whole(error) };
    };
    if let Some(trouble) = trouble(number, &reason) {
        let what = if trouble == Trouble::Denied { denied(&reason) } else { what.to_owned() };
        return SourceError::Server { what, trouble, reason };
    }
    match number {
        1969 | 3024 => SourceError::Timeout { after },
        1290 | 1792 | 1836 => SourceError::NotReadOnly { reason },
        1021 | 1037 | 1038 | 1041 | 1114 | 1135 => SourceError::OutOfMemory { reason },
        1146 => match quoted(&reason) {
            // `shop.orders`, with the database that is asked
            Some(table) => SourceError::TableNotFound {
                table: table.split_once('.').map_or(table.clone(), |(_, name)| name.to_owned()),
                known: Vec::new(),
            },
            None => SourceError::Query { reason },
        },
        1054 => match quoted(&reason) {
            Some(column) => SourceError::UnknownColumn {
                column: column.rsplit('.').next().unwrap_or(&column).to_owned(),
                known: Vec::new(),
            },
            None => SourceError::Query { reason },
        },
        _ => SourceError::Query { reason },
    }
}

/// `SELECT command denied to user 'bi'@'localhost' for table `shop`.`orders`` → table `orders`
fn denied(reason: &str) -> String {
    let table = reason.split_once("for table ").map(|(_, name)| name.replace(['`', '\''], ""));
    table.map_or_else(
        || "what the query reads".to_owned(),
        |name| format!("table `{}`", name.rsplit('.').next().unwrap_or(&name)),
    )
}

fn quoted(reason: &str) -> Option<String> {
    let (_, rest) = reason.split_once('\'')?;
    Some(rest.split_once('\'')?.0.to_owned())
}
