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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        error_class::ErrorClass, event::ActionNote, id::OrderKey, key::Reference, money::SignedTiyin,
        webhook::outcome::FailureClass,
    };

    /// 2017. No event is older.
    const FIRST: i64 = 1_500_000_000_000;

    fn time(millis: i64) -> UnixMillis {
        UnixMillis::new(millis).unwrap()
    }

    fn event(mode: Mode, occurred_at: i64) -> Event {
        let shop_id = ShopId::parse("101").unwrap();
        let note = ActionNote { reference: Reference::parse("1").unwrap(), reason: None };
        let kind = EventType::AdjustmentRecorded;
        Event::of_action(&shop_id, mode, kind, SignedTiyin::ZERO, note, time(occurred_at))
    }

    fn mode() -> impl Strategy<Value = Mode> {
        prop_oneof![Just(Mode::Test), Just(Mode::Live)]
    }

    fn tries_max(mode: Mode) -> u8 {
        match mode {
            Mode::Test => 5,
            Mode::Live => 10,
        }
    }

    /// What may happen to a delivery.
    #[derive(Clone, Debug)]
    enum Step {
        /// A try of this round, or of the one before.
        Tried {
            outcome: Outcome,
            endpoint: AfterTry,
            late: bool,
        },
        AskedFor,
        ToLine,
        Dropped,
    }

    fn outcome() -> impl Strategy<Value = Outcome> {
        prop_oneof![
            (200..300_u16).prop_map(|http_status| Outcome::Delivered { http_status }),
            (300..600_u16, proptest::option::of(0..200_000_000_i64)).prop_map(|(http_status, after)| {
                Outcome::Refused { http_status, retry_after: after.map(|after| time(FIRST + after)) }
            }),
            Just(Outcome::Failed(ErrorClass::TimedOut)),
            Just(Outcome::HandedOver),
        ]
    }

    fn step() -> impl Strategy<Value = Step> {
        let endpoint = prop_oneof![Just(AfterTry::Active), Just(AfterTry::Stopped), Just(AfterTry::Changed)];
        let tried = (outcome(), endpoint, any::<bool>()).prop_map(|(outcome, endpoint, late)| Step::Tried {
            outcome,
            endpoint,
            late,
        });
        prop_oneof![20 => tried, 2 => Just(Step::AskedFor), 2 => Just(Step::ToLine), 1 => Just(Step::Dropped)]
    }

    /// Takes one step as the store does: it never tries, moves or drops what does not wait, and only
    /// logs a try of an earlier round.
    fn taken(delivery: &Delivery, step: &Step, now: UnixMillis) -> Delivery {
        let waits = delivery.state == DeliveryState::Waiting;
        match step {
            Step::Tried { outcome, endpoint, late } => {
                let (jitter, milliseconds) = (Jitter::NONE, 5);
                let made =
                    Made { at: now, outcome: *outcome, milliseconds, now, jitter, endpoint: *endpoint };
                if waits && !late { delivery.after(&made) } else { delivery.with_try(&made) }
            }
            Step::AskedFor => delivery.again(),
            Step::ToLine if waits => delivery.placed(Place::Line),
            Step::Dropped if waits => delivery.ended(DeliveryState::Dropped, now),
            Step::ToLine | Step::Dropped => delivery.clone(),
        }
    }

    proptest! {
        #[test]
        fn it_waits_exactly_while_it_has_a_place(mode in mode(), steps in prop::collection::vec(step(), 0..60)) {
            let mut delivery = Delivery::new(&event(mode, FIRST), Place::At(time(FIRST)));
            let mut now = time(FIRST);
            for step in &steps {
                now = now.plus_ms(1000);
                let before = delivery;
                delivery = taken(&before, step, now);
                let waits = delivery.state == DeliveryState::Waiting;
                prop_assert_eq!(waits, delivery.due.is_some());
                prop_assert_eq!(waits, delivery.next_try_at.is_some());
                prop_assert_eq!(waits, delivery.ends_at.is_none());
                prop_assert!(delivery.used <= tries_max(mode));
                prop_assert!(delivery.tries.len() <= TRIES_KEPT);
                prop_assert!(delivery.shown_next_try_at().is_none() || !delivery.is_in_line());
                if let Step::Tried { outcome, .. } = step {
                    let logged = delivery.tries.last().unwrap();
                    prop_assert_eq!((logged.at, logged.error_class), (now, outcome.failure_class()));
                    prop_assert_eq!(&before.tries[before.tries.len().saturating_sub(TRIES_KEPT - 1)..], &delivery.tries[..delivery.tries.len() - 1]);
                }
                // Only the merchant's wish takes a delivered event back into the queue.
                if before.state == DeliveryState::Delivered && !matches!(step, Step::AskedFor) {
                    prop_assert_eq!(delivery.state, DeliveryState::Delivered);
                }
                if matches!(step, Step::AskedFor) {
                    prop_assert!(delivery.begins_at_head() && delivery.round == before.round + 1);
                }
            }
        }

        #[test]
        fn a_round_ends_after_its_tries(mode in mode(), failures in prop::collection::vec(300..600_u16, 10)) {
            let mut delivery = Delivery::new(&event(mode, FIRST), Place::At(time(FIRST)));
            let mut tries = 0;
            for http_status in failures {
                if delivery.state != DeliveryState::Waiting {
                    break;
                }
                let outcome = Outcome::Refused { http_status, retry_after: None };
                delivery = taken(&delivery, &Step::Tried { outcome, endpoint: AfterTry::Active, late: false }, time(FIRST));
                tries += 1;
            }
            prop_assert_eq!((delivery.state, tries), (DeliveryState::Failed, tries_max(mode)));
            prop_assert!(delivery.tries.iter().all(|one| one.error_class == Some(FailureClass::HttpStatus)));
        }

        #[test]
        fn the_head_comes_before_the_line_and_both_keep_the_order(a in FIRST..UnixMillis::MAX.get(), b in FIRST..UnixMillis::MAX.get()) {
            let place = |at, place| Delivery::new(&event(Mode::Live, at), place).next_try_at.unwrap();
            prop_assert!(place(a, Place::Head) < place(b, Place::Line));
            prop_assert_eq!(place(a, Place::Line).cmp(&place(b, Place::Line)), a.cmp(&b));
            prop_assert_eq!(place(a, Place::Head).cmp(&place(b, Place::Head)), (a / 1000).cmp(&(b / 1000)));
            let parts = [Place::Head, Place::Line].map(|one| Delivery::new(&event(Mode::Live, a), one).due);
            prop_assert_eq!(&parts[0], &parts[1]);
        }

        #[test]
        fn a_delivery_finds_the_shard_of_its_event(a in FIRST..UnixMillis::MAX.get(), bits in any::<u128>(), at in FIRST..UnixMillis::MAX.get()) {
            let event_key = EventKey::of_payment(time(a), EventType::PaymentPaid, &OrderKey::from_bits(bits));
            let delivery = Delivery { event_key, ..Delivery::new(&event(Mode::Live, a), Place::Line) };
            let placed = delivery.placed(Place::At(time(at)));
            prop_assert!(SHARDS.contains(&placed.due.as_deref().unwrap()));
            prop_assert_eq!((placed.shown_next_try_at(), placed.is_in_line()), (Some(time(at)), false));
        }
    }
}
