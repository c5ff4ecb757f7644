//! Repairing one payment.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::Update;

use super::Repairer;
use crate::{
    domain::{
        action_record::{ActionRecord, Arguments},
        attempt::Attempt,
        event::{Event, EventKey},
        key::TransactionKey,
        operator_action::OperatorAction,
        payment_repair::{PaymentBooks, PaymentRepair},
        time::UnixMillis,
    },
    store::{
        HistoryEntry, PaymentHistory, Store, StoreError, Stored,
        item::text,
        replacement::Replacement,
        transact::{Subject, Write, WriteOutcome},
        transactions,
        tries::Tries,
    },
};

/// The attributes of a payment that tell whose it is. A write requires that they did not change.
const PAYMENT_GUARDS: [&str; 3] = ["status", "held_by", "hold_until"];

impl PaymentHistory {
    /// What the rules of a repair need. `None` if an item cannot be read: only a person can repair
    /// that.
    pub fn books<'a>(&'a self, events: impl Iterator<Item = &'a Stored<Event>>) -> Option<PaymentBooks<'a>> {
        let Stored::Found(payment) = &self.payment else { return None };
        let (mut attempts, mut actions, mut found) = (Vec::new(), Vec::new(), Vec::new());
        for (_, record) in &self.records {
            match record {
                Stored::Found(HistoryEntry::Attempt(attempt)) => attempts.push(&**attempt),
                Stored::Found(HistoryEntry::Action(action)) => actions.push(&**action),
                Stored::Missing => {}
                Stored::Unreadable(_) => return None,
            }
        }
        for event in events {
            match event {
                Stored::Found(event) => found.push(event),
                Stored::Missing => {}
                Stored::Unreadable(_) => return None,
            }
        }
        Some(PaymentBooks { payment, attempts, actions, events: found })
    }
}

impl Store {
    /// Repairs the payment under `order_key`. `alone` is an event of it that the payment may not
    /// name. Returns whether something was written.
    pub async fn repair_payment(
        &self,
        repairer: &Repairer<'_>,
        order_key: &str,
        alone: Option<&EventKey>,
    ) -> Result<bool, StoreError> {
        let key = TransactionKey::action(repairer.shop_id);
        let mut tries = Tries::start();
        loop {
            let Some(turn) = self.turn(repairer.shop_id).await? else { return Ok(false) };
            let history = self.snapshot(order_key).await?;
            let mut keys = history.named_events();
            keys.extend(alone.cloned());
            keys.sort_unstable();
            keys.dedup();
            let events: HashMap<EventKey, Stored<Event>> =
                self.stored_events(repairer.shop_id, &keys).await?;
            let books =
                history.books(events.values()).filter(|books| books.payment.shop_id == *repairer.shop_id);
            let now = self.clock.now();
            let Some((books, repair)) =
                books.and_then(|books| books.repair(now).map(|repair| (books, repair)))
            else {
                // A write whose answer was lost leaves nothing to repair.
                return Ok(self.action(&key).await?.is_some());
            };
            let repair = answered(repair, repairer)?;
            let mut writes = self.payment_repair_writes(&books, &repair)?;
            writes.push(self.take_turn(repairer.shop_id, &turn)?);
            writes.push(self.put_repair(repairer, &key, about(&books, &repair), now)?);
            let outcome = self.transact(&writes, now).await?;
            if let WriteOutcome::Applied = outcome {
                return Ok(true);
            }
            tries.again(&outcome).await?;
        }
    }

    fn payment_repair_writes(
        &self,
        books: &PaymentBooks<'_>,
        repair: &PaymentRepair,
    ) -> Result<Vec<Write>, StoreError> {
        let key = &repair.payment.order_key;
        let update = Update::builder().table_name(&self.tables.payments).key("order_key", text(key));
        let payment = Replacement::between(books.payment, &repair.payment)?;
        let mut writes = vec![payment.write(Subject::Payment(key.clone()), update, &PAYMENT_GUARDS)?];
        for attempt in &repair.attempts {
            writes.push(self.correct_attempt(books, attempt)?);
        }
        if let Some(attempt) = &repair.lost_attempt {
            writes.push(self.put_attempt(attempt)?);
        }
        for action in &repair.lost_actions {
            writes.push(self.put_record(action)?);
        }
        for event in &repair.events {
            writes.push(self.put_event(event)?);
        }
        Ok(writes)
    }

    fn correct_attempt(&self, books: &PaymentBooks<'_>, attempt: &Attempt) -> Result<Write, StoreError> {
        let key = &attempt.transaction_key;
        let before = books.attempts.iter().find(|stored| stored.transaction_key == *key);
        let before =
            before.ok_or_else(|| StoreError::corrupt(transactions::TABLE, key, "it was not read"))?;
        let update =
            Update::builder().table_name(&self.tables.transactions).key(transactions::KEY, text(key));
        Replacement::between(*before, attempt)?.write(Subject::Attempt(key.clone()), update, &["state"])
    }
}

/// Gives the lost records their answers.
fn answered(repair: PaymentRepair, repairer: &Repairer<'_>) -> Result<PaymentRepair, StoreError> {
    let answer = |record: ActionRecord, at: UnixMillis| {
        Ok::<_, StoreError>(ActionRecord {
            answer: (repairer.payment_answer)(&repair.payment, at)?,
            ..record
        })
    };
    let lost_actions = repair.lost_actions.iter().cloned().map(|action| {
        let record = answer(action.record.clone(), action.created_at)?;
        Ok::<_, StoreError>(OperatorAction { record, ..action })
    });
    let lost_actions = lost_actions.collect::<Result<Vec<_>, _>>()?;
    let lost_attempt = repair.lost_attempt.clone().map(|attempt| {
        let record = attempt.record.clone().map(|record| answer(record, attempt.created_at)).transpose()?;
        Ok::<_, StoreError>(Attempt { record, ..attempt })
    });
    let lost_attempt = lost_attempt.transpose()?;
    Ok(PaymentRepair { lost_actions, lost_attempt, ..repair })
}

/// What a record says of a repair: each item that was written.
fn about(books: &PaymentBooks<'_>, repair: &PaymentRepair) -> Arguments {
    let (before, after) = (books.payment, &repair.payment);
    let mut items = Vec::new();
    if before.status != after.status {
        items.push(format!("payment {} to {}", before.status.into_str(), after.status.into_str()));
    } else if before != after {
        items.push("hold of the payment ended".to_owned());
    }
    for attempt in repair.attempts.iter().chain(&repair.lost_attempt) {
        items.push(format!("{} to state {}", attempt.transaction_key, i8::from(attempt.state)));
    }
    items.extend(repair.lost_actions.iter().map(|action| format!("record {}", action.transaction_key)));
    items.extend(repair.events.iter().map(|event| format!("event {}", event.event_key)));
    Arguments::from([
        ("order_id".to_owned(), after.order_id.to_string()),
        ("written".to_owned(), items.join("; ")),
    ])
}
