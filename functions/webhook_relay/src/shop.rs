//! The events of one shop in a batch.

use std::{
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    time::Duration,
};

use futures_util::{StreamExt, stream};
use serde::Serialize;
use shared::{
    domain::{
        error_class::ErrorClass,
        event::Event,
        id::ShopId,
        webhook::{
            delivery::{Delivery, Place},
            endpoint::{EndpointState, WebhookEndpoint},
            outcome::Outcome,
        },
        webhook_url::WebhookUrl,
    },
    edge::{
        Invocation, Service,
        webhook::{Message, Tried, conclude, send_in},
    },
    sender::Session,
    store::StoreError,
};
use tokio::time::Instant;

use crate::batch::Arrived;

/// The most tries of one shop at the same time.
const AT_ONCE_MAX: usize = 4;
/// How long one try is waited for.
const TRY_TIME_MAX: Duration = Duration::from_secs(3);
/// No try begins later than this after the batch came.
const BEGIN_TIME_MAX: Duration = Duration::from_secs(1);

/// An event that is older may have come before. It is committed 10 seconds after its time at the
/// latest, and the stream brings it within a second.
const LATE_MS: i64 = 30_000;

/// The events of one shop.
pub struct ShopBatch<'a> {
    pub service: &'a Service,
    pub invocation: &'a Invocation,
    pub shop_id: ShopId,
    /// When the batch came.
    pub began: Instant,
    /// Counts the tries of the whole batch.
    pub tries: &'a AtomicU32,
}

/// Where the events go.
struct Target {
    endpoint: WebhookEndpoint,
    /// Given while the endpoint is fast.
    session: Option<Session>,
    /// Set by the first try that was not answered well: no other one begins.
    slow: AtomicBool,
}

impl ShopBatch<'_> {
    /// Delivers or queues the events that the shop wants. Returns the records that must come again.
    pub async fn deliver(self, arrived: Vec<Arrived>) -> Vec<String> {
        let endpoint = match self.service.store.webhook_endpoint(&self.shop_id).await {
            Ok(Some(endpoint)) => endpoint,
            Ok(None) => return Vec::new(),
            Err(error) => {
                self.log_failure(&error);
                return self.without_endpoint(&error, arrived).await;
            }
        };
        let target = self.target(endpoint);
        let wanted = arrived.into_iter().filter(|arrived| target.endpoint.wants(arrived.event.event_type));
        let deliveries = stream::iter(wanted).map(|arrived| self.deliver_one(&target, arrived));
        deliveries.buffer_unordered(AT_ONCE_MAX).filter_map(async |failed| failed).collect().await
    }

    /// Queues all events if the record of the endpoint is corrupt. Else all of them must come again.
    ///
    /// A record that comes again holds up the events of every shop, and a corrupt one is not mended
    /// by that. The queue tries again each minute, and holds up nobody.
    async fn without_endpoint(&self, error: &StoreError, arrived: Vec<Arrived>) -> Vec<String> {
        if !is_corrupt(error) {
            return arrived.into_iter().map(|arrived| arrived.sequence_number).collect();
        }
        let queued = stream::iter(arrived).map(async |Arrived { sequence_number, event }| {
            let place = Place::At(self.service.clock.now());
            self.comes_again(self.queue(place, &event).await, sequence_number)
        });
        queued.buffer_unordered(AT_ONCE_MAX).filter_map(async |failed| failed).collect().await
    }

    fn target(&self, endpoint: WebhookEndpoint) -> Target {
        let rules = &self.service.settings.webhooks.url_rules;
        // A url that breaks a rule now is left to the queue, which logs it.
        let url = WebhookUrl::parse(&endpoint.url, rules)
            .ok()
            .filter(|_| endpoint.is_fast(self.service.clock.now()));
        let session = url.map(|url| self.service.sender.session(url));
        Target { endpoint, session, slow: AtomicBool::new(false) }
    }

    /// Returns the record if it must come again.
    async fn deliver_one(&self, target: &Target, arrived: Arrived) -> Option<String> {
        let Arrived { sequence_number, event } = arrived;
        let result = self.hand_on(target, &event).await;
        self.comes_again(result, sequence_number)
    }

    async fn hand_on(&self, target: &Target, event: &Event) -> Result<(), StoreError> {
        match &target.session {
            Some(session) if self.may_begin(target) => {
                if self.came_before(event).await? {
                    return Ok(());
                }
                self.try_now(target, session, event).await
            }
            _ => self.queue(self.place(&target.endpoint), event).await,
        }
    }

    /// Whether an event that comes late has a delivery already. A record that fails for hours brings
    /// those behind it again and again, and their receivers must not notice.
    async fn came_before(&self, event: &Event) -> Result<bool, StoreError> {
        if self.service.clock.now().get() - event.occurred_at.get() < LATE_MS {
            return Ok(false);
        }
        Ok(self.service.store.delivery(&self.shop_id, &event.event_key).await?.is_some())
    }

    /// Returns the record if it failed and may work later.
    fn comes_again(&self, result: Result<(), StoreError>, sequence_number: String) -> Option<String> {
        let error = result.err()?;
        self.log_failure(&error);
        (!is_corrupt(&error)).then_some(sequence_number)
    }

    fn may_begin(&self, target: &Target) -> bool {
        self.began.elapsed() < BEGIN_TIME_MAX && !target.slow.load(Ordering::Relaxed)
    }

    async fn try_now(&self, target: &Target, session: &Session, event: &Event) -> Result<(), StoreError> {
        let (clock, secrets) = (&*self.service.clock, &target.endpoint.secrets);
        let message = Message::of(event).map_err(|error| StoreError::Fault(error.to_string()))?;
        self.tries.fetch_add(1, Ordering::Relaxed);
        let tried = match send_in(session, &message, secrets, clock, TRY_TIME_MAX).await {
            Ok(tried) => handed_over_if_slow(tried),
            Err(error) => {
                self.log_failure(&error);
                return self.queue(self.place(&target.endpoint), event).await;
            }
        };
        if !tried.is_fast() {
            target.slow.store(true, Ordering::Relaxed);
        }
        let delivery = Delivery::new(event, Place::At(clock.now()));
        conclude(&self.service.store, clock, &target.endpoint, &delivery, false, tried).await?;
        // The batch waited for it as for one that was handed over.
        if tried.is_slow() && !tried.outcome.is_handed_over() {
            self.service.store.endpoint_was_slow(&target.endpoint, clock.now()).await?;
        }
        Ok(())
    }

    /// Puts the event into the queue. If it is there already, the batch came again.
    async fn queue(&self, place: Place, event: &Event) -> Result<(), StoreError> {
        self.service.store.create_delivery(&Delivery::new(event, place)).await.map(drop)
    }

    fn place(&self, endpoint: &WebhookEndpoint) -> Place {
        match endpoint.state {
            EndpointState::Active => Place::At(self.service.clock.now()),
            EndpointState::Failing | EndpointState::Disabled => Place::Line,
        }
    }

    fn log_failure(&self, error: &impl ToString) {
        #[derive(Serialize)]
        struct Fields<'a> {
            shop_id: &'a ShopId,
            detail: String,
        }
        let fields = Fields { shop_id: &self.shop_id, detail: error.to_string() };
        self.invocation.log_finding("error", "not_relayed", &fields);
    }
}

const fn is_corrupt(error: &StoreError) -> bool {
    matches!(error, StoreError::Corrupt { .. })
}

/// A try that the relay stopped waiting for says nothing: a second one, with more time, may work.
const fn handed_over_if_slow(tried: Tried) -> Tried {
    match tried.outcome {
        Outcome::Failed(ErrorClass::TimedOut) => Tried { outcome: Outcome::HandedOver, ..tried },
        _ => tried,
    }
}
