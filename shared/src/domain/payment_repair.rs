//! Rules that make one whole of a payment whose items are of different moments. After a restore, a
//! transaction may be half committed.
//!
//! 1. Events and operators' records are never taken back. Each was committed together with its
//!    change, so what it says has happened, and the payment follows it.
//! 2. Otherwise the payment's own status decides. A provider's attempt never decides about money.
//! 3. Attempts, events and records follow the payment.

use uuid::Uuid;

use super::{
    action_record::{ActionRecord, Arguments, RequestedBy},
    attempt::{Attempt, PaymeState, Reason},
    channel::Channel,
    event::{ActionNote, Event, PaidPayment, SETTLED_MS},
    event_type::EventType,
    fee::FeeRate,
    key::{Reference, StatementSource, TransactionKey},
    money::Tiyin,
    operator_action::OperatorAction,
    payme,
    payment::{Payment, ReturnedBy, StoredStatus},
    payment_action::Received,
    text::Remark,
    time::UnixMillis,
};

/// Everything that is stored of one payment.
#[derive(Clone, Debug)]
pub struct PaymentBooks<'a> {
    pub payment: &'a Payment,
    pub attempts: Vec<&'a Attempt>,
    pub actions: Vec<&'a OperatorAction>,
    pub events: Vec<&'a Event>,
}

/// The items that must be written so that all of a payment's items agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentRepair {
    /// The payment as it must be. May be as it is.
    pub payment: Payment,
    /// The stored attempts that change, as they must be.
    pub attempts: Vec<Attempt>,
    /// The attempt that paid, if it is lost.
    pub lost_attempt: Option<Attempt>,
    /// The records of operators' actions that are lost. Their answers are empty: the store fills
    /// them in.
    pub lost_actions: Vec<OperatorAction>,
    pub events: Vec<Event>,
}

/// A change of a payment that an event or an operator's record proves.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Proof {
    Paid { by: TransactionKey, channel: Channel, fee: Tiyin, at: UnixMillis },
    Cancelled { at: UnixMillis },
    Refunded { by: Option<TransactionKey>, returned_by: ReturnedBy, at: UnixMillis },
}

impl Proof {
    fn of_event(event: &Event, payment: &Payment) -> Option<Self> {
        let by_operator = || Some(TransactionKey::operator(&event.shop_id, event.reference.as_ref()?));
        let at = event.occurred_at;
        match event.event_type {
            EventType::PaymentPaid => {
                let channel = event.channel?;
                let id = || event.provider_transaction.as_deref();
                let by = match channel {
                    Channel::Payme => TransactionKey::payme(payment.mode, &Reference::parse(id()?).ok()?),
                    Channel::Click => TransactionKey::click(id()?.parse().ok()?),
                    Channel::Test => TransactionKey::test(&payment.order_key),
                    Channel::Operator => by_operator()?,
                };
                Some(Self::Paid { by, channel, fee: Tiyin::new(event.fee.get()).ok()?, at })
            }
            EventType::PaymentRefunded => {
                Some(Self::Refunded { by: by_operator(), returned_by: event.returned_by?, at })
            }
            EventType::PaymentCancelled => Some(Self::Cancelled { at }),
            EventType::PayoutRecorded | EventType::PayoutReversed | EventType::AdjustmentRecorded => None,
        }
    }

    /// An attempt of the test button or an operator pays in the write that creates it, and nobody
    /// sends it again. So it is a record.
    fn of_attempt(attempt: &Attempt) -> Option<Self> {
        let at = attempt.performed_at.filter(|_| attempt.state == PaymeState::Performed)?;
        match attempt.channel {
            Channel::Test | Channel::Operator => {}
            Channel::Payme | Channel::Click => return None,
        }
        let (by, channel) = (attempt.transaction_key.clone(), attempt.channel);
        Some(Self::Paid { by, channel, fee: attempt.fee, at })
    }

    fn of_action(action: &OperatorAction, books: &PaymentBooks<'_>) -> Option<Self> {
        let at = action.created_at;
        match action.record.command.as_str() {
            // A settlement by an attempt of the operator's own is that attempt. This one performed
            // Click's.
            "settle_payment" => {
                let attempt = books.attempt(books.payment.held_by.as_ref()?)?;
                let by = attempt.transaction_key.clone();
                (attempt.channel == Channel::Click).then_some(Self::Paid {
                    by,
                    channel: Channel::Click,
                    fee: attempt.fee,
                    at,
                })
            }
            "refund_payment" => {
                let by_provider = |by: &String| by == ReturnedBy::Provider.into_str();
                let by_provider = action.record.arguments.get("returned_by").is_some_and(by_provider);
                let returned_by = if by_provider { ReturnedBy::Provider } else { ReturnedBy::Us };
                Some(Self::Refunded { by: Some(action.transaction_key.clone()), returned_by, at })
            }
            "cancel_payment" => Some(Self::Cancelled { at }),
            _ => None,
        }
    }

    /// Returns `payment` after this change. `None` if its status does not allow the change, so that
    /// it was made already or something else happened.
    fn complete(self, payment: &Payment) -> Option<Payment> {
        let payment = payment.clone();
        match (payment.status, self) {
            (StoredStatus::Pending, Self::Paid { by, channel, fee, at }) => {
                Some(payment.paid(&by, channel, fee, at))
            }
            (StoredStatus::Pending, Self::Cancelled { at }) => Some(payment.cancelled(at)),
            (StoredStatus::Paid, Self::Refunded { by: Some(by), returned_by, at }) => {
                Some(payment.refunded(&by, returned_by, at))
            }
            (StoredStatus::Paid, Self::Refunded { by: None, returned_by, at }) => Some(Payment {
                status: StoredStatus::Refunded,
                refunded_at: Some(at),
                returned_by: Some(returned_by),
                ..payment
            }),
            _ => None,
        }
    }
}

impl PaymentBooks<'_> {
    /// Returns what must be written, or `None` if the items agree, if one of them is not settled at
    /// `now`, or if they contradict each other so that only a person can decide.
    pub fn repair(&self, now: UnixMillis) -> Option<PaymentRepair> {
        if !self.is_settled(now) {
            return None;
        }
        let payment = self.without_ended_hold(self.completed());
        let is_of_payment = |event: &&Event| payment.time_of(event.event_type) == Some(event.occurred_at);
        if !self.events.iter().all(is_of_payment) {
            return None;
        }
        let attempts = self.attempts.iter().filter_map(|attempt| corrected(attempt, &payment, now));
        let events = self.lost_events(&payment);
        let repair = PaymentRepair {
            attempts: attempts.collect(),
            lost_attempt: self.lost_attempt(&payment),
            lost_actions: self.lost_actions(&payment, &events),
            events,
            payment,
        };
        let nothing = repair.payment == *self.payment
            && repair.attempts.is_empty()
            && repair.lost_attempt.is_none()
            && repair.lost_actions.is_empty()
            && repair.events.is_empty();
        (!nothing).then_some(repair)
    }

    /// Whether no transaction of any of these items can still be on its way.
    fn is_settled(&self, now: UnixMillis) -> bool {
        let payment = self.payment;
        let of_payment =
            [Some(payment.created_at), payment.paid_at, payment.cancelled_at, payment.refunded_at];
        let of_attempts =
            self.attempts.iter().flat_map(|one| [Some(one.created_at), one.performed_at, one.cancelled_at]);
        let of_actions = self.actions.iter().map(|one| Some(one.created_at));
        let of_events = self.events.iter().map(|one| Some(one.occurred_at));
        let all = of_payment.into_iter().chain(of_attempts).chain(of_actions).chain(of_events);
        all.flatten().max().is_none_or(|latest| latest < now.plus_ms(-SETTLED_MS))
    }

    fn attempt(&self, key: &TransactionKey) -> Option<&Attempt> {
        self.attempts.iter().copied().find(|attempt| attempt.transaction_key == *key)
    }

    fn action(&self, key: &TransactionKey) -> Option<&OperatorAction> {
        self.actions.iter().copied().find(|action| action.transaction_key == *key)
    }

    /// The payment after every change that is proven. It changes at most twice: it is paid, then
    /// refunded.
    fn completed(&self) -> Payment {
        let mut payment = self.payment.clone();
        for _ in 0..2 {
            let of_events = self.events.iter().filter_map(|event| Proof::of_event(event, self.payment));
            let of_attempts = self.attempts.iter().filter_map(|attempt| Proof::of_attempt(attempt));
            let of_actions = self.actions.iter().filter_map(|action| Proof::of_action(action, self));
            let proofs = of_events.chain(of_attempts).chain(of_actions);
            let Some(next) = { proofs }.find_map(|proof| proof.complete(&payment)) else { break };
            payment = next;
        }
        payment
    }

    /// Frees a pending payment of a hold whose attempt is lost or has ended. An attempt that its
    /// provider cancelled does not come back.
    fn without_ended_hold(&self, payment: Payment) -> Payment {
        let Some(holder) = payment.held_by.as_ref().filter(|_| payment.status == StoredStatus::Pending)
        else {
            return payment;
        };
        match self.attempt(holder).map(|attempt| attempt.state) {
            Some(PaymeState::Created | PaymeState::Performed) => payment,
            Some(PaymeState::Cancelled | PaymeState::Refunded) | None => {
                Payment { held_by: None, hold_until: None, ..payment }
            }
        }
    }

    /// Makes the attempt that paid `payment` again, if it is lost. What only its provider knows is
    /// lost with it.
    fn lost_attempt(&self, payment: &Payment) -> Option<Attempt> {
        let key = payment.held_by.as_ref().filter(|key| self.attempt(key).is_none())?;
        let (at, channel, fee) = (payment.paid_at?, payment.channel?, payment.fee?);
        let source = match channel {
            Channel::Payme => Some(StatementSource::Payme(payment.mode)),
            Channel::Click => Some(StatementSource::Click),
            Channel::Test | Channel::Operator => None,
        };
        let attempt = Attempt {
            fee,
            hold_until: source.map(|_| at.plus_ms(payme::HOLD_MS)),
            provider_time: source.map(|_| at),
            provider_day: source.map(|source| source.day(at)),
            record: (channel == Channel::Operator)
                .then(|| lost_record(EventType::PaymentPaid, payment, None)),
            ..Attempt::paying(key.clone(), channel, payment, FeeRate::default(), at)
        };
        Some(in_state(&attempt, state_of_holder(payment), payment, at))
    }

    /// The events that `payment` must have and has not.
    fn lost_events(&self, payment: &Payment) -> Vec<Event> {
        let lacks = |event_type: EventType| {
            let has = self.events.iter().any(|event| event.event_type == event_type);
            payment.time_of(event_type).filter(|_| !has)
        };
        let cancelled = lacks(EventType::PaymentCancelled).map(|at| {
            let note = self.note_at("cancel_payment", at);
            Event::cancelled(payment.into(), at).noted(note)
        });
        let of_paid = PaidPayment::of(payment);
        let paid = of_paid.zip(lacks(EventType::PaymentPaid)).map(|(of_paid, at)| {
            let own = payment.held_by.as_ref().and_then(|key| self.note(key));
            Event::paid(of_paid, at).noted(own.or_else(|| self.note_at("settle_payment", at)))
        });
        let refunded = of_paid.zip(payment.returned_by).zip(lacks(EventType::PaymentRefunded));
        let refunded = refunded.map(|((of_paid, returned_by), at)| {
            let note = payment.refunded_by.as_ref().and_then(|key| self.note(key));
            Event::refunded(of_paid, returned_by, at).noted(note)
        });
        [cancelled, paid, refunded].into_iter().flatten().collect()
    }

    /// What an operator said about the action under `key`. `None` if it is no operator's.
    fn note(&self, key: &TransactionKey) -> Option<ActionNote> {
        let reference = Reference::parse(key.reference()?).ok()?;
        let reason = self.action(key).and_then(|action| action.record.arguments.get("reason"));
        Some(ActionNote { reference, reason: reason.and_then(|reason| Remark::parse(reason).ok()) })
    }

    fn note_at(&self, command: &str, at: UnixMillis) -> Option<ActionNote> {
        let action = self.actions.iter().find(|one| one.record.command == command && one.created_at == at)?;
        self.note(&action.transaction_key)
    }

    /// Makes the records of actions again that an event names and that are lost. An operator's
    /// attempt is a record itself.
    fn lost_actions(&self, payment: &Payment, new_events: &[Event]) -> Vec<OperatorAction> {
        let events = self.events.iter().copied().chain(new_events);
        let lost = events.filter_map(|event| {
            let reference = event.reference.as_ref()?;
            let key = TransactionKey::operator(&event.shop_id, reference);
            let is_attempt = payment.held_by.as_ref() == Some(&key) || self.attempt(&key).is_some();
            let known = is_attempt || self.action(&key).is_some();
            let record = || lost_record(event.event_type, payment, event.reason.as_ref());
            (!known).then(|| OperatorAction::on_payment(key, payment, record(), event.occurred_at))
        });
        lost.collect()
    }
}

/// The state of the attempt that holds `payment`.
const fn state_of_holder(payment: &Payment) -> PaymeState {
    match (payment.status, payment.returned_by) {
        (StoredStatus::Pending, _) => PaymeState::Created,
        (StoredStatus::Paid, _) | (StoredStatus::Refunded, Some(ReturnedBy::Us) | None) => {
            PaymeState::Performed
        }
        (StoredStatus::Refunded, Some(ReturnedBy::Provider)) => PaymeState::Refunded,
        (StoredStatus::Cancelled, _) => PaymeState::Cancelled,
    }
}

/// Returns `attempt` as `payment` says, or `None` if it is so already.
fn corrected(attempt: &Attempt, payment: &Payment, now: UnixMillis) -> Option<Attempt> {
    let holds = payment.held_by.as_ref() == Some(&attempt.transaction_key);
    let expected = if holds { state_of_holder(payment) } else { PaymeState::Cancelled };
    (attempt.state != expected).then(|| in_state(attempt, expected, payment, attempt.time_of_change(now)))
}

/// Returns `attempt` in `state`, with the times of `payment`. An attempt that ends does so at `now`.
fn in_state(attempt: &Attempt, state: PaymeState, payment: &Payment, now: UnixMillis) -> Attempt {
    let open = Attempt { state, reason: None, performed_at: None, cancelled_at: None, ..attempt.clone() };
    let settled_by = Some(attempt.settled_by.unwrap_or_else(Uuid::new_v4));
    let performed = Attempt { performed_at: payment.paid_at, settled_by, ..open.clone() };
    match state {
        PaymeState::Created => Attempt { settled_by: None, ..open },
        PaymeState::Performed => performed,
        PaymeState::Refunded => Attempt {
            reason: attempt.reason.or(Some(Reason::REFUND)),
            cancelled_at: payment.refunded_at,
            ..performed
        },
        PaymeState::Cancelled => {
            Attempt { settled_by: None, ..open }.cancelled(attempt.reason.unwrap_or(Reason::TIMEOUT), now)
        }
    }
}

/// Makes a record again from what its event and `payment` tell. Its answer is empty, and who asked
/// is lost.
fn lost_record(event_type: EventType, payment: &Payment, reason: Option<&Remark>) -> ActionRecord {
    let order_id = ("order_id".to_owned(), payment.order_id.to_string());
    let (command, more) = match event_type {
        EventType::PaymentPaid => {
            let received = (payment.channel == Some(Channel::Click)).then_some(Received::Click.into_str());
            ("settle_payment", received.map(|received| ("received".to_owned(), received.to_owned())))
        }
        EventType::PaymentRefunded => {
            let by_provider = payment.returned_by.filter(|by| *by == ReturnedBy::Provider);
            let by_provider = by_provider.map(|by| ("returned_by".to_owned(), by.into_str().to_owned()));
            ("refund_payment", by_provider)
        }
        _ => ("cancel_payment", None),
    };
    let reason = reason.map(|reason| ("reason".to_owned(), reason.to_string()));
    let arguments: Arguments = [Some(order_id), more, reason].into_iter().flatten().collect();
    ActionRecord::new(command, arguments, String::new(), RequestedBy::default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        credential::ShopKey,
        id::{OrderKey, ShopId},
        lifetime::Lifetime,
        mode::Mode,
        money::PaymentAmount,
        payment::Order,
        shop::Profile,
        text::ShopName,
    };

    const START: i64 = 1_795_510_800_000;

    fn at(millis: i64) -> UnixMillis {
        UnixMillis::new(START + millis).unwrap()
    }

    /// When everything below is settled.
    fn later() -> UnixMillis {
        at(SETTLED_MS + 1000)
    }

    fn pending() -> Payment {
        let key = ShopKey::random(Mode::Live).unwrap();
        let (shop_id, name) = (ShopId::parse("201").unwrap(), ShopName::parse("A").unwrap());
        let shop = Profile::new(shop_id, name, Mode::Live, &key, at(0)).unwrap();
        let (merchant_order_id, description, return_url, expires_in) = (None, None, None, None);
        let amount = PaymentAmount::MIN;
        let order = Order { amount, merchant_order_id, description, return_url, expires_in };
        Payment::new(&shop, order, OrderKey::random(), at(0), Lifetime::DAY)
    }

    fn key(channel: Channel, payment: &Payment) -> TransactionKey {
        let reference = Reference::parse("r").unwrap();
        match channel {
            Channel::Payme => TransactionKey::payme(Mode::Live, &reference),
            Channel::Click => TransactionKey::click(7),
            Channel::Test => TransactionKey::test(&payment.order_key),
            Channel::Operator => TransactionKey::operator(&payment.shop_id, &reference),
        }
    }

    fn attempt(channel: Channel, state: PaymeState, payment: &Payment) -> Attempt {
        let key = key(channel, payment);
        let held = Attempt::holding(key, channel, payment, FeeRate::default(), at(9_000_000), at(1));
        let performed = held.clone().performed(Uuid::new_v4(), at(2));
        match state {
            PaymeState::Created => held,
            PaymeState::Performed => performed,
            PaymeState::Cancelled => held.cancelled(Reason::TIMEOUT, at(2)),
            PaymeState::Refunded => performed.refunded(Reason::REFUND, at(3)),
        }
    }

    fn held(payment: Payment, attempt: &Attempt) -> Payment {
        Payment { held_by: Some(attempt.transaction_key.clone()), hold_until: attempt.hold_until, ..payment }
    }

    fn paid(payment: Payment, attempt: &Attempt) -> Payment {
        payment.paid(&attempt.transaction_key, attempt.channel, attempt.fee, at(2))
    }

    fn repair(
        payment: &Payment,
        attempts: &[Attempt],
        events: &[Event],
        now: UnixMillis,
    ) -> Option<PaymentRepair> {
        let (attempts, events) = (attempts.iter().collect(), events.iter().collect());
        PaymentBooks { payment, attempts, actions: Vec::new(), events }.repair(now)
    }

    #[test]
    fn a_whole_payment_stays_as_it_is() {
        let payment = pending();
        assert_eq!(repair(&payment, &[], &[], later()), None);
        let created = attempt(Channel::Payme, PaymeState::Created, &payment);
        assert_eq!(repair(&held(payment.clone(), &created), &[created], &[], later()), None);
        let performed = attempt(Channel::Payme, PaymeState::Performed, &payment);
        let payment = paid(payment, &performed);
        let event = Event::paid(PaidPayment::of(&payment).unwrap(), at(2));
        assert_eq!(repair(&payment, &[performed], &[event], later()), None);
    }

    #[test]
    fn a_providers_attempt_does_not_decide_about_money() {
        for channel in [Channel::Payme, Channel::Click] {
            let payment = pending();
            let performed = attempt(channel, PaymeState::Performed, &payment);
            let open = held(payment.clone(), &performed);
            let repaired = repair(&open, std::slice::from_ref(&performed), &[], later()).unwrap();
            assert_eq!((&repaired.payment, repaired.events.len()), (&open, 0));
            assert_eq!(repaired.attempts, [attempt_again(&performed, channel, &payment)]);
            // Nothing points at it.
            let repaired = repair(&payment, &[performed], &[], later()).unwrap();
            assert_eq!((&repaired.payment, repaired.attempts[0].state), (&payment, PaymeState::Cancelled));
        }
    }

    /// The attempt that holds, with the random id of `attempt`.
    fn attempt_again(attempt_before: &Attempt, channel: Channel, payment: &Payment) -> Attempt {
        let transaction_id = attempt_before.transaction_id;
        Attempt { transaction_id, ..attempt(channel, PaymeState::Created, payment) }
    }

    #[test]
    fn the_test_button_and_an_operator_pay_in_one_write() {
        for channel in [Channel::Test, Channel::Operator] {
            let payment = pending();
            let performed = attempt(channel, PaymeState::Performed, &payment);
            let repaired = repair(&payment, std::slice::from_ref(&performed), &[], later()).unwrap();
            assert_eq!(repaired.payment, paid(payment, &performed));
            assert_eq!(repaired.events.len(), 1);
        }
    }

    #[test]
    fn an_ended_attempt_does_not_come_back() {
        let payment = pending();
        for state in [Some(PaymeState::Cancelled), None] {
            let ended = attempt(Channel::Payme, PaymeState::Cancelled, &payment);
            let attempts: Vec<Attempt> = state.map(|_| ended.clone()).into_iter().collect();
            let repaired = repair(&held(payment.clone(), &ended), &attempts, &[], later()).unwrap();
            assert_eq!((&repaired.payment, repaired.attempts.len()), (&payment, 0), "{state:?}");
        }
    }

    #[test]
    fn two_payments_of_one_order_are_for_a_person() {
        let payment = pending();
        let (by_payme, by_click) = (
            attempt(Channel::Payme, PaymeState::Performed, &payment),
            attempt(Channel::Click, PaymeState::Performed, &payment),
        );
        let payment = paid(payment, &by_payme);
        let of_payme = Event::paid(PaidPayment::of(&payment).unwrap(), at(2));
        let of_click = Event::paid(PaidPayment::from(&by_click), at(7));
        assert_eq!(repair(&payment, &[by_payme, by_click], &[of_payme, of_click], later()), None);
    }

    #[test]
    fn only_what_is_older_than_half_a_minute_is_settled() {
        let payment = pending();
        let performed = attempt(Channel::Payme, PaymeState::Performed, &payment);
        let payment = paid(payment, &performed);
        let attempts = [performed];
        assert_eq!(repair(&payment, &attempts, &[], at(2 + SETTLED_MS)), None);
        assert!(repair(&payment, &attempts, &[], at(3 + SETTLED_MS)).is_some());
    }

    proptest! {
        /// Whatever items there are of one payment, a repair leaves them whole or leaves them alone.
        /// It changes the status only if something proves the change.
        #[test]
        fn what_is_repaired_is_whole(
            status in 0..5_usize,
            holds in any::<bool>(),
            attempt_of in proptest::option::of((0..4_usize, 0..4_usize)),
            events in prop::collection::vec(any::<bool>(), 3),
        ) {
            let channels = [Channel::Payme, Channel::Click, Channel::Test, Channel::Operator];
            let states = [PaymeState::Created, PaymeState::Performed, PaymeState::Cancelled, PaymeState::Refunded];
            let base = pending();
            let (channel, state) = attempt_of.map_or((channels[0], states[1]), |(c, s)| (channels[c], states[s]));
            let stored = attempt(channel, state, &base);
            let by_provider = |payment: Payment| Payment {
                status: StoredStatus::Refunded, refunded_at: Some(at(3)), returned_by: Some(ReturnedBy::Provider), ..payment
            };
            let payment = match status {
                0 if holds => held(base.clone(), &stored),
                0 => base.clone(),
                1 => paid(base.clone(), &stored),
                2 => base.clone().cancelled(at(2)),
                3 => by_provider(paid(base.clone(), &stored)),
                _ => paid(base.clone(), &stored).refunded(&key(Channel::Operator, &base), ReturnedBy::Us, at(3)),
            };
            let facts = PaidPayment::from(&stored);
            let note = (channel == Channel::Operator).then(|| ActionNote { reference: Reference::parse("r").unwrap(), reason: None });
            let all = [
                Event::paid(facts, at(2)).noted(note),
                Event::refunded(facts, ReturnedBy::Provider, at(3)),
                Event::cancelled((&base).into(), at(2)),
            ];
            let events: Vec<Event> = all.into_iter().zip(events).filter_map(|(event, there)| there.then_some(event)).collect();
            let attempts: Vec<Attempt> = attempt_of.map(|_| stored).into_iter().collect();
            if let Some(repaired) = repair(&payment, &attempts, &events, later()) {
                let own = |attempt: &Attempt| repaired.attempts.iter().find(|one| one.transaction_key == attempt.transaction_key).cloned();
                let attempts: Vec<Attempt> = attempts.iter().map(|one| own(one).unwrap_or_else(|| one.clone())).chain(repaired.lost_attempt.clone()).collect();
                let is_own_record = attempt_of.is_some_and(|(channel, _)| channel > 1);
                if repaired.payment.status != payment.status {
                    prop_assert!(!events.is_empty() || is_own_record);
                }
                let all: Vec<Event> = events.into_iter().chain(repaired.events.clone()).collect();
                let (attempts, events) = (attempts.iter().collect(), all.iter().collect());
                let books = PaymentBooks { payment: &repaired.payment, attempts, actions: repaired.lost_actions.iter().collect(), events };
                prop_assert_eq!(books.repair(at(9_000_000)), None);
            }
        }
    }
}
