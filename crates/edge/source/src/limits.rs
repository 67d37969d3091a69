//! Limits on the work that a source is given.

use std::time::Duration;

use metricwright_api::MwDuration;
use metricwright_api::data_source::SourceLimits;

use crate::error::SourceError;

/// How hard a source may be worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Queries that may run at once, at least 1.
    pub max_concurrent_queries: u32,
    /// Longest time one query may take; waiting for others does not count.
    pub statement_timeout: Duration,
    /// Most rows one query may return.
    pub max_result_rows: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_concurrent_queries: 4,
            statement_timeout: Duration::from_mins(1),
            max_result_rows: 1_000_000,
        }
    }
}

impl Limits {
    /// The limits as declared, with defaults for the others.
    ///
    /// # Errors
    /// [`SourceError::LimitsInvalid`] where a number is zero or the timeout is no elapsed duration.
    pub fn from_spec(spec: Option<&SourceLimits>) -> Result<Self, SourceError> {
        let Some(spec) = spec else { return Ok(Self::default()) };
        let default = Self::default();
        Ok(Self {
            max_concurrent_queries: positive(
                "maxConcurrentQueries",
                spec.max_concurrent_queries.unwrap_or(default.max_concurrent_queries),
            )?,
            statement_timeout: match &spec.statement_timeout {
                Some(text) => timeout(text)?,
                None => default.statement_timeout,
            },
            max_result_rows: positive(
                "maxResultRows",
                spec.max_result_rows.unwrap_or(default.max_result_rows),
            )?,
        })
    }
}

fn positive<N: PartialEq + Default>(field: &'static str, number: N) -> Result<N, SourceError> {
    if number == N::default() {
        return Err(SourceError::LimitsInvalid { field, reason: "it is zero".to_owned() });
    }
    Ok(number)
}

fn timeout(text: &str) -> Result<Duration, SourceError> {
    let invalid = |reason: String| SourceError::LimitsInvalid { field: "statementTimeout", reason };
    match text.parse::<MwDuration>().map_err(invalid)? {
        MwDuration::Seconds(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds.unsigned_abs())),
        _ => Err(invalid(format!("`{text}` is no time that a clock can measure"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_timeout(text: &str) -> Result<Duration, SourceError> {
        let spec = SourceLimits { statement_timeout: Some(text.to_owned()), ..SourceLimits::default() };
        Limits::from_spec(Some(&spec)).map(|limits| limits.statement_timeout)
    }

    #[test]
    fn declared_limits_replace_defaults_one_by_one() {
        assert_eq!(Limits::from_spec(None), Ok(Limits::default()));
        let spec = SourceLimits { max_result_rows: Some(7), ..SourceLimits::default() };
        assert_eq!(Limits::from_spec(Some(&spec)), Ok(Limits { max_result_rows: 7, ..Limits::default() }));
        assert_eq!(with_timeout("5m"), Ok(Duration::from_mins(5)));
    }

    #[test]
    fn limits_that_allow_nothing_are_refused() {
        assert!(with_timeout("0s").is_err());
        assert!(with_timeout("1d").is_err());
        assert!(with_timeout("soon").is_err());
        let spec = SourceLimits { max_concurrent_queries: Some(0), ..SourceLimits::default() };
        assert!(Limits::from_spec(Some(&spec)).is_err());
    }
}
