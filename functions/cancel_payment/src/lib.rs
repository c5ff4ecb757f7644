//! `GET /api/cancel_payment`: a pending payment of the caller's shop becomes cancelled. Twice gives the same answer.

use std::sync::Arc;

use shared::{
    domain::id::OrderId,
    edge::{Answer, ApiError, Call, Endpoint, Prime, Service, answer, merchant::PaymentState, service::Credentials},
    store::Cancelled,
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
        Cancelled::Is(payment) => Ok(answer::json(&PaymentState::new(&payment, call.now).with_cancelled_at(&payment))),
        Cancelled::Held => Err(ApiError::Held),
        Cancelled::Not(status) => Err(ApiError::NotCancellable(status)),
    }
}
