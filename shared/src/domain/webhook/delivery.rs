//! The delivery of one event: its place in the queue and its log.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use super::{
    outcome::{Outcome, Try},
    schedule::{Jitter, next_try_at},
};
use crate::domain::{
    digest::digest_bits,
    event::{Event, EventKey},
    event_type::EventType,
    id::ShopId,
    mode::Mode,
    time::UnixMillis,
};

/// The most tries that the log of a delivery keeps: the newest ones.
const TRIES_KEPT: usize = 20;

/// How long an ended delivery is kept.
const KEPT_SECONDS: i64 = 90 * 24 * 60 * 60;

/// The parts of the queue for deliveries whose time comes. Several, because one partition of an
/// index carries 1,000 writes a second.
pub const SHARDS: [&str; 4] = ["0", "1", "2", "3"];

/// How far the delivery of an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum DeliveryState {
    /// It will be tried, or tried again.
    Waiting,
    Delivered,
    /// All its tries failed.
    Failed,
    /// The endpoint was deleted before it was delivered.
    Dropped,
}

/// A text that is not a [`DeliveryState`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("waiting, delivered, failed or dropped")]
pub struct DeliveryStateError;

impl DeliveryState {
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Delivered, Self::Failed, Self::Dropped];

    pub fn parse(text: &str) -> Result<Self, DeliveryStateError> {
        Self::ALL.into_iter().find(|one| one.into_str() == text).ok_or(DeliveryStateError)
    }
}

/// Where a delivery waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Among those of all shops, until this time.
    At(UnixMillis),
    /// In the line of its own shop, oldest event first. Deliveries of an endpoint that is failing,
    /// disabled or slow stand there, in nobody's way.
    Line,
    /// At the head of that line.
    Head,
}

/// An item of the table `webhooks`: the delivery of one event to the endpoint of its shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    pub shop_id: ShopId,
    #[serde(rename = "record")]
    pub event_key: EventKey,
    pub event_type: EventType,
    pub mode: Mode,
    pub state: DeliveryState,
    /// The tries of this round that count.
    pub used: u8,
    /// Grows when a merchant asks for the event again, which begins its tries anew.
    pub round: u32,
    /// The newest tries, oldest first.
    pub tries: Vec<Try>,
    /// The part of the queue that it waits in. Absent when it does not wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// Its place in that part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_try_at: Option<UnixMillis>,
    /// When DynamoDB removes it, in unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<i64>,
    /// Grows with each write. A write requires the number that was read.
    pub revision: u32,
}

/// One try, and what it means for the delivery.
#[derive(Clone, Debug)]
pub struct Made {
    pub at: UnixMillis,
    pub outcome: Outcome,
    pub milliseconds: u32,
    /// When it ended.
    pub now: UnixMillis,
    pub jitter: Jitter,
    /// How the endpoint stands after it.
    pub endpoint: AfterTry,
}

/// How an endpoint stands after a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterTry {
    Active,
    /// It is failing or disabled, so its deliveries wait in their line.
    Stopped,
    /// It has another address now. What the old one answered says nothing about it.
    Changed,
}

impl Delivery {
    /// The delivery of `event`, which waits at `place`.
    pub fn new(event: &Event, place: Place) -> Self {
        Self {
            shop_id: event.shop_id.clone(),
            event_key: event.event_key.clone(),
            event_type: event.event_type,
            mode: event.mode,
            state: DeliveryState::Waiting,
            used: 0,
            round: 0,
            tries: Vec::new(),
            due: None,
            next_try_at: None,
            ends_at: None,
            revision: 0,
        }
        .placed(place)
    }

    /// This delivery after one try.
    #[must_use]
    pub fn after(&self, made: &Made) -> Self {
        let logged = self.with_try(made);
        let counts = !made.outcome.is_handed_over() && made.endpoint != AfterTry::Changed;
        if made.outcome.is_delivered() {
            return Self { used: self.used.saturating_add(1), ..logged }
                .ended(DeliveryState::Delivered, made.now);
        }
        if !counts {
            return logged.placed(Place::At(made.now));
        }
        let logged = Self { used: self.used.saturating_add(1), ..logged };
        match next_try_at(logged.used, self.mode, made.now, made.outcome.retry_after(), made.jitter) {
            None => logged.ended(DeliveryState::Failed, made.now),
            Some(_) if made.endpoint == AfterTry::Stopped => logged.placed(Place::Line),
            Some(time) => logged.placed(Place::At(time)),
        }
    }

    /// This delivery with a try in its log that changes nothing else: meanwhile it began a new round
    /// or ended.
    #[must_use]
    pub fn with_try(&self, made: &Made) -> Self {
        let mut tries = self.tries.clone();
        tries.push(Try::new(made.at, made.outcome, made.milliseconds));
        let surplus = tries.len().saturating_sub(TRIES_KEPT);
        tries.drain(..surplus);
        Self { tries, ..self.clone() }
    }

    /// Begins a new round at the head of the shop's line.
    #[must_use]
    pub fn again(&self) -> Self {
        let waiting = Self { state: DeliveryState::Waiting, used: 0, ends_at: None, ..self.clone() };
        Self { round: self.round.wrapping_add(1), ..waiting }.placed(Place::Head)
    }

    /// Waits at `place`.
    #[must_use]
    pub fn placed(&self, place: Place) -> Self {
        let occurred_at = self.event_key.occurred_at();
        let (due, next_try_at) = match place {
            Place::At(time) => (self.shard().to_owned(), time),
            Place::Line => (line(&self.shop_id), occurred_at),
            // A thousandth of the time keeps the order, and is earlier than any time of an event.
            Place::Head => (line(&self.shop_id), UnixMillis::MIN.plus_ms(occurred_at.seconds())),
        };
        Self { due: Some(due), next_try_at: Some(next_try_at), ..self.clone() }
    }

    /// Ends it.
    #[must_use]
    pub fn ended(&self, state: DeliveryState, now: UnixMillis) -> Self {
        let ends_at = Some(now.seconds() + KEPT_SECONDS);
        Self { state, due: None, next_try_at: None, ends_at, ..self.clone() }
    }

    /// Whether it is `other`, but for the revision.
    pub fn has_content_of(&self, other: &Self) -> bool {
        *self == Self { revision: self.revision, ..other.clone() }
    }

    /// Whether it waits in its shop's line, and not for a time.
    pub fn is_in_line(&self) -> bool {
        self.due.as_deref() == Some(line(&self.shop_id).as_str())
    }

    /// Whether it waits at the head of its shop's line with all its tries before it.
    pub fn begins_at_head(&self) -> bool {
        let waits = self.state == DeliveryState::Waiting && self.used == 0;
        waits && *self == self.placed(Place::Head)
    }

    /// When it is tried next. `None` if it stands in the line of its shop, or does not wait.
    pub fn shown_next_try_at(&self) -> Option<UnixMillis> {
        self.next_try_at.filter(|_| !self.is_in_line())
    }

    fn shard(&self) -> &'static str {
        let digest = digest_bits(self.event_key.as_str());
        // Four shards, so the last two bits tell one of them.
        let [first, second, third, fourth] = SHARDS;
        match digest & 0b11 {
            0 => first,
            1 => second,
            2 => third,
            _ => fourth,
        }
    }
}

/// The part of the queue that is one shop's own.
pub fn line(shop_id: &ShopId) -> String {
    format!("parked#{shop_id}")
}
