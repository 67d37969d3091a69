//! Connections that wait to be used again.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a connection waits that nobody uses.
const LONGEST: Duration = Duration::from_mins(1);

/// Connections that answered all they were asked, each with the time since when it waits. How many are in use at once is
/// bounded by [`Limited`](crate::Limited); so many wait at most.
pub(crate) struct Idle<C>(Mutex<Vec<(C, Instant)>>);

impl<C> Idle<C> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// The connection that was used last, if one still waits.
    pub(crate) fn take(&self) -> Option<C> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|(_, since)| since.elapsed() < LONGEST);
        waiting.pop().map(|(connection, _)| connection)
    }

    /// Lets a connection wait.
    pub(crate) fn put(&self, connection: C) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|(_, since)| since.elapsed() < LONGEST);
        waiting.push((connection, Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_used_last_is_used_first() {
        let idle = Idle::new();
        assert_eq!(idle.take(), None);
        idle.put(1);
        idle.put(2);
        assert_eq!((idle.take(), idle.take(), idle.take()), (Some(2), Some(1), None));
    }
}
