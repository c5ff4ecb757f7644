//! `POST /click/prepare`: Click asks whether a payer may pay, and the payment is held for this Click transaction.

use std::sync::Arc;

use shared::{
    domain::{
        attempt::{Attempt, AttemptStatus},
        click,
        id::{OrderId, PrepareId},
        key::TransactionKey,
        mode::Mode,
        payability::Payability,
        payment::{Payment, Status},
        shop::ShopStatus,
    },
    edge::{
        Answer, ApiError, Call, Endpoint, Prime, Service,
        click::{Action, ClickRequest, Refusal, serve},
    },
    store::HoldOutcome,
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("click_prepare", Prime::Payment, handle)
}

async fn handle(service: Arc<Service>, call: Arc<Call>) -> Result<Answer, ApiError> {
    Ok(serve(Action::Prepare, &service, &call, |request| prepare(&service, &call, request)).await)
}

async fn prepare(service: &Service, call: &Call, request: ClickRequest) -> Result<PrepareId, Refusal> {
    let key = TransactionKey::click(request.click_trans_id);
    let order_id = OrderId::parse(&request.merchant_trans_id).ok();
    let (known, payment) = service.store.attempt_and_payment(&key, order_id.as_ref()).await?;
    if let Some(attempt) = known {
        return again(service, call, &request, &attempt).await;
    }
    let payment = payment.filter(|payment| payment.mode == Mode::Live).ok_or(Refusal::UnknownOrder)?;
    match begin(service, call, &request, payment).await {
        Err(refusal) if refusal.is_final() => {
            // The attempt was read beside the payment, so an equal call may have begun and ended in between.
            match service.store.transaction(&key).await? {
                Some(attempt) => again(service, call, &request, &attempt).await,
                None => Err(refusal),
            }
        }
        begun => begun,
    }
}

/// A click_trans_id that is known: its own record decides, and nothing is written.
async fn again(service: &Service, call: &Call, request: &ClickRequest, attempt: &Attempt) -> Result<PrepareId, Refusal> {
    call.belongs_to(&attempt.shop_id);
    if attempt.order_id.as_str() != request.merchant_trans_id {
        return Err(Refusal::BadRequest);
    }
    let amount_differs = request.amount != Some(attempt.amount.money());
    match attempt.status(call.now) {
        AttemptStatus::Performed => Err(Refusal::AlreadyPaid),
        AttemptStatus::Cancelled | AttemptStatus::Refunded => Err(Refusal::Cancelled),
        AttemptStatus::LiveHold | AttemptStatus::StaleHold if amount_differs => Err(Refusal::WrongAmount),
        AttemptStatus::LiveHold => prepare_id(attempt),
        AttemptStatus::StaleHold => {
            let payment = service.store.payment(&attempt.order_id).await?;
            let in_time = payment.is_some_and(|payment| payment.expires_at > call.now);
            if in_time { prepare_id(attempt) } else { Err(Refusal::Cancelled) }
        }
    }
}

async fn begin(service: &Service, call: &Call, request: &ClickRequest, payment: Payment) -> Result<PrepareId, Refusal> {
    call.belongs_to(&payment.shop_id);
    let shop = service.store.profile(&payment.shop_id).await?.ok_or(Refusal::UnknownOrder)?;
    if shop.status == ShopStatus::Disabled {
        return Err(Refusal::UnknownOrder);
    }
    if payment.payability(call.now) == Payability::Closed(Status::Paid) {
        return Err(Refusal::AlreadyPaid);
    }
    if request.amount != Some(payment.amount.money()) {
        return Err(Refusal::WrongAmount);
    }
    let hold_ms = service.settings.click.as_ref().map_or(click::HOLD_DEFAULT_MS, |click| click.hold_ms);
    let prepare_id = PrepareId::random().map_err(|error| Refusal::Failed(error.to_string()))?;
    let attempt = click::attempt(request.click_trans_id, prepare_id, &payment, hold_ms, call.now);
    match service.store.hold(attempt, payment, call.now).await? {
        HoldOutcome::Held(_) => Ok(prepare_id),
        HoldOutcome::AlreadyExists(attempt) => again(service, call, request, &attempt).await,
        HoldOutcome::Refused(Payability::Closed(Status::Paid)) => Err(Refusal::AlreadyPaid),
        HoldOutcome::Refused(_) => Err(Refusal::Cancelled),
    }
}

fn prepare_id(attempt: &Attempt) -> Result<PrepareId, Refusal> {
    attempt.prepare_id.ok_or_else(|| Refusal::Failed(format!("transaction {} has no prepare id", attempt.transaction_key)))
}
