//! Checks that each event has its change: a payment, an attempt or a record names the time and the
//! kind of it.

use std::collections::BTreeSet;

use shared::{
    domain::{
        event::{Event, EventKey},
        id::{OrderKey, ShopId},
        key::TransactionKey,
        shop_action::ShopAction,
    },
    store::{Store, StoreError, Stored},
};

use super::{
    difference::{Difference, Table},
    events::event_display_key,
    readings::Readings,
};

/// Returns what is wrong with `events` of the journal of `shop_id`.
pub async fn check(
    store: &Store,
    shop_id: &ShopId,
    events: &[(String, Stored<Event>)],
) -> Result<Vec<Difference>, StoreError> {
    let mut differences = Vec::new();
    let mut found = Vec::with_capacity(events.len());
    for (key, event) in events {
        match event {
            Stored::Found(event) => {
                differences.extend(judge_key(event));
                found.push(event);
            }
            Stored::Missing => {}
            Stored::Unreadable(problem) => {
                differences.push(Difference::unreadable(Table::Events, format!("{shop_id}/{key}"), problem));
            }
        }
    }
    let (of_payments, of_actions): (Vec<&Event>, Vec<&Event>) =
        found.into_iter().partition(|event| event.order_id.is_some());
    differences.extend(check_payments(store, shop_id, &of_payments).await?);
    differences.extend(check_actions(store, shop_id, &of_actions).await?);
    Ok(differences)
}

/// An event's key and its own columns must agree.
fn judge_key(event: &Event) -> Option<Difference> {
    let own = match (&event.order_id, &event.reference) {
        (Some(order_id), _) => EventKey::of_payment(event.occurred_at, event.event_type, &order_id.key()),
        (None, Some(reference)) => EventKey::of_action(
            event.occurred_at,
            event.event_type,
            &TransactionKey::operator(&event.shop_id, reference),
        ),
        (None, None) => return Some(alone(event)),
    };
    let differs = own != event.event_key;
    differs
        .then(|| Difference::new(Table::Events, event_display_key(event), "event_key", own, &event.event_key))
}

fn alone(event: &Event) -> Difference {
    Difference::new(Table::Events, event_display_key(event), "item", "nothing", "an event without its change")
}

async fn check_payments(
    store: &Store,
    shop_id: &ShopId,
    events: &[&Event],
) -> Result<Vec<Difference>, StoreError> {
    let order_key = |event: &Event| event.order_id.as_ref().map(|order_id| order_id.key());
    let keys: BTreeSet<OrderKey> = events.iter().filter_map(|event| order_key(event)).collect();
    let payments = store.stored_payments(&keys.into_iter().collect::<Vec<_>>()).await?;
    let is_named = |event: &Event| {
        let payment = order_key(event).and_then(|key| payments.get(key.as_str()));
        matches!(payment, Some(Stored::Found(payment))
            if payment.shop_id == *shop_id && payment.time_of(event.event_type) == Some(event.occurred_at))
    };
    let mut left: Vec<&Event> = events.iter().copied().filter(|event| !is_named(event)).collect();
    let mut readings = Readings::all();
    while readings.again(!left.is_empty()).await {
        let mut unnamed = Vec::new();
        for event in left {
            if !is_named_somewhere(store, shop_id, event).await? {
                unnamed.push(event);
            }
        }
        left = unnamed;
    }
    Ok(left.into_iter().map(alone).collect())
}

/// Whether the payment or one of its transactions names `event`.
async fn is_named_somewhere(store: &Store, shop_id: &ShopId, event: &Event) -> Result<bool, StoreError> {
    let Some(order_id) = &event.order_id else { return Ok(false) };
    let history = store.snapshot_with_events(shop_id, order_id.key().as_str()).await?;
    Ok(match &history.payment {
        Stored::Found(payment) => {
            payment.shop_id == *shop_id && history.named_events().contains(&event.event_key)
        }
        Stored::Missing => history.named_events().contains(&event.event_key),
        // The payment is a difference already, and does not tell its times.
        Stored::Unreadable(_) => true,
    })
}

async fn check_actions(
    store: &Store,
    shop_id: &ShopId,
    events: &[&Event],
) -> Result<Vec<Difference>, StoreError> {
    let key = |event: &Event| {
        let reference = event.reference.as_ref()?;
        Some(TransactionKey::operator(shop_id, reference).to_string())
    };
    let mut left: Vec<&Event> = events.to_vec();
    let mut readings = Readings::all();
    while readings.again(!left.is_empty()).await {
        let keys: BTreeSet<String> = left.iter().filter_map(|event| key(event)).collect();
        let actions = store.shop_actions_by_key(keys.into_iter().collect()).await?;
        left.retain(|event| {
            let of_event = actions.iter().find(|(stored, _)| Some(stored) == key(event).as_ref());
            !of_event.is_some_and(|(_, action)| names(action, event))
        });
    }
    Ok(left.into_iter().map(alone).collect())
}

/// Whether `action` names `event`. An unreadable one is a difference of its own.
fn names(action: &Stored<ShopAction>, event: &Event) -> bool {
    match action {
        Stored::Found(action) => {
            action.event_type() == Some(event.event_type) && action.created_at() == event.occurred_at
        }
        Stored::Unreadable(_) => true,
        Stored::Missing => false,
    }
}
