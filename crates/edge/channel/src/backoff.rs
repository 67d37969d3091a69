//! When to try again.

use std::time::Duration;

use sha2::{Digest, Sha256};

const FIRST: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_mins(15);

/// How long to wait after the given number of failed attempts (1 after the first): 5 s doubling to 15 min,
/// spread by a fifth either way, always alike for one key, and never sooner than the receiver asked for
/// (up to a day).
pub fn backoff(attempts: u32, key: &str, retry_after: Option<Duration>) -> Duration {
    let doubled = FIRST.saturating_mul(1_u32 << attempts.saturating_sub(1).min(16)).min(LONGEST);
    let digest = Sha256::digest(format!("{key}#{attempts}").as_bytes());
    let byte = digest.first().copied().unwrap_or_default();
    let spread = 0.8 + 0.4 * f64::from(byte) / 255.0;
    let asked = retry_after.unwrap_or_default().min(Duration::from_hours(24));
    doubled.mul_f64(spread).max(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_to_a_quarter_of_an_hour_and_heeds_the_receiver() {
        let first = backoff(1, "a", None);
        assert!(first >= Duration::from_secs(4) && first <= Duration::from_secs(6));
        assert_eq!(first, backoff(1, "a", None));
        assert!(backoff(60, "a", None) <= LONGEST.mul_f64(1.2));
        assert_eq!(backoff(1, "a", Some(Duration::from_mins(10))), Duration::from_mins(10));
    }
}
