//! Waiting without sleeping: ask again until it is so, or say what it was instead.

use std::fmt::Display;
use std::time::{Duration, Instant};

/// How long [`eventually`] rests between two attempts.
const PAUSE: Duration = Duration::from_millis(50);

/// What [`eventually`] says when the deadline passed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not so after {waited:.1?} and {attempts} attempts; last: {last}")]
pub struct TimedOut {
    /// How long it was tried.
    pub waited: Duration,
    /// How many attempts were made, the last one perhaps cut short.
    pub attempts: u32,
    /// What the last finished attempt answered.
    pub last: String,
}

/// Repeats `attempt` every 50 ms until it answers `Ok`, for at most `deadline`.
///
/// An attempt says in its `Err` what is not so yet; the last one is in the error. An attempt that hangs is cut off at the
/// deadline.
///
/// ```
/// # use std::time::Duration;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let mut seen = 0;
/// let value = metricwright_testkit::eventually(Duration::from_secs(5), || {
///     seen += 1;
///     async move { if seen == 3 { Ok(seen) } else { Err(format!("only {seen}")) } }
/// });
/// assert_eq!(value.await, Ok(3));
/// # }
/// ```
pub async fn eventually<T, E, F>(deadline: Duration, mut attempt: impl FnMut() -> F) -> Result<T, TimedOut>
where
    E: Display,
    F: Future<Output = Result<T, E>>,
{
    let began = Instant::now();
    let mut last = String::from("nothing, the first attempt did not finish");
    let mut attempts = 0;
    loop {
        attempts += 1;
        let left = deadline.saturating_sub(began.elapsed());
        match tokio::time::timeout(left, attempt()).await {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(reason)) => last = reason.to_string(),
            Err(_) => return Err(TimedOut { waited: began.elapsed(), attempts, last }),
        }
        if began.elapsed() + PAUSE >= deadline {
            return Err(TimedOut { waited: began.elapsed(), attempts, last });
        }
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn reports_the_last_answer_when_the_deadline_passes() {
        let mut count = 0;
        let outcome: Result<(), _> = eventually(Duration::from_millis(120), || {
            count += 1;
            let answer = format!("answer {count}");
            async move { Err(answer) }
        })
        .await;
        let error = outcome.unwrap_err();
        assert_eq!(error.last, format!("answer {}", error.attempts));
        assert!(error.to_string().contains(&error.last), "{error}");
    }

    #[tokio::test]
    async fn cuts_off_an_attempt_that_hangs() {
        let outcome = eventually(Duration::from_millis(20), std::future::pending::<Result<(), String>>).await;
        assert_eq!(outcome.unwrap_err().attempts, 1);
    }
}
