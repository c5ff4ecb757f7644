//! Random sequences of everything that can happen to payments, compared with a model in memory. The
//! invariants of the store are checked after every step.

use std::collections::BTreeMap;

use http::Method;
use proptest::{prelude::*, test_runner::TestRunner};
use runners::click::Fields;
use shared::domain::mode::Mode;
use suite::{
    invariants,
    world::{LIVE, World},
};

use crate::support::providers::{
    AMOUNT, HOUR_MS, MINUTE_MS, TIYIN, click, code, error, live_order, now, pay_out, payme, set_fee,
    set_shop_status, status, test_order,
};

/// The number of payments: the first two are a live shop's, the third a test shop's.
const ORDERS: usize = 3;
/// The live shop's fee is 1.5 %.
const NET: i64 = TIYIN - 1500;
const STEPS_MAX: usize = 25;
const CASES: u32 = 24;

/// One step. Transactions of Payme and Click have small numbers, so that later steps meet them
/// again.
#[derive(Clone, Debug)]
enum Step {
    Wait(i64),
    Create { transaction: usize, order: usize, age_ms: i64, amount: i64 },
    Perform { transaction: usize },
    Cancel { transaction: usize },
    Prepare { transaction: usize, order: usize },
    Complete { transaction: usize, error: i32 },
    Button { order: usize },
    MerchantCancel { order: usize },
    SetLiveShop { active: bool },
    PayOut,
}

fn step() -> impl Strategy<Value = Step> {
    let wait = prop_oneof![
        Just(MINUTE_MS),
        Just(29 * MINUTE_MS),
        Just(31 * MINUTE_MS),
        Just(6 * HOUR_MS),
        Just(12 * HOUR_MS)
    ];
    let age = prop_oneof![6 => Just(0), 2 => Just(HOUR_MS), 1 => Just(-4 * MINUTE_MS), 1 => Just(-6 * MINUTE_MS), 1 => Just(12 * HOUR_MS)];
    let amount = prop_oneof![8 => Just(TIYIN), 1 => Just(TIYIN + 1)];
    prop_oneof![
        3 => wait.prop_map(Step::Wait),
        5 => (0..4_usize, 0..ORDERS, age, amount).prop_map(|(transaction, order, age_ms, amount)| Step::Create { transaction, order, age_ms, amount }),
        4 => (0..4_usize).prop_map(|transaction| Step::Perform { transaction }),
        3 => (0..4_usize).prop_map(|transaction| Step::Cancel { transaction }),
        4 => (0..4_usize, 0..ORDERS).prop_map(|(transaction, order)| Step::Prepare { transaction, order }),
        4 => (0..4_usize, prop_oneof![3 => Just(0), 1 => Just(-1)]).prop_map(|(transaction, error)| Step::Complete { transaction, error }),
        1 => (0..ORDERS).prop_map(|order| Step::Button { order }),
        1 => (0..ORDERS).prop_map(|order| Step::MerchantCancel { order }),
        1 => any::<bool>().prop_map(|active| Step::SetLiveShop { active }),
        1 => Just(Step::PayOut),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Created,
    Performed,
    Cancelled,
    Refunded,
}

#[derive(Clone, Debug)]
struct Attempt {
    order: usize,
    state: State,
    hold_until: i64,
}

/// Payme's attempts by mode and number, Click's by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Payme(bool, usize),
    Click(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pay {
    Pending,
    Paid,
    Cancelled,
    Refunded,
}

/// The rules, as simple as possible.
struct Model {
    now: i64,
    expires_at: i64,
    payments: [Pay; ORDERS],
    holders: [Option<Name>; ORDERS],
    attempts: BTreeMap<Name, Attempt>,
    live_shop_active: bool,
    live_balance: i64,
}

/// Whether a payment may be taken.
#[derive(PartialEq, Eq)]
enum Open {
    Yes,
    Held,
    No,
}

impl Model {
    fn open(&self, order: usize) -> Open {
        let live = self.holders[order].is_some_and(|name| self.attempts[&name].hold_until > self.now);
        match self.payments[order] {
            Pay::Pending if live => Open::Held,
            Pay::Pending if self.expires_at > self.now => Open::Yes,
            _ => Open::No,
        }
    }

    /// Whether the merchant may cancel it. A stale hold of Click is cancelled even after the
    /// expiry, because Click could still perform it.
    fn cancellable(&self, order: usize) -> bool {
        let of_click = matches!(self.holders[order], Some(Name::Click(_)));
        match self.open(order) {
            Open::Yes => true,
            Open::Held => false,
            Open::No => self.payments[order] == Pay::Pending && of_click,
        }
    }

    fn status(&self, order: usize) -> &'static str {
        match self.payments[order] {
            Pay::Pending if self.open(order) == Open::No => "expired",
            Pay::Pending => "pending",
            Pay::Paid => "paid",
            Pay::Cancelled => "cancelled",
            Pay::Refunded => "refunded",
        }
    }

    fn is_live(order: usize) -> bool {
        order < 2
    }

    fn shop_takes(&self, order: usize) -> bool {
        !Self::is_live(order) || self.live_shop_active
    }

    /// A stale hold ends when its payment is taken.
    fn end_stale_hold(&mut self, order: usize) {
        if let Some(old) = self.holders[order].take() {
            self.attempts.get_mut(&old).unwrap().state = State::Cancelled;
        }
    }

    fn hold(&mut self, name: Name, order: usize, hold_until: i64) {
        self.end_stale_hold(order);
        self.holders[order] = Some(name);
        self.attempts.insert(name, Attempt { order, state: State::Created, hold_until });
    }

    fn cancel(&mut self, name: Name) {
        let attempt = self.attempts.get_mut(&name).unwrap();
        attempt.state = State::Cancelled;
        self.holders[attempt.order] = None;
    }

    fn pay(&mut self, order: usize) {
        self.payments[order] = Pay::Paid;
        if Self::is_live(order) {
            self.live_balance += NET;
        }
    }

    /// Performs an attempt in state 1, or ends a stale hold of Payme. Returns whether it was
    /// performed.
    fn perform(&mut self, name: Name) -> bool {
        let attempt = self.attempts.get_mut(&name).unwrap();
        if matches!(name, Name::Payme(..)) && attempt.hold_until <= self.now {
            self.cancel(name);
            return false;
        }
        attempt.state = State::Performed;
        let order = attempt.order;
        self.pay(order);
        true
    }

    fn create(&mut self, name: Name, order: usize, time: i64, amount: i64, key_is_live: bool) -> i64 {
        match self.attempts.get(&name).cloned() {
            Some(Attempt { state: State::Created, hold_until, .. }) if hold_until > self.now => return 0,
            Some(Attempt { state: State::Created, .. }) => {
                self.cancel(name);
                return -31008;
            }
            Some(_) => return -31008,
            None => {}
        }
        if time > self.now + 5 * MINUTE_MS || time <= self.now - 12 * HOUR_MS {
            return -31008;
        }
        let open = self.open(order);
        if key_is_live != Self::is_live(order) || !self.shop_takes(order) || open == Open::No {
            return -31050;
        }
        if amount != TIYIN {
            return -31001;
        }
        if open == Open::Held {
            return -31008;
        }
        self.hold(name, order, time.min(self.now) + 12 * HOUR_MS);
        0
    }

    fn cancel_by_payme(&mut self, name: Name) -> i64 {
        let Some(attempt) = self.attempts.get(&name).cloned() else { return -31003 };
        match attempt.state {
            State::Cancelled | State::Refunded => 0,
            State::Created => {
                self.cancel(name);
                0
            }
            State::Performed if Self::is_live(attempt.order) && self.live_balance < NET => -31007,
            State::Performed => {
                self.attempts.get_mut(&name).unwrap().state = State::Refunded;
                self.payments[attempt.order] = Pay::Refunded;
                if Self::is_live(attempt.order) {
                    self.live_balance -= NET;
                }
                0
            }
        }
    }

    fn prepare(&mut self, name: Name, order: usize) -> i64 {
        match self.attempts.get(&name).cloned() {
            Some(attempt) if attempt.order != order => return -8,
            Some(Attempt { state: State::Created, .. }) => {
                return if self.open(order) == Open::No { -9 } else { 0 };
            }
            Some(Attempt { state: State::Performed, .. }) => return -4,
            Some(_) => return -9,
            None => {}
        }
        if !Self::is_live(order) || !self.live_shop_active {
            return -5;
        }
        match (self.payments[order], self.open(order)) {
            (Pay::Paid, _) => -4,
            (_, Open::Yes) => {
                self.hold(name, order, self.now + 30 * MINUTE_MS);
                0
            }
            _ => -9,
        }
    }

    fn complete(&mut self, name: Name, error: i32) -> i64 {
        match (self.attempts[&name].state, error) {
            (State::Created, 0) => {
                self.perform(name);
                0
            }
            (State::Created, _) => {
                self.cancel(name);
                -9
            }
            (State::Performed, 0) => -4,
            _ => -9,
        }
    }
}

/// The product and its model.
struct Pair {
    world: World,
    model: Model,
    orders: Vec<String>,
    /// Click's transactions, as they were last prepared.
    prepared: BTreeMap<usize, Fields>,
}

impl Pair {
    async fn start() -> Self {
        let world = World::with_live_shop().await;
        set_fee(&world, 150).await;
        let orders = vec![live_order(&world).await, live_order(&world).await, test_order(&world).await];
        let now = now(&world);
        let model = Model {
            now,
            expires_at: now + 24 * HOUR_MS,
            payments: [Pay::Pending; ORDERS],
            holders: [None; ORDERS],
            attempts: BTreeMap::new(),
            live_shop_active: true,
            live_balance: 0,
        };
        Self { world, model, orders, prepared: BTreeMap::new() }
    }

    /// Takes `step` in both and compares the answer, each payment's status, and the store's
    /// invariants.
    async fn take(&mut self, step: &Step) {
        self.model.now = now(&self.world);
        match *step {
            Step::Wait(millis) => {
                self.world.clock.advance_ms(millis);
                self.model.now += millis;
            }
            Step::Create { transaction, order, age_ms, amount } => {
                self.create(transaction, order, age_ms, amount).await;
            }
            // Payme's even transactions come with the live key, odd ones with the test key.
            Step::Perform { transaction } => {
                let (name, mode, id) = payme_name(transaction);
                let expected = match self.model.attempts.get(&name).map(|attempt| attempt.state) {
                    None => -31003,
                    Some(State::Performed) => 0,
                    Some(State::Created) if self.model.perform(name) => 0,
                    Some(_) => -31008,
                };
                let payme = payme(&self.world, mode);
                let reply = payme.perform(&id).await.unwrap();
                assert_eq!(code(&reply), expected, "{step:?}");
                self.world.clock.advance_ms(1);
                assert_eq!(payme.perform(&id).await.unwrap(), reply);
            }
            Step::Cancel { transaction } => {
                let (name, mode, id) = payme_name(transaction);
                let payme = payme(&self.world, mode);
                let reply = payme.cancel(&id, 3).await.unwrap();
                assert_eq!(code(&reply), self.model.cancel_by_payme(name), "{step:?}");
                self.world.clock.advance_ms(1);
                assert_eq!(payme.cancel(&id, 5).await.unwrap(), reply);
            }
            Step::Prepare { transaction, order } => {
                let fields = Fields {
                    click_trans_id: (transaction + 1).to_string(),
                    ..Fields::new(&self.orders[order], AMOUNT)
                };
                let reply = click(&self.world).post(&fields).await.unwrap();
                assert_eq!(error(&reply), self.model.prepare(Name::Click(transaction), order), "{step:?}");
                if error(&reply) == 0 {
                    self.prepared.insert(transaction, fields.prepared(&reply));
                }
            }
            Step::Complete { transaction, error: code } => {
                let Some(fields) = self.prepared.get(&transaction) else { return };
                let reply = click(&self.world).post(&fields.clone().with_error(code)).await.unwrap();
                assert_eq!(error(&reply), self.model.complete(Name::Click(transaction), code), "{step:?}");
            }
            Step::Button { order } => {
                let reply = self
                    .world
                    .send(Method::POST, &format!("/pay/{}/test", self.orders[order]), &[], "")
                    .await;
                assert_eq!(reply.status, if Model::is_live(order) { 404 } else { 303 });
                if !Model::is_live(order) && self.model.open(order) == Open::Yes {
                    self.model.end_stale_hold(order);
                    self.model.pay(order);
                }
            }
            Step::MerchantCancel { order } => {
                // The live shop's merchant asks, so the test shop's order is not found.
                let reply = self
                    .world
                    .get(&format!("/api/cancel_payment?{LIVE}&order_id={}", self.orders[order]))
                    .await;
                let allowed =
                    Model::is_live(order) && self.model.live_shop_active && self.model.cancellable(order);
                let repeated = Model::is_live(order)
                    && self.model.live_shop_active
                    && self.model.payments[order] == Pay::Cancelled;
                assert_eq!(reply.text("status") == "cancelled", allowed || repeated, "{reply:?}");
                if allowed {
                    self.model.end_stale_hold(order);
                    self.model.payments[order] = Pay::Cancelled;
                }
            }
            Step::SetLiveShop { active } => {
                set_shop_status(&self.world, "201", if active { "active" } else { "disabled" }).await;
                self.model.live_shop_active = active;
            }
            Step::PayOut => {
                if self.model.live_balance > 0 {
                    pay_out(&self.world, self.model.live_balance).await;
                }
                self.model.live_balance = 0;
            }
        }
        self.compare(step).await;
    }

    async fn create(&mut self, transaction: usize, order: usize, age_ms: i64, amount: i64) {
        let (name, mode, id) = payme_name(transaction);
        let time = self.model.now - age_ms;
        let payme = payme(&self.world, mode);
        let reply = payme.create(&id, time, &self.orders[order], amount).await.unwrap();
        assert_eq!(code(&reply), self.model.create(name, order, time, amount, mode == Mode::Live));
        if code(&reply) == 0 {
            self.world.clock.advance_ms(1);
            assert_eq!(payme.create(&id, time, &self.orders[order], amount).await.unwrap(), reply);
        }
    }

    async fn compare(&mut self, step: &Step) {
        self.model.now = now(&self.world);
        for (number, order) in self.orders.iter().enumerate() {
            assert_eq!(
                status(&self.world, order).await,
                self.model.status(number),
                "payment {number} after {step:?}"
            );
        }
        invariants::check(&self.world.tables).await;
    }
}

fn payme_name(transaction: usize) -> (Name, Mode, String) {
    let live = transaction.is_multiple_of(2);
    (
        Name::Payme(live, transaction),
        if live { Mode::Live } else { Mode::Test },
        format!("payme-{transaction}"),
    )
}

#[test]
fn every_sequence_does_what_the_model_does() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut runner =
        TestRunner::new(ProptestConfig { cases: CASES, max_shrink_iters: 100, ..ProptestConfig::default() });
    let sequences = proptest::collection::vec(step(), 1..STEPS_MAX);
    let ran = runner.run(&sequences, |steps| {
        runtime.block_on(async {
            let mut pair = Pair::start().await;
            for step in &steps {
                pair.take(step).await;
            }
        });
        Ok(())
    });
    ran.unwrap();
}
