//! A random sequence of everything that can happen to payments, with faults of the store in it.

use http::Method;
use proptest::prelude::*;
use runners::{click::Fields, payme::new_id};
use serde_json::{Value, json};
use shared::domain::mode::Mode;
use suite::{
    store_proxy::{Fault, nth},
    world::{LIVE, World},
};
use uuid::Uuid;

use crate::support::{
    operator::{ask, order},
    providers::{click, now, payme, set_fee},
};

/// One thing that happens to one of the payments.
#[derive(Clone, Debug)]
pub enum Step {
    Create(i64),
    /// By Payme if true, by Click if false.
    Begin(bool),
    Perform,
    /// Cancels what is held, or refunds what is paid.
    CancelByProvider,
    PayByTest,
    CancelByMerchant,
    Settle(Option<&'static str>),
    Refund(Option<&'static str>, bool),
    Cancel,
    Payout(i64),
    ReversePayout,
    Adjust(i64, bool),
    SetFee(u16),
    Repeat,
    Wait(i64),
    Fail(Fault, usize),
}

pub fn step() -> impl Strategy<Value = Step> {
    let faults = [Fault::LoseAnswer, Fault::LoseRequest, Fault::InternalError, Fault::Throttle];
    let received = proptest::sample::select(vec![None, Some("click"), Some("outside")]);
    let returned_by = proptest::sample::select(vec![None, Some("us"), Some("provider")]);
    prop_oneof![
        3 => (100_000..300_000_i64).prop_map(Step::Create),
        4 => any::<bool>().prop_map(Step::Begin),
        4 => Just(Step::Perform),
        3 => Just(Step::CancelByProvider),
        2 => Just(Step::PayByTest),
        1 => Just(Step::CancelByMerchant),
        3 => received.prop_map(Step::Settle),
        2 => (returned_by, proptest::bool::weighted(0.2)).prop_map(|(returned_by, allow_negative)| Step::Refund(returned_by, allow_negative)),
        2 => Just(Step::Cancel),
        2 => (1..200_000_i64).prop_map(Step::Payout),
        1 => Just(Step::ReversePayout),
        1 => (-200_000..200_000_i64, proptest::bool::weighted(0.2)).prop_map(|(tiyin, allow_negative)| Step::Adjust(tiyin, allow_negative)),
        1 => (0..=2000_u16).prop_map(Step::SetFee),
        2 => Just(Step::Repeat),
        1 => (1..600_i64).prop_map(|minutes| Step::Wait(minutes * 60_000)),
        2 => (proptest::sample::select(faults.to_vec()), 1..5_usize).prop_map(|(fault, call)| Step::Fail(fault, call)),
    ]
}

/// A product to which steps happen: to the payments of its live shop, and to the test shop's by the
/// test button.
pub struct Sequence {
    pub world: World,
    pub orders: Vec<String>,
    /// The reference of the last payout that was asked for.
    payout: String,
    last: Value,
}

impl Sequence {
    pub async fn new() -> Self {
        let world = World::with_live_shop().await;
        set_fee(&world, 150).await;
        let orders = vec![order(&world, "1000").await];
        Self { world, orders, payout: "none".to_owned(), last: json!({"command": "help"}) }
    }

    /// Reads an item past the proxy. Returns null if there is none.
    async fn item(&self, table: &str, key: (&str, &str)) -> Value {
        let value = aws_sdk_dynamodb::types::AttributeValue::S(key.1.to_owned());
        let output = self
            .world
            .tables
            .get_item()
            .table_name(table)
            .key(key.0, value)
            .consistent_read(true)
            .send()
            .await
            .unwrap();
        output.item.map(|item| serde_dynamo::from_item(item).unwrap()).unwrap_or_default()
    }

    /// Takes a step. Its result does not matter: refused and failed steps belong to the sequence.
    pub async fn take(&mut self, step: &Step, which: usize) {
        let order_id = self.orders[which % self.orders.len()].clone();
        let payment = self.item("payments", ("order_key", order_id.rsplit('_').next().unwrap())).await;
        let amount = payment["amount"].as_i64().unwrap();
        match step {
            Step::Create(tiyin) => {
                let reply =
                    self.world.get(&format!("/api/create_payment?{LIVE}&amount={}", so_m(*tiyin))).await;
                self.orders.extend(Some(reply.text("order_id")).filter(|order_id| !order_id.is_empty()));
            }
            Step::Begin(true) => {
                let _ = payme(&self.world, Mode::Live)
                    .create(&new_id(), now(&self.world), &order_id, amount)
                    .await;
            }
            Step::Begin(false) => {
                let _ = click(&self.world).post(&Fields::new(&order_id, &so_m(amount))).await;
            }
            Step::Perform => self.provider(&payment, true).await,
            Step::CancelByProvider => self.provider(&payment, false).await,
            Step::PayByTest => {
                let order_id = self.world.shop("create_payment", "amount=1000").await.text("order_id");
                self.world.send(Method::POST, &format!("/pay/{order_id}/test"), &[], "").await;
            }
            Step::CancelByMerchant => {
                self.world.get(&format!("/api/cancel_payment?{LIVE}&order_id={order_id}")).await;
            }
            Step::Settle(received) => {
                self.operator(
                    json!({"command": "settle_payment", "order_id": order_id}),
                    &[("received", received.map(Value::from))],
                )
                .await;
            }
            Step::Refund(returned_by, allow_negative) => {
                let more = [
                    ("returned_by", returned_by.map(Value::from)),
                    ("allow_negative", allow_negative.then(|| true.into())),
                ];
                self.operator(json!({"command": "refund_payment", "order_id": order_id}), &more).await;
            }
            Step::Cancel => {
                self.operator(json!({"command": "cancel_payment", "order_id": order_id}), &[]).await;
            }
            Step::Payout(tiyin) => {
                self.operator(
                    json!({"command": "record_payout", "shop_id": "201", "amount": so_m(*tiyin)}),
                    &[],
                )
                .await;
                self.payout = self.last["reference"].as_str().unwrap().to_owned();
            }
            Step::ReversePayout => {
                let command = json!({"command": "reverse_payout", "shop_id": "201", "payout_reference": self.payout, "reason": "Returned"});
                self.operator(command, &[]).await;
            }
            Step::Adjust(tiyin, allow_negative) => {
                let command = json!({"command": "adjust_balance", "shop_id": "201", "amount": so_m(*tiyin), "reason": "A mistake"});
                self.operator(command, &[("allow_negative", allow_negative.then(|| true.into()))]).await;
            }
            Step::SetFee(rate) => {
                ask(&self.world, json!({"command": "set_fee", "shop_id": "201", "fee_bps": rate})).await;
            }
            Step::Repeat => {
                ask(&self.world, self.last.clone()).await;
            }
            Step::Wait(millis) => self.world.clock.advance_ms(*millis),
            Step::Fail(fault, call) => self.world.proxy.inject(*fault, nth(*call)),
        }
    }

    /// Performs or cancels the attempt that holds or paid `payment`, as its provider does.
    async fn provider(&self, payment: &Value, perform: bool) {
        let Some(key) = payment["held_by"].as_str() else { return };
        match key.split_once('#').unwrap() {
            ("payme-live", id) => {
                let payme = payme(&self.world, Mode::Live);
                let _ = if perform { payme.perform(id).await } else { payme.cancel(id, 5).await };
            }
            ("click", id) => {
                let attempt = self.item("transactions", ("transaction_key", key)).await;
                let order_id = payment["order_id"].as_str().unwrap();
                let fields = Fields {
                    click_trans_id: id.to_owned(),
                    merchant_prepare_id: Some(attempt["prepare_id"].to_string()),
                    ..Fields::new(order_id, &so_m(payment["amount"].as_i64().unwrap()))
                };
                let _ = click(&self.world).post(&fields.with_error(if perform { 0 } else { -1 })).await;
            }
            _ => {}
        }
    }

    /// Sends a command with a new reference and the fields of `more` that have a value.
    async fn operator(&mut self, mut command: Value, more: &[(&str, Option<Value>)]) {
        command["reference"] = Uuid::new_v4().to_string().into();
        for (name, value) in more {
            if let Some(value) = value {
                command[*name] = value.clone();
            }
        }
        self.last = command.clone();
        ask(&self.world, command).await;
    }
}

/// An amount as commands and providers write it.
fn so_m(tiyin: i64) -> String {
    let (sign, size) = (if tiyin < 0 { "-" } else { "" }, tiyin.unsigned_abs());
    format!("{sign}{}.{:02}", size / 100, size % 100)
}
