//! Where a shop wants its events, and how that address fares.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;
use uuid::Uuid;

use super::{event_types::EventTypes, outcome::FailureClass, secret::Secrets};
use crate::domain::{event_type::EventType, id::ShopId, time::UnixMillis};

/// After so many failures in a row an endpoint is failing.
pub const FAILURES_MAX: u32 = 5;

/// A fast endpoint answers in less.
pub const FAST_MS: u32 = 1000;

/// How long an endpoint on which the relay stopped waiting does not count as fast.
pub const SLOW_FOR_MS: i64 = 60 * 60 * 1000;

/// An endpoint without a success for so long is disabled.
pub const NO_SUCCESS_MAX_MS: i64 = 10 * 24 * 60 * 60 * 1000;

/// The time between two tests of an endpoint.
pub const TEST_PAUSE_MS: i64 = 10_000;

/// The last success is written again when it is older than this.
pub const SUCCESS_AGE_MS: i64 = 60_000;

/// The part of the queue for endpoints whose line has something to do.
pub const PROBES: &str = "probe";

/// Whether an endpoint gets events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum EndpointState {
    Active,
    /// Only its oldest event is tried.
    Failing,
    /// Nothing is sent.
    Disabled,
}

/// Why an endpoint was disabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum DisabledReason {
    /// It answered 410.
    Gone,
    /// Ten days without a success.
    NoSuccess,
}

/// The last failure of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastFailure {
    pub error_class: FailureClass,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
}

/// Names one setting of an endpoint. An outcome changes the endpoint only if this is still the one
/// that the try was made with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointVersion(String);

impl EndpointVersion {
    pub fn random() -> Self {
        Self(Uuid::new_v4().to_string())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An item of the table `webhooks`: the endpoint of a shop.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WebhookEndpoint {
    pub shop_id: ShopId,
    /// As the merchant set it. Its rules are checked again before each try.
    pub url: String,
    pub events: EventTypes,
    pub secrets: Secrets,
    pub version: EndpointVersion,
    pub state: EndpointState,
    /// When it was set or enabled.
    pub set_at: UnixMillis,
    /// In a row, over all deliveries.
    pub failures: u32,
    /// Whether the last try or test answered 2xx in less than [`FAST_MS`].
    pub fast: bool,
    /// Until then it does not count as fast.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slow_until: Option<UnixMillis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<UnixMillis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled_at: Option<UnixMillis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled_reason: Option<DisabledReason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_success_at: Option<UnixMillis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_failure_at: Option<UnixMillis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<LastFailure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tested_at: Option<UnixMillis>,
    /// When something was put into its line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line_at: Option<UnixMillis>,
    /// [`PROBES`] if its line has something to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// When its line is looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_try_at: Option<UnixMillis>,
}

impl WebhookEndpoint {
    /// A new endpoint.
    pub fn new(shop_id: ShopId, url: String, events: EventTypes, secrets: Secrets, now: UnixMillis) -> Self {
        Self {
            shop_id,
            url,
            events,
            secrets,
            version: EndpointVersion::random(),
            state: EndpointState::Active,
            set_at: now,
            failures: 0,
            fast: false,
            slow_until: None,
            failing_since: None,
            disabled_at: None,
            disabled_reason: None,
            last_success_at: None,
            last_failure_at: None,
            last_failure: None,
            tested_at: None,
            // Deliveries may still wait that a deleted endpoint left.
            line_at: Some(now),
            due: Some(PROBES.to_owned()),
            next_try_at: Some(now),
        }
    }

    /// Whether the relay may try it.
    pub fn is_fast(&self, now: UnixMillis) -> bool {
        self.state == EndpointState::Active && self.fast && self.slow_until.is_none_or(|until| until <= now)
    }

    pub fn wants(&self, event_type: EventType) -> bool {
        self.events.contains(event_type)
    }

    /// Whether it had no success for so long that it must be disabled.
    pub fn is_without_success(&self, now: UnixMillis) -> bool {
        let last = self.last_success_at.map_or(self.set_at, |success| success.max(self.set_at));
        now.get() - last.get() >= NO_SUCCESS_MAX_MS
    }

    /// The time before which no second test is made.
    pub fn next_test_at(&self) -> Option<UnixMillis> {
        self.tested_at.map(|tested| tested.plus_ms(TEST_PAUSE_MS))
    }
}
