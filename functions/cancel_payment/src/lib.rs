//! `GET /api/cancel_payment`: a pending payment of the caller's shop becomes cancelled. Twice gives the same answer.

use std::sync::Arc;

use shared::{
    domain::{id::OrderId, payability::Payability, payment::Status},
    edge::{Answer, ApiError, Call, Endpoint, Prime, Service, answer, merchant::PaymentState, service::Credentials},
    store::CancelOutcome,
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("cancel_payment", Prime::Profile, handle)
}

async fn handle(service: Arc<Service>, call: Arc<Call>) -> Result<Answer, ApiError> {
    if call.is_prefetch() {
        return Err(ApiError::PrefetchRefused);
    }
    let credentials = Credentials::parse(&call)?;
    let order_id: OrderId = call.required()?;

    let shop = service.login(&call, &credentials).await?;

    let payment = service.store.payment(&order_id).await?.filter(|payment| payment.shop_id == shop.shop_id);
    let payment = payment.ok_or(ApiError::OrderNotFound)?;
    match service.store.cancel_payment(payment, call.now).await? {
        CancelOutcome::Cancelled(payment) => Ok(answer::json(&PaymentState::new(&payment, call.now).with_cancelled_at(&payment))),
        CancelOutcome::Refused(Payability::Held) => Err(ApiError::Held),
        CancelOutcome::Refused(Payability::Closed(status)) => Err(ApiError::NotCancellable(status)),
        CancelOutcome::Refused(_) => Err(ApiError::NotCancellable(Status::Expired)),
    }
}
