//! Messages to people: what they say, how they leave, and when to try again.

mod backoff;
mod channel;
mod message;
mod webhook;

pub use backoff::backoff;
pub use channel::{Channel, ChannelError, Envelope};
pub use message::{IncidentMessage, MessageSlice, MessageWindow, Summary};
pub use webhook::{WebhookChannel, WebhookSettings};
