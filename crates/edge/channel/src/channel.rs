//! What every way of sending has in common.

use std::time::Duration;

use async_trait::async_trait;

/// A message ready to leave. A resend has the same key and the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Key by which the receiver knows a repeat.
    pub idempotency_key: String,
    /// The body, JSON.
    pub body: Vec<u8>,
}

/// Why a message did not arrive. No variant holds an address or a secret.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ChannelError {
    /// The settings cannot work.
    #[error("the webhook's settings cannot be used: {0}; check the channel's url and secrets")]
    Settings(String),
    /// The receiver did not answer.
    #[error("the receiver cannot be reached: {0}; it is tried again")]
    Unreachable(String),
    /// The receiver answered that it cannot take the message now.
    #[error("the receiver answered {status}; it is tried again")]
    Busy {
        /// HTTP status.
        status: u16,
        /// When the receiver asked to be tried again.
        retry_after: Option<Duration>,
    },
    /// The receiver refused the message.
    #[error(
        "the receiver refused the message with {status}; check the channel's url and what the receiver expects"
    )]
    Refused {
        /// HTTP status.
        status: u16,
    },
}

impl ChannelError {
    /// Whether the next message would fail for the same reason. A receiver that cannot read one message may well
    /// take the next; one that is down or knows no such address or key takes none.
    pub fn is_shared(&self) -> bool {
        !matches!(self, Self::Refused { status: 400 | 409 | 413 | 415 | 422 })
    }

    /// How long the receiver asked to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// A way of sending.
#[async_trait]
pub trait Channel: Send + Sync {
    /// Sends one message.
    ///
    /// # Errors
    /// The message did not arrive, or it is not known that it did; see [`ChannelError`].
    async fn send(&self, envelope: &Envelope) -> Result<(), ChannelError>;
}
