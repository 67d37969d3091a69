//! A JSON message by HTTP POST.

use std::fmt::Write as _;
use std::time::Duration;

use async_trait::async_trait;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, StatusCode, Url, redirect};
use sha2::Sha256;

use crate::channel::{Channel, ChannelError, Envelope};

/// How a webhook is reached. Holds secrets: it has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSettings {
    /// Address.
    pub url: String,
    /// Key that bodies are signed with.
    pub signing_secret: Option<Vec<u8>>,
}

/// Sends messages to a webhook.
pub struct WebhookChannel {
    client: Client,
    url: Url,
    signing_secret: Option<Vec<u8>>,
}

impl WebhookChannel {
    /// Makes a sender. Nothing is sent yet. Redirects are not followed: a message goes where the channel
    /// says, or nowhere.
    ///
    /// # Errors
    /// [`ChannelError::Settings`] when the address is none, or no HTTP client can be made.
    pub fn new(settings: WebhookSettings) -> Result<Self, ChannelError> {
        let url = Url::parse(&settings.url)
            .map_err(|error| ChannelError::Settings(format!("the address cannot be read ({error})")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(ChannelError::Settings("the address is neither http nor https".to_owned()));
        }
        let client = Client::builder()
            .user_agent(concat!("metricwright/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(15))
            .redirect(redirect::Policy::none())
            .build()
            .map_err(|error| ChannelError::Settings(error.without_url().to_string()))?;
        Ok(Self { client, url, signing_secret: settings.signing_secret })
    }
}

#[async_trait]
impl Channel for WebhookChannel {
    async fn send(&self, envelope: &Envelope) -> Result<(), ChannelError> {
        let mut request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("Idempotency-Key", &envelope.idempotency_key)
            .body(envelope.body.clone());
        if let Some(secret) = &self.signing_secret {
            request = request.header("X-Metricwright-Signature", sign(secret, &envelope.body)?);
        }
        let response = request.send().await.map_err(|error| unreachable_because(&error))?;
        judge(response.status(), response.headers())
    }
}

fn sign(secret: &[u8], body: &[u8]) -> Result<String, ChannelError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret)
        .map_err(|_| ChannelError::Settings("the signing secret cannot be used as a key".to_owned()))?;
    mac.update(body);
    let mut text = "sha256=".to_owned();
    for byte in mac.finalize().into_bytes() {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

/// Says why without the address, which may be a secret.
fn unreachable_because(error: &reqwest::Error) -> ChannelError {
    let why = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    };
    ChannelError::Unreachable(why.to_owned())
}

fn judge(status: StatusCode, headers: &HeaderMap) -> Result<(), ChannelError> {
    if status.is_success() {
        return Ok(());
    }
    let code = status.as_u16();
    if status.is_server_error() || matches!(code, 408 | 425 | 429) {
        let retry_after = headers
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| text.parse().ok())
            .map(Duration::from_secs);
        return Err(ChannelError::Busy { status: code, retry_after });
    }
    Err(ChannelError::Refused { status: code })
}
