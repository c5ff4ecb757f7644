//! One try of one delivery: what it waits for is read again first, because the index may be late.

use shared::{
    domain::{
        error_class::ErrorClass,
        webhook::{
            delivery::{Delivery, DeliveryState, Place},
            endpoint::{EndpointState, WebhookEndpoint},
            outcome::Outcome,
        },
        webhook_url::WebhookUrl,
    },
    edge::{
        Invocation, Service,
        webhook::{Message, Tried, conclude, send},
    },
    store::{StoreError, StoredEndpoint},
};

use crate::{
    queues::{Job, Turn},
    report::report,
};

/// Tries a delivery if it still waits for it. Returns whether a try was made.
///
/// # Errors
/// The store failed.
pub async fn make(service: &Service, invocation: &Invocation, job: &Job) -> Result<bool, StoreError> {
    let store = &service.store;
    let Some(delivery) = store.delivery(&job.shop_id, &job.event_key).await? else { return Ok(false) };
    let now = service.clock.now();
    let in_time = delivery.is_in_line() || delivery.next_try_at.is_some_and(|time| time <= now);
    if delivery.state != DeliveryState::Waiting || !in_time {
        return Ok(false);
    }
    match store.stored_endpoint(&job.shop_id).await? {
        Some(StoredEndpoint::Set(endpoint)) if may_try(&endpoint, job.turn) => {
            send_and_conclude(service, invocation, &endpoint, &delivery).await
        }
        Some(StoredEndpoint::Set(_)) => {
            // It waits in the line until its endpoint works again.
            if !delivery.is_in_line() {
                store.change_delivery(&delivery, &delivery.placed(Place::Line)).await?;
            }
            Ok(false)
        }
        Some(StoredEndpoint::Deleted(_)) | None => {
            store.change_delivery(&delivery, &delivery.ended(DeliveryState::Dropped, now)).await?;
            Ok(false)
        }
    }
}

fn may_try(endpoint: &WebhookEndpoint, turn: Turn) -> bool {
    match endpoint.state {
        EndpointState::Active => true,
        EndpointState::Failing => turn == Turn::Probe,
        EndpointState::Disabled => false,
    }
}

async fn send_and_conclude(
    service: &Service,
    invocation: &Invocation,
    endpoint: &WebhookEndpoint,
    delivery: &Delivery,
) -> Result<bool, StoreError> {
    let (store, clock) = (&service.store, &*service.clock);
    let Some(event) = store.event(&delivery.shop_id, &delivery.event_key).await? else {
        report(invocation, &delivery.shop_id, Some(&delivery.event_key), "the journal has no such event");
        store.change_delivery(delivery, &delivery.ended(DeliveryState::Dropped, clock.now())).await?;
        return Ok(false);
    };
    let message = Message::of(&event).map_err(|error| StoreError::Fault(error.to_string()))?;
    let tried = match WebhookUrl::parse(&endpoint.url, &service.settings.webhooks.url_rules) {
        Ok(url) => match send(&service.sender, &url, &message, &endpoint.secrets, clock).await {
            Ok(tried) => tried,
            // A fault of ours: the next tick tries again.
            Err(error) => {
                report(invocation, &delivery.shop_id, Some(&delivery.event_key), error);
                return Ok(false);
            }
        },
        // The rules changed since it was set.
        Err(_) => {
            Tried { at: clock.now(), outcome: Outcome::Failed(ErrorClass::AddressForbidden), milliseconds: 0 }
        }
    };
    conclude(store, clock, endpoint, delivery, true, tried).await?;
    Ok(true)
}
