//! One control plane for a whole test binary.

use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::OnceCell;

use super::{ControlPlane, Error, Options};

static SHARED: OnceCell<Result<ControlPlane, Error>> = OnceCell::const_new();

/// The control plane that all tests of this process share, started by the first one that asks, with [`Options::default`].
///
/// It is stopped when the process ends, in whatever way. If it can't be started, every test is told the same reason.
pub async fn shared() -> Result<&'static ControlPlane, &'static Error> {
    SHARED.get_or_init(|| ControlPlane::start(Options::default())).await.as_ref()
}

/// A namespace name that no other test of this process gets: `prefix-1`, `prefix-2`, …
///
/// `prefix` must be a DNS label of at most 50 characters. [`ControlPlane::create_namespace`] makes the namespace as well.
pub fn unique_namespace(prefix: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("{prefix}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}
