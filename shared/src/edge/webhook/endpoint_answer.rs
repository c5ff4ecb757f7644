//! An endpoint as set_webhook and get_webhook show it.

use serde::Serialize;

use crate::domain::{
    event_type::EventType,
    id::ShopId,
    time::UnixMillis,
    webhook::{
        endpoint::{DisabledReason, EndpointState, LastFailure, WebhookEndpoint},
        secret::WebhookSecret,
    },
};

/// The answer. Its secret stands there only once.
#[derive(Serialize)]
pub struct EndpointAnswer {
    success: bool,
    shop_id: ShopId,
    url: String,
    events: Vec<EventType>,
    state: EndpointState,
    failures: u32,
    waiting: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_success_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_success_at_iso: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_failure_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_failure_at_iso: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_failure: Option<LastFailure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_at_iso: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_reason: Option<DisabledReason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_secret_expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_secret_expires_at_iso: Option<String>,
}

impl EndpointAnswer {
    /// Describes `endpoint` at `now`, for which `waiting` deliveries wait.
    pub fn new(endpoint: &WebhookEndpoint, waiting: usize, now: UnixMillis) -> Self {
        let old_secret_ends = endpoint.secrets.old_valid_until(now);
        Self {
            success: true,
            shop_id: endpoint.shop_id.clone(),
            url: endpoint.url.clone(),
            events: endpoint.events.list().to_vec(),
            state: endpoint.state,
            failures: endpoint.failures,
            waiting,
            secret: None,
            last_success_at: endpoint.last_success_at.map(UnixMillis::tashkent),
            last_success_at_iso: endpoint.last_success_at.map(UnixMillis::iso),
            last_failure_at: endpoint.last_failure_at.map(UnixMillis::tashkent),
            last_failure_at_iso: endpoint.last_failure_at.map(UnixMillis::iso),
            last_failure: endpoint.last_failure,
            disabled_at: endpoint.disabled_at.map(UnixMillis::tashkent),
            disabled_at_iso: endpoint.disabled_at.map(UnixMillis::iso),
            disabled_reason: endpoint.disabled_reason,
            old_secret_expires_at: old_secret_ends.map(UnixMillis::tashkent),
            old_secret_expires_at_iso: old_secret_ends.map(UnixMillis::iso),
        }
    }

    /// Shows the secret.
    #[must_use]
    pub fn with_secret(self, secret: &WebhookSecret) -> Self {
        Self { secret: Some(secret.reveal()), ..self }
    }
}
