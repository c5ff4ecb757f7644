//! The parameters of the merchant API: their names, and the error that each has for a value of the
//! wrong form.

use std::fmt::Display;

use super::{ApiError, Language};
use crate::domain::{
    credential::{IdempotencyKey, ShopKey},
    event::EventKey,
    event_page::{EventCursor, EventOrder, ExportCursor},
    event_type::EventType,
    id::{OrderId, ShopId},
    lifetime::Lifetime,
    money::PaymentAmount,
    page::{Cursor, Limit, Offset},
    payment::Status,
    text::{Description, MerchantOrderId, ReturnUrl},
    webhook::{
        delivery::DeliveryState,
        delivery_page::{DeliveryCursor, ResendCursor},
        event_types::EventTypes,
        secret::OldSecretHours,
    },
};

/// A value that a request carries under a name.
pub trait Parameter: Sized {
    const NAME: &'static str;
    /// The header that may carry it in place of the query.
    const HEADER: Option<&'static str> = None;

    /// Parses the text of a value that is not empty.
    fn parse(text: &str) -> Result<Self, ApiError>;

    /// Whether an empty value counts as absent: forms and generated clients send `description=`. A
    /// parameter whose absence would change what a request does returns an error.
    fn check_empty() -> Result<(), ApiError> {
        Ok(())
    }
}

/// Returns the error for a parameter without an error code of its own. `expected` says what it must
/// be.
pub fn invalid<T: Parameter>(expected: impl Display) -> ApiError {
    ApiError::InvalidParameter { name: T::NAME, expected: expected.to_string() }
}

impl Parameter for ShopId {
    const NAME: &'static str = "shop_id";
    const HEADER: Option<&'static str> = Some("x-shop-id");

    fn parse(text: &str) -> Result<Self, ApiError> {
        Self::parse(text).map_err(|_| ApiError::InvalidShopKey)
    }
}

impl Parameter for ShopKey {
    const NAME: &'static str = "shop_key";
    const HEADER: Option<&'static str> = Some("x-shop-key");

    fn parse(text: &str) -> Result<Self, ApiError> {
        Self::parse(text).map_err(|_| ApiError::InvalidShopKey)
    }
}

impl Parameter for OrderId {
    const NAME: &'static str = "order_id";

    fn parse(text: &str) -> Result<Self, ApiError> {
        Self::parse(text).map_err(|_| ApiError::OrderNotFound)
    }
}

impl Parameter for PaymentAmount {
    const NAME: &'static str = "amount";

    fn parse(text: &str) -> Result<Self, ApiError> {
        Ok(Self::parse(text)?)
    }
}

impl Parameter for IdempotencyKey {
    const NAME: &'static str = "idempotency_key";
    const HEADER: Option<&'static str> = Some("idempotency-key");

    fn parse(text: &str) -> Result<Self, ApiError> {
        Self::parse(text).map_err(invalid::<Self>)
    }

    /// A repeated call without its key would make a second payment.
    fn check_empty() -> Result<(), ApiError> {
        Err(ApiError::MissingParameter(Self::NAME))
    }
}

impl Parameter for MerchantOrderId {
    const NAME: &'static str = "merchant_order_id";

    fn parse(text: &str) -> Result<Self, ApiError> {
        Self::parse(text).map_err(invalid::<Self>)
    }
}

impl Parameter for Description {
    const NAME: &'static str = "description";

    fn parse(text: &str) -> Result<Self, ApiError> {
        Self::parse(text).map_err(invalid::<Self>)
    }
}

impl Parameter for ReturnUrl {
    const NAME: &'static str = "return_url";

    fn parse(text: &str) -> Result<Self, ApiError> {
        Self::parse(text).map_err(invalid::<Self>)
    }
}

impl Parameter for Lifetime {
    const NAME: &'static str = "expires_in";

    fn parse(text: &str) -> Result<Self, ApiError> {
        Self::parse(text).map_err(invalid::<Self>)
    }
}

impl Parameter for Status {
    const NAME: &'static str = "status";

    fn parse(text: &str) -> Result<Self, ApiError> {
        Self::parse(text).map_err(invalid::<Self>)
    }
}

impl Parameter for Limit {
    const NAME: &'static str = "limit";

    fn parse(text: &str) -> Result<Self, ApiError> {
        Ok(Self::parse(text)?)
    }
}

impl Parameter for Offset {
    const NAME: &'static str = "offset";

    fn parse(text: &str) -> Result<Self, ApiError> {
        Ok(Self::parse(text)?)
    }
}

impl Parameter for Cursor {
    const NAME: &'static str = "cursor";

    fn parse(text: &str) -> Result<Self, ApiError> {
        Ok(Self::parse(text)?)
    }

    /// A reader who lost the cursor would get the first page again.
    fn check_empty() -> Result<(), ApiError> {
        <Self as Parameter>::parse("").map(drop)
    }
}

impl Parameter for EventCursor {
    const NAME: &'static str = "cursor";

    fn parse(text: &str) -> Result<Self, ApiError> {
        Ok(Self::parse(text)?)
    }

    /// As for [`Cursor`].
    fn check_empty() -> Result<(), ApiError> {
        <Self as Parameter>::parse("").map(drop)
    }
}

impl Parameter for ExportCursor {
    const NAME: &'static str = "cursor";

    fn parse(text: &str) -> Result<Self, ApiError> {
        Ok(Self::parse(text)?)
    }

    /// As for [`Cursor`].
    fn check_empty() -> Result<(), ApiError> {
        <Self as Parameter>::parse("").map(drop)
    }
}

impl Parameter for EventType {
    const NAME: &'static str = "type";

    fn parse(text: &str) -> Result<Self, ApiError> {
        Self::parse(text).map_err(invalid::<Self>)
    }
}

impl Parameter for EventOrder {
    const NAME: &'static str = "order";

    fn parse(text: &str) -> Result<Self, ApiError> {
        Self::parse(text).map_err(invalid::<Self>)
    }
}

impl Parameter for EventTypes {
    const NAME: &'static str = "events";

    fn parse(text: &str) -> Result<Self, ApiError> {
        Self::parse(text).map_err(invalid::<Self>)
    }
}

impl Parameter for OldSecretHours {
    const NAME: &'static str = "old_secret_valid_hours";

    fn parse(text: &str) -> Result<Self, ApiError> {
        Self::parse(text).map_err(invalid::<Self>)
    }
}

impl Parameter for DeliveryState {
    const NAME: &'static str = "status";

    fn parse(text: &str) -> Result<Self, ApiError> {
        Self::parse(text).map_err(invalid::<Self>)
    }
}

impl Parameter for DeliveryCursor {
    const NAME: &'static str = "cursor";

    fn parse(text: &str) -> Result<Self, ApiError> {
        Ok(Self::parse(text)?)
    }

    /// As for [`Cursor`].
    fn check_empty() -> Result<(), ApiError> {
        <Self as Parameter>::parse("").map(drop)
    }
}

impl Parameter for ResendCursor {
    const NAME: &'static str = "cursor";

    fn parse(text: &str) -> Result<Self, ApiError> {
        Ok(Self::parse(text)?)
    }

    /// As for [`Cursor`].
    fn check_empty() -> Result<(), ApiError> {
        <Self as Parameter>::parse("").map(drop)
    }
}

impl Parameter for Language {
    const NAME: &'static str = "lang";

    fn parse(text: &str) -> Result<Self, ApiError> {
        Self::from_code(text).ok_or_else(|| invalid::<Self>("uz, ru or en"))
    }
}

/// An event by its public name.
impl Parameter for EventKey {
    const NAME: &'static str = "event_id";

    fn parse(text: &str) -> Result<Self, ApiError> {
        Self::from_event_id(text).map_err(|_| ApiError::EventNotFound)
    }
}
