//! Writing down what a try says about the delivery and about the endpoint.

use super::Tried;
use crate::{
    domain::{
        time::{Clock, UnixMillis},
        webhook::{
            delivery::{AfterTry, Delivery, Made},
            endpoint::{EndpointState, WebhookEndpoint},
            schedule::{Jitter, next_try_at},
        },
    },
    store::{Store, StoreError},
};

/// When the line of an endpoint is looked at again, if its delivery has no other try.
const NEXT_PROBE_MS: i64 = 60_000;

/// Writes down a try of `delivery`. `stored` tells whether the delivery was read from the table.
/// Returns what is stored then.
///
/// A crash between the writes repeats the try: a success is first written to the delivery, so that it
/// is rarely sent twice.
pub async fn conclude(
    store: &Store,
    clock: &dyn Clock,
    endpoint: &WebhookEndpoint,
    delivery: &Delivery,
    stored: bool,
    tried: Tried,
) -> Result<Delivery, StoreError> {
    let Tried { at, outcome, milliseconds } = tried;
    let now = clock.now();
    let mut made = Made { at, outcome, milliseconds, now, jitter: jitter(), endpoint: AfterTry::Active };
    if outcome.is_delivered() || outcome.is_handed_over() {
        let after = store.log_try(delivery, stored, &made).await?;
        if outcome.is_delivered() {
            store.endpoint_succeeded(endpoint, tried.is_fast(), now).await?;
        } else {
            store.endpoint_was_slow(endpoint, now).await?;
        }
        return Ok(after);
    }
    let probe_at = probe_at(delivery, &made);
    let endpoint = store.endpoint_failed(endpoint, outcome, probe_at, now).await?;
    made.endpoint = match endpoint.map(|endpoint| endpoint.state) {
        None => AfterTry::Changed,
        Some(EndpointState::Active) => AfterTry::Active,
        Some(EndpointState::Failing | EndpointState::Disabled) => AfterTry::Stopped,
    };
    store.log_try(delivery, stored, &made).await
}

/// When a failing endpoint is tried again: at the next step of this delivery, which is its oldest.
fn probe_at(delivery: &Delivery, made: &Made) -> UnixMillis {
    let used = delivery.used.saturating_add(1);
    let next = next_try_at(used, delivery.mode, made.now, made.outcome.retry_after(), made.jitter);
    next.unwrap_or_else(|| made.now.plus_ms(NEXT_PROBE_MS))
}

/// Without random bytes there is no jitter.
fn jitter() -> Jitter {
    let mut byte = [0];
    let drawn = getrandom::fill(&mut byte).ok().and_then(|()| Jitter::new(byte[0] % 101).ok());
    drawn.unwrap_or(Jitter::NONE)
}
