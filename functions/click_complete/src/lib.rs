//! `POST /click/complete`: Click says that the money was taken, or that the payment is off.

use std::sync::Arc;

use shared::{
    domain::{
        attempt::{Attempt, PaymeState, Reason},
        id::{OrderId, PrepareId},
        key::TransactionKey,
        mode::Mode,
    },
    edge::{
        Answer, ApiError, Call, Endpoint, Prime, Service,
        click::{Action, ClickRequest, Refusal, serve},
    },
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("click_complete", Prime::Payment, handle)
}

async fn handle(service: Arc<Service>, call: Arc<Call>) -> Result<Answer, ApiError> {
    Ok(serve(Action::Complete, &service, &call, |request| complete(&service, &call, request)).await)
}

async fn complete(service: &Service, call: &Call, request: ClickRequest) -> Result<PrepareId, Refusal> {
    let (transaction, prepare_id) = attempt(service, &request).await?;
    call.belongs_to(&transaction.shop_id);
    if request.error < 0 {
        // An attempt that is no hold any more stays as it is.
        service.store.end_hold(transaction, Reason::new(request.error), call.now).await?;
        return Err(Refusal::Cancelled);
    }
    let amount_differs = request.amount != Some(transaction.amount.money());
    if transaction.may_be_performed(call.now) && amount_differs {
        return Err(Refusal::WrongAmount);
    }
    let performed = service.store.perform(transaction, call.now).await?;
    match performed.attempt.state {
        PaymeState::Performed if performed.by_this_call => Ok(prepare_id),
        PaymeState::Performed => Err(Refusal::AlreadyPaid),
        PaymeState::Created | PaymeState::Cancelled | PaymeState::Refunded => Err(Refusal::Cancelled),
    }
}

/// The attempt that Prepare began for this order, under the number that it was given.
async fn attempt(service: &Service, request: &ClickRequest) -> Result<(Attempt, PrepareId), Refusal> {
    let transaction = service.store.transaction(&TransactionKey::click(request.click_trans_id)).await?;
    match transaction.filter(|transaction| transaction.order_id.as_str() == request.merchant_trans_id) {
        Some(transaction) => {
            let given = transaction.prepare_id.filter(|id| Some(i64::from(id.get())) == request.prepare_id);
            let prepare_id = given.ok_or(Refusal::UnknownTransaction)?;
            Ok((transaction, prepare_id))
        }
        // An attempt proves that its order is one of a live shop; without it the order is looked up.
        None if is_live_order(service, &request.merchant_trans_id).await? => Err(Refusal::UnknownTransaction),
        None => Err(Refusal::UnknownOrder),
    }
}

async fn is_live_order(service: &Service, order_id: &str) -> Result<bool, Refusal> {
    let Ok(order_id) = OrderId::parse(order_id) else { return Ok(false) };
    Ok(service.store.payment(&order_id).await?.is_some_and(|payment| payment.mode == Mode::Live))
}
