//! Repairing one action on a balance: a payout, a reversal or an adjustment.

use aws_sdk_dynamodb::types::Update;

use super::Repairer;
use crate::{
    domain::{
        action_record::Arguments,
        action_repair::{ActionBooks, ActionRepair},
        event::{Event, EventKey},
        key::TransactionKey,
        payout::Payout,
        shop_action::ShopAction,
    },
    store::{
        Store, StoreError, Stored,
        item::text,
        replacement::Replacement,
        transact::{Subject, Write, WriteOutcome},
        transactions,
        tries::Tries,
    },
};

/// An action whose items may not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionSuspect {
    /// The key of its record.
    pub key: TransactionKey,
    /// Its event, as something else than the record tells.
    pub event: Option<EventKey>,
    /// The payout that it reverses, as something else than the record tells.
    pub reversed: Option<TransactionKey>,
}

/// What is stored of a suspect.
struct ActionItems {
    record: Option<ShopAction>,
    event: Option<Event>,
    reversed: Option<Payout>,
}

impl Store {
    /// Repairs the action that `suspect` names. Returns whether something was written.
    pub async fn repair_action(
        &self,
        repairer: &Repairer<'_>,
        suspect: &ActionSuspect,
    ) -> Result<bool, StoreError> {
        let shop_id = repairer.shop_id;
        let key = TransactionKey::action(shop_id);
        let mut tries = Tries::start();
        loop {
            let Some(turn) = self.turn(shop_id).await? else { return Ok(false) };
            let items = self.action_items(repairer, suspect).await?;
            let now = self.clock.now();
            let books = items.as_ref().map(|items| ActionBooks {
                shop_id,
                key: &suspect.key,
                record: items.record.as_ref(),
                event: items.event.as_ref(),
                reversed: items.reversed.as_ref(),
            });
            let Some((books, repair)) =
                books.and_then(|books| books.repair(now).map(|repair| (books, repair)))
            else {
                return Ok(self.action(&key).await?.is_some());
            };
            let mut writes = self.action_repair_writes(repairer, &books, &repair)?;
            writes.push(self.take_turn(shop_id, &turn)?);
            writes.push(self.put_repair(repairer, &key, about(&suspect.key, &repair), now)?);
            let outcome = self.transact(&writes, now).await?;
            if let WriteOutcome::Applied = outcome {
                return Ok(true);
            }
            tries.again(&outcome).await?;
        }
    }

    /// Returns `None` if an item cannot be read, or is another one than its key says.
    async fn action_items(
        &self,
        repairer: &Repairer<'_>,
        suspect: &ActionSuspect,
    ) -> Result<Option<ActionItems>, StoreError> {
        let Some(record) = self.shop_action(&suspect.key).await? else { return Ok(None) };
        let named = record.as_ref().and_then(|record| {
            Some(EventKey::of_action(record.created_at(), record.event_type()?, &suspect.key))
        });
        let event = match named.as_ref().or(suspect.event.as_ref()) {
            None => None,
            Some(key) => {
                match self.stored_events(repairer.shop_id, std::slice::from_ref(key)).await?.remove(key) {
                    Some(Stored::Found(event)) => Some(event),
                    Some(Stored::Unreadable(_)) => return Ok(None),
                    Some(Stored::Missing) | None => None,
                }
            }
        };
        let reversed = record.as_ref().and_then(ShopAction::reversed_payout);
        let reversed = match reversed.as_ref().or(suspect.reversed.as_ref()) {
            None => None,
            Some(key) => match self.shop_action(key).await? {
                Some(Some(ShopAction::Payout(payout))) => Some(*payout),
                _ => return Ok(None),
            },
        };
        Ok(Some(ActionItems { record, event, reversed }))
    }

    /// Reads the record under `key`. `None` if it cannot be read, `Some(None)` if there is none.
    async fn shop_action(&self, key: &TransactionKey) -> Result<Option<Option<ShopAction>>, StoreError> {
        let found = self.shop_actions_by_key(vec![key.to_string()]).await?.pop();
        Ok(match found {
            Some((_, Stored::Found(action))) => Some(Some(action)),
            Some((_, Stored::Unreadable(_))) => None,
            Some((_, Stored::Missing)) | None => Some(None),
        })
    }

    fn action_repair_writes(
        &self,
        repairer: &Repairer<'_>,
        books: &ActionBooks<'_>,
        repair: &ActionRepair,
    ) -> Result<Vec<Write>, StoreError> {
        let mut writes = Vec::new();
        if let Some(record) = &repair.record {
            let answer = (repairer.action_answer)(record)?;
            writes.push(match record.clone().with_answer(answer) {
                ShopAction::Payout(payout) => self.put_payout(&payout)?,
                ShopAction::Other(action) => self.put_record(&action)?,
            });
        }
        if let Some(event) = &repair.event {
            writes.push(self.put_event(event)?);
        }
        if let (Some(after), Some(before)) = (&repair.reversed, books.reversed) {
            let update = Update::builder().table_name(&self.tables.transactions);
            let update = update.key(transactions::KEY, text(&after.transaction_key));
            let replacement = Replacement::between(before, after)?;
            writes.push(replacement.write(Subject::Payout, update, &["reversed_by"])?);
        }
        Ok(writes)
    }
}

/// What a record says of a repair: each item that was written.
fn about(key: &TransactionKey, repair: &ActionRepair) -> Arguments {
    let mut items = Vec::new();
    items.extend(repair.record.as_ref().map(|_| format!("record {key}")));
    items.extend(repair.event.as_ref().map(|event| format!("event {}", event.event_key)));
    items.extend(repair.reversed.as_ref().map(|payout| {
        let is = if payout.reversed_by.is_some() { "reversed" } else { "not reversed" };
        format!("{} {is}", payout.transaction_key)
    }));
    Arguments::from([("action".to_owned(), key.to_string()), ("written".to_owned(), items.join("; "))])
}
