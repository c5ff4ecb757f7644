//! `GET /pay/{order_id}/status`: what an open pay page asks again and again. It has a route of its
//! own, so that open pages never use up the limit of check_payment. Strongly consistent.

use std::sync::Arc;

use serde::Serialize;
use shared::{
    domain::{
        id::OrderId,
        payability::Payability,
        payment::{Payment, Status},
        time::UnixMillis,
    },
    edge::{Answer, ApiError, ApiRequest, Endpoint, Service, Warmup, answer},
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("pay_status", Warmup::Payment, handle)
}

/// While the payer pays, his page turns within this many seconds.
const POLL_S: u32 = 3;
/// Money that comes late, and refunds, are rare.
const POLL_RARELY_S: u32 = 60;

async fn handle(service: Arc<Service>, request: Arc<ApiRequest>) -> Result<Answer, ApiError> {
    let order_id = request.path_parameter("order_id").and_then(|text| OrderId::parse(text).ok());
    let order_id = order_id.ok_or(ApiError::OrderNotFound)?;

    let payment = service.store.payment(&order_id).await?.ok_or(ApiError::OrderNotFound)?;
    request.log_shop(&payment.shop_id);

    Ok(answer::json(&Body::new(&payment, request.now)))
}

#[derive(Serialize)]
struct Body {
    success: bool,
    status: &'static str,
    /// Whether a provider's attempt holds the payment, so that no other one can begin.
    held: bool,
    /// Seconds until a pending payment expires, rounded up. 0 if it is not pending.
    expires_in_s: i64,
    /// How many seconds to wait before the next question. 0: the status is final.
    next_poll_s: u32,
}

impl Body {
    fn new(payment: &Payment, now: UnixMillis) -> Self {
        let status = payment.status_at(now);
        let payability = payment.payability(now);
        let left_ms = payment.expires_at.get().saturating_sub(now.get()).max(0);
        Self {
            success: true,
            status: status.into_str(),
            held: payability == Payability::Held,
            expires_in_s: if status == Status::Pending { (left_ms + 999) / 1000 } else { 0 },
            next_poll_s: match status {
                Status::Pending => POLL_S,
                Status::Paid => POLL_RARELY_S,
                Status::Expired if payability.may_still_be_paid() => POLL_RARELY_S,
                Status::Expired | Status::Cancelled | Status::Refunded => 0,
            },
        }
    }
}
