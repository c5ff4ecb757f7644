//! `GET /api/cancel_payment`: cancels a pending payment of the caller's shop. A repeat gets the
//! same answer.

use std::sync::Arc;

use shared::{
    domain::{id::OrderId, payability::Payability, payment::Status},
    edge::{
        Answer, ApiError, ApiRequest, Endpoint, Service, Warmup, answer, merchant::PaymentState,
        service::Credentials,
    },
    store::CancelOutcome,
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("cancel_payment", Warmup::Profile, handle)
}

struct Parameters {
    credentials: Credentials,
    order_id: OrderId,
}

impl Parameters {
    fn parse(request: &ApiRequest) -> Result<Self, ApiError> {
        if request.is_prefetch() {
            return Err(ApiError::PrefetchRefused);
        }
        Ok(Self { credentials: Credentials::parse(request)?, order_id: request.required()? })
    }
}

async fn handle(service: Arc<Service>, request: Arc<ApiRequest>) -> Result<Answer, ApiError> {
    let Parameters { credentials, order_id } = Parameters::parse(&request)?;

    let shop = service.authenticate(&request, &credentials).await?;

    let payment = service.store.payment(&order_id).await?.filter(|payment| payment.shop_id == shop.shop_id);
    let payment = payment.ok_or(ApiError::OrderNotFound)?;
    match service.store.cancel_payment(payment).await? {
        CancelOutcome::Cancelled(payment) => {
            Ok(answer::json(&PaymentState::new(&payment, request.now).with_cancelled_at(&payment)))
        }
        CancelOutcome::Refused(Payability::Held) => Err(ApiError::Held),
        CancelOutcome::Refused(Payability::Closed(status)) => Err(ApiError::NotCancellable(status)),
        CancelOutcome::Refused(_) => Err(ApiError::NotCancellable(Status::Expired)),
    }
}
