//! `POST /click/prepare`: Click asks whether a payer may pay, and the payment is held for this Click transaction.

use std::sync::Arc;

use shared::{
    domain::{
        click::{self, PrepareId},
        id::OrderId,
        payment::{Payment, Status},
        settlement::Openness,
        shop::{Mode, ShopStatus},
        transaction::{Reason, Standing, Transaction, TransactionKey},
    },
    edge::{
        Answer, ApiError, Call, Endpoint, Prime, Service,
        click::{Action, ClickRequest, Refusal, serve},
    },
    store::Held,
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
    let (known, payment) = service.store.transaction_and_payment(&key, order_id.as_ref()).await?;
    if let Some(transaction) = known {
        return again(service, call, &request, transaction).await;
    }
    let payment = payment.filter(|payment| payment.mode == Mode::Live).ok_or(Refusal::UnknownOrder)?;
    call.belongs_to(&payment.shop_id);
    let shop = service.store.profile(&payment.shop_id).await?.ok_or(Refusal::UnknownOrder)?;
    if shop.status == ShopStatus::Disabled {
        return Err(Refusal::UnknownOrder);
    }
    begin(service, call, &request, payment).await
}

/// A click_trans_id that is known: its own record decides.
async fn again(service: &Service, call: &Call, request: &ClickRequest, transaction: Transaction) -> Result<PrepareId, Refusal> {
    call.belongs_to(&transaction.shop_id);
    if transaction.order_id.as_str() != request.merchant_trans_id {
        return Err(Refusal::BadRequest);
    }
    let amount_differs = request.amount != Some(transaction.amount.money());
    match transaction.standing(call.now) {
        Standing::Performed => Err(Refusal::AlreadyPaid),
        Standing::Cancelled | Standing::Refunded => Err(Refusal::Cancelled),
        Standing::LiveHold | Standing::DeadHold if amount_differs => Err(Refusal::WrongAmount),
        Standing::LiveHold => prepare_id(&transaction),
        Standing::DeadHold => {
            service.store.end_hold(transaction, Reason::TIMEOUT, call.now).await?;
            Err(Refusal::Cancelled)
        }
    }
}

async fn begin(service: &Service, call: &Call, request: &ClickRequest, payment: Payment) -> Result<PrepareId, Refusal> {
    let openness = payment.openness(call.now);
    if openness == Openness::Closed(Status::Paid) {
        return Err(Refusal::AlreadyPaid);
    }
    if request.amount != Some(payment.amount.money()) {
        return Err(Refusal::WrongAmount);
    }
    let hold_ms = service.settings.click.as_ref().map_or(click::HOLD_DEFAULT_MS, |click| click.hold_ms);
    let prepare_id = PrepareId::random().map_err(|error| Refusal::Failed(error.to_string()))?;
    let attempt = click::attempt(request.click_trans_id, prepare_id, &payment, hold_ms, call.now);
    match service.store.hold(attempt, payment, call.now).await? {
        Held::Now(_) => Ok(prepare_id),
        Held::Known(transaction) => again(service, call, request, transaction).await,
        Held::Not(Openness::Closed(Status::Paid)) => Err(Refusal::AlreadyPaid),
        Held::Not(_) => Err(Refusal::Cancelled),
    }
}

fn prepare_id(transaction: &Transaction) -> Result<PrepareId, Refusal> {
    transaction.prepare_id.ok_or_else(|| Refusal::Failed(format!("transaction {} has no prepare id", transaction.transaction_key)))
}
