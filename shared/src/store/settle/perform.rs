//! Perform: turns a hold into money on the shop's balance.

use uuid::Uuid;

use crate::{
    domain::{
        attempt::{Attempt, PaymeState, Reason},
        event::{ActionNote, Event},
        time::UnixMillis,
    },
    store::{
        Store, StoreError,
        item::{number, text},
        settle::writes::state,
        transact::{Change, Write, WriteOutcome},
        tries::Tries,
    },
};

/// The result of [`Store::perform`].
#[derive(Clone, Debug)]
pub struct PerformOutcome {
    /// The attempt as it is now: performed, cancelled or refunded.
    pub attempt: Attempt,
    pub by_this_call: bool,
}

impl Store {
    /// Performs `attempt` if its provider still may. Otherwise ends its hold.
    pub async fn perform(&self, mut attempt: Attempt) -> Result<PerformOutcome, StoreError> {
        let settled_by = Uuid::new_v4();
        let mut tries = Tries::start();
        loop {
            let now = attempt.time_of_change(self.clock.now());
            if !attempt.may_be_performed(now) {
                break;
            }
            let writes = self.perform_writes(&attempt, settled_by, None, now)?;
            attempt = match self.transact(&writes, now).await? {
                WriteOutcome::Applied => attempt.performed(settled_by, now),
                outcome => self.attempt_after(&outcome, &attempt, &mut tries).await?,
            };
        }
        let attempt = self.end_hold(attempt, Reason::TIMEOUT).await?;
        Ok(PerformOutcome { by_this_call: attempt.settled_by == Some(settled_by), attempt })
    }

    /// `settled_by` must be a new random value of this call.
    pub(super) fn perform_writes(
        &self,
        attempt: &Attempt,
        settled_by: Uuid,
        note: Option<ActionNote>,
        now: UnixMillis,
    ) -> Result<Vec<Write>, StoreError> {
        let key = &attempt.transaction_key;
        let transaction = self.change_attempt(
            key,
            Change {
                // As `Attempt::may_be_performed` says.
                condition: if attempt.channel.delivers_late() {
                    "#state = :created"
                } else {
                    "#state = :created AND hold_until > :now"
                },
                update: "SET #state = :performed, performed_at = :now, settled_by = :settled_by",
                values: vec![
                    (":created", state(PaymeState::Created)),
                    (":performed", state(PaymeState::Performed)),
                    (":now", number(now)),
                    (":settled_by", text(settled_by)),
                ],
            },
        )?;
        let payment = self.change_payment(
            &attempt.order_key,
            Change {
                condition: "#status = :pending AND held_by = :attempt",
                update: "SET #status = :paid, paid_at = :now, provider = :provider, fee = :fee, net = :net REMOVE hold_until",
                values: vec![
                    (":pending", text("pending")),
                    (":attempt", text(key)),
                    (":paid", text("paid")),
                    (":now", number(now)),
                    (":provider", text(attempt.channel.into_str())),
                    (":fee", number(attempt.fee)),
                    (":net", number(attempt.net())),
                ],
            },
        )?;
        let event = self.put_event(&Event::paid(attempt.into(), now).noted(note))?;
        Ok(vec![transaction, payment, self.credit(attempt)?, event])
    }
}
