//! From an event to the signed request that tells of it, and from its answer to an outcome.
//!
//! Follows Standard Webhooks 1.0 (<https://www.standardwebhooks.com>).

mod conclude;
pub mod endpoint_answer;

use std::time::Duration;

use chrono::DateTime;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::Serialize;

pub use conclude::conclude;

use super::journal::ListedEvent;
use crate::{
    domain::{
        event::Event,
        id::OrderKey,
        mode::Mode,
        time::{Clock, UnixMillis},
        webhook::{endpoint::FAST_MS, outcome::Outcome, secret::Secrets},
        webhook_url::WebhookUrl,
    },
    sender::{SendOutcome, SendReport, Sender, SenderError, Session, SignedRequest},
};

/// How long a receiver may take, from the connection to the last byte of its answer.
pub const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);

const USER_AGENT: HeaderValue = HeaderValue::from_static("TopHamyon-Webhooks/1");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// What a receiver is told. Every try of one event has the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub id: String,
    pub body: String,
}

#[derive(Serialize)]
struct Body<'a, D> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    timestamp: String,
    mode: Mode,
    data: D,
}

#[derive(Serialize)]
struct NoData {}

impl Message {
    /// Tells of `event`.
    ///
    /// # Errors
    /// It cannot be written as JSON. Its types rule that out.
    pub fn of(event: &Event) -> Result<Self, serde_json::Error> {
        let data = ListedEvent::new(event);
        Self::new(
            event.event_key.event_id(),
            event.event_type.into_str(),
            event.occurred_at,
            event.mode,
            data,
        )
    }

    /// A test, which is in no journal.
    ///
    /// # Errors
    /// As [`Message::of`].
    pub fn test(mode: Mode, now: UnixMillis) -> Result<Self, serde_json::Error> {
        let id = format!("EVT_{}_{}_test", now.digits(), OrderKey::random());
        Self::new(id, "webhook.test", now, mode, NoData {})
    }

    fn new(
        id: String,
        kind: &str,
        at: UnixMillis,
        mode: Mode,
        data: impl Serialize,
    ) -> Result<Self, serde_json::Error> {
        let body = serde_json::to_string(&Body { id: &id, kind, timestamp: at.iso(), mode, data })?;
        Ok(Self { id, body })
    }

    /// The request, signed at `now`.
    fn request(&self, secrets: &Secrets, now: UnixMillis) -> SignedRequest {
        let signature = secrets.signatures(&self.id, now, &self.body);
        let written = [(ID, self.id.clone()), (TIMESTAMP, now.seconds().to_string()), (SIGNATURE, signature)];
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, JSON);
        headers.insert(header::USER_AGENT, USER_AGENT);
        // Ids, numbers and base64 are visible ASCII, which every header value may hold.
        let valid = |(name, text): (HeaderName, String)| Some((name, HeaderValue::from_str(&text).ok()?));
        headers.extend(written.into_iter().filter_map(valid));
        SignedRequest { headers, body: self.body.clone().into() }
    }
}

/// One try that was made.
#[derive(Clone, Copy, Debug)]
pub struct Tried {
    /// When it began.
    pub at: UnixMillis,
    pub outcome: Outcome,
    pub milliseconds: u32,
}

impl Tried {
    /// Whether the receiver is fast enough to be tried as soon as an event is there.
    pub const fn is_fast(&self) -> bool {
        self.outcome.is_delivered() && !self.is_slow()
    }

    /// Whether it took as long as no fast receiver does.
    pub const fn is_slow(&self) -> bool {
        self.milliseconds >= FAST_MS
    }
}

/// Sends `message` over the connections of `session`.
///
/// # Errors
/// A fault of ours, which says nothing about the receiver.
pub async fn send_in(
    session: &Session,
    message: &Message,
    secrets: &Secrets,
    clock: &dyn Clock,
    time_max: Duration,
) -> Result<Tried, SenderError> {
    let at = clock.now();
    let report = session.send(&message.request(secrets, at), time_max).await?;
    Ok(tried(report, at, clock.now()))
}

/// Sends `message` over a connection of its own.
///
/// # Errors
/// As [`send_in`].
pub async fn send(
    sender: &Sender,
    url: &WebhookUrl,
    message: &Message,
    secrets: &Secrets,
    clock: &dyn Clock,
) -> Result<Tried, SenderError> {
    send_in(&sender.session(url.clone()), message, secrets, clock, ANSWER_TIME_MAX).await
}

fn tried(report: SendReport, at: UnixMillis, now: UnixMillis) -> Tried {
    let outcome = match report.outcome {
        SendOutcome::Failed(class) => Outcome::Failed(class),
        SendOutcome::Answered { http_status, .. } if (200..300).contains(&http_status) => {
            Outcome::Delivered { http_status }
        }
        SendOutcome::Answered { http_status, retry_after } => {
            let retry_after = retry_after.and_then(|text| parse_retry_after(&text, now));
            Outcome::Refused { http_status, retry_after }
        }
    };
    let milliseconds = u32::try_from(report.milliseconds).unwrap_or(u32::MAX);
    Tried { at, outcome, milliseconds }
}

/// Reads `Retry-After`: seconds, or a date (RFC 9110, 10.2.3). Returns `None` for anything else.
fn parse_retry_after(text: &str, now: UnixMillis) -> Option<UnixMillis> {
    let digits = !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits {
        return text.parse::<i64>().ok().map(|seconds| now.plus_ms(seconds * 1000));
    }
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    UnixMillis::new(date.timestamp_millis()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = UnixMillis::new(1_700_000_000_000).unwrap();
        let wait = |text| parse_retry_after(text, now).map(|time| time.get() - now.get());
        assert_eq!(wait("120"), Some(120_000));
        assert_eq!(wait("0"), Some(0));
        assert_eq!(wait("Tue, 14 Nov 2023 22:14:20 GMT"), Some(60_000));
        for ignored in ["", "-1", "1.5", "soon", "12345678901", "2023-11-14"] {
            assert_eq!(wait(ignored), None, "{ignored}");
        }
    }
}
