//! Pay at once: an attempt begins and pays in one write. Used by the test button and by operators
//! who settle a payment.

use crate::{
    domain::{
        attempt::Attempt,
        channel::Channel,
        event::{ActionNote, Event},
        fee::FeeRate,
        key::TransactionKey,
        payability::Opening,
        payment::Payment,
        time::UnixMillis,
    },
    store::{
        Store, StoreError,
        item::{number, text},
        settle::hold::HoldOutcome,
        transact::Write,
    },
};

impl Store {
    /// Pays `payment` of a shop with the fee `rate` for the test button. Returns whether this call
    /// paid it.
    pub async fn pay_by_test_button(
        &self,
        payment: Payment,
        rate: FeeRate,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        let key = TransactionKey::test(&payment.order_key);
        let attempt = Attempt::paying(key, Channel::Test, &payment, rate, payment.time_of_change(now));
        let outcome =
            self.take_payment(&attempt, payment, |opening| self.pay_writes(&attempt, opening, None)).await?;
        Ok(matches!(outcome, HoldOutcome::Held(_)))
    }

    /// Makes the writes by which `attempt` (state 2) pays its payment.
    pub(super) fn pay_writes(
        &self,
        attempt: &Attempt,
        opening: &Opening,
        note: Option<ActionNote>,
    ) -> Result<Vec<Write>, StoreError> {
        let now = attempt.created_at;
        let values = vec![
            (":attempt", text(&attempt.transaction_key)),
            (":paid", text("paid")),
            (":paid_at", number(now)),
            (":provider", text(attempt.channel.into_str())),
            (":fee", number(attempt.fee)),
            (":net", number(attempt.net())),
        ];
        let update = "SET #status = :paid, paid_at = :paid_at, provider = :provider, fee = :fee, net = :net, held_by = :attempt REMOVE hold_until";
        let mut writes = vec![self.put_attempt(attempt)?];
        writes.extend(self.take_opening(&attempt.order_key, opening, update, values, now)?);
        writes.push(self.credit(attempt)?);
        writes.push(self.put_event(&Event::paid(attempt.into(), now).noted(note))?);
        Ok(writes)
    }
}
