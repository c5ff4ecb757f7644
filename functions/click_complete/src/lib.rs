//! `POST /click/complete`: Click reports that it took the money, or that the payment failed.

use std::sync::Arc;

use shared::{
    domain::{
        attempt::{Attempt, PaymeState, Reason},
        id::{OrderId, PrepareId},
        key::TransactionKey,
        mode::Mode,
    },
    edge::{
        Answer, ApiError, ApiRequest, Endpoint, Service, Warmup,
        click::{Action, ClickError, ClickForm, serve},
    },
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("click_complete", Warmup::Payment, handle)
}

async fn handle(service: Arc<Service>, request: Arc<ApiRequest>) -> Result<Answer, ApiError> {
    Ok(serve(Action::Complete, &service, &request, |form| complete(&service, &request, form)).await)
}

async fn complete(service: &Service, request: &ApiRequest, form: ClickForm) -> Result<PrepareId, ClickError> {
    let (attempt, prepare_id) = attempt(service, &form).await?;
    request.log_shop(&attempt.shop_id);
    if form.error < 0 {
        // `end_hold` leaves an attempt without a hold unchanged.
        service.store.end_hold(attempt, Reason::new(form.error)).await?;
        return Err(ClickError::Cancelled);
    }
    let amount_differs = form.amount != Some(attempt.amount.money());
    if attempt.may_be_performed(request.now) && amount_differs {
        return Err(ClickError::WrongAmount);
    }
    let performed = service.store.perform(attempt).await?;
    match performed.attempt.state {
        PaymeState::Performed if performed.by_this_call => Ok(prepare_id),
        PaymeState::Performed => Err(ClickError::AlreadyPaid),
        PaymeState::Created | PaymeState::Cancelled | PaymeState::Refunded => Err(ClickError::MoneyRefused),
    }
}

/// Returns the attempt that Prepare began for this order, if Click sends its prepare id.
async fn attempt(service: &Service, form: &ClickForm) -> Result<(Attempt, PrepareId), ClickError> {
    let attempt = service.store.attempt(&TransactionKey::click(form.click_trans_id)).await?;
    match attempt.filter(|attempt| attempt.order_id.as_str() == form.merchant_trans_id) {
        Some(attempt) => {
            let given = attempt.prepare_id.filter(|id| Some(i64::from(id.get())) == form.prepare_id);
            let prepare_id = given.ok_or(ClickError::UnknownTransaction)?;
            Ok((attempt, prepare_id))
        }
        // An attempt proves that its order belongs to a live shop. Without one, the order is read.
        None if is_live_order(service, &form.merchant_trans_id).await? => Err(ClickError::UnknownTransaction),
        None => Err(ClickError::UnknownOrder),
    }
}

async fn is_live_order(service: &Service, order_id: &str) -> Result<bool, ClickError> {
    let Ok(order_id) = OrderId::parse(order_id) else { return Ok(false) };
    Ok(service.store.payment(&order_id).await?.is_some_and(|payment| payment.mode == Mode::Live))
}
