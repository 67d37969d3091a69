//! What databases on a server have in common: where they are, what goes wrong on the way, connections that wait.

mod idle;
mod settings;
mod trouble;

pub(crate) use idle::Idle;
pub use settings::{AddressFault, ServerSettings};
pub use trouble::Trouble;
pub(crate) use trouble::{is_lost, whole};

use std::time::Duration;

use crate::error::SourceError;

/// How long a server may take to let itself be spoken with.
const CONNECT: Duration = Duration::from_secs(10);

/// Connects, within a time that a server which lives does not need.
pub(crate) async fn connect<C>(
    what: &str,
    attempt: impl Future<Output = Result<C, SourceError>>,
) -> Result<C, SourceError> {
    let late = || SourceError::Server {
        what: what.to_owned(),
        trouble: Trouble::Unreachable,
        reason: format!("no answer within {} s", CONNECT.as_secs()),
    };
    tokio::time::timeout(CONNECT, attempt).await.unwrap_or_else(|_| Err(late()))
}
