//! The errors of the merchant API, and the one place that maps them to HTTP.
//!
//! An error that the caller can act on is HTTP 200 with `"success": false`: the documented sample
//! reads `error` from a 200 only. 500 and 503 are our own failures.

use http::{StatusCode, header};
use serde::Serialize;

use super::{Answer, ApiRequest, answer};
use crate::{
    domain::{
        money::{MoneyError, Tiyin},
        page::{CursorError, LimitError, OffsetError},
        payment::Status,
        tokens::RetryAfter,
        webhook_url::WebhookUrlError,
    },
    store::{CreateError, StoreError},
};

/// Why an endpoint refuses or fails. Its `Display` is the sentence that the caller reads.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("{0} is required")]
    MissingParameter(&'static str),
    #[error("{0} was given more than once")]
    AmbiguousParameter(&'static str),
    #[error("{name} must be {expected}")]
    InvalidParameter { name: &'static str, expected: String },
    #[error("{0} cannot be used together")]
    UnsupportedCombination(&'static str),
    #[error("Invalid shop key")]
    InvalidShopKey,
    #[error("The shop is disabled")]
    ShopInactive,
    #[error("amount must be {}, such as 1000.00", MoneyError::Form)]
    InvalidAmount,
    #[error("amount must be {}", MoneyError::TooSmall(*.0))]
    AmountTooSmall(Tiyin),
    #[error("amount must be {}", MoneyError::TooLarge(*.0))]
    AmountTooLarge(Tiyin),
    #[error("limit must be {0}")]
    InvalidLimit(#[from] LimitError),
    #[error("offset must be {0}")]
    InvalidOffset(#[from] OffsetError),
    #[error(
        "offset is too deep to reach in time; page with cursor instead, which costs the same on every page"
    )]
    OffsetTooDeep,
    #[error("from is too early: too many events follow it to be read in time; ask for later days")]
    TooManyEvents,
    #[error("cursor must be {0}")]
    InvalidCursor(#[from] CursorError),
    #[error("Order not found")]
    OrderNotFound,
    #[error("idempotency_key was already used for a payment with other parameters")]
    IdempotencyConflict,
    #[error("The payment is {} and cannot be cancelled", .0.into_str())]
    NotCancellable(Status),
    #[error("The payment is being paid and cannot be cancelled")]
    Held,
    #[error("The shop creates too many payments; try again in {0}")]
    TooManyPayments(RetryAfter),
    #[error("Too many wrong keys came from your address; try again in {0}")]
    TooManyWrongKeys(RetryAfter),
    #[error("{0}")]
    InvalidUrl(#[from] WebhookUrlError),
    #[error("The shop's key is published, so it cannot have a webhook")]
    PublicShop,
    #[error("The shop has no webhook; set one with set_webhook")]
    WebhookNotSet,
    #[error("The webhook is disabled; set_webhook makes it active again")]
    WebhookDisabled,
    #[error("Event not found")]
    EventNotFound,
    #[error("The webhook was tested a moment ago; try again in {0}")]
    TooManyTests(RetryAfter),
    #[error("A prefetch may not change anything; send the request itself")]
    PrefetchRefused,
    /// Our own fault. The detail goes to the log only.
    #[error("Internal error")]
    Internal(String),
    /// The store is down, slow or busy. The detail goes to the log only.
    #[error("The store is unavailable, try again later")]
    StoreUnavailable(String),
}

impl ApiError {
    /// The stable name of the error, for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MissingParameter(_) => "missing_parameter",
            Self::AmbiguousParameter(_) => "ambiguous_parameter",
            Self::InvalidParameter { .. } | Self::TooManyEvents => "invalid_parameter",
            Self::UnsupportedCombination(_) => "unsupported_combination",
            Self::InvalidShopKey => "invalid_shop_key",
            Self::ShopInactive => "shop_inactive",
            Self::InvalidAmount => "invalid_amount",
            Self::AmountTooSmall(_) => "amount_too_small",
            Self::AmountTooLarge(_) => "amount_too_large",
            Self::InvalidLimit(_) => "invalid_limit",
            Self::InvalidOffset(_) | Self::OffsetTooDeep => "invalid_offset",
            Self::InvalidCursor(_) => "invalid_cursor",
            Self::OrderNotFound => "order_not_found",
            Self::IdempotencyConflict => "idempotency_conflict",
            Self::NotCancellable(_) | Self::Held => "payment_not_cancellable",
            Self::TooManyPayments(_) | Self::TooManyWrongKeys(_) | Self::TooManyTests(_) => "rate_limited",
            Self::InvalidUrl(_) => "invalid_url",
            Self::PublicShop => "public_shop",
            Self::WebhookNotSet => "webhook_not_set",
            Self::WebhookDisabled => "webhook_disabled",
            Self::EventNotFound => "event_not_found",
            Self::PrefetchRefused => "prefetch_refused",
            Self::Internal(_) => "internal_error",
            Self::StoreUnavailable(_) => "store_unavailable",
        }
    }

    /// Returns 200 for what the caller can act on, 5xx for our own failures.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::StoreUnavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::OK,
        }
    }

    /// The time after which the same request may succeed, if it is known.
    const fn retry_after(&self) -> Option<RetryAfter> {
        match self {
            Self::TooManyPayments(wait) | Self::TooManyWrongKeys(wait) | Self::TooManyTests(wait) => {
                Some(*wait)
            }
            _ => None,
        }
    }

    /// The outcome for the log. A refusal for wrong keys must be told from one of a shop's own limit.
    pub const fn log_outcome(&self) -> &'static str {
        match self {
            Self::TooManyWrongKeys(_) => "too_many_wrong_keys",
            _ => self.code(),
        }
    }

    /// The detail for the log, if the failure is ours.
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::Internal(detail) | Self::StoreUnavailable(detail) => Some(detail),
            _ => None,
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(detail) => Self::StoreUnavailable(detail),
            StoreError::Corrupt { .. } | StoreError::Fault(_) => Self::Internal(error.to_string()),
        }
    }
}

impl From<CreateError> for ApiError {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::Conflict => Self::IdempotencyConflict,
            CreateError::Store(error) => error.into(),
        }
    }
}

impl From<MoneyError> for ApiError {
    fn from(error: MoneyError) -> Self {
        match error {
            MoneyError::Form => Self::InvalidAmount,
            MoneyError::TooSmall(min) => Self::AmountTooSmall(min),
            MoneyError::TooLarge(max) => Self::AmountTooLarge(max),
        }
    }
}

/// The body of every merchant error.
#[derive(Serialize)]
struct Body<'a> {
    success: bool,
    /// Only in check_shop's answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    valid: Option<bool>,
    error: String,
    error_code: &'static str,
    request_id: &'a str,
}

/// Makes the answer for `error` of a merchant endpoint.
pub fn refuse(error: &ApiError, request: &ApiRequest) -> Answer {
    body(error, request, None)
}

/// Makes the answer for `error` of check_shop: `"valid": false` stands after `success`.
pub fn refuse_as_invalid(error: &ApiError, request: &ApiRequest) -> Answer {
    body(error, request, Some(false))
}

fn body(error: &ApiError, request: &ApiRequest, valid: Option<bool>) -> Answer {
    let body = Body {
        success: false,
        valid,
        error: error.to_string(),
        error_code: error.code(),
        request_id: &request.request_id,
    };
    let mut answer = answer::json_with_status(error.status(), &body);
    if let Some(RetryAfter(seconds)) = error.retry_after() {
        answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    answer
}
