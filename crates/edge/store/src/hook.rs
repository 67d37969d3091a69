//! Where a crash is tried out.

use std::sync::Arc;

/// The moments around writes at which a crash must do no harm; a [`Hook`] is called with each.
pub const WRITE_POINTS: &[&str] = &[
    "run:before-commit",
    "run:after-commit",
    "rule:before-commit",
    "rule:after-commit",
    "outbox:before-mark",
    "outbox:after-mark",
    "status:after-commit",
];

/// Called around writes, for tests that end the process there.
pub type Hook = Arc<dyn Fn(&'static str) + Send + Sync>;
