//! Ending a statement that nobody waits for any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::SqliteConnection;

use super::failure::translate;
use crate::error::SourceError;

/// Instructions of SQLite's machine between two looks at whether to go on: well under a millisecond.
const INSTRUCTIONS: i32 = 2_000;

/// Ends whatever its connection runs when it is dropped. SQLite runs on a thread of its own, which dropping a future does
/// not stop.
pub(super) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Watches over the statements that the connection runs from now on. Replaces the one before, which has been dropped
    /// with whoever held the connection.
    pub(super) async fn when_dropped(connection: &mut SqliteConnection) -> Result<Self, SourceError> {
        let dropped = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&dropped);
        let mut handle = connection.lock_handle().await.map_err(|error| translate(&error))?;
        handle.set_progress_handler(INSTRUCTIONS, move || !seen.load(Ordering::Relaxed));
        Ok(Self(dropped))
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
