//! Ending the process at a chosen write, so that tests see what a crash there leaves behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use metricwright_store::Hook;

/// Variable of the environment: the process kills itself (`SIGKILL`) at this many writes after the start.
pub const CRASH_AT: &str = "METRICWRIGHT_CRASH_AT_WRITE";

/// A hook that ends the process at the write that [`CRASH_AT`] names; without it, one that does nothing.
pub fn hook() -> Hook {
    let at: Option<u64> = std::env::var(CRASH_AT).ok().and_then(|text| text.parse().ok());
    let writes = AtomicU64::new(0);
    Arc::new(move |_point| {
        if Some(writes.fetch_add(1, Ordering::SeqCst) + 1) == at {
            // `kill -9`: no destructor, no buffer and no handler runs.
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        }
    })
}
