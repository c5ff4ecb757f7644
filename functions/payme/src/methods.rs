//! The methods on one transaction. A repeated id is answered from its stored attempt. Only a new
//! one reads the order.

use shared::{
    domain::{
        attempt::{Attempt, AttemptStatus, PaymeState, Reason},
        key::TransactionKey,
        mode::Mode,
        payability::Payability,
        payme,
        payment::Payment,
        shop::{Profile, ShopStatus},
        time::UnixMillis,
    },
    edge::{ApiRequest, Service},
    store::{HoldOutcome, Receipt, ReverseOutcome},
};

use crate::{
    answer::PaymeAnswer,
    error::PaymeError,
    rpc::{ById, Cancel, CheckPerform, Create, Kind, SetFiscalData},
};

/// An authenticated call. The mode is that of Payme's key.
pub struct Caller<'a> {
    pub service: &'a Service,
    pub request: &'a ApiRequest,
    pub mode: Mode,
}

impl Caller<'_> {
    pub async fn check_perform(&self, params: &CheckPerform) -> Result<PaymeAnswer, PaymeError> {
        let order_id = params.account.order_id().ok_or(PaymeError::NoSuchOrder)?;
        let payment = self.service.store.payment(&order_id).await?;
        self.payable(payment, params.amount).await?;
        Ok(PaymeAnswer::Allow { allow: true })
    }

    pub async fn create(&self, params: &Create) -> Result<PaymeAnswer, PaymeError> {
        let store = &self.service.store;
        let key = TransactionKey::payme(self.mode, &params.id);
        let order_id = params.account.order_id();
        let (existing, payment) = store.attempt_and_payment(&key, order_id.as_ref()).await?;
        if let Some(attempt) = existing {
            return self.create_again(attempt).await;
        }
        match self.begin(params, payment).await {
            Err(refusal) if refusal.is_final() => {
                // The attempt and the payment were read in parallel, so an equal call may have
                // begun and ended in between.
                match store.attempt(&key).await? {
                    Some(attempt) => self.create_again(attempt).await,
                    None => Err(refusal),
                }
            }
            begun => begun,
        }
    }

    async fn begin(&self, params: &Create, payment: Option<Payment>) -> Result<PaymeAnswer, PaymeError> {
        let now = self.request.now;
        let time = payme::beginning(params.time, now).ok_or(PaymeError::Impossible)?;
        let (payment, shop) = self.payable(payment, params.amount).await?;
        let attempt = payme::attempt(self.mode, &params.id, time, &payment, shop.fee_rate, now);
        match self.service.store.hold(attempt, payment).await? {
            HoldOutcome::Held(attempt) => Ok(PaymeAnswer::created(&attempt)),
            HoldOutcome::AlreadyExists(attempt) => self.create_again(attempt).await,
            HoldOutcome::Refused(payability) => Err(refusal(&payability)),
        }
    }

    /// Answers a repeat by Payme's id alone. Payme repeats a call with the same parameters.
    async fn create_again(&self, attempt: Attempt) -> Result<PaymeAnswer, PaymeError> {
        self.request.log_shop(&attempt.shop_id);
        match attempt.status(self.request.now) {
            AttemptStatus::LiveHold => return Ok(PaymeAnswer::created(&attempt)),
            AttemptStatus::StaleHold => {
                self.service.store.end_hold(attempt, Reason::TIMEOUT).await?;
            }
            AttemptStatus::Performed | AttemptStatus::Cancelled | AttemptStatus::Refunded => {}
        }
        Err(PaymeError::Impossible)
    }

    pub async fn perform(&self, params: &ById) -> Result<PaymeAnswer, PaymeError> {
        let attempt = self.attempt(&params.id).await?;
        let performed = self.service.store.perform(attempt).await?;
        match performed.attempt.state {
            PaymeState::Performed => Ok(PaymeAnswer::performed(&performed.attempt)),
            PaymeState::Created | PaymeState::Cancelled | PaymeState::Refunded => Err(PaymeError::Impossible),
        }
    }

    pub async fn cancel(&self, params: &Cancel) -> Result<PaymeAnswer, PaymeError> {
        let attempt = self.attempt(&params.id).await?;
        match self.service.store.cancel_or_refund(attempt, params.reason).await? {
            ReverseOutcome::Reversed(attempt) => Ok(PaymeAnswer::cancelled(&attempt)),
            ReverseOutcome::Spent | ReverseOutcome::ReturnedByUs => Err(PaymeError::Fulfilled),
        }
    }

    pub async fn check(&self, params: &ById) -> Result<PaymeAnswer, PaymeError> {
        Ok(PaymeAnswer::checked(&self.attempt(&params.id).await?))
    }

    pub async fn set_fiscal_data(&self, params: &SetFiscalData<'_>) -> Result<PaymeAnswer, PaymeError> {
        let key = TransactionKey::payme(self.mode, &params.id);
        let receipt = match params.kind {
            Kind::Perform => Receipt::Perform,
            Kind::Cancel => Receipt::Cancel,
        };
        if self.service.store.keep_fiscal_data(&key, receipt, params.fiscal_data).await? {
            Ok(PaymeAnswer::Success { success: true })
        } else {
            Err(PaymeError::UnknownReceipt)
        }
    }

    async fn attempt(&self, id: &shared::domain::key::Reference) -> Result<Attempt, PaymeError> {
        let key = TransactionKey::payme(self.mode, id);
        let transaction = self.service.store.attempt(&key).await?.ok_or(PaymeError::UnknownTransaction)?;
        self.request.log_shop(&transaction.shop_id);
        Ok(transaction)
    }

    /// Returns the payment and its shop if a new transaction of `amount` may begin on it.
    async fn payable(&self, payment: Option<Payment>, amount: i64) -> Result<(Payment, Profile), PaymeError> {
        let payment = payment.filter(|payment| payment.mode == self.mode).ok_or(PaymeError::NoSuchOrder)?;
        self.request.log_shop(&payment.shop_id);
        let shop = self.service.store.profile(&payment.shop_id).await?.ok_or(PaymeError::NoSuchOrder)?;
        if shop.status == ShopStatus::Disabled {
            return Err(PaymeError::NoSuchOrder);
        }
        open(&payment, amount, self.request.now)?;
        Ok((payment, shop))
    }
}

/// Checks in this order: whether the order is closed, the amount, whether it is held.
fn open(payment: &Payment, amount: i64, now: UnixMillis) -> Result<(), PaymeError> {
    let refused = payment.payability(now).to_pay().err().map(|payability| refusal(&payability));
    match refused {
        Some(PaymeError::NoSuchOrder) => Err(PaymeError::NoSuchOrder),
        _ if payment.amount.money().get() != amount => Err(PaymeError::WrongAmount),
        Some(refusal) => Err(refusal),
        None => Ok(()),
    }
}

/// The error for a payment that takes no new transaction.
fn refusal(payability: &Payability) -> PaymeError {
    match payability {
        Payability::Expired { .. } | Payability::Closed(_) => PaymeError::NoSuchOrder,
        // Another transaction holds the order. Payme's sandbox expects this error for an order that
        // can be paid only once.
        Payability::Held | Payability::Payable { .. } => PaymeError::Impossible,
    }
}
