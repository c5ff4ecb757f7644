//! A random mixture of everything that happens to payments, with the faults of the store in it.

use http::Method;
use proptest::prelude::*;
use serde_json::{Value, json};
use shared::{
    domain::{
        attempt::{Attempt, Reason},
        channel::Channel,
        id::OrderId,
        key::TransactionKey,
        payment::Payment,
    },
    store::Store,
};
use suite::{
    store_proxy::{Fault, nth},
    world::World,
};
use uuid::Uuid;

use crate::desk::ask;

/// One thing that happens to one of the payments.
#[derive(Clone, Debug)]
pub enum Step {
    Create(i64),
    Begin(i64),
    Perform,
    CancelHold,
    RefundByProvider,
    PayByTest,
    CancelByMerchant,
    Settle,
    Refund,
    Cancel,
    Payout(i64),
    Repeat,
    Wait(i64),
    Fail(Fault, usize),
}

pub fn step() -> impl Strategy<Value = Step> {
    let faults = [Fault::LoseAnswer, Fault::LoseRequest, Fault::InternalError, Fault::Throttle];
    prop_oneof![
        3 => (100_000..300_000_i64).prop_map(Step::Create),
        4 => (1..120_i64).prop_map(|minutes| Step::Begin(minutes * 60_000)),
        4 => Just(Step::Perform),
        2 => Just(Step::CancelHold),
        2 => Just(Step::RefundByProvider),
        2 => Just(Step::PayByTest),
        1 => Just(Step::CancelByMerchant),
        3 => Just(Step::Settle),
        2 => Just(Step::Refund),
        2 => Just(Step::Cancel),
        2 => (1..200_000_i64).prop_map(Step::Payout),
        2 => Just(Step::Repeat),
        1 => (1..600_i64).prop_map(|minutes| Step::Wait(minutes * 60_000)),
        2 => (proptest::sample::select(faults.to_vec()), 1..5_usize).prop_map(|(fault, call)| Step::Fail(fault, call)),
    ]
}

/// A product to which steps happen.
pub struct Mixture {
    pub world: World,
    pub orders: Vec<String>,
    last: Value,
}

impl Mixture {
    pub async fn new() -> Self {
        let world = World::start().await;
        let orders = vec![world.create("amount=1000").await];
        Self { world, orders, last: json!({"command": "help"}) }
    }

    fn store(&self) -> &Store {
        &self.world.stack.service.store
    }

    async fn payment(&self, which: usize) -> Payment {
        let order_id = OrderId::parse(&self.orders[which % self.orders.len()]).unwrap();
        self.world.store_past_the_proxy().payment(&order_id).await.unwrap().unwrap()
    }

    /// What comes of it does not matter: refused and failed steps are part of the mixture.
    pub async fn take(&mut self, step: &Step, which: usize) {
        let now = self.world.stack.service.clock.now();
        let payment = self.payment(which).await;
        let holder = match &payment.held_by {
            Some(holder) => self.world.store_past_the_proxy().transaction(holder).await.unwrap(),
            None => None,
        };
        let reference = Uuid::new_v4();
        match step {
            Step::Create(tiyin) => {
                let reply = self.world.shop("create_payment", &format!("amount={}.{:02}", tiyin / 100, tiyin % 100)).await;
                self.orders.extend(Some(reply.text("order_id")).filter(|order_id| !order_id.is_empty()));
            }
            Step::Begin(length_ms) => {
                let key = TransactionKey::click(i64::from(reference.as_fields().0));
                let attempt = Attempt::holding(key, Channel::Click, &payment, now.plus_ms(*length_ms), now);
                let _ = self.store().hold(attempt, payment, now).await;
            }
            Step::Perform => {
                if let Some(attempt) = holder {
                    let _ = self.store().perform(attempt, now).await;
                }
            }
            Step::CancelHold => {
                if let Some(attempt) = holder {
                    let _ = self.store().end_hold(attempt, Reason::UNKNOWN, now).await;
                }
            }
            Step::RefundByProvider => {
                if let Some(attempt) = holder {
                    let _ = self.store().cancel_or_refund(attempt, Reason::REFUND, now).await;
                }
            }
            Step::PayByTest => {
                self.world.send(Method::POST, &format!("/pay/{}/test", payment.order_id), &[], "").await;
            }
            Step::CancelByMerchant => {
                self.world.shop("cancel_payment", &format!("order_id={}", payment.order_id)).await;
            }
            Step::Settle | Step::Refund | Step::Cancel => {
                let command = match step {
                    Step::Settle => "settle_payment",
                    Step::Refund => "refund_payment",
                    _ => "cancel_payment",
                };
                self.last = json!({"command": command, "order_id": payment.order_id.as_str(), "reference": reference});
                ask(&self.world, self.last.clone()).await;
            }
            Step::Payout(tiyin) => {
                let amount = format!("{}.{:02}", tiyin / 100, tiyin % 100);
                self.last = json!({"command": "record_payout", "shop_id": "101", "amount": amount, "reference": reference});
                ask(&self.world, self.last.clone()).await;
            }
            Step::Repeat => {
                ask(&self.world, self.last.clone()).await;
            }
            Step::Wait(millis) => self.world.clock.advance_ms(*millis),
            Step::Fail(fault, call) => self.world.proxy.inject(*fault, nth(*call)),
        }
    }
}
