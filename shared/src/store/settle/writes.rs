//! The single writes that transitions consist of.

use aws_sdk_dynamodb::types::{AttributeValue, Update, builders::UpdateBuilder};
use serde::Serialize;

use crate::{
    domain::{
        attempt::{Attempt, PaymeState, Reason},
        event::PaidPayment,
        id::{OrderKey, ShopId},
        key::TransactionKey,
        money::{SignedTiyin, Tiyin},
        operator_action::OperatorAction,
        payability::{Expiry, Opening},
        payout::Payout,
        time::UnixMillis,
    },
    store::{
        Store, StoreError,
        item::{number, text},
        shops,
        transact::{Change, Subject, Write},
        transactions,
    },
};

impl Store {
    pub(in crate::store) fn change_payment(
        &self,
        key: &OrderKey,
        change: Change<'_>,
    ) -> Result<Write, StoreError> {
        let update = Update::builder().table_name(&self.tables.payments).key("order_key", text(key));
        // `status` is a reserved word of DynamoDB.
        let update = update.expression_attribute_names("#status", "status");
        Write::update(Subject::Payment(key.clone()), update, change)
    }

    /// Changes a pending payment if it is still as `opening` says, and cancels its stale hold.
    /// `values` must not contain `:pending`, `:now` or `:stale`.
    pub(super) fn take_opening(
        &self,
        key: &OrderKey,
        opening: &Opening,
        update: &str,
        mut values: Vec<(&'static str, AttributeValue)>,
        now: UnixMillis,
    ) -> Result<Vec<Write>, StoreError> {
        let in_time = match opening.expiry {
            Expiry::Enforced => " AND expires_at > :now",
            Expiry::Ignored => "",
        };
        values.push((":pending", text("pending")));
        // DynamoDB rejects values that no expression uses.
        if opening.expiry == Expiry::Enforced || opening.stale_hold.is_some() {
            values.push((":now", number(now)));
        }
        let Some(stale) = &opening.stale_hold else {
            let condition = format!("#status = :pending{in_time} AND attribute_not_exists(held_by)");
            return Ok(vec![self.change_payment(key, Change { condition: &condition, update, values })?]);
        };
        values.push((":stale", text(stale)));
        let condition = format!("#status = :pending{in_time} AND held_by = :stale AND hold_until <= :now");
        let payment = self.change_payment(key, Change { condition: &condition, update, values })?;
        let ended = self.change_attempt_as(stale, Subject::StaleHold, cancellation(Reason::TIMEOUT, now))?;
        Ok(vec![payment, ended])
    }

    pub(super) fn change_attempt(
        &self,
        key: &TransactionKey,
        change: Change<'_>,
    ) -> Result<Write, StoreError> {
        self.change_attempt_as(key, Subject::Attempt(key.clone()), change)
    }

    fn change_attempt_as(
        &self,
        key: &TransactionKey,
        subject: Subject,
        change: Change<'_>,
    ) -> Result<Write, StoreError> {
        let update =
            Update::builder().table_name(&self.tables.transactions).key(transactions::KEY, text(key));
        // `state` is a reserved word of DynamoDB.
        Write::update(subject, update.expression_attribute_names("#state", "state"), change)
    }

    pub(in crate::store) fn put_attempt(&self, attempt: &Attempt) -> Result<Write, StoreError> {
        let key = &attempt.transaction_key;
        // An operator's reference may already belong to another action that is not an attempt.
        let subject = if attempt.record.is_some() {
            Subject::Record(key.clone())
        } else {
            Subject::Attempt(key.clone())
        };
        self.put_in_transactions(subject, key, attempt)
    }

    /// Puts the record of an action. If the reference is taken, the write returns the record that
    /// has it.
    pub(in crate::store) fn put_record(&self, action: &OperatorAction) -> Result<Write, StoreError> {
        self.put_in_transactions(
            Subject::Record(action.transaction_key.clone()),
            &action.transaction_key,
            action,
        )
    }

    /// Puts the record of a payout.
    pub(in crate::store) fn put_payout(&self, payout: &Payout) -> Result<Write, StoreError> {
        self.put_in_transactions(
            Subject::Record(payout.transaction_key.clone()),
            &payout.transaction_key,
            payout,
        )
    }

    fn put_in_transactions(
        &self,
        subject: Subject,
        key: &TransactionKey,
        item: &impl Serialize,
    ) -> Result<Write, StoreError> {
        let item = serde_dynamo::to_item(item)
            .map_err(|problem| StoreError::corrupt(transactions::TABLE, key, problem))?;
        Write::put(subject, &self.tables.transactions, item, "attribute_not_exists(transaction_key)")
    }

    /// Adds the payment that `attempt` pays to the balance.
    pub(super) fn credit(&self, attempt: &Attempt) -> Result<Write, StoreError> {
        self.change_balance(
            &attempt.shop_id,
            Change {
                condition: "attribute_exists(shop_id)",
                update: "ADD balance :net, paid_total :amount, fee_total :fee, paid_count :one",
                values: vec![
                    (":net", number(attempt.net())),
                    (":amount", number(attempt.amount.money())),
                    (":fee", number(attempt.fee)),
                    (":one", number(1)),
                ],
            },
        )
    }

    /// Takes a refunded payment off the balance, and gives its fee back.
    pub(super) fn take_back(
        &self,
        payment: PaidPayment<'_>,
        balance: BalanceCondition,
    ) -> Result<Write, StoreError> {
        let (amount, fee) = (payment.facts.amount.money(), payment.fee);
        let mut values = vec![
            (":net", number(amount.minus(fee))),
            (":amount", number(amount)),
            (":fee_back", number(Tiyin::ZERO.minus(fee))),
        ];
        let condition = match balance {
            BalanceCondition::Covers => "balance >= :net",
            BalanceCondition::AsRead(read) => {
                values.push((":read", number(read)));
                "balance = :read"
            }
        };
        let update = "SET balance = balance - :net ADD refunded_total :amount, fee_total :fee_back";
        self.change_balance(payment.facts.shop_id, Change { condition, update, values })
    }

    pub(super) fn change_balance(&self, shop_id: &ShopId, change: Change<'_>) -> Result<Write, StoreError> {
        let update = self.update_shop(shop_id.as_str(), shops::BALANCE);
        Write::update(Subject::Balance(shop_id.clone()), update, change)
    }

    pub(in crate::store) fn update_shop(&self, shop_id: &str, record: &'static str) -> UpdateBuilder {
        Update::builder()
            .table_name(&self.tables.shops)
            .key("shop_id", text(shop_id))
            .key("record", text(record))
    }
}

/// The condition on a balance that money is taken off.
#[derive(Clone, Copy, Debug)]
pub(super) enum BalanceCondition {
    /// It covers what the refund takes off.
    Covers,
    /// It is still as it was read. A write that was given up must not apply to another balance.
    AsRead(SignedTiyin),
}

/// Cancels an attempt in state `Created`.
pub(super) fn cancellation(reason: Reason, now: UnixMillis) -> Change<'static> {
    Change {
        condition: "#state = :created",
        update: "SET #state = :cancelled, reason = :reason, cancelled_at = :now",
        values: vec![
            (":created", state(PaymeState::Created)),
            (":cancelled", state(PaymeState::Cancelled)),
            (":reason", number(reason.get())),
            (":now", number(now)),
        ],
    }
}

pub(super) fn state(state: PaymeState) -> AttributeValue {
    number(i8::from(state))
}
