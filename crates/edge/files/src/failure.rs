//! Errors of DataFusion in our words.

use datafusion::arrow::error::ArrowError;
use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;
use datafusion::sql::sqlparser::parser::ParserError;
use metricwright_source::SourceError;

/// The longest message that is passed on, in characters.
const LONGEST: usize = 400;

/// What an error means here.
pub(crate) fn translate(error: &DataFusionError) -> SourceError {
    let root = error.find_root();
    match root {
        DataFusionError::SchemaError(fault, _) => schema(fault).unwrap_or_else(|| query(root)),
        DataFusionError::ResourcesExhausted(_) => SourceError::OutOfMemory { reason: plain(root) },
        _ if plain(root).contains("disk space during the spilling process") => {
            SourceError::OutOfMemory { reason: "it wrote more to disk than it may".to_owned() }
        }
        DataFusionError::Plan(reason) if is_refusal(reason) => {
            SourceError::NotReadOnly { reason: plain(root) }
        }
        DataFusionError::NotImplemented(reason) if reason.contains("single SQL statement") => {
            SourceError::NotReadOnly { reason: "there are several statements".to_owned() }
        }
        DataFusionError::NotImplemented(reason) if reason.starts_with("Unsupported SQL statement") => {
            SourceError::NotReadOnly { reason: plain(root) }
        }
        _ if is_of_file(root) => {
            SourceError::Unavailable { what: "a file of the query".to_owned(), reason: plain(root) }
        }
        _ => query(root),
    }
}

fn query(error: &DataFusionError) -> SourceError {
    SourceError::Query { reason: plain(error) }
}

/// Whether reading a file failed, and not what was done with its rows.
fn is_of_file(error: &DataFusionError) -> bool {
    match error {
        DataFusionError::ParquetError(_) | DataFusionError::ObjectStore(_) | DataFusionError::IoError(_) => {
            true
        }
        DataFusionError::ArrowError(fault, _) => {
            matches!(
                fault.as_ref(),
                ArrowError::CsvError(_) | ArrowError::ParquetError(_) | ArrowError::IoError(..)
            )
        }
        _ => false,
    }
}

/// `SQLOptions` says so.
fn is_refusal(reason: &str) -> bool {
    ["DDL not supported", "DML not supported", "Statement not supported"]
        .iter()
        .any(|refusal| reason.starts_with(refusal))
}

fn schema(fault: &SchemaError) -> Option<SourceError> {
    match fault {
        SchemaError::FieldNotFound { field, valid_fields } => {
            let mut known: Vec<String> = valid_fields.iter().map(|field| field.name.clone()).collect();
            known.sort();
            known.dedup();
            Some(SourceError::UnknownColumn { column: field.name.clone(), known })
        }
        SchemaError::AmbiguousReference { field } => Some(SourceError::Query {
            reason: format!("column `{}` is in more than one of the tables", field.name),
        }),
        _ => None,
    }
}

/// The message without its ornaments: prefixes, backtraces, rows of data, pleas to file a bug, and guesses that differ
/// from time to time.
pub(crate) fn plain(error: &DataFusionError) -> String {
    let root = error.find_root();
    let message = match root {
        DataFusionError::SQL(fault, _) => match fault.as_ref() {
            ParserError::TokenizerError(message) | ParserError::ParserError(message) => message.clone(),
            ParserError::RecursionLimitExceeded => "it is nested too deeply".to_owned(),
        },
        DataFusionError::Internal(message) => message.clone(),
        _ => root.message().into_owned(),
    };
    let message = message.split(DataFusionError::BACK_TRACE_SEP).next().unwrap_or_default();
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let message = message.split(". Row data:").next().unwrap_or_default();
    let message = message.split(". Did you mean").next().unwrap_or_default();
    let mut letters = message.trim_end_matches('.').chars();
    let mut short: String = lower_first(letters.by_ref().take(LONGEST));
    if letters.next().is_some() {
        short.push('…');
    }
    short
}

/// `Expected: …` as `expected: …`, and `SELECT …` as it is.
fn lower_first(letters: impl Iterator<Item = char>) -> String {
    let mut letters = letters.peekable();
    let Some(first) = letters.next() else { return String::new() };
    let word = letters.peek().is_some_and(|second| second.is_lowercase());
    let first = if word { first.to_ascii_lowercase() } else { first };
    std::iter::once(first).chain(letters).collect()
}
