//! Finding payments and actions whose items do not agree. The store reads each of them again at one
//! moment, and repairs it.

use std::collections::{BTreeMap, BTreeSet};

use shared::{
    domain::{
        event::{Event, EventKey, SETTLED_MS},
        event_type::EventType,
        id::OrderKey,
        key::TransactionKey,
        shop_action::ShopAction,
    },
    store::{ActionPosition, ActionSuspect, OrderPosition, Stored},
};

use super::{Work, progress::Phase};
use crate::error::CommandError;

const EVENTS_PAGE: i32 = 100;
/// Pages of actions that are searched for the payout of a lost reversal.
const PAGES_MAX: usize = 100;

impl Work<'_> {
    /// Repairs the payments of a page.
    pub async fn repair_payments(
        &self,
        after: Option<OrderPosition>,
        changes: &mut u64,
    ) -> Result<Phase, CommandError> {
        let (store, shop_id) = (self.auditor.store, self.repairer.shop_id);
        let (orders, next) = store.orders(shop_id, after.as_ref()).await?;
        let now = self.auditor.clock.now();
        for history in store.histories(shop_id, &orders).await? {
            let books = history.books(history.events.iter().map(|(_, event)| event));
            if books.is_some_and(|books| books.repair(now).is_some()) {
                let written = store.repair_payment(&self.repairer, &history.order_key, None).await?;
                *changes += u64::from(written);
            }
        }
        Ok(next.map_or(Phase::Actions(None), |next| Phase::Payments(Some(next))))
    }

    /// Repairs the payouts, reversals and adjustments of a page.
    pub async fn repair_actions(
        &self,
        after: Option<ActionPosition>,
        changes: &mut u64,
    ) -> Result<Phase, CommandError> {
        let (store, shop_id) = (self.auditor.store, self.repairer.shop_id);
        let (actions, next) = store.shop_actions(shop_id, after.as_ref()).await?;
        let actions: Vec<ShopAction> = actions.into_iter().filter_map(|(_, action)| action.found()).collect();
        let keys: Vec<EventKey> = actions.iter().filter_map(event_key).collect();
        let events = store.stored_events(shop_id, &keys).await?;
        for action in &actions {
            let lacks_event = event_key(action).is_some_and(|key| !events.contains_key(&key));
            let own = ActionSuspect { key: key_of(action).clone(), event: None, reversed: None };
            // A payout and its reversal must name each other, so both are read.
            let is_reversal = action.reversed_payout().is_some();
            let suspects =
                Some(own).filter(|_| lacks_event || is_reversal).into_iter().chain(reversal_of(action));
            for suspect in suspects {
                *changes += u64::from(store.repair_action(&self.repairer, &suspect).await?);
            }
        }
        Ok(next.map_or(Phase::Journal(None), |next| Phase::Actions(Some(next))))
    }

    /// Completes the changes of a page of the journal that are lost.
    pub async fn repair_alone(
        &self,
        after: Option<String>,
        changes: &mut u64,
    ) -> Result<Phase, CommandError> {
        let (store, shop_id) = (self.auditor.store, self.repairer.shop_id);
        let settled = EventKey::at(self.auditor.clock.now().plus_ms(-SETTLED_MS));
        let mut page = store.walk_events(shop_id, after.as_deref(), EVENTS_PAGE).await?;
        let read = page.events.len();
        page.events.retain(|(key, _)| *key < settled);
        let at_the_end = page.events.len() < read || !page.more;
        let last = page.events.last().map(|(key, _)| key.clone());
        let events = page.events.into_iter().filter_map(|(_, event)| event.found());
        let (of_payments, of_actions): (Vec<Event>, Vec<Event>) =
            events.partition(|event| event.order_id.is_some());
        self.complete_payments(&of_payments, changes).await?;
        self.complete_actions(&of_actions, changes).await?;
        Ok(if at_the_end { Phase::Sums(None) } else { Phase::Journal(last.or(after)) })
    }

    async fn complete_payments(&self, events: &[Event], changes: &mut u64) -> Result<(), CommandError> {
        let store = self.auditor.store;
        let order_key = |event: &Event| event.order_id.as_ref().map(|order_id| order_id.key());
        let keys: BTreeSet<OrderKey> = events.iter().filter_map(order_key).collect();
        let payments = store.stored_payments(&keys.into_iter().collect::<Vec<_>>()).await?;
        for event in events {
            let Some(key) = order_key(event) else { continue };
            let Some(Stored::Found(payment)) = payments.get(key.as_str()) else { continue };
            if payment.time_of(event.event_type) != Some(event.occurred_at) {
                let alone = Some(&event.event_key);
                *changes += u64::from(store.repair_payment(&self.repairer, key.as_str(), alone).await?);
            }
        }
        Ok(())
    }

    async fn complete_actions(&self, events: &[Event], changes: &mut u64) -> Result<(), CommandError> {
        let (store, shop_id) = (self.auditor.store, self.repairer.shop_id);
        let named = events.iter().filter_map(|event| {
            let key = TransactionKey::operator(shop_id, event.reference.as_ref()?);
            Some((key.to_string(), (key, event)))
        });
        let named: BTreeMap<String, (TransactionKey, &Event)> = named.collect();
        let actions = store.shop_actions_by_key(named.keys().cloned().collect()).await?;
        for (name, _) in actions.iter().filter(|(_, action)| matches!(action, Stored::Missing)) {
            let Some((key, event)) = named.get(name) else { continue };
            let reversed = match event.event_type {
                EventType::PayoutReversed => self.payout_of(key, event).await?,
                _ => None,
            };
            let event = Some(event.event_key.clone());
            let suspect = ActionSuspect { key: key.clone(), event, reversed };
            *changes += u64::from(store.repair_action(&self.repairer, &suspect).await?);
        }
        Ok(())
    }

    /// Finds the payout that a lost reversal gave back: the one that names it, else the only one of
    /// this amount. `None` if a person must decide.
    async fn payout_of(
        &self,
        reversal: &TransactionKey,
        event: &Event,
    ) -> Result<Option<TransactionKey>, CommandError> {
        let (mut after, mut fitting) = (None, Vec::new());
        for _ in 0..PAGES_MAX {
            let (actions, next) =
                self.auditor.store.shop_actions(self.repairer.shop_id, after.as_ref()).await?;
            for (_, action) in actions {
                let Stored::Found(ShopAction::Payout(payout)) = action else { continue };
                if payout.reversed_by.as_ref() == Some(reversal) {
                    return Ok(Some(payout.transaction_key));
                }
                let amount = payout.amount.money().signed();
                if payout.reversed_by.is_none()
                    && amount == event.gross
                    && payout.created_at < event.occurred_at
                {
                    fitting.push(payout.transaction_key);
                }
            }
            after = next;
            if after.is_none() {
                return Ok(fitting.pop().filter(|_| fitting.is_empty()));
            }
        }
        Ok(None)
    }
}

fn key_of(action: &ShopAction) -> &TransactionKey {
    match action {
        ShopAction::Payout(payout) => &payout.transaction_key,
        ShopAction::Other(action) => &action.transaction_key,
    }
}

fn event_key(action: &ShopAction) -> Option<EventKey> {
    Some(EventKey::of_action(action.created_at(), action.event_type()?, key_of(action)))
}

/// The reversal that a payout names.
fn reversal_of(action: &ShopAction) -> Option<ActionSuspect> {
    let ShopAction::Payout(payout) = action else { return None };
    let (key, at) = (payout.reversed_by.clone()?, payout.reversed_at?);
    let event = Some(EventKey::of_action(at, EventType::PayoutReversed, &key));
    Some(ActionSuspect { key, event, reversed: Some(payout.transaction_key.clone()) })
}
