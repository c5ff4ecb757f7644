//! The stream of the journal arrives here: fast endpoints are told of each event at once, all others
//! by the queue.
//!
//! It never waits long for a merchant, because the next batch waits for it. An endpoint is tried only
//! if its last answer came in less than a second, and each try has three seconds. What is not tried,
//! or not answered in time, goes into the queue, which `webhook_retry` works on.
//!
//! A batch that failed comes again: an event can be sent twice, with the same id and bytes.

mod batch;
mod shop;

use std::{
    collections::HashMap,
    sync::{Arc, atomic::AtomicU32},
    time::Duration,
};

use futures_util::future::join_all;
use serde::Serialize;
use serde_json::value::to_raw_value;
use shared::{
    domain::{event_type::EventType, id::ShopId},
    edge::{
        Invocation, InvokedFunction, Service, Warmup,
        invoked::{InvokeError, InvokedAnswer},
    },
};
use tokio::time::Instant;

use crate::{
    batch::{Arrived, Record, Strange},
    shop::ShopBatch,
};

/// The time of one invocation.
const TIME_MAX: Duration = Duration::from_secs(15);

pub fn function() -> InvokedFunction {
    InvokedFunction::new("webhook_relay", Warmup::Webhooks, handle).with_time_max(TIME_MAX).failing()
}

/// Names the records that must come again.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    batch_item_failures: Vec<Failure>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: String,
}

/// What the log tells of a batch. The dashboard shows it.
#[derive(Default, Serialize)]
struct Counts {
    events: u32,
    paid: u32,
    refunded: u32,
    tries: u32,
}

impl Counts {
    const fn count(&mut self, event_type: EventType) {
        self.events += 1;
        match event_type {
            EventType::PaymentPaid => self.paid += 1,
            EventType::PaymentRefunded => self.refunded += 1,
            _ => {}
        }
    }
}

async fn handle(service: Arc<Service>, invocation: Arc<Invocation>) -> Result<InvokedAnswer, InvokeError> {
    let began = Instant::now();
    let records = batch::parse(&invocation.event)?;
    let mut counts = Counts::default();
    let mut shops: HashMap<ShopId, Vec<Arrived>> = HashMap::new();
    for record in records {
        match record {
            Record::Event(arrived) => {
                counts.count(arrived.event.event_type);
                shops.entry(arrived.event.shop_id.clone()).or_default().push(*arrived);
            }
            Record::Strange(strange) => report(&invocation, &strange),
        }
    }
    let tries = AtomicU32::new(0);
    let batches = shops.into_iter().map(|(shop_id, arrived)| {
        let batch = ShopBatch { service: &service, invocation: &invocation, shop_id, began, tries: &tries };
        async move { batch.deliver(arrived).await }
    });
    let failed = join_all(batches).await.into_iter().flatten();
    let batch_item_failures: Vec<_> = failed.map(|item_identifier| Failure { item_identifier }).collect();
    counts.tries = tries.into_inner();
    invocation.log_finding("info", "events_arrived", &counts);
    to_raw_value(&Answer { batch_item_failures }).map_err(|error| InvokeError::internal(error.to_string()))
}

/// A record that tells of no new event is passed over: sending the batch again would not mend it.
fn report(invocation: &Invocation, strange: &Strange) {
    match strange {
        Strange::Changed(_) => invocation.log_finding("error", "journal_changed", strange.detail()),
        Strange::Unreadable(_) => invocation.log_finding("error", "unreadable_record", strange.detail()),
    }
}
