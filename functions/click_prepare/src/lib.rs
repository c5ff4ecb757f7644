//! `POST /click/prepare`: Click asks whether a payer may pay. The attempt then holds the payment.

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
        Answer, ApiError, ApiRequest, Endpoint, Service, Warmup,
        click::{Action, ClickError, ClickForm, serve},
    },
    store::HoldOutcome,
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("click_prepare", Warmup::Payment, handle)
}

async fn handle(service: Arc<Service>, request: Arc<ApiRequest>) -> Result<Answer, ApiError> {
    Ok(serve(Action::Prepare, &service, &request, |form| prepare(&service, &request, form)).await)
}

async fn prepare(service: &Service, request: &ApiRequest, form: ClickForm) -> Result<PrepareId, ClickError> {
    let key = TransactionKey::click(form.click_trans_id);
    let order_id = OrderId::parse(&form.merchant_trans_id).ok();
    let (existing, payment) = service.store.attempt_and_payment(&key, order_id.as_ref()).await?;
    if let Some(attempt) = existing {
        return prepare_again(service, request, &form, &attempt).await;
    }
    let payment = payment.filter(|payment| payment.mode == Mode::Live).ok_or(ClickError::UnknownOrder)?;
    match begin(service, request, &form, payment).await {
        Err(refusal) if refusal.is_final() => {
            // The attempt and the payment were read in parallel, so an equal call may have begun
            // and ended in between.
            match service.store.attempt(&key).await? {
                Some(attempt) => prepare_again(service, request, &form, &attempt).await,
                None => Err(refusal),
            }
        }
        begun => begun,
    }
}

/// Answers a repeated click_trans_id from the stored attempt. Writes nothing.
async fn prepare_again(
    service: &Service,
    request: &ApiRequest,
    form: &ClickForm,
    attempt: &Attempt,
) -> Result<PrepareId, ClickError> {
    request.log_shop(&attempt.shop_id);
    if attempt.order_id.as_str() != form.merchant_trans_id {
        return Err(ClickError::BadRequest);
    }
    let amount_differs = form.amount != Some(attempt.amount.money());
    match attempt.status(request.now) {
        AttemptStatus::Performed => Err(ClickError::AlreadyPaid),
        AttemptStatus::Cancelled | AttemptStatus::Refunded => Err(ClickError::Cancelled),
        AttemptStatus::LiveHold | AttemptStatus::StaleHold if amount_differs => Err(ClickError::WrongAmount),
        AttemptStatus::LiveHold => prepare_id(attempt),
        AttemptStatus::StaleHold => {
            let payment = service.store.payment(&attempt.order_id).await?;
            let in_time = payment.is_some_and(|payment| payment.expires_at > request.now);
            if in_time { prepare_id(attempt) } else { Err(ClickError::Cancelled) }
        }
    }
}

async fn begin(
    service: &Service,
    request: &ApiRequest,
    form: &ClickForm,
    payment: Payment,
) -> Result<PrepareId, ClickError> {
    request.log_shop(&payment.shop_id);
    let shop = service.store.profile(&payment.shop_id).await?.ok_or(ClickError::UnknownOrder)?;
    if shop.status == ShopStatus::Disabled {
        return Err(ClickError::UnknownOrder);
    }
    if payment.payability(request.now) == Payability::Closed(Status::Paid) {
        return Err(ClickError::AlreadyPaid);
    }
    if form.amount != Some(payment.amount.money()) {
        return Err(ClickError::WrongAmount);
    }
    let hold_ms = service.settings.click.on().map_or(click::HOLD_DEFAULT_MS, |click| click.hold_ms);
    let prepare_id = PrepareId::random().map_err(|error| ClickError::Failed(error.to_string()))?;
    let attempt =
        click::attempt(form.click_trans_id, prepare_id, &payment, shop.fee_rate, hold_ms, request.now);
    match service.store.hold(attempt, payment).await? {
        HoldOutcome::Held(_) => Ok(prepare_id),
        HoldOutcome::AlreadyExists(attempt) => prepare_again(service, request, form, &attempt).await,
        HoldOutcome::Refused(Payability::Closed(Status::Paid)) => Err(ClickError::AlreadyPaid),
        HoldOutcome::Refused(_) => Err(ClickError::Cancelled),
    }
}

fn prepare_id(attempt: &Attempt) -> Result<PrepareId, ClickError> {
    attempt.prepare_id.ok_or_else(|| {
        ClickError::Failed(format!("transaction {} has no prepare id", attempt.transaction_key))
    })
}
