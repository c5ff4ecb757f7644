//! Everything that is stored of one payment: its item, the attempts to pay it, the actions on it and
//! its events.

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::de::DeserializeOwned;

use super::{
    Store, StoreError,
    item::{Item, text},
    transactions::KEY,
};
use crate::domain::{
    attempt::Attempt,
    event::{Event, EventKey},
    event_type::EventType,
    id::{OrderKey, ShopId},
    operator_action::OperatorAction,
    payment::Payment,
    time::UnixMillis,
};

const ORDER_KEY: &str = "order_key";
/// How many payments are searched for their transactions at the same time.
const QUERIES_AT_ONCE: usize = 32;
/// The most items in one TransactGetItems (Amazon DynamoDB API Reference).
const TRANSACT_ITEMS_MAX: usize = 100;
/// How often a payment that changes during the read is read again.
const SNAPSHOT_TRIES_MAX: usize = 5;

/// A stored item, readable or not. The audit must go on where an item is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored<T> {
    Found(T),
    Missing,
    /// The item does not deserialize or breaks an invariant. Holds the reason.
    Unreadable(String),
}

impl<T> Stored<T> {
    /// Returns the item if it is there and can be read.
    pub fn found(self) -> Option<T> {
        match self {
            Self::Found(item) => Some(item),
            Self::Missing | Self::Unreadable(_) => None,
        }
    }
}

/// An item of the table `transactions` that belongs to a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistoryEntry {
    Attempt(Box<Attempt>),
    Action(Box<OperatorAction>),
}

/// A payment, its transactions and its events by their keys, strongly consistent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentHistory {
    pub order_key: String,
    pub payment: Stored<Payment>,
    pub records: Vec<(String, Stored<HistoryEntry>)>,
    /// The events at every time that the payment or one of its transactions names.
    pub events: Vec<(EventKey, Stored<Event>)>,
}

impl PaymentHistory {
    /// The events that the stored times imply. If an item was edited by hand, they do not agree, and
    /// some of these events do not exist.
    pub fn named_events(&self) -> Vec<EventKey> {
        event_keys(&self.order_key, &self.payment, self.records.iter().map(|(_, record)| record))
    }

    fn take_events(&mut self, items: &mut HashMap<EventKey, Item>) {
        let events = self.named_events().into_iter().map(|key| {
            let event = read(items.remove(&key));
            (key, event)
        });
        self.events = events.collect();
    }
}

impl Store {
    /// Reads these payments with their transactions. The payments and the transactions are read one
    /// after the other, so they may be of different moments. [`Store::snapshot`] reads one payment
    /// at one moment.
    pub async fn histories(
        &self,
        shop_id: &ShopId,
        order_keys: &[String],
    ) -> Result<Vec<PaymentHistory>, StoreError> {
        let mut payments = self.items(&self.tables.payments, ORDER_KEY, order_keys).await?;
        let queries: Vec<_> = order_keys.iter().map(|order_key| self.keys_of(order_key)).collect();
        let owned: Vec<Vec<String>> = stream::iter(queries).buffered(QUERIES_AT_ONCE).try_collect().await?;
        let keys =
            order_keys.iter().zip(owned).map(|(order_key, keys)| with_named(keys, payments.get(order_key)));
        let keys: Vec<Vec<String>> = keys.collect();
        // Only a payment that was edited by hand names another payment's transaction. That key is
        // then asked for twice.
        let mut all: Vec<String> = keys.iter().flatten().cloned().collect();
        all.sort_unstable();
        all.dedup();
        let records = self.items(&self.tables.transactions, KEY, &all).await?;
        let histories = order_keys.iter().zip(keys).map(|(order_key, keys)| PaymentHistory {
            order_key: order_key.clone(),
            payment: read(payments.remove(order_key)),
            records: keys
                .into_iter()
                .map(|key| (key.clone(), read_record(records.get(&key).cloned())))
                .collect(),
            events: Vec::new(),
        });
        self.with_events(shop_id, histories.collect()).await
    }

    /// Reads the events of these payments.
    async fn with_events(
        &self,
        shop_id: &ShopId,
        mut histories: Vec<PaymentHistory>,
    ) -> Result<Vec<PaymentHistory>, StoreError> {
        let keys: Vec<EventKey> = histories.iter().flat_map(PaymentHistory::named_events).collect();
        let mut items = self.events_by_key(shop_id, &keys).await?;
        for history in &mut histories {
            history.take_events(&mut items);
        }
        Ok(histories)
    }

    /// As [`Store::snapshot`], with the events, which are read after it. A commit ends item by item,
    /// so the last event may be missing for a moment.
    pub async fn snapshot_with_events(
        &self,
        shop_id: &ShopId,
        order_key: &str,
    ) -> Result<PaymentHistory, StoreError> {
        let mut history = self.snapshot(order_key).await?;
        let mut items = self.events_by_key(shop_id, &history.named_events()).await?;
        history.take_events(&mut items);
        Ok(history)
    }

    /// Reads one payment with its transactions as they are at one moment. Every write that changes
    /// several of these items changes the payment too, so parts that agree on the payment are of
    /// one moment. It has no events.
    pub async fn snapshot(&self, order_key: &str) -> Result<PaymentHistory, StoreError> {
        let mut keys = self.keys_of(order_key).await?;
        for _ in 0..SNAPSHOT_TRIES_MAX {
            let Some((payment, items)) = self.at_one_moment(order_key, &keys).await? else { continue };
            let needed = with_named(keys.clone(), payment.as_ref());
            if needed.len() == keys.len() {
                return Ok(PaymentHistory {
                    order_key: order_key.to_owned(),
                    payment: read(payment),
                    records: keys.into_iter().zip(items.into_iter().map(read_record)).collect(),
                    events: Vec::new(),
                });
            }
            keys = needed;
        }
        Err(StoreError::Unavailable(format!("payment {order_key} kept changing")))
    }

    /// Reads the payment and its transactions in parts. Returns `None` if the payment changed
    /// between them.
    async fn at_one_moment(
        &self,
        order_key: &str,
        keys: &[String],
    ) -> Result<Option<(Option<Item>, Vec<Option<Item>>)>, StoreError> {
        let (first, rest) = keys.split_at(keys.len().min(TRANSACT_ITEMS_MAX - 1));
        let (payment, mut items) = self.part(order_key, first).await?;
        for part in rest.chunks(TRANSACT_ITEMS_MAX - 1) {
            let (again, more) = self.part(order_key, part).await?;
            if again != payment {
                return Ok(None);
            }
            items.extend(more);
        }
        Ok(Some((payment, items)))
    }

    /// Reads the payment and some of its transactions at one moment.
    async fn part(
        &self,
        order_key: &str,
        keys: &[String],
    ) -> Result<(Option<Item>, Vec<Option<Item>>), StoreError> {
        let item_key = |name: &str, value: &str| Item::from([(name.to_owned(), text(value))]);
        let payment = (self.tables.payments.as_str(), item_key(ORDER_KEY, order_key));
        let transactions = keys.iter().map(|key| (self.tables.transactions.as_str(), item_key(KEY, key)));
        let mut items =
            self.read_together([payment].into_iter().chain(transactions).collect()).await?.into_iter();
        let payment = items.next().flatten();
        Ok((payment, items.collect()))
    }

    /// The keys of the payment's transactions in the index, oldest first.
    async fn keys_of(&self, order_key: &str) -> Result<Vec<String>, StoreError> {
        let (mut keys, mut start) = (Vec::new(), None);
        loop {
            let query = self.owned_by(order_key.to_owned()).set_exclusive_start_key(start);
            let output = query
                .send()
                .await
                .map_err(|error| StoreError::from_sdk("Query owner_transactions", error))?;
            let found = output.items.unwrap_or_default();
            keys.extend(
                found
                    .into_iter()
                    .filter_map(|mut item| item.remove(KEY))
                    .filter_map(|key| key.as_s().ok().cloned()),
            );
            start = output.last_evaluated_key;
            if start.is_none() {
                return Ok(keys);
            }
        }
    }
}

/// Adds the transactions that the payment names: the attempt that holds it, and the record of its
/// refund. The index may not have them yet.
fn with_named(mut keys: Vec<String>, payment: Option<&Item>) -> Vec<String> {
    let named = ["held_by", "refunded_by"].into_iter().filter_map(|name| payment?.get(name)?.as_s().ok());
    for key in named {
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    keys
}

/// The keys of the events that these items name, without repeats.
fn event_keys<'a>(
    order_key: &str,
    payment: &Stored<Payment>,
    records: impl Iterator<Item = &'a Stored<HistoryEntry>>,
) -> Vec<EventKey> {
    use EventType::{PaymentCancelled, PaymentPaid, PaymentRefunded};
    let Ok(order_key) = OrderKey::parse(order_key) else { return Vec::new() };
    let mut times: Vec<(EventType, Option<UnixMillis>)> = Vec::new();
    if let Stored::Found(payment) = payment {
        times.extend(EventType::ALL.map(|event_type| (event_type, payment.time_of(event_type))));
    }
    for record in records {
        match record {
            Stored::Found(HistoryEntry::Attempt(attempt)) => times.extend([
                (PaymentPaid, attempt.performed_at),
                (PaymentRefunded, attempt.cancelled_at.filter(|_| attempt.performed_at.is_some())),
            ]),
            Stored::Found(HistoryEntry::Action(action)) => {
                let named = match action.record.command.as_str() {
                    "settle_payment" => PaymentPaid,
                    "refund_payment" => PaymentRefunded,
                    "cancel_payment" => PaymentCancelled,
                    _ => continue,
                };
                times.push((named, Some(action.created_at)));
            }
            Stored::Missing | Stored::Unreadable(_) => {}
        }
    }
    let named = times.into_iter().filter_map(|(event_type, at)| Some((at?, event_type)));
    let mut keys: Vec<EventKey> =
        named.map(|(at, event_type)| EventKey::of_payment(at, event_type, &order_key)).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Deserializes an item.
pub(super) fn read<T: DeserializeOwned>(item: Option<Item>) -> Stored<T> {
    match item.map(serde_dynamo::from_item) {
        None => Stored::Missing,
        Some(Ok(value)) => Stored::Found(value),
        Some(Err(problem)) => Stored::Unreadable(problem.to_string()),
    }
}

/// Attempts have the attribute `kind`. Records of actions do not.
fn read_record(item: Option<Item>) -> Stored<HistoryEntry> {
    if item.as_ref().is_some_and(|item| item.contains_key("kind")) {
        read(item).map(|attempt| HistoryEntry::Attempt(Box::new(attempt)))
    } else {
        read(item).map(|action| HistoryEntry::Action(Box::new(action)))
    }
}

impl<T> Stored<T> {
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Stored<U> {
        match self {
            Self::Found(value) => Stored::Found(change(value)),
            Self::Missing => Stored::Missing,
            Self::Unreadable(problem) => Stored::Unreadable(problem),
        }
    }
}
